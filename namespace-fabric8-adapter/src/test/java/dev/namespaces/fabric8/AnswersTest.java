package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.AnsweringServer.NAMESPACE;
import static dev.namespaces.fabric8.AnsweringServer.NOT_AGAIN;
import static dev.namespaces.fabric8.AnsweringServer.POLICY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.fabric8.RawServer.Answer;
import dev.namespaces.testservers.HttpModule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verdict of each call on the answers of API servers, webhooks, policies and proxies, with each HTTP client. */
@Tag("heavy")
class AnswersTest {

    private static final String NO_ANSWER = "no answer of Kubernetes";
    private static final String DENIED = "admission webhook \"ns.example.com\" denied the request: not here";
    private static final List<Integer> STATUSES =
            IntStream.range(400, 600).boxed().toList();

    /** Five, so that 401, 404 and 409 meet others than their own. */
    private static final List<String> REASONS = List.of("", "NotFound", "AlreadyExists", "Conflict", "Unauthorized");

    private static final Map<HttpModule, AnsweringServer> SERVERS = new EnumMap<>(HttpModule.class);

    @AfterAll
    static void close() {
        SERVERS.values().forEach(AnsweringServer::close);
        SERVERS.clear();
    }

    @ParameterizedTest(name = "{1} ({0})")
    @MethodSource("rows")
    void every_answer_has_the_right_verdict(HttpModule module, String name, JsonNode row) {
        AnsweringServer server = server(module);
        JsonNode body = row.path("body");
        server.answers(row.path("status").asInt(), body.isTextual() ? body.asText() : Json.write(body), NOT_AGAIN);
        for (JsonNode call : row.path("calls")) {
            failsWith(
                    server,
                    call.asText(),
                    row.path("type").asText(),
                    row.path("retryable").asBoolean(),
                    row.path("says").asText());
        }
    }

    static Stream<Arguments> rows() {
        List<JsonNode> rows = new ArrayList<>();
        try (InputStream file =
                Objects.requireNonNull(AnswersTest.class.getResourceAsStream("answers.jsonl"), "answers.jsonl")) {
            for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                rows.add(Json.read(line));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return Stream.of(HttpModule.values())
                .flatMap(module -> rows.stream()
                        .map(row -> Arguments.of(module, row.path("name").asText(), row)));
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_page_of_any_status_is_no_answer_of_kubernetes(HttpModule module) {
        AnsweringServer server = server(module);
        for (int status : statuses(module)) {
            server.answers(status, "<html>page</html>", NOT_AGAIN);
            for (String call : List.of("create namespace", "find namespace")) {
                if (status == 429) {
                    failsWith(server, call, ThrottledException.class, true, "429");
                } else {
                    failsWith(
                            server,
                            call,
                            ClusterFailureException.class,
                            status >= 500,
                            status >= 500 ? String.valueOf(status) : NO_ANSWER);
                }
            }
        }
    }

    @Test
    void the_retry_listener_hears_of_each_request_that_is_sent_again() {
        try (AnsweringServer server = new AnsweringServer(HttpModule.JDK)) {
            AtomicInteger requests = new AtomicInteger();
            server.answers(request -> requests.incrementAndGet() <= 2
                    ? Answer.of(429, status(429, "busy", "TooManyRequests", ""), Map.of())
                    : Answer.of(404, status(404, "absent", "NotFound", details("ours", "find namespace")), Map.of()));

            assertThat(server.call("find namespace")).asString().isEqualTo("Optional.empty");

            assertThat(server.retries).containsExactly(RealCluster.ID, RealCluster.ID);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_denial_of_any_status_is_a_rejection(HttpModule module) {
        AnsweringServer server = server(module);
        for (int status : statuses(module)) {
            server.answers(status, status(status, DENIED, "", ""), NOT_AGAIN);
            for (String call : List.of("create namespace", "apply policy")) {
                failsWith(server, call, ManifestRejectedException.class, false, DENIED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ours", "namespace", "other"})
    void a_denial_is_a_rejection_with_any_reason_and_details(String details) {
        AnsweringServer server = server(HttpModule.VERTX);
        for (int status : STATUSES) {
            String reason = REASONS.get(status % REASONS.size());
            for (String call : AnsweringServer.writes()) {
                server.answers(status, status(status, DENIED, reason, details(details, call)), NOT_AGAIN);
                failsWith(server, call, ManifestRejectedException.class, false, DENIED);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ours", "other"})
    void a_failure_of_a_write_is_judged_by_its_status_and_our_details(String details) {
        AnsweringServer server = server(HttpModule.VERTX);
        for (int status : STATUSES) {
            for (String reason : List.of("", "Whatever")) {
                for (String call : AnsweringServer.writes()) {
                    if (status == 404 && details.equals("ours")) {
                        continue; // An absent object means something else to each call.
                    }
                    server.answers(status, status(status, "no", reason, details(details, call)), NOT_AGAIN);
                    Class<? extends ClusterException> type = switch (status) {
                        case 401 -> UnauthorizedException.class;
                        case 409 ->
                            details.equals("other") ? ClusterFailureException.class : PreconditionFailedException.class;
                        case 429 -> ThrottledException.class;
                        case 404, 405, 406, 408, 410, 415 -> ClusterFailureException.class;
                        default -> status < 500 ? ManifestRejectedException.class : ClusterFailureException.class;
                    };
                    boolean passes = status == 429 || status >= 500 || type == PreconditionFailedException.class;
                    failsWith(server, call, type, passes, "");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ours", "other"})
    void a_failure_of_a_read_is_judged_by_its_status_and_our_details(String details) {
        AnsweringServer server = server(HttpModule.VERTX);
        for (int status : STATUSES) {
            for (String reason : List.of("", "Whatever")) {
                for (String call : AnsweringServer.finds()) {
                    server.answers(status, status(status, "no", reason, details(details, call)), NOT_AGAIN);
                    if (status == 404 && details.equals("ours")) {
                        assertThat(server.call(call)).asString().isEqualTo("Optional.empty");
                        continue;
                    }
                    Class<? extends ClusterException> type = switch (status) {
                        case 401 -> UnauthorizedException.class;
                        case 403 -> ForbiddenException.class;
                        case 429 -> ThrottledException.class;
                        default -> ClusterFailureException.class;
                    };
                    failsWith(server, call, type, status == 429 || status >= 500, "");
                }
            }
        }
    }

    /** OkHttp takes a 407 for a broken connection, since it knows of no proxy. */
    private static List<Integer> statuses(HttpModule module) {
        return STATUSES.stream()
                .filter(status -> module != HttpModule.OKHTTP || status != 407)
                .toList();
    }

    private static AnsweringServer server(HttpModule module) {
        return SERVERS.computeIfAbsent(module, AnsweringServer::new);
    }

    private static void failsWith(AnsweringServer server, String call, Class<?> type, boolean retryable, String says) {
        failsWith(server, call, type.getSimpleName(), retryable, says);
    }

    private static void failsWith(AnsweringServer server, String call, String type, boolean retryable, String says) {
        Throwable thrown = catchThrowable(() -> server.call(call));
        assertThat(thrown).as(call).isInstanceOf(ClusterException.class).hasMessageContaining(says);
        ClusterException failure = (ClusterException) thrown;
        assertThat(failure.getClass().getSimpleName())
                .as("%s: %s", call, failure)
                .isEqualTo(type);
        assertThat(failure.isRetryable()).as("%s: %s", call, failure).isEqualTo(retryable);
    }

    private static String status(int code, String message, String reason, String details) {
        ObjectNode status = Json.object()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", "Failure")
                .put("message", message)
                .put("code", code);
        if (!reason.isEmpty()) {
            status.put("reason", reason);
        }
        if (!details.isEmpty()) {
            status.set("details", Json.read(details));
        }
        return Json.write(status);
    }

    private static String details(String of, String call) {
        boolean namespace = call.endsWith("namespace") || of.equals("namespace");
        return switch (of) {
            case "ours", "namespace" ->
                namespace
                        ? "{\"name\":\"" + NAMESPACE + "\",\"kind\":\"namespaces\"}"
                        : "{\"name\":\"" + POLICY + "\",\"group\":\"networking.k8s.io\",\"kind\":\"networkpolicies\"}";
            case "other" -> "{\"name\":\"other\",\"kind\":\"pods\"}";
            default -> "";
        };
    }
}

package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.AnsweringServer.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.fabric8.RawServer.Answer;
import dev.namespaces.fabric8.RawServer.End;
import dev.namespaces.testservers.HttpModule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the gateway makes of connections that end in an answer, of redirects, and of answers that pass by themselves.
 */
@Tag("heavy")
class BrokenAnswersTest {

    private static final String OBJECT = """
            {"kind":"Namespace","apiVersion":"v1","metadata":
             {"name":"%s","uid":"%s","resourceVersion":"7"}}""".formatted(NAMESPACE, RealCluster.NO_UID);
    private static final String POLICY = """
            {"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1","metadata":
             {"name":"egress","namespace":"%s","uid":"%s","resourceVersion":"7"},"spec":{"podSelector":{}}}""".formatted(NAMESPACE, RealCluster.NO_UID);
    private static final String NO_NAMESPACE = """
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"NotFound","code":404,
             "message":"namespaces \\"shop-web\\" not found","details":{"name":"shop-web","kind":"namespaces"}}""";

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    @Execution(ExecutionMode.CONCURRENT)
    void unreachable_after_retries_wherever_the_connection_ends(HttpModule module) {
        List<String> calls = List.of("find namespace", "create namespace", "delete namespace");
        try (AnsweringServer server = new AnsweringServer(module)) {
            AtomicInteger number = new AtomicInteger();
            for (End end : List.of(End.CLOSE, End.RESET)) {
                cuts(end).forEach((where, cut) -> {
                    String call = calls.get(number.getAndIncrement() % calls.size());
                    String what = where + " by " + end + ": " + call;
                    server.answers(request -> cut);

                    assertThatExceptionOfType(ClusterUnreachableException.class)
                            .as(what)
                            .isThrownBy(() -> server.call(call))
                            .satisfies(e -> assertThat(e.isRetryable()).isTrue());
                    assertThat(server.requests()).as(what).hasSizeGreaterThanOrEqualTo(5);
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_success_after_a_connection_that_ends_in_an_answer(HttpModule module) {
        try (AnsweringServer server = new AnsweringServer(module)) {
            for (End end : List.of(End.CLOSE, End.RESET)) {
                cuts(end).forEach((where, cut) -> {
                    for (String call : List.of("find namespace", "create namespace")) {
                        AtomicInteger sent = new AtomicInteger();
                        server.answers(request -> sent.incrementAndGet() == 1 ? cut : Answer.of(201, OBJECT, Map.of()));

                        assertThatCode(() -> server.call(call))
                                .as("%s by %s: %s", where, end, call)
                                .doesNotThrowAnyException();
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_redirect_is_a_failure_and_gives_no_token_to_its_target(HttpModule module) {
        try (RawServer other = new RawServer(request -> Answer.of(200, OBJECT, Map.of()));
                AnsweringServer server = new AnsweringServer(module)) {
            String location = other.url().replace("127.0.0.1", "localhost");
            for (int status : List.of(300, 301, 302, 303, 304, 307, 308)) {
                for (String call :
                        List.of("find namespace", "create namespace", "apply namespace", "delete namespace")) {
                    server.answers(status, "", Map.of("Location", location));

                    assertThatExceptionOfType(ClusterFailureException.class)
                            .as("%s of %s", status, call)
                            .isThrownBy(() -> server.call(call))
                            .satisfies(e -> assertThat(e.statusCode()).isEqualTo(status))
                            .satisfies(e -> assertThat(e.isRetryable()).isFalse())
                            .withMessageContaining("redirects");
                    assertThat(other.requests())
                            .as("%s of %s", status, call)
                            .allMatch(request -> module == HttpModule.OKHTTP)
                            .allMatch(request -> request.header("Authorization").isEmpty());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_namespace_unknown_right_after_its_create_is_asked_for_again(HttpModule module) {
        try (AnsweringServer server = new AnsweringServer(module)) {
            server.answers(201, OBJECT, Map.of());
            server.call("create namespace");
            for (String call : List.of("create policy", "apply policy")) {
                AtomicInteger sent = new AtomicInteger();
                server.answers(request -> sent.incrementAndGet() == 1
                        ? Answer.of(404, NO_NAMESPACE, Map.of())
                        : Answer.of(201, POLICY, Map.of()));

                assertThatCode(() -> server.call(call)).as(call).doesNotThrowAnyException();
                assertThat(sent).as(call).hasValue(2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpModule.class)
    void a_namespace_that_was_not_created_just_now_is_absent_at_once(HttpModule module) {
        try (AnsweringServer server = new AnsweringServer(module)) {
            server.answers(404, NO_NAMESPACE, Map.of());

            assertThatExceptionOfType(NamespaceAbsentException.class).isThrownBy(() -> server.call("create policy"));
            assertThat(server.requests())
                    .filteredOn(request -> request.method().equals("POST"))
                    .hasSize(1);
        }
    }

    private static Map<String, Answer> cuts(End end) {
        Answer whole = Answer.of(200, OBJECT, Map.of());
        Answer chunked = Answer.chunked(OBJECT);
        int head = whole.text().indexOf(OBJECT);
        int chunk = chunked.text().indexOf(OBJECT);
        Map<String, Answer> cuts = new LinkedHashMap<>();
        cuts.put("before the headers", whole.cut(0, end));
        cuts.put("in the headers", whole.cut(20, end));
        cuts.put("after the headers", whole.cut(head, end));
        cuts.put("in the body", whole.cut(head + 30, end));
        cuts.put("before a chunk", chunked.cut(chunk - 4, end));
        cuts.put("in a chunk", chunked.cut(chunk + 30, end));
        cuts.put("before the last chunk", chunked.cut(chunk + OBJECT.length() + 2, end));
        return cuts;
    }
}

package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the API server answered.
 *
 * @param status the HTTP status
 * @param body the body as JSON, or the beginning of its text where it is none
 * @param warnings the server's warnings, without their codes
 * @param retryAfter how long the server asks us to wait
 * @param mayBeSecond whether an attempt before may have been carried out, unknown to us
 */
record ApiAnswer(
        int status,
        JsonNode body,
        List<String> warnings,
        @Nullable Duration retryAfter,
        boolean mayBeSecond) {

    private static final int LONGEST_TEXT = 100;

    private static final Duration LONGEST_WAIT = Duration.ofDays(10_000);

    static ApiAnswer of(int status, byte[] body, List<String> warningHeaders, @Nullable String retryAfter) {
        JsonNode json;
        try {
            json = Json.read(body);
        } catch (IOException e) {
            json = Json.text(new String(body, 0, Math.min(body.length, LONGEST_TEXT), StandardCharsets.UTF_8));
        }
        return new ApiAnswer(
                status,
                json,
                warningHeaders.stream()
                        .flatMap(header -> warnings(header).stream())
                        .toList(),
                retryAfter == null ? null : wait(retryAfter.strip()),
                false);
    }

    ApiAnswer afterOneThatMayHaveBeenDone(boolean done) {
        return done == mayBeSecond ? this : new ApiAnswer(status, body, warnings, retryAfter, done);
    }

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /**
     * Whether an API server has said it. All that one says has a kind, but for a path that none of its APIs is behind.
     */
    boolean isFromKubernetes() {
        return !body.path("kind").asText("").isEmpty()
                || (status == 404
                        && body.asText("").strip().toLowerCase(Locale.ROOT).matches("404:? page not found"));
    }

    /** The object that it carries, if it is a success and is one. */
    Optional<ObjectNode> object() {
        return isSuccess()
                        && body instanceof ObjectNode object
                        && object.path("metadata").isObject()
                ? Optional.of(object)
                : Optional.empty();
    }

    /** The machine-readable reason of a failure, such as {@code AlreadyExists}; empty where the server gives none. */
    String reason() {
        return body.path("reason").asText("");
    }

    /** The server's words on a failure. */
    String message() {
        // A page says nothing that fits into a line; plain text may.
        String message = body.isTextual() && !body.asText().startsWith("<")
                ? body.asText().lines().findFirst().orElse("").strip()
                : body.path("message").asText("");
        return message.isEmpty() ? "no reason was given" : message;
    }

    /** What the failure is about: the plural name of its kind, possibly empty. */
    String detailsKind() {
        return body.path("details").path("kind").asText("");
    }

    /** Every single cause of the failure, each once. */
    List<Cause> causes() {
        List<Cause> causes = new ArrayList<>();
        for (JsonNode cause : body.path("details").path("causes")) {
            causes.add(new Cause(
                    cause.path("reason").asText(""),
                    cause.path("field").asText(""),
                    cause.path("message").asText("")));
        }
        return causes.stream().distinct().toList();
    }

    /** Whether the server says that it does not know the path, which is: the kind. */
    boolean saysKindNotServed() {
        return status == 404
                && detailsKind().isEmpty()
                && body.path("details").path("name").isMissingNode();
    }

    /** Whether the server says that the namespace does not exist, of an object that would stand in it. */
    boolean saysNamespaceAbsent() {
        return status == 404 && detailsKind().equals("namespaces");
    }

    record Cause(String reason, String field, String message) {}

    /** Seconds or, from what stands before the API server, a date; null where it is neither. */
    private static @Nullable Duration wait(String retryAfter) {
        Duration wait;
        if (retryAfter.matches("[0-9]+")) {
            wait = retryAfter.length() > 9 ? LONGEST_WAIT : Duration.ofSeconds(Long.parseLong(retryAfter));
        } else {
            try {
                wait = Duration.between(
                        Instant.now(), Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(retryAfter)));
            } catch (DateTimeException e) {
                return null;
            }
        }
        Duration notNegative = wait.isNegative() ? Duration.ZERO : wait;
        return notNegative.compareTo(LONGEST_WAIT) < 0 ? notNegative : LONGEST_WAIT;
    }

    /** The texts in a {@code Warning} header, which may hold several as {@code 299 - "text"}. */
    private static List<String> warnings(String header) {
        List<String> texts = new ArrayList<>();
        int i = 0;
        while ((i = header.indexOf('"', i)) >= 0) {
            StringBuilder text = new StringBuilder();
            for (i++; i < header.length() && header.charAt(i) != '"'; i++) {
                if (header.charAt(i) == '\\' && i + 1 < header.length()) {
                    i++;
                }
                text.append(header.charAt(i));
            }
            texts.add(text.toString());
            // An optional date follows in quotes of its own.
            i++;
            if (header.startsWith(" \"", i)) {
                i = header.indexOf('"', i + 2) + 1;
                if (i == 0) {
                    break;
                }
            }
        }
        return texts;
    }
}

package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.namespaces.error.Arrival;
import dev.namespaces.model.Shown;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An answer to a request, from the API server or from a proxy in front of it.
 *
 * @param status the HTTP status
 * @param body the body as JSON, or the beginning of its text if it is no JSON
 * @param warnings the server's warnings, without their codes
 * @param retryAfter how long the server asks us to wait
 * @param earlier whether an earlier attempt to send the same request may have been carried out without our knowledge
 */
record ApiAnswer(
        int status,
        JsonNode body,
        List<String> warnings,
        @Nullable Duration retryAfter,
        Arrival earlier) {

    private static final int LONGEST_TEXT = 100;

    /** No API server asks for as long; a longer wait is the mistake of a server in between. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final int MOST_CAUSES = 100;

    private static final int MOST_WARNINGS = 100;

    /**
     * The API server puts these words before the text of a webhook or a policy, at the beginning of the message. It
     * takes the status, the reason and the details from the webhook, so they say nothing.
     */
    private static final Pattern DENIAL = Pattern.compile("admission webhook \"[^\"]*\" denied the request"
            + "|\\S+ \"[^\"]*\" is forbidden: "
            + "(ValidatingAdmissionPolicy '[^']*' (with binding '[^']*' )?denied request|exceeded quota: )");

    private static final int REQUEST_TIMEOUT = 408;

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
                        .limit(MOST_WARNINGS)
                        .map(Shown::sentence)
                        .toList(),
                retryAfter == null ? null : wait(retryAfter.strip()),
                Arrival.SETTLED);
    }

    /** Returns this answer as the one that follows earlier attempts to send the same request. */
    ApiAnswer after(Arrival earlierAttempts) {
        return earlierAttempts == Arrival.SETTLED
                ? this
                : new ApiAnswer(status, body, warnings, retryAfter, earlierAttempts);
    }

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /**
     * Returns whether the answer proves that the API server is done with the request: it is a success, or a
     * {@code Status} from 400 to 499. The API server sends a 408 while the request may still be at work.
     */
    boolean isProof() {
        return isSuccess()
                ? isFromKubernetes()
                : status >= 400 && status < 500 && status != REQUEST_TIMEOUT && isStatus();
    }

    /** Returns whether the answer is a {@code Status}, in which an API server says why something failed. */
    boolean isStatus() {
        return kind().equals("Status");
    }

    /** Returns whether an admission webhook, an admission policy or a quota refuses the write, with any status. */
    boolean isDenial() {
        return isStatus() && !isSuccess() && DENIAL.matcher(message()).lookingAt();
    }

    /** Returns whether the object is too large for etcd, or for the API server's client of it. */
    boolean saysTooLargeForEtcd() {
        return status >= 500
                && isStatus()
                && (message().contains("etcdserver: request is too large")
                        || message().contains("trying to send message larger than max"));
    }

    /** Returns whether a quota refuses the write only because it was not counted yet, or because others count it. */
    boolean saysQuotaUncounted() {
        return isStatus()
                && ((status == 403 && message().contains(" is forbidden: status unknown for quota: "))
                        || (saysOtherChanged() && detailsKind().equals("resourcequotas")));
    }

    /** Returns whether the server says that some object has changed in between. */
    boolean saysOtherChanged() {
        return status == 409 && reason().equals("Conflict");
    }

    /** Returns whether the details name the object, or none. */
    boolean isAbout(ResourceType type, String name) {
        JsonNode details = body.path("details");
        return isMissingOr(details.path("name"), name)
                && isMissingOr(details.path("group"), type.group())
                && (isMissingOr(details.path("kind"), type.plural()) || isMissingOr(details.path("kind"), type.kind()));
    }

    private static boolean isMissingOr(JsonNode text, String expected) {
        return text.asText("").isEmpty() || text.asText().equals(expected);
    }

    /**
     * Returns whether an API server wrote the answer. Each of its answers has a kind, except the one for a path that no
     * API has.
     */
    boolean isFromKubernetes() {
        return !kind().isEmpty()
                || (status == 404
                        && body.asText("").strip().toLowerCase(Locale.ROOT).matches("404:? page not found"));
    }

    private String kind() {
        return body.path("kind").asText("");
    }

    /** Returns the machine-readable reason of a failure, such as {@code AlreadyExists}; empty if there is none. */
    String reason() {
        return body.path("reason").asText("");
    }

    /** Returns the server's words on a failure. */
    String message() {
        String message = body.isTextual() ? text() : body.path("message").asText("");
        if (!message.isEmpty()) {
            return message;
        }
        return isStatus() ? "no reason was given" : "a server in front of it says that it is away";
    }

    /** Returns the first line of an answer in plain text; empty for anything else. A page has no line to quote. */
    String text() {
        return body.isTextual() && !body.asText().startsWith("<")
                ? body.asText().lines().findFirst().orElse("").strip()
                : "";
    }

    private String detailsKind() {
        return body.path("details").path("kind").asText("");
    }

    /** Returns every cause of the failure, each once. */
    List<Cause> causes() {
        List<Cause> causes = new ArrayList<>();
        for (JsonNode cause : body.path("details").path("causes")) {
            causes.add(new Cause(
                    cause.path("reason").asText(""),
                    cause.path("field").asText(""),
                    cause.path("message").asText("")));
        }
        return causes.stream().distinct().limit(MOST_CAUSES).toList();
    }

    /** Returns whether the server says that it does not know the path, and so not the kind. */
    boolean saysKindNotServed() {
        return status == 404
                && (!isStatus() || reason().equals("NotFound"))
                && !isDenial()
                && detailsKind().isEmpty()
                && body.path("details").path("name").isMissingNode();
    }

    /** Returns whether the server says that the object exists already. */
    boolean saysExists(ResourceType type, String name) {
        return status == 409 && reason().equals("AlreadyExists") && !isDenial() && isAbout(type, name);
    }

    /** Returns whether the server says that the object does not exist. */
    boolean saysAbsent(ResourceType type, String name) {
        return status == 404
                && !isDenial()
                && body.path("details").path("name").asText("").equals(name)
                && isAbout(type, name);
    }

    /** Returns whether the server says that the namespace does not exist. */
    boolean saysNamespaceAbsent(@Nullable String namespace) {
        return namespace != null && saysAbsent(ResourceType.NAMESPACE, namespace);
    }

    /** Returns whether a successful answer to a deletion names the object of that UID, or none. */
    boolean isDeletionOf(ResourceType type, @Nullable String namespace, String name, String uid) {
        if (isStatus()) {
            return body.path("status").asText("").equals("Success")
                    && isAbout(type, name)
                    && isMissingOr(body.path("details").path("uid"), uid);
        }
        return LiveObject.isOf(body, type, namespace, name)
                && body.path("metadata").path("uid").asText().equals(uid);
    }

    record Cause(String reason, String field, String message) {}

    /** Returns the wait that is given in seconds or, by a proxy, as a date; null if it is neither. */
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

    /** Returns the texts of a {@code Warning} header, which may have several as {@code 299 - "text"}. */
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

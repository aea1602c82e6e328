package dev.namespaces.spring;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.jackson.NamespacesJson;
import java.net.URI;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers a request that failed with a {@link NamespaceException}. The category decides about the status. The members
 * of the body are those of the failure's JSON form; its message is the detail. A report is left out: it has the stored
 * annotations and the egress policies of its namespaces.
 */
@RestControllerAdvice
final class FailureAdvice {

    /** For a failure that passes by itself, and does not say when. */
    private static final int RETRY_AFTER_SECONDS = 10;

    @ExceptionHandler
    ResponseEntity<ProblemDetail> answer(NamespaceException failure) {
        int status = FailureStatus.of(failure.category());
        Map<?, ?> form = NamespacesJson.read(NamespacesJson.write(failure), Map.class);
        if (form.get("facts") instanceof Map<?, ?> facts) {
            facts.remove("report");
        }
        ProblemDetail problem = ProblemDetail.forStatus(status);
        form.forEach((name, value) -> {
            switch (String.valueOf(name)) {
                case "type" -> problem.setType(URI.create("urn:namespaces:" + value));
                case "message" -> problem.setDetail(String.valueOf(value));
                default -> problem.setProperty(String.valueOf(name), value);
            }
        });
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(status);
        if (failure.category() == ErrorCategory.UNAVAILABLE && failure.isRetryable()) {
            Object seconds = form.get("retryAfterSeconds");
            answer.header(HttpHeaders.RETRY_AFTER, String.valueOf(seconds == null ? RETRY_AFTER_SECONDS : seconds));
        }
        return answer.body(problem);
    }
}

package dev.namespaces.spring;

import dev.namespaces.core.deploy.RefusedKeysException;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.EgressPolicyIdTakenException;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.PolicyWidenedException;
import dev.namespaces.jackson.NamespacesJson;
import java.net.URI;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers a request that failed with a {@link NamespaceException}. The category decides about the status. The members
 * of the body are those of the failure's JSON form; its message is the detail.
 *
 * <p>Of the facts, the body has texts, numbers and lists of them, and the records that say what to correct. Everything
 * else is left out, such as a report: it has the stored annotations and the egress policies of its namespaces. The
 * rules of an egress policy are left out of the detail as well.
 */
@RestControllerAdvice
final class FailureAdvice {

    /** For a failure that passes by itself, and does not say when. */
    private static final int RETRY_AFTER_SECONDS = 10;

    /** The facts that are objects, or lists of objects, and without which nobody knows what to correct. */
    private static final Map<Class<?>, String> RECORDS = Map.of(
            InvalidNamespaceRequestException.class, "violations",
            RefusedKeysException.class, "violations",
            EgressPolicyIdTakenException.class, "owner",
            EgressPolicyOwnerTakenException.class, "owner",
            ApplyConflictException.class, "conflicts",
            ManifestRejectedException.class, "causes",
            NamespaceTerminatingException.class, "conditions");

    @ExceptionHandler
    ResponseEntity<ProblemDetail> answer(NamespaceException failure) {
        int status = FailureStatus.of(failure.category());
        Map<?, ?> form = NamespacesJson.read(NamespacesJson.write(failure), Map.class);
        if (form.get("facts") instanceof Map<?, ?> facts) {
            facts.entrySet().removeIf(fact -> !isShown(failure, fact.getKey(), fact.getValue()));
        }
        ProblemDetail problem = ProblemDetail.forStatus(status);
        form.forEach((name, value) -> {
            switch (String.valueOf(name)) {
                case "type" -> problem.setType(URI.create("urn:namespaces:" + value));
                case "message" -> problem.setDetail(detail(failure));
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

    // The message of a deployment repeats those of its failures, possibly shortened, so no part of it is kept.
    private static String detail(NamespaceException failure) {
        return namesRules(failure, Collections.newSetFromMap(new IdentityHashMap<>()))
                ? "Cannot " + failure.context() + ": " + withoutRules(failure)
                : String.valueOf(failure.getMessage());
    }

    private static String withoutRules(NamespaceException failure) {
        if (failure instanceof InexpressibleEgressException inexpressible) {
            return "a " + inexpressible.dialect().kind() + " cannot express some rules of the egress policy; change"
                    + " these rules, or agree to leave rules of that kind out";
        }
        if (failure instanceof PolicyWidenedException) {
            return "an admission controller changed the egress policy, which now allows more; exempt our policy objects"
                    + " from that controller";
        }
        return "the reasons are not shown here, because they have rules of an egress policy; the exception has all of"
                + " them";
    }

    private static boolean namesRules(@Nullable Throwable failure, Set<Throwable> seen) {
        return failure != null
                && seen.add(failure)
                && (failure instanceof InexpressibleEgressException
                        || failure instanceof PolicyWidenedException
                        || namesRules(failure.getCause(), seen)
                        || Arrays.stream(failure.getSuppressed()).anyMatch(each -> namesRules(each, seen)));
    }

    private static boolean isShown(NamespaceException failure, Object name, @Nullable Object value) {
        if (failure instanceof PolicyWidenedException && name.equals("gained")) {
            return false;
        }
        return isScalar(value)
                || (value instanceof List<?> list && list.stream().allMatch(FailureAdvice::isScalar))
                || name.equals(RECORDS.get(failure.getClass()));
    }

    private static boolean isScalar(@Nullable Object value) {
        return !(value instanceof Map || value instanceof List);
    }
}

package dev.namespaces.fabric8;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes our exceptions of the API server's answers. */
final class Failures {

    /** The API server may quote a value from the manifest, which may be long. */
    private static final int LONGEST_REASON = 1_000;

    /** The API server puts the manager's name nowhere else. */
    private static final Pattern MANAGER = Pattern.compile("^conflict with \"((?:[^\"\\\\]|\\\\.)*)\"");

    private Failures() {}

    /**
     * Returns the exception for a failed answer to any request.
     *
     * @param verb the verb that was needed
     * @param resourceType the resource that it was needed on
     */
    static ClusterException of(ApiAnswer answer, String verb, String resourceType, Call call) {
        String reason = shortened(answer.message());
        return switch (answer.status()) {
            case 401 -> new UnauthorizedException(call.context(), reason, null);
            case 403 -> new ForbiddenException(call.context(), verb, resourceType, reason, null);
            case 409 -> conflict(answer, reason, call);
            case 429 -> new ThrottledException(call.context(), answer.retryAfter(), null);
            default -> new ClusterFailureException(call.context(), answer.status(), reason, answer.retryAfter(), null);
        };
    }

    /** Returns the exception for a failed answer to a request with a manifest, which may be the cause. */
    static ClusterException ofManifest(ApiAnswer answer, String verb, String resourceType, Call call) {
        return switch (answer.status()) {
            case 400 -> answer.isFromKubernetes() ? rejected(answer, call) : of(answer, verb, resourceType, call);
            case 413, 422 -> rejected(answer, call);
            // The server's own refusals have details; those of a webhook need not.
            case 403 ->
                answer.body().path("details").isEmpty() ? rejected(answer, call) : of(answer, verb, resourceType, call);
            default -> of(answer, verb, resourceType, call);
        };
    }

    static ManifestRejectedException rejected(ApiAnswer answer, Call call) {
        List<ManifestRejectedException.FieldCause> causes = answer.causes().stream()
                .map(cause -> new ManifestRejectedException.FieldCause(cause.field(), shortened(cause.message())))
                .toList();
        return new ManifestRejectedException(call.context(), causes, shortened(answer.message()), null);
    }

    /** Returns the fields that others own, if they are the cause of the failure. */
    static List<ApplyConflictException.FieldConflict> fieldConflicts(ApiAnswer answer) {
        if (answer.status() != 409) {
            return List.of();
        }
        return answer.causes().stream()
                .filter(cause -> cause.reason().equals("FieldManagerConflict"))
                .map(cause -> new ApplyConflictException.FieldConflict(manager(cause.message()), cause.field()))
                .toList();
    }

    static boolean saysTerminating(ApiAnswer answer) {
        return answer.status() == 403
                && answer.causes().stream().anyMatch(cause -> cause.reason().equals("NamespaceTerminating"));
    }

    private static ClusterException conflict(ApiAnswer answer, String reason, Call call) {
        List<ApplyConflictException.FieldConflict> conflicts = fieldConflicts(answer);
        return conflicts.isEmpty()
                ? new PreconditionFailedException(call.context(), reason, null)
                : new ApplyConflictException(call.context(), conflicts, null);
    }

    private static String manager(String message) {
        Matcher matcher = MANAGER.matcher(message);
        return matcher.find() ? matcher.group(1).replaceAll("\\\\(.)", "$1") : message;
    }

    static String shortened(String text) {
        return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "…";
    }
}

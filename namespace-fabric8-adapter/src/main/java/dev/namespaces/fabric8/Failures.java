package dev.namespaces.fabric8;

import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes our exceptions of the API server's answers. */
final class Failures {

    /** The API server puts the manager's name nowhere else. */
    private static final Pattern MANAGER = Pattern.compile("^conflict with \"((?:[^\"\\\\]|\\\\.)*)\"");

    /** The statuses below 500 by which an API server says something else than that the manifest is wrong. */
    private static final Set<Integer> OF_THE_SERVER = Set.of(401, 403, 404, 405, 406, 408, 410, 415, 429);

    private Failures() {}

    /**
     * Returns the exception for a failed answer to any request.
     *
     * @param verb the verb that was needed
     * @param resourceType the resource that it was needed on
     */
    static ClusterException of(ApiAnswer answer, String verb, String resourceType, Call call) {
        if (!answer.isStatus() && answer.status() < 500 && answer.status() != 429) {
            return notFromKubernetes(answer, call);
        }
        String reason = Shown.sentence(answer.message());
        return switch (answer.status()) {
            case 401 -> new UnauthorizedException(call.context(), reason, null);
            case 403 -> new ForbiddenException(call.context(), verb, resourceType, reason, null);
            case 429 -> new ThrottledException(call.context(), answer.retryAfter(), null);
            default -> new ClusterFailureException(call.context(), answer.status(), reason, answer.retryAfter(), null);
        };
    }

    /** Returns the exception for a failed answer to a write, whose cause may be what was to be written. */
    static ClusterException ofWrite(
            ApiAnswer answer, ApiRequest request, ResourceRef resource, ResourceType type, Call call) {
        int status = answer.status();
        if (answer.saysTooLargeForEtcd()) {
            return new ManifestRejectedException(
                    call.context(),
                    List.of(),
                    "a request of " + request.length() + " bytes is too large to be stored: "
                            + Shown.sentence(answer.message()),
                    null);
        }
        if (answer.isDenial()) {
            return rejected(answer, call);
        }
        if (answer.saysQuotaUncounted() || (answer.saysOtherChanged() && !answer.isAbout(type, resource.name()))) {
            return ClusterFailureException.passing(
                    call.context(), status, Shown.sentence(answer.message()), answer.retryAfter());
        }
        if (status == 409 && answer.isStatus()) {
            return answer.isAbout(type, resource.name()) ? conflict(answer, call) : notFromKubernetes(answer, call);
        }
        boolean isOfTheManifest = answer.isStatus() && status < 500 && !OF_THE_SERVER.contains(status);
        return isOfTheManifest ? rejected(answer, call) : of(answer, request.verb(), request.resourceType(), call);
    }

    /** Returns the exception for an answer that no API server gives to the request. */
    static ClusterFailureException notFromKubernetes(ApiAnswer answer, Call call) {
        return notFromKubernetes(answer.status(), answer.text(), call);
    }

    static ClusterFailureException notFromKubernetes(int status, String text, Call call) {
        // Go's HTTP server, in which an API server runs, answers so before the API server sees the request.
        boolean isOfHttpServer = status == 400 && !text.isEmpty();
        String reason = isOfHttpServer
                ? text
                : "this is no answer of Kubernetes; is there a proxy in between?"
                        + (text.isEmpty() ? "" : " It says: " + text);
        return new ClusterFailureException(call.context(), status, Shown.sentence(reason), null);
    }

    static ManifestRejectedException rejected(ApiAnswer answer, Call call) {
        List<ManifestRejectedException.FieldCause> causes = answer.causes().stream()
                .map(cause -> new ManifestRejectedException.FieldCause(cause.field(), Shown.sentence(cause.message())))
                .toList();
        return new ManifestRejectedException(call.context(), causes, Shown.sentence(answer.message()), null);
    }

    /** Returns the fields that others own, if they are the cause of the failure. */
    static List<ApplyConflictException.FieldConflict> fieldConflicts(ApiAnswer answer) {
        if (answer.status() != 409 || answer.isDenial()) {
            return List.of();
        }
        return answer.causes().stream()
                .filter(cause -> cause.reason().equals("FieldManagerConflict"))
                .map(cause -> new ApplyConflictException.FieldConflict(manager(cause.message()), cause.field()))
                .toList();
    }

    static boolean saysTerminating(ApiAnswer answer) {
        return answer.status() == 403
                && !answer.isDenial()
                && answer.causes().stream().anyMatch(cause -> cause.reason().equals("NamespaceTerminating"));
    }

    private static ClusterException conflict(ApiAnswer answer, Call call) {
        List<ApplyConflictException.FieldConflict> conflicts = fieldConflicts(answer);
        return conflicts.isEmpty()
                ? new PreconditionFailedException(call.context(), Shown.sentence(answer.message()), null)
                : new ApplyConflictException(call.context(), conflicts, null);
    }

    private static String manager(String message) {
        Matcher matcher = MANAGER.matcher(message);
        return matcher.find() ? matcher.group(1).replaceAll("\\\\(.)", "$1") : message;
    }
}

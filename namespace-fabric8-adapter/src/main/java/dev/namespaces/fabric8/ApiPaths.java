package dev.namespaces.fabric8;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out what a request to an API server does, from its method and path.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris">Kubernetes: resource
 *     URIs</a>
 */
final class ApiPaths {

    private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH");

    /** Subresources that write nothing into the namespace. */
    private static final Set<String> PASSING =
            Set.of("exec", "attach", "portforward", "proxy", "log", "token", "eviction");

    /** Groups whose reviews are questions and not objects. */
    private static final Set<String> REVIEWING = Set.of(
            "authorization.k8s.io", "authentication.k8s.io", "authorization.openshift.io", "security.openshift.io");

    /** Subresources of a Namespace, whose paths look like those of the resources in it. */
    private static final Set<String> OF_NAMESPACES = Set.of("status", "finalize");

    private final String prefix;

    /** @param base the address of the API server, possibly with a path */
    ApiPaths(URI base) {
        String path = base.getPath() == null ? "" : base.getPath();
        this.prefix = path.endsWith("/") ? path : path + "/";
    }

    /** Returns the namespace in which the request would create or change something; empty if it would not. */
    Optional<String> writtenNamespace(String method, URI uri) {
        // Decoded, as the API server reads it.
        String path = uri.getPath();
        if (!WRITES.contains(method) || path == null || !path.startsWith(prefix) || isDryRun(uri)) {
            return Optional.empty();
        }
        List<String> segments = List.of(path.substring(prefix.length()).split("/"));
        boolean core = segments.get(0).equals("api");
        if (!core && !segments.get(0).equals("apis")) {
            return Optional.empty();
        }
        int namespaces = core ? 2 : 3;
        if (segments.size() < namespaces + 3 || !segments.get(namespaces).equals("namespaces")) {
            return Optional.empty();
        }
        String group = core ? "" : segments.get(1);
        String resource = segments.get(namespaces + 2);
        boolean ofNamespace = core && OF_NAMESPACES.contains(resource);
        boolean review = REVIEWING.contains(group) && resource.endsWith("reviews");
        boolean passing = segments.size() > namespaces + 4 && PASSING.contains(segments.get(namespaces + 4));
        return ofNamespace || review || passing ? Optional.empty() : Optional.of(segments.get(namespaces + 1));
    }

    private static boolean isDryRun(URI uri) {
        String query = uri.getRawQuery();
        return query != null && List.of(query.split("&")).contains("dryRun=All");
    }
}

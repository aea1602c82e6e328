package dev.namespaces.fabric8;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How the API server serves a kind.
 *
 * @param apiVersion such as {@code networking.k8s.io/v1}
 * @param kind such as {@code NetworkPolicy}
 * @param plural such as {@code networkpolicies}
 * @param namespaced whether its objects stand in a namespace
 */
record ResourceType(String apiVersion, String kind, String plural, boolean namespaced) {

    static final ResourceType NAMESPACE = new ResourceType("v1", "Namespace", "namespaces", false);

    /** As a role names it, with its group: {@code networkpolicies.networking.k8s.io}. */
    String qualifiedName() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? plural : plural + "." + apiVersion.substring(0, slash);
    }

    /** The API group, empty for the core group. */
    String group() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }

    String collectionPath(@Nullable String namespace) {
        String path = versionPath(apiVersion) + "/";
        if (namespaced) {
            if (namespace == null || namespace.isEmpty()) {
                throw new IllegalArgumentException("A " + kind + " stands in a namespace, and none is given");
            }
            path += "namespaces/" + segment(namespace) + "/";
        }
        return path + plural;
    }

    String path(@Nullable String namespace, String name) {
        return collectionPath(namespace) + "/" + segment(name);
    }

    static String versionPath(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash < 0
                ? "api/" + segment(apiVersion)
                : "apis/" + segment(apiVersion.substring(0, slash)) + "/" + segment(apiVersion.substring(slash + 1));
    }

    /** Whether the API server can have an object of that name at all: the name must be one segment of a path. */
    static boolean canBeNamed(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.indexOf('/') < 0
                && name.indexOf('%') < 0;
    }

    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

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
 * @param namespaced whether its objects are in a namespace
 */
record ResourceType(String apiVersion, String kind, String plural, boolean namespaced) {

    static final ResourceType NAMESPACE = new ResourceType("v1", "Namespace", "namespaces", false);

    /** Returns the name that a role has for it, with its group: {@code networkpolicies.networking.k8s.io}. */
    String qualifiedName() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? plural : plural + "." + apiVersion.substring(0, slash);
    }

    /** Returns the API group, empty for the core group. */
    String group() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }

    /** Returns whether the API server itself implements the kind, which no CustomResourceDefinition has defined. */
    boolean isBuiltIn() {
        return group().indexOf('.') < 0 || group().endsWith(".k8s.io");
    }

    /** Returns the path of the objects in all namespaces. */
    String listPath() {
        return versionPath(apiVersion) + "/" + plural;
    }

    /** Returns the path to create objects at. */
    String collectionPath(@Nullable String namespace) {
        String path = versionPath(apiVersion) + "/";
        if (namespaced) {
            if (namespace == null || namespace.isEmpty()) {
                throw new IllegalArgumentException("A " + kind + " is in a namespace, and none is given");
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

    /** Returns whether the API server can have an object of that name: the name must be one segment of a path. */
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

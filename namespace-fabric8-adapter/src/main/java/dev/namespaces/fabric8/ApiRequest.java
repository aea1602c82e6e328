package dev.namespaces.fabric8;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request to the API server.
 *
 * @param method the HTTP method
 * @param path path and query, without a leading slash, relative to the server's base
 * @param contentType the body's media type, or null without a body
 * @param body the body, or null for none
 * @param verb the verb that a role must grant for it
 * @param resourceType the resource that a role must grant it on
 * @param repeatedByUsOnly whether the HTTP client must not send it again by itself
 * @param hopeless which failed answer would only come again
 */
record ApiRequest(
        String method,
        String path,
        @Nullable String contentType,
        @Nullable String body,
        String verb,
        String resourceType,
        boolean repeatedByUsOnly,
        Predicate<ApiAnswer> hopeless) {

    private static final String JSON = "application/json";

    static ApiRequest get(String path, String resourceType) {
        return new ApiRequest("GET", path, null, null, "get", resourceType, false, answer -> false);
    }

    static ApiRequest post(String path, String body, String resourceType) {
        return new ApiRequest("POST", path, JSON, body, "create", resourceType, false, answer -> false);
    }

    static ApiRequest apply(String path, String body, String resourceType) {
        return new ApiRequest(
                "PATCH", path, "application/apply-patch+yaml", body, "patch", resourceType, false, answer -> false);
    }

    static ApiRequest jsonPatch(String path, String body, String resourceType) {
        return new ApiRequest(
                "PATCH", path, "application/json-patch+json", body, "patch", resourceType, false, answer -> false);
    }

    static ApiRequest delete(String path, String body, String resourceType) {
        return new ApiRequest("DELETE", path, JSON, body, "delete", resourceType, false, answer -> false);
    }

    /** The same, never sent again by the HTTP client without our knowledge. */
    ApiRequest repeatedByUs() {
        return new ApiRequest(method, path, contentType, body, verb, resourceType, true, hopeless);
    }

    /** The same, not sent again after such an answer. */
    ApiRequest notRepeatedAfter(Predicate<ApiAnswer> hopeless) {
        return new ApiRequest(method, path, contentType, body, verb, resourceType, repeatedByUsOnly, hopeless);
    }
}

package dev.namespaces.fabric8;

import java.nio.charset.StandardCharsets;
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
 * @param writes whether the request can change the cluster
 * @param longestAnswer the most bytes of an answer that are read
 * @param hopeless tells which failed answers make no sense to ask for again
 * @param passing tells which other answers do, although they are no failure of the server
 */
record ApiRequest(
        String method,
        String path,
        @Nullable String contentType,
        @Nullable String body,
        String verb,
        String resourceType,
        boolean writes,
        int longestAnswer,
        Predicate<ApiAnswer> hopeless,
        Predicate<ApiAnswer> passing) {

    /**
     * More than one object has: etcd stores 1.5 MiB unless an administrator sets another limit, and JSON may write six
     * characters for one.
     */
    static final int LONGEST_OBJECT = 12 * 1024 * 1024;

    /** A page of 500 objects of 32 KiB each. */
    static final int LONGEST_PAGE = 16 * 1024 * 1024;

    private static final String JSON = "application/json";

    static ApiRequest get(String path, String resourceType) {
        return reading("GET", path, null, "get", resourceType, LONGEST_OBJECT);
    }

    static ApiRequest list(String path, String resourceType, int longestAnswer) {
        return reading("GET", path, null, "list", resourceType, longestAnswer);
    }

    /** A question that is asked by creating an object which nobody stores. */
    static ApiRequest review(String path, String body, String resourceType) {
        return reading("POST", path, body, "create", resourceType, LONGEST_OBJECT);
    }

    static ApiRequest create(String path, String body, String resourceType) {
        return writing("POST", path, JSON, body, "create", resourceType);
    }

    static ApiRequest apply(String path, String body, String resourceType) {
        return writing("PATCH", path, "application/apply-patch+yaml", body, "patch", resourceType);
    }

    static ApiRequest jsonPatch(String path, String body, String resourceType) {
        return writing("PATCH", path, "application/json-patch+json", body, "patch", resourceType);
    }

    static ApiRequest delete(String path, String body, String resourceType) {
        return writing("DELETE", path, JSON, body, "delete", resourceType);
    }

    /** Returns the same request as a dry run, which writes nothing. */
    ApiRequest asDryRun() {
        String dryRun = path + (path.indexOf('?') < 0 ? "?" : "&") + "dryRun=All";
        return new ApiRequest(
                method, dryRun, contentType, body, verb, resourceType, false, longestAnswer, hopeless, passing);
    }

    /** Returns the same request, which is not sent again after such an answer. */
    ApiRequest notRepeatedAfter(Predicate<ApiAnswer> hopeless) {
        return new ApiRequest(
                method, path, contentType, body, verb, resourceType, writes, longestAnswer, hopeless, passing);
    }

    /** Returns the same request, which is also sent again after such an answer. */
    ApiRequest repeatedAfter(Predicate<ApiAnswer> passing) {
        return new ApiRequest(
                method, path, contentType, body, verb, resourceType, writes, longestAnswer, hopeless, passing);
    }

    /** Returns the size of the body, in bytes. */
    int length() {
        return body == null ? 0 : body.getBytes(StandardCharsets.UTF_8).length;
    }

    private static ApiRequest reading(
            String method, String path, @Nullable String body, String verb, String resourceType, int longestAnswer) {
        String contentType = body == null ? null : JSON;
        return new ApiRequest(
                method,
                path,
                contentType,
                body,
                verb,
                resourceType,
                false,
                longestAnswer,
                answer -> false,
                answer -> false);
    }

    private static ApiRequest writing(
            String method, String path, String contentType, String body, String verb, String resourceType) {
        return new ApiRequest(
                method,
                path,
                contentType,
                body,
                verb,
                resourceType,
                true,
                LONGEST_OBJECT,
                answer -> false,
                answer -> false);
    }
}

package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Knows how an API server serves a kind, or asks it. */
final class Discovery {

    private final ApiServer server;
    private final Map<String, ResourceType> known = new ConcurrentHashMap<>();

    Discovery(ApiServer server) {
        this.server = server;
    }

    /** Returns how the kind was served last; asks if that is not known. Empty if it is not served now. */
    Optional<ResourceType> find(String apiVersion, String kind, Call call) {
        if (apiVersion.equals("v1") && kind.equals("Namespace")) {
            return Optional.of(ResourceType.NAMESPACE);
        }
        ResourceType type = known.get(key(apiVersion, kind));
        return type == null ? ask(apiVersion, kind, call) : Optional.of(type);
    }

    /** Asks how the kind is served now. */
    Optional<ResourceType> ask(String apiVersion, String kind, Call call) {
        ApiAnswer answer =
                server.send(ApiRequest.get(ResourceType.versionPath(apiVersion), "the API's own list"), call);
        if (answer.status() == 404) {
            forget(apiVersion, kind);
            return Optional.empty();
        }
        if (!answer.isSuccess()) {
            throw Failures.of(answer, "get", ResourceType.versionPath(apiVersion), call);
        }
        if (!answer.body().path("resources").isArray()) {
            throw Failures.notFromKubernetes(answer, call);
        }
        for (JsonNode resource : answer.body().path("resources")) {
            String name = resource.path("name").asText("");
            if (resource.path("kind").asText("").equals(kind) && !name.isEmpty() && name.indexOf('/') < 0) {
                ResourceType type = new ResourceType(
                        apiVersion, kind, name, resource.path("namespaced").asBoolean());
                known.put(key(apiVersion, kind), type);
                return Optional.of(type);
            }
        }
        forget(apiVersion, kind);
        return Optional.empty();
    }

    /** Has the next {@link #find} ask again. */
    void forget(String apiVersion, String kind) {
        known.remove(key(apiVersion, kind));
    }

    private static String key(String apiVersion, String kind) {
        return apiVersion + "/" + kind;
    }
}

package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** The etcd of the real API server, which listens on plain HTTP. */
final class Etcd {

    private static final String SERVERS = "--etcd-servers";

    private Etcd() {}

    /**
     * Removes all former versions, as the API server does every few minutes, and returns the continue token for one of
     * them. The API server keeps the lists of some minutes in memory, so the token itself would still be good.
     */
    static String expire(String continueToken) {
        compact();
        ObjectNode content = (ObjectNode)
                Json.read(new String(Base64.getUrlDecoder().decode(continueToken), StandardCharsets.UTF_8));
        byte[] changed = Json.write(content.put("rv", 2)).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
    }

    private static void compact() {
        String revision = post("/v3/kv/range", Json.object().put("key", "AA=="))
                .path("header")
                .path("revision")
                .asText();
        post("/v3/kv/compaction", Json.object().put("revision", revision).put("physical", true));
    }

    private static ObjectNode post(String path, ObjectNode body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address() + path))
                .POST(BodyPublishers.ofString(Json.write(body)))
                .build();
        try {
            HttpResponse<String> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + response.statusCode() + " " + response.body());
            }
            return (ObjectNode) Json.read(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String address() {
        return ProcessHandle.current()
                .descendants()
                .flatMap(process -> process.info().arguments().stream())
                .map(List::of)
                .filter(arguments -> arguments.contains(SERVERS))
                .map(arguments -> arguments.get(arguments.indexOf(SERVERS) + 1))
                .map(servers -> servers.replace("0.0.0.0", "127.0.0.1"))
                .findFirst()
                .orElseThrow();
    }
}

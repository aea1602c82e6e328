package dev.namespaces.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.testservers.HttpProxy.RecordedRequest;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends complete requests with the JDK's HTTP client, and parses no response. */
final class RawClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final URI server;

    /** @param config says where the server is, and has the credentials */
    RawClient(Config config, HttpClient.Version version) {
        try {
            this.http = HttpClient.newBuilder()
                    .sslContext(SSLUtils.sslContext(config))
                    .version(version)
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.server = URI.create(config.getMasterUrl());
    }

    /** Sends all requests, so many at once. */
    void send(FleetRequests requests, int concurrency) {
        ParallelWork.run(
                concurrency,
                work -> requests.environments()
                        .forEach(each -> work.submit(() -> {
                            each.look().forEach(this::send);
                            each.namespaces().forEach(namespace -> work.submit(() -> namespace.forEach(this::send)));
                        })));
    }

    /** Deletes what the requests have created, and fails if something is absent. */
    void deleteCreated(FleetRequests requests, int concurrency) {
        ParallelWork.run(
                concurrency,
                work -> requests.environments().stream()
                        .flatMap(each -> each.namespaces().stream())
                        .forEach(namespace -> work.submit(() -> deleteCreated(namespace))));
    }

    private void deleteCreated(List<RecordedRequest> namespace) {
        List<RecordedRequest> creates = namespace.stream()
                .filter(request -> request.method().equals("POST"))
                .toList();
        for (int i = creates.size() - 1; i >= 0; i--) {
            RecordedRequest create = creates.get(i);
            String path = URI.create(create.uri()).getPath() + "/" + name(create);
            requireSuccess(exchange("DELETE", path, null, ""), "DELETE " + path);
            if (i == 0) {
                // Without the namespace controller, only this ends a namespace.
                requireSuccess(
                        exchange("PUT", path + "/finalize", "application/json", """
                                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "%s"}}
                                """.formatted(name(create))),
                        "PUT " + path + "/finalize");
            }
        }
    }

    private static String name(RecordedRequest create) {
        try {
            JsonNode manifest = JSON.readTree(create.body());
            return manifest.path("metadata").path("name").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(create.body(), e);
        }
    }

    private void send(RecordedRequest request) {
        HttpResponse<byte[]> answer = exchange(request.method(), request.uri(), request.contentType(), request.body());
        if (request.method().equals("POST")) {
            requireSuccess(answer, request.method() + " " + request.uri());
        }
    }

    private static void requireSuccess(HttpResponse<byte[]> answer, String request) {
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(
                    request + ": " + answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    private HttpResponse<byte[]> exchange(String method, String uri, @Nullable String contentType, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(uri))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .header("Accept", "application/json");
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + uri, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

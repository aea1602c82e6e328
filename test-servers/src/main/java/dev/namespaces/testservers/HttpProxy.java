package dev.namespaces.testservers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between a client and the real API server that speaks plain HTTP to the client, and answers some requests
 * itself. It can be behind a path prefix.
 */
public final class HttpProxy implements AutoCloseable {

    /** What becomes of a request. */
    public interface Turn {
        void take(HttpExchange exchange, Forward forward) throws IOException;
    }

    /** Has the server carry a request out. */
    public interface Forward {
        void run(boolean answer) throws IOException;
    }

    /**
     * A request that the proxy received.
     *
     * @param method the HTTP method
     * @param uri path and query
     * @param contentType the media type of the body, or null without a body
     * @param body the body, empty if there is none
     */
    public record RecordedRequest(
            String method, String uri, @Nullable String contentType, String body) {}

    /** The server does it and answers. */
    public static final Turn PASS = (exchange, forward) -> forward.run(true);

    /** The server does it, and nobody hears of it. */
    public static final Turn LOSE_ANSWER = (exchange, forward) -> forward.run(false);

    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "http-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final KubernetesClient upstream;
    private final String prefix;
    private final Queue<Turn> next = new ConcurrentLinkedQueue<>();
    private final Queue<RecordedRequest> requests = new ConcurrentLinkedQueue<>();
    private volatile Turn standing = PASS;

    public HttpProxy(KubernetesClient upstream, String prefix) {
        this.upstream = upstream;
        this.prefix = prefix;
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    public HttpProxy(KubernetesClient upstream) {
        this(upstream, "");
    }

    public static Turn answer(int status, String body, Map<String, String> headers) {
        return (exchange, forward) -> {
            headers.forEach(exchange.getResponseHeaders()::set);
            send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
        };
    }

    /** An API server's own failure. */
    public static Turn status(int code, String reason, Map<String, String> headers) {
        return answer(code, """
                {"kind":"Status","apiVersion":"v1","status":"Failure","message":"out of order","reason":"%s","code":%d}""".formatted(reason, code), headers);
    }

    public String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort() + prefix + "/";
    }

    /** The requests so far, each as {@code GET /api/v1/namespaces/x}. */
    public List<String> requests() {
        return requests.stream()
                .map(request ->
                        request.method() + " " + URI.create(request.uri()).getPath())
                .toList();
    }

    /** Returns the requests so far, whole. */
    public List<RecordedRequest> recorded() {
        return List.copyOf(requests);
    }

    public void forget() {
        requests.clear();
    }

    public void next(Turn turn) {
        next.add(turn);
    }

    public void always(Turn turn) {
        standing = turn;
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(new RecordedRequest(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    new String(body, StandardCharsets.UTF_8)));
            Turn turn = next.poll();
            (turn == null ? standing : turn).take(exchange, answer -> forward(exchange, body, answer));
        }
    }

    private void forward(HttpExchange exchange, byte[] body, boolean answer) throws IOException {
        String path = exchange.getRequestURI().toString().substring(prefix.length() + 1);
        HttpRequest.Builder request =
                upstream.getHttpClient().newHttpRequestBuilder().uri(upstream.getMasterUrl() + path);
        request.method(
                exchange.getRequestMethod(),
                exchange.getRequestHeaders().getFirst("Content-Type"),
                body.length == 0 ? null : new String(body, StandardCharsets.UTF_8));
        try {
            HttpResponse<byte[]> response = upstream.getHttpClient()
                    .sendAsync(request.build(), byte[].class)
                    .get();
            if (answer) {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                send(exchange, response.code(), response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}

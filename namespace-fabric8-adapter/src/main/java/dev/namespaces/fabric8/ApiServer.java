package dev.namespaces.fabric8;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one API server through a client's own HTTP client, with its credentials, within the time that a
 * call has.
 *
 * <p>The client's own retries are switched off here; see decision record 0021.
 */
final class ApiServer {

    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** Far more than etcd lets an object have. */
    private static final int LONGEST_ANSWER = 32 * 1024 * 1024;

    /** Those that clients may follow with a GET, whatever the method was; after a 307 or 308 they keep it. */
    private static final Set<Integer> REDIRECTS_TO_A_READ = Set.of(301, 302, 303);

    /** What older JDKs make of an answer that the API server sends together with a GOAWAY. */
    private static final String GOAWAY_HINT =
            "; the JDK's HTTP client may so report refused credentials, unless the client is built with HTTP/2 disabled";

    private final URI base;
    private final HttpClient http;

    ApiServer(KubernetesClient client) {
        this.base = URI.create(withSlash(client.getMasterUrl().toString()));
        this.http = client.getHttpClient()
                .newBuilder()
                .tag(new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .tag(OwnRequests.INSTANCE)
                .build();
    }

    /**
     * Sends it, again after a transient failure while there is time.
     *
     * @return the server's answer, a success or not
     * @throws ClusterUnreachableException if no answer came
     * @throws ClusterTimeoutException if none came in time
     * @throws OperationInterruptedException if the thread is interrupted
     */
    ApiAnswer send(ApiRequest request, Call call) {
        boolean maybeDone = false;
        for (int attempt = 1; ; attempt++) {
            Attempt result = attempt(request, call);
            if (attempt == ATTEMPTS || !isWorthAnother(request, result)) {
                return kubernetes(result.orThrow(), call).afterOneThatMayHaveBeenDone(maybeDone);
            }
            Duration pause = pause(attempt, result);
            if (pause.compareTo(call.deadline().remaining()) >= 0) {
                return result.orThrow().afterOneThatMayHaveBeenDone(maybeDone);
            }
            maybeDone |= result.maybeDone();
            sleep(pause, call);
        }
    }

    /** Not the page of something in between, that a success or an absence would be read from. */
    private static ApiAnswer kubernetes(ApiAnswer answer, Call call) {
        if ((answer.isSuccess() || answer.status() == 404) && !answer.isFromKubernetes()) {
            throw Session.notFromKubernetes(answer, call);
        }
        return answer;
    }

    private static boolean isWorthAnother(ApiRequest request, Attempt result) {
        ApiAnswer answer = result.answer;
        return answer == null
                ? result.transientFailure
                : answer.status() == 429
                        || (answer.status() >= 500 && !request.hopeless().test(answer));
    }

    private static Duration pause(int attempt, Attempt result) {
        long backoff = Math.min(FIRST_PAUSE.toMillis() << (attempt - 1), LONGEST_PAUSE.toMillis());
        Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(backoff / 2, backoff + 1));
        ApiAnswer answer = result.answer;
        Duration asked = answer == null ? null : answer.retryAfter();
        return asked != null && asked.compareTo(pause) > 0 ? asked : pause;
    }

    private static void sleep(Duration pause, Call call) {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            throw interrupted(call, e);
        }
    }

    private Attempt attempt(ApiRequest request, Call call) {
        Duration remaining = call.deadline().remaining();
        if (remaining.isZero()) {
            return Attempt.failed(
                    new ClusterTimeoutException(call.context(), call.deadline().limit(), null), false, false);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(call, null);
        }
        Exchange exchange;
        try {
            exchange = new Exchange(http, httpRequest(request, remaining));
        } catch (RuntimeException e) {
            // Thrown by an interceptor of the host's, or by a client that is closed.
            return failed(call, e);
        }
        try {
            return answered(exchange.await(remaining), request, call);
        } catch (InterruptedException e) {
            exchange.abandon();
            throw interrupted(call, e);
        } catch (TimeoutException e) {
            exchange.abandon();
            return Attempt.failed(
                    new ClusterTimeoutException(call.context(), call.deadline().limit(), e), false, false);
        } catch (ExecutionException e) {
            return failed(call, unwrap(e));
        }
    }

    /** Some clients follow a redirect of a write by reading what is there, and what they find looks like a success. */
    private static Attempt answered(Exchange.Answer answer, ApiRequest request, Call call) {
        int status = answer.answer().status();
        boolean notFollowed = status >= 300 && status < 400;
        boolean maybeNotWritten = answer.redirect() != 0 && !request.method().equals("GET");
        if (!notFollowed && !maybeNotWritten) {
            return Attempt.answered(answer.answer());
        }
        return Attempt.failed(
                new ClusterFailureException(
                        call.context(),
                        notFollowed ? status : answer.redirect(),
                        "it redirects"
                                + (notFollowed ? "" : ", and whether anything was written is not known")
                                + "; is the client's address that of the API server?",
                        null),
                false,
                false);
    }

    private HttpRequest httpRequest(ApiRequest request, Duration remaining) {
        HttpRequest.Builder builder = http.newHttpRequestBuilder()
                .uri(base.resolve(request.path()))
                .header("Accept", "application/json")
                // A little more than we wait, so that what we abandon is cleaned up by the client.
                .timeout(remaining.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        if (!request.repeatedByUsOnly() || request.body() == null) {
            builder.method(request.method(), request.contentType(), request.body());
        } else {
            // OkHttp sends a request again by itself where a pooled connection breaks; a stream it can read only once.
            byte[] body = request.body().getBytes(StandardCharsets.UTF_8);
            builder.method(request.method(), request.contentType(), new ByteArrayInputStream(body), body.length);
        }
        return builder.build();
    }

    private Attempt failed(Call call, Throwable failure) {
        if (failure instanceof IOException || failure instanceof CancellationException) {
            boolean untrusted = has(failure, GeneralSecurityException.class);
            boolean neverSent = has(failure, ConnectException.class)
                    || has(failure, UnknownHostException.class)
                    || has(failure, NoRouteToHostException.class);
            return Attempt.failed(
                    new ClusterUnreachableException(call.context(), where() + ": " + describe(failure), failure),
                    !untrusted,
                    neverSent);
        }
        return Attempt.failed(
                new ClusterFailureException(
                        call.context(), 0, "no answer from " + where() + ": " + describe(failure), failure),
                false,
                false);
    }

    private String where() {
        return base.getScheme() + "://" + base.getRawAuthority().replaceFirst("^.*@", "");
    }

    /** The innermost message, which is the one that tells: outer ones repeat it or say less. */
    private static String describe(Throwable failure) {
        String text = failure.getClass().getSimpleName();
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                text = cause.getClass().getSimpleName() + ": " + cause.getMessage();
            }
            cause = cause.getCause();
        }
        return text.contains("GOAWAY") ? text + GOAWAY_HINT : text;
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (type.isInstance(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static Throwable unwrap(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
    }

    private static OperationInterruptedException interrupted(Call call, @Nullable InterruptedException e) {
        Thread.currentThread().interrupt();
        return new OperationInterruptedException(call.context(), e);
    }

    private static String withSlash(String url) {
        return url.endsWith("/") ? url : url + "/";
    }

    /** What became of one attempt: an answer or a failure. */
    private static final class Attempt {

        final @Nullable ApiAnswer answer;
        final @Nullable NamespaceException failure;
        final boolean transientFailure;
        final boolean neverSent;

        private Attempt(
                @Nullable ApiAnswer answer,
                @Nullable NamespaceException failure,
                boolean transientFailure,
                boolean neverSent) {
            this.answer = answer;
            this.failure = failure;
            this.transientFailure = transientFailure;
            this.neverSent = neverSent;
        }

        static Attempt answered(ApiAnswer answer) {
            return new Attempt(answer, null, false, false);
        }

        static Attempt failed(NamespaceException failure, boolean transientFailure, boolean neverSent) {
            return new Attempt(null, failure, transientFailure, neverSent);
        }

        /** Whether the server may have carried the request out, although we have no answer that says so. */
        boolean maybeDone() {
            return answer == null ? !neverSent : answer.status() >= 500;
        }

        ApiAnswer orThrow() {
            if (answer != null) {
                return answer;
            }
            throw failure == null ? new IllegalStateException("neither answer nor failure") : failure;
        }
    }

    /** A request under way, and its answer as it comes in. */
    private static final class Exchange implements AsyncBody.Consumer<List<ByteBuffer>> {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<HttpResponse<AsyncBody>> tooLong = new CompletableFuture<>();
        private final CompletableFuture<HttpResponse<AsyncBody>> response;
        private @Nullable AsyncBody body;
        private boolean abandoned;

        Exchange(HttpClient http, HttpRequest request) {
            response = http.consumeBytes(request, this)
                    .thenCompose(begun -> begin(begun).thenApply(nothing -> begun))
                    .applyToEither(tooLong, whole -> whole);
        }

        private synchronized CompletableFuture<Void> begin(HttpResponse<AsyncBody> begun) {
            body = begun.body();
            if (abandoned) {
                body.cancel();
            } else {
                body.consume();
            }
            return body.done();
        }

        @Override
        public synchronized void consume(List<ByteBuffer> chunks, AsyncBody source) {
            for (ByteBuffer chunk : chunks) {
                byte[] copy = new byte[chunk.remaining()];
                chunk.get(copy);
                bytes.write(copy, 0, copy.length);
            }
            if (bytes.size() > LONGEST_ANSWER) {
                // Not thrown: each client makes something else of what a consumer throws.
                tooLong.completeExceptionally(
                        new IllegalStateException("the answer is longer than " + LONGEST_ANSWER + " bytes"));
                source.cancel();
            } else {
                source.consume();
            }
        }

        Answer await(Duration wait) throws InterruptedException, ExecutionException, TimeoutException {
            HttpResponse<AsyncBody> whole = response.get(wait.toNanos(), TimeUnit.NANOSECONDS);
            synchronized (this) {
                return new Answer(
                        ApiAnswer.of(
                                whole.code(),
                                bytes.toByteArray(),
                                whole.headers("Warning"),
                                whole.header("Retry-After")),
                        redirect(whole));
            }
        }

        private static int redirect(HttpResponse<?> response) {
            return response.previousResponse()
                    .map(previous ->
                            REDIRECTS_TO_A_READ.contains(previous.code()) ? previous.code() : redirect(previous))
                    .orElse(0);
        }

        /**
         * An answer, and how it was come by.
         *
         * @param redirect the status of the redirect that was followed to it, perhaps with another method, or 0
         */
        record Answer(ApiAnswer answer, int redirect) {}

        /** Nobody waits for the answer any more. */
        synchronized void abandon() {
            abandoned = true;
            if (body != null) {
                body.cancel();
            }
        }
    }
}

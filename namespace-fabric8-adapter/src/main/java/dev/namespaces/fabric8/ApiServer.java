package dev.namespaces.fabric8;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.fabric8.Attempt.Answered;
import dev.namespaces.fabric8.Attempt.AnsweredInDoubt;
import dev.namespaces.fabric8.Attempt.NotSent;
import dev.namespaces.fabric8.Attempt.Unanswered;
import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one API server through a client's own HTTP client, with its credentials, within the time that a
 * call has.
 *
 * <p>The client's own retries are switched off here; see decision record 0021.
 */
final class ApiServer implements AutoCloseable {

    private static final Set<String> OF_VERTX =
            Set.of("io.vertx.core.VertxException", "io.netty.handler.codec.CodecException");

    private static final int ATTEMPTS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** What older JDKs make of an answer that the API server sends together with a GOAWAY. */
    private static final String GOAWAY_HINT =
            "; the JDK's HTTP client may so report refused credentials, unless the client is built with HTTP/2 disabled";

    private final Consumer<ClusterId> retryListener;
    private final URI base;
    private final HttpClient hosts;
    private final boolean ownHttp;
    private final HttpClient http;

    /** @param retryListener gets the cluster's id before a request is sent again */
    ApiServer(KubernetesClient client, Consumer<ClusterId> retryListener) {
        this.retryListener = retryListener;
        this.base = URI.create(withSlash(client.getMasterUrl().toString()));
        this.hosts = client.getHttpClient();
        this.ownHttp = Redirects.leakThrough(hosts);
        this.http = (ownHttp ? Redirects.withoutRedirects(hosts) : hosts.newBuilder())
                .tag(new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .tag(OwnRequests.INSTANCE)
                .build();
    }

    /**
     * Sends the request, and sends it again after a transient failure while there is time.
     *
     * @return the server's answer, a success or not
     * @throws ClusterUnreachableException if no answer came
     * @throws ClusterTimeoutException if none came in time
     * @throws LeaseLostException if the request writes, and the call may send no write any more
     * @throws OperationInterruptedException if the thread is interrupted
     */
    ApiAnswer send(ApiRequest request, Call call) {
        Arrival earlier = Arrival.SETTLED;
        for (int number = 1; ; number++) {
            Attempt attempt = attempt(request, call);
            Duration pause = pause(number, attempt);
            if (number == ATTEMPTS
                    || !isWorthAnother(request, attempt)
                    || pause.compareTo(call.deadline().remaining()) >= 0) {
                return answer(attempt, call).after(earlier);
            }
            if (attempt.arrival() == Arrival.MAY_STILL_ARRIVE) {
                earlier = Arrival.MAY_STILL_ARRIVE;
            }
            sleep(pause, call);
            retryListener.accept(call.cluster());
        }
    }

    /**
     * Returns the answer of the attempt, unless it is the page of a proxy that would be taken for a success or an
     * absence.
     */
    private static ApiAnswer answer(Attempt attempt, Call call) {
        if (attempt instanceof Answered answered) {
            return answered.answer();
        }
        if (attempt instanceof AnsweredInDoubt inDoubt) {
            ApiAnswer answer = inDoubt.answer();
            if ((answer.isSuccess() || answer.status() == 404) && !answer.isFromKubernetes()) {
                throw Failures.notFromKubernetes(answer, call);
            }
            return answer;
        }
        throw attempt instanceof Unanswered unanswered ? unanswered.failure() : ((NotSent) attempt).failure();
    }

    private static boolean isWorthAnother(ApiRequest request, Attempt attempt) {
        if (attempt instanceof Answered answered) {
            return passes(request, answered.answer());
        }
        if (attempt instanceof AnsweredInDoubt inDoubt) {
            return passes(request, inDoubt.answer());
        }
        NamespaceException failure =
                attempt instanceof Unanswered unanswered ? unanswered.failure() : ((NotSent) attempt).failure();
        return failure instanceof ClusterUnreachableException && failure.isRetryable();
    }

    /** Returns whether the answer may be another one soon. */
    private static boolean passes(ApiRequest request, ApiAnswer answer) {
        return !answer.isDenial()
                && !answer.saysTooLargeForEtcd()
                && (answer.status() == 429
                        || (answer.status() >= 500 && !request.hopeless().test(answer))
                        || answer.saysQuotaUncounted()
                        || request.passing().test(answer));
    }

    private static Duration pause(int number, Attempt attempt) {
        long backoff = Math.min(FIRST_PAUSE.toMillis() << (number - 1), LONGEST_PAUSE.toMillis());
        Duration pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(backoff / 2, backoff + 1));
        Duration asked = retryAfter(attempt);
        return asked != null && asked.compareTo(pause) > 0 ? asked : pause;
    }

    private static @Nullable Duration retryAfter(Attempt attempt) {
        if (attempt instanceof Answered answered) {
            return answered.answer().retryAfter();
        }
        return attempt instanceof AnsweredInDoubt inDoubt ? inDoubt.answer().retryAfter() : null;
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
            return new NotSent(timeout(call, null));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(call, null);
        }
        if (request.writes()) {
            call.requireMaySend();
        }
        RequestBody body = request.body() == null
                ? null
                : new RequestBody(request.body().getBytes(StandardCharsets.UTF_8), () -> mayRepeat(request, call));
        Attempt attempt;
        try {
            attempt = exchange(request, body, remaining, call);
        } catch (InterruptedException e) {
            OperationInterruptedException interrupted = interrupted(call, e);
            note(unanswered(body, interrupted), request, call);
            throw interrupted;
        }
        note(attempt, request, call);
        return attempt;
    }

    private static boolean mayRepeat(ApiRequest request, Call call) {
        return !request.writes() || call.maySend();
    }

    private static void note(Attempt attempt, ApiRequest request, Call call) {
        if (request.writes()) {
            call.wrote(attempt);
        }
    }

    private Attempt exchange(ApiRequest request, @Nullable RequestBody body, Duration remaining, Call call)
            throws InterruptedException {
        Exchange exchange;
        try {
            if (hosts.isClosed()) {
                throw new IllegalStateException("the client is closed");
            }
            exchange = new Exchange(http, httpRequest(request, body, remaining), request.longestAnswer());
        } catch (RuntimeException e) {
            // Thrown by an interceptor of the host's, or by a client that is closed.
            return unanswered(body, failure(call, e));
        }
        try {
            return answered(exchange.await(remaining), body, request, call);
        } catch (InterruptedException e) {
            exchange.abandon();
            throw e;
        } catch (TimeoutException e) {
            exchange.abandon();
            return unanswered(body, timeout(call, e));
        } catch (ExecutionException e) {
            return unanswered(body, failure(call, unwrap(e)));
        }
    }

    /**
     * Some clients follow a redirect. What another server answers then, perhaps to another method, looks like a
     * success.
     */
    private static Attempt answered(Exchange.Answer answer, @Nullable RequestBody body, ApiRequest request, Call call) {
        if (answer.redirect() != 0) {
            return new Unanswered(new ClusterFailureException(
                    call.context(),
                    answer.redirect(),
                    "it redirects"
                            + (request.writes() ? ", and whether anything was written is not known" : "")
                            + "; is the client's address that of the API server?",
                    null));
        }
        Arrival earlier = body == null ? Arrival.SETTLED : body.earlierPasses();
        return answer.answer().isProof() && earlier == Arrival.SETTLED
                ? new Answered(answer.answer())
                : new AnsweredInDoubt(answer.answer().after(earlier));
    }

    /** A request without a body only reads, so it does not matter whether it was sent. */
    private static Attempt unanswered(@Nullable RequestBody body, NamespaceException failure) {
        return body != null && body.withdraw() == Arrival.SETTLED ? new NotSent(failure) : new Unanswered(failure);
    }

    private HttpRequest httpRequest(ApiRequest request, @Nullable RequestBody body, Duration remaining) {
        HttpRequest.Builder builder = http.newHttpRequestBuilder()
                .uri(base.resolve(request.path()))
                .header("Accept", "application/json")
                // A little more than we wait, so that the client cleans up a request that we abandon.
                .timeout(remaining.toMillis() + 1_000, TimeUnit.MILLISECONDS);
        if (body == null) {
            builder.method(request.method(), null, null);
        } else {
            builder.method(request.method(), request.contentType(), body, body.length());
        }
        return builder.build();
    }

    private NamespaceException failure(Call call, Throwable failure) {
        if (failure instanceof IOException || failure instanceof CancellationException || isOfVertx(failure)) {
            String reason = where() + ": " + describe(failure);
            return isUntrusted(failure)
                    ? ClusterUnreachableException.untrusted(call.context(), reason, failure)
                    : new ClusterUnreachableException(call.context(), reason, failure);
        }
        return new ClusterFailureException(
                call.context(), 0, "no answer from " + where() + ": " + describe(failure), failure);
    }

    /**
     * Vert.x and Netty, which are no dependencies, report a connection that breaks in an answer with unchecked
     * exceptions.
     */
    private static boolean isOfVertx(Throwable failure) {
        Class<?> type = failure.getClass();
        while (type != null && !OF_VERTX.contains(type.getName())) {
            type = type.getSuperclass();
        }
        return type != null;
    }

    private static ClusterTimeoutException timeout(Call call, @Nullable TimeoutException e) {
        return new ClusterTimeoutException(call.context(), call.deadline().limit(), e);
    }

    private String where() {
        return base.getScheme() + "://" + base.getRawAuthority().replaceFirst("^.*@", "");
    }

    /** Returns the innermost message, which says most: the outer ones repeat it or say less. */
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

    /** Returns whether the server's certificate is refused; OkHttp compares its name by itself. */
    private static boolean isUntrusted(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof CertificateException || cause instanceof SSLPeerUnverifiedException) {
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

    /** Closes what the host's client does not close. */
    @Override
    public void close() {
        if (ownHttp) {
            http.close();
        }
    }

    private static String withSlash(String url) {
        return url.endsWith("/") ? url : url + "/";
    }
}

package dev.namespaces.fabric8;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One request under way, and its answer as it comes in. */
final class Exchange implements AsyncBody.Consumer<List<ByteBuffer>> {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int longestAnswer;
    private final CompletableFuture<HttpResponse<AsyncBody>> tooLong = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse<AsyncBody>> response;
    private @Nullable AsyncBody body;
    private boolean abandoned;

    /** Sends the request. */
    Exchange(HttpClient http, HttpRequest request, int longestAnswer) {
        this.longestAnswer = longestAnswer;
        this.response = http.consumeBytes(request, this)
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
        if (bytes.size() > longestAnswer) {
            // Not thrown: each HTTP client does something else with an exception of a consumer.
            tooLong.completeExceptionally(new AnswerTooLongException(longestAnswer));
            source.cancel();
        } else {
            source.consume();
        }
    }

    /**
     * Waits for the whole answer.
     *
     * @throws ExecutionException with an {@link AnswerTooLongException}, or with what the HTTP client failed with
     */
    Answer await(Duration wait) throws InterruptedException, ExecutionException, TimeoutException {
        HttpResponse<AsyncBody> whole = response.get(wait.toNanos(), TimeUnit.NANOSECONDS);
        synchronized (this) {
            return new Answer(
                    ApiAnswer.of(
                            whole.code(), bytes.toByteArray(), whole.headers("Warning"), whole.header("Retry-After")),
                    redirect(whole));
        }
    }

    private static int redirect(HttpResponse<?> response) {
        return isRedirect(response.code())
                ? response.code()
                : response.previousResponse().map(Exchange::redirect).orElse(0);
    }

    private static boolean isRedirect(int status) {
        return status >= 300 && status < 400;
    }

    /** Stops reading, because nobody waits for the answer any more. */
    synchronized void abandon() {
        abandoned = true;
        if (body != null) {
            body.cancel();
        }
    }

    /**
     * A whole answer.
     *
     * @param redirect the status of the redirect that it is, or that led to it, perhaps with another method; or 0
     */
    record Answer(ApiAnswer answer, int redirect) {}
}

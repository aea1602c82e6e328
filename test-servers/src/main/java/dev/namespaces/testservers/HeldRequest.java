package dev.namespaces.testservers;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * Holds the first request of a kind on its way to the server until the test delivers it, even if its client has left.
 * All other requests pass.
 */
public final class HeldRequest implements HttpProxy.Turn {

    private final Predicate<HttpExchange> kind;
    private final AtomicBoolean isCaught = new AtomicBoolean();
    private final CountDownLatch caught = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final CompletableFuture<Integer> status = new CompletableFuture<>();

    /** @param kind returns whether to hold a request */
    public HeldRequest(Predicate<HttpExchange> kind) {
        this.kind = kind;
    }

    @Override
    public void take(HttpExchange exchange, HttpProxy.Forward forward) throws IOException {
        if (!kind.test(exchange) || !isCaught.compareAndSet(false, true)) {
            forward.run(true);
            return;
        }
        caught.countDown();
        try {
            go.await();
            forward.run(true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The client has left, so no caller waits for the answer.
        } finally {
            status.complete(exchange.getResponseCode());
        }
    }

    /** Waits until the request is held. */
    public void awaitCaught() {
        try {
            if (!caught.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("The client did not send the request that the test holds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Sends the request to the server, and returns the status of its answer. */
    public int deliver() {
        awaitCaught();
        go.countDown();
        return status.orTimeout(30, TimeUnit.SECONDS).join();
    }
}

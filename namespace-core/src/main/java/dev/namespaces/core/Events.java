package dev.namespaces.core;

import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the listeners, one event after the other, away from the work: from a queue of limited length, so that no
 * listener can delay a deployment. Safe to use from many threads at once.
 */
final class Events {

    static final int QUEUE_LENGTH = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final List<LifecycleListener> listeners;
    private final Executor executor;
    private final Deque<LifecycleEvent> queue = new ArrayDeque<>();
    private boolean delivering;
    private @Nullable Thread deliverer;
    private long dropped;

    /** @param executor where listeners are called, or null for a thread of our own, which ends when it is idle */
    Events(List<LifecycleListener> listeners, @Nullable Executor executor) {
        this.listeners = List.copyOf(listeners);
        this.executor = executor == null ? Events::onOwnThread : executor;
    }

    private static void onOwnThread(Runnable delivery) {
        Thread thread = new Thread(delivery, "namespaces-events");
        thread.setDaemon(true);
        thread.start();
    }

    void publish(LifecycleEvent event) {
        if (listeners.isEmpty()) {
            return;
        }
        synchronized (this) {
            if (queue.size() >= QUEUE_LENGTH) {
                if (dropped++ == 0) {
                    LOG.warn("Listeners are too slow: {} events wait, so further ones are dropped", QUEUE_LENGTH);
                }
                return;
            }
            queue.add(event);
            if (delivering) {
                return;
            }
            delivering = true;
        }
        try {
            executor.execute(this::deliver);
        } catch (RuntimeException e) {
            LOG.warn("The executor of the listeners refuses work, so events are lost", e);
            synchronized (this) {
                queue.clear();
                endDelivery();
            }
        } catch (Error e) {
            synchronized (this) {
                if (deliverer == null) {
                    endDelivery();
                }
            }
            throw e;
        }
    }

    private void deliver() {
        try {
            deliverAll();
        } catch (Error e) {
            // The next event begins a delivery of its own.
            endDelivery();
            throw e;
        }
    }

    private synchronized void endDelivery() {
        delivering = false;
        deliverer = null;
        notifyAll();
    }

    private void deliverAll() {
        while (true) {
            LifecycleEvent event;
            synchronized (this) {
                deliverer = Thread.currentThread();
                event = queue.poll();
                if (event == null) {
                    if (dropped > 0) {
                        LOG.warn("{} events were dropped while listeners were too slow", dropped);
                        dropped = 0;
                    }
                    endDelivery();
                    return;
                }
            }
            LifecycleEvent told = event;
            OwnCalls.whileTelling(() -> listeners.forEach(listener -> tell(listener, told)));
        }
    }

    private static void tell(LifecycleListener listener, LifecycleEvent event) {
        try {
            listener.on(event);
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.warn("The listener {} failed on {}", listener, event.getClass().getSimpleName(), e);
        }
    }

    /** Waits until every event so far was delivered, or the wait is over. A listener does not wait for itself. */
    synchronized void awaitDelivery(Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (delivering && deliverer != Thread.currentThread() && deadline - System.nanoTime() > 0) {
            TimeUnit.NANOSECONDS.timedWait(
                    this, Math.max(deadline - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(1)));
        }
    }
}

package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Target;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What every operation of a lifecycle shares: the stores' side for callers' threads, the clusters' side for workers,
 * and the end of both.
 */
final class Engine {

    private final StoreSide stores;
    private final ClusterSide clusters;
    private final ClusterWorkers workers;
    private final Events events;
    private final UnderWay underWay = new UnderWay();
    private final InitializerMemory memory;
    private final Flights<TargetFlight, TargetFlight.Landing> flights = new Flights<>();
    private volatile boolean closed;
    private int callers;

    Engine(StoreSide stores, ClusterSide clusters, ClusterWorkers workers, Events events) {
        this.stores = stores;
        this.clusters = clusters;
        this.workers = workers;
        this.events = events;
        this.memory = new InitializerMemory(
                clusters.settings().clock(), clusters.settings().memory());
    }

    StoreSide stores() {
        return stores;
    }

    ClusterSide clusters() {
        return clusters;
    }

    Settings settings() {
        return clusters.settings();
    }

    ClusterWorkers workers() {
        return workers;
    }

    Events events() {
        return events;
    }

    /** Returns which namespaces this process is deploying. */
    UnderWay underWay() {
        return underWay;
    }

    /** Returns what the initializer has found out recently. */
    InitializerMemory memory() {
        return memory;
    }

    /** Returns the deployments that calls of this process share. */
    Flights<TargetFlight, TargetFlight.Landing> flights() {
        return flights;
    }

    boolean isClosed() {
        return closed;
    }

    /** @throws LifecycleClosedException if the lifecycle was closed */
    void requireOpen(Operation operation) {
        if (closed) {
            throw new LifecycleClosedException(ErrorContext.of(operation));
        }
    }

    /** Returns whether the calling thread is in a transaction of the host. */
    boolean isInHostTransaction() {
        return stores.stores().inHostTransaction();
    }

    /**
     * Refuses to write to a cluster, before anything happens.
     *
     * @throws HostTransactionException if the calling thread is in a transaction of the host, which could be rolled
     *     back after the cluster was changed, and whose view of the stores may be old
     */
    void requireNoHostTransaction(ErrorContext context) {
        if (!settings().writesInHostTransaction() && isInHostTransaction()) {
            throw new HostTransactionException(context);
        }
    }

    /**
     * Returns whether the calling thread may wait for the lock of the target, or for a call that holds it. One in a
     * transaction of the host may hold what the others wait for, and one that comes from inside of the target's own
     * deployment, or from the observer of a fleet, would wait for itself.
     */
    boolean mayWaitFor(Target target) {
        return !isInHostTransaction()
                && !OwnCalls.isObserving()
                && !(OwnCalls.mayBePartOfDeployment() && underWay.isUnderWay(target));
    }

    /** Counts a caller in, whose work {@link #close} waits for. */
    synchronized void enter(Operation operation) {
        requireOpen(operation);
        callers++;
    }

    /** Counts a caller out. */
    synchronized void leave() {
        callers--;
        notifyAll();
    }

    /**
     * Takes no more work, interrupts what runs, and waits until all callers are out, their locks released. The observer
     * of a fleet does not wait, because its own thread is one of the callers.
     *
     * @return whether that was so within the wait; nothing is sent to a cluster afterwards in either case
     */
    boolean close(Duration wait) throws InterruptedException {
        closed = true;
        workers.close();
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(wait);
        synchronized (this) {
            while (callers > 0) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || OwnCalls.isObserving()) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
            }
        }
        boolean idle = workers.awaitIdle(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        events.awaitDelivery(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        return idle;
    }
}

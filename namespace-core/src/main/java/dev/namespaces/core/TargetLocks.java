package dev.namespaces.core;

import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The locks of several targets, held by one call. They are taken in the order of the targets, so that two calls never
 * wait for each other, and all waits share one deadline. Only the caller's thread takes and closes them.
 */
final class TargetLocks implements AutoCloseable {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final Map<Target, Lease> leases = new TreeMap<>();

    private TargetLocks() {}

    /**
     * Takes the locks of all targets, or none.
     *
     * @throws DeploymentInProgressException if one of them is not free within the lifecycle's wait for a lock
     */
    static TargetLocks acquire(Engine engine, Collection<Target> targets, Operation operation) {
        Duration wait = engine.settings().lockWait();
        Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, wait);
        TargetLocks locks = new TargetLocks();
        try {
            for (Target target : new TreeSet<>(targets)) {
                long start = System.nanoTime();
                boolean refused = false;
                while (!locks.tryAcquire(engine, target)) {
                    ErrorContext context =
                            ErrorContext.of(operation, target.clusterId()).withEnvironment(target.environmentId());
                    if (backoff.isOver() || !engine.mayWaitFor(target)) {
                        throw new DeploymentInProgressException(context, wait);
                    }
                    refused = true;
                    backoff.pause(Duration.ZERO, context);
                    engine.requireOpen(operation);
                }
                if (refused) {
                    engine.events()
                            .publish(new LifecycleEvent.LockAwaited(
                                    target, Duration.ofNanos(System.nanoTime() - start)));
                }
            }
            return locks;
        } catch (RuntimeException | Error e) {
            locks.close();
            throw e;
        }
    }

    private boolean tryAcquire(Engine engine, Target target) {
        return engine.stores()
                .stores()
                .deploymentLock()
                .tryAcquire(target)
                .map(lease -> leases.put(target, lease) == null)
                .orElse(false);
    }

    /** Returns the lease of the target, which must be one of those that were taken. */
    Lease lease(Target target) {
        Lease lease = leases.get(target);
        if (lease == null) {
            throw new IllegalStateException("The lock of " + target + " was not taken");
        }
        return lease;
    }

    /** Returns whether the locks of both targets were taken, and are held. */
    boolean areHeld(Target one, Target other) {
        Lease first = leases.get(one);
        Lease second = leases.get(other);
        return first != null && first.isHeld() && second != null && second.isHeld();
    }

    /** Releases the lock of one target. */
    void release(Target target) {
        lease(target).close();
    }

    @Override
    public void close() {
        leases.values().forEach(Lease::close);
    }
}

package dev.namespaces.integration;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.integration.PortCalls.Call;
import dev.namespaces.integration.PortCalls.Handler;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * One fault at one point of a replica's work. All other calls are made, one at a time. After a death no call is made.
 */
final class Fault implements Handler {

    /** What happens to the call. */
    enum Kind {
        /** It fails as an adapter says it, without an effect. */
        FAILS_BEFORE,
        /** It fails as an adapter says it, after it has taken effect. */
        FAILS_AFTER,
        /** It throws an exception of the adapter's own, after it has taken effect. */
        BREAKS,
        /** It hangs until it is given up, and takes effect before the next run. */
        HANGS,
        /** It hangs until it is given up, and takes effect after the next run. */
        HANGS_LONGER,
        /** The process dies without making the call. */
        DIES_BEFORE,
        /** The process dies after the call has taken effect. */
        DIES_AFTER;

        boolean dies() {
            return this == DIES_BEFORE || this == DIES_AFTER;
        }

        boolean hangs() {
            return this == HANGS || this == HANGS_LONGER;
        }
    }

    /** The death of a process, as long as it runs in this one. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1L;

        Death(String point) {
            super("Died at " + point);
        }
    }

    private interface Arrival {
        void run() throws Throwable;
    }

    final PortCalls calls;
    private final Kind kind;
    private final String point;
    private final Runnable death;
    private final CountDownLatch released = new CountDownLatch(1);
    private @Nullable Arrival late;
    private boolean isHit;
    private boolean isDead;

    /** Creates a fault within this process, where a death is an {@link Error}. */
    Fault(String environment, String point, Kind kind) {
        this(environment, point, kind, () -> {
            throw new Death(point);
        });
    }

    /** @param death ends the process, and does not return */
    Fault(String environment, String point, Kind kind, Runnable death) {
        this.calls = new PortCalls(environment, this);
        this.death = death;
        this.point = point;
        this.kind = kind;
    }

    synchronized boolean isHit() {
        return isHit;
    }

    /**
     * Returns whether the work may end with that failure: with a typed one, or with the very exception that a port
     * threw against its contract. The engine turns such an exception of a call to a cluster into a typed one.
     */
    boolean allows(Throwable end) {
        if (end instanceof PortCalls.BrokenPort) {
            return point.startsWith("lease.")
                    || point.startsWith("gateway.extension")
                    || (kind == Kind.BREAKS && !point.startsWith("gateway."));
        }
        return end instanceof NamespaceException || (end instanceof Death && kind.dies());
    }

    @Override
    public @Nullable Object handle(Call call) throws Throwable {
        synchronized (this) {
            if (isDead) {
                throw new Death(point);
            }
            if (!call.point().equals(point)) {
                return call.proceed();
            }
            isHit = true;
            switch (kind) {
                case FAILS_BEFORE -> throw call.failure(false);
                case FAILS_AFTER -> {
                    call.proceed();
                    throw call.failure(true);
                }
                case BREAKS -> {
                    call.proceed();
                    throw call.broken();
                }
                case DIES_BEFORE -> die();
                case DIES_AFTER -> {
                    call.proceed();
                    die();
                }
                case HANGS, HANGS_LONGER -> late = call::arrive;
            }
        }
        return hang(call);
    }

    private void die() {
        isDead = true;
        death.run();
    }

    /**
     * Hangs as long as the port's contract lets a call hang. The engine bounds a call to a cluster. A call to a store
     * is bounded by the store's driver, which then throws. A lease is asked without any wait, so only the whole process
     * can hang there, until the lease has expired.
     */
    private @Nullable Object hang(Call call) throws Throwable {
        switch (call.method()) {
            case "lease.isHeld" -> {
                calls.expireLeases();
                return call.proceed();
            }
            case "lease.close" -> {
                return null;
            }
            default -> {
                if (call.isOf("gateway") && !call.method().equals("gateway.extension")) {
                    awaitRelease();
                }
                throw call.failure(true);
            }
        }
    }

    private void awaitRelease() {
        boolean isInterrupted = false;
        while (true) {
            try {
                released.await();
                break;
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the call that hangs take effect. Only the test sees what it returns. */
    void arrive() {
        try {
            if (late != null) {
                late.run();
            }
        } catch (Throwable e) {
            // The call was too late, so that the store or the cluster refused it.
        }
        calls.expireLeases();
    }

    /** Ends the call that hangs, and expires the leases that nobody has closed. */
    void end() {
        released.countDown();
        calls.expireLeases();
    }
}

package dev.namespaces.core;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows which threads work for us: those that call a cluster, those that a gateway started while it was called, and
 * those that tell a listener or an observer. A call of our own lifecycle from such a thread must not wait for the
 * deployment that the thread is part of.
 */
final class OwnCalls {

    /** Says of a thread whether it is in a call; false if a thread that was in one has started it. */
    private static final InheritableThreadLocal<Boolean> IN_CALL = new InheritableThreadLocal<>() {
        @Override
        protected @Nullable Boolean childValue(@Nullable Boolean parent) {
            return parent == null ? null : Boolean.FALSE;
        }
    };

    private static final ThreadLocal<Boolean> TELLING = new ThreadLocal<>();
    private static final ThreadLocal<Boolean> OBSERVING = new ThreadLocal<>();

    private OwnCalls() {}

    /** Returns whether the thread is calling a cluster for us. */
    static boolean isUnderWay() {
        return Boolean.TRUE.equals(IN_CALL.get());
    }

    /** Returns whether the thread was started while a gateway was called, so it may be working for that call. */
    static boolean mayBeOfGateway() {
        return Boolean.FALSE.equals(IN_CALL.get());
    }

    /** Returns whether the thread is telling a listener of an event, or the observer of a fleet. */
    static boolean isTelling() {
        return TELLING.get() != null || isObserving();
    }

    /** Returns whether the thread is telling the observer of a fleet, all targets of which wait for this thread. */
    static boolean isObserving() {
        return OBSERVING.get() != null;
    }

    /** Returns whether the thread may be part of one of our own deployments. */
    static boolean mayBePartOfDeployment() {
        return IN_CALL.get() != null || isTelling();
    }

    static <T> T during(Supplier<T> call) {
        Boolean before = IN_CALL.get();
        IN_CALL.set(true);
        try {
            return call.get();
        } finally {
            restore(IN_CALL, before);
        }
    }

    static void whileTelling(Runnable telling) {
        with(TELLING, telling);
    }

    static void whileObserving(Runnable telling) {
        with(OBSERVING, telling);
    }

    private static void with(ThreadLocal<Boolean> local, Runnable telling) {
        Boolean before = local.get();
        local.set(true);
        try {
            telling.run();
        } finally {
            restore(local, before);
        }
    }

    private static void restore(ThreadLocal<Boolean> local, @Nullable Boolean before) {
        if (before == null) {
            local.remove();
        } else {
            local.set(before);
        }
    }
}

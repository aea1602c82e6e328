package dev.namespaces.core;

import java.util.function.Supplier;

/** Knows which threads are calling a cluster for us, so that our own initializer lets them pass. */
final class OwnCalls {

    private static final ThreadLocal<Boolean> UNDER_WAY = ThreadLocal.withInitial(() -> false);

    private OwnCalls() {}

    static boolean isUnderWay() {
        return UNDER_WAY.get();
    }

    static <T> T during(Supplier<T> call) {
        boolean before = UNDER_WAY.get();
        UNDER_WAY.set(true);
        try {
            return call.get();
        } finally {
            if (before) {
                UNDER_WAY.set(true);
            } else {
                UNDER_WAY.remove();
            }
        }
    }
}

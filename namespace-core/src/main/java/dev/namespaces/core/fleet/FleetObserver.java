package dev.namespaces.core.fleet;

/**
 * Receives the results of a fleet while it is being deployed. All methods are called on the thread that called the
 * lifecycle, so they should be quick. An exception ends the call: no further target begins, those that are under way
 * are stopped, and the caller gets the exception. A call of the lifecycle from here does not wait for a lock, and a
 * close waits for no call, because the thread that it would wait for may be its own.
 */
@FunctionalInterface
public interface FleetObserver {

    /** Receives the result of one target. */
    void ended(TargetReport report);

    /** Receives how far the call is, at most ten times a second, and at the end. */
    default void progressed(FleetProgress progress) {}

    /** Returns whether the call should stop. It is asked several times a second. */
    default boolean isStopRequested() {
        return false;
    }
}

package dev.namespaces.spi;

/** Receives lifecycle events. What a listener throws is logged and ignored. */
@FunctionalInterface
public interface LifecycleListener {

    /**
     * Receives an event. The library calls all listeners on one thread of its own, in the order of the events, from a
     * queue of limited length; if listeners are too slow, events are dropped and counted in the log. So a listener may
     * take its time, and may call the lifecycle.
     */
    void on(LifecycleEvent event);
}

package dev.namespaces.spi;

/** Told of what the library does. A listener that throws harms nothing: it is logged and the work goes on. */
@FunctionalInterface
public interface LifecycleListener {

    /**
     * Called on the thread that did the work, possibly on many at once; it should return soon. It must not deploy or
     * delete: the deployment that it is told of may still hold the lock, and it would wait for itself.
     *
     * @param event what happened
     */
    void on(LifecycleEvent event);
}

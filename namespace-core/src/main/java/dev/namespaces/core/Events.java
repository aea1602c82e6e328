package dev.namespaces.core;

import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the listeners, and shields the work from them. */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final List<LifecycleListener> listeners;

    Events(List<LifecycleListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    void publish(LifecycleEvent event) {
        for (LifecycleListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException e) {
                LOG.warn(
                        "The listener {} failed on {}",
                        listener,
                        event.getClass().getSimpleName(),
                        e);
            }
        }
    }
}

package dev.namespaces.micrometer;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the observation handlers and the meters of the host. Micrometer passes their exceptions on to the caller. Here
 * they are logged and ignored, so that they change no result and hide no other exception.
 */
final class Telemetry {

    private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

    private final ObservationRegistry registry;
    private final AtomicBoolean warned = new AtomicBoolean();

    Telemetry(ObservationRegistry registry) {
        this.registry = registry;
    }

    /** Makes the call as an observation. */
    <T> T observe(String name, UnaryOperator<Observation> description, Supplier<T> call) {
        Observation observation = start(name, description);
        try {
            return inScope(observation::openScope, call);
        } catch (RuntimeException | Error e) {
            quietly(() -> observation.error(e));
            throw e;
        } finally {
            quietly(observation::stop);
        }
    }

    /**
     * Starts an observation. If a handler throws, Micrometer does not call the remaining handlers: the later ones at
     * the start, the earlier ones at the end.
     */
    Observation start(String name, UnaryOperator<Observation> description) {
        Observation observation =
                orElse(Observation.NOOP, () -> description.apply(Observation.createNotStarted(name, registry)));
        quietly(observation::start);
        return observation;
    }

    /** Makes the call in a scope. Afterwards the thread has the observation that it had before. */
    <T> T inScope(Supplier<? extends AutoCloseable> opening, Supplier<T> call) {
        Observation.Scope before = registry.getCurrentObservationScope();
        AutoCloseable scope = open(opening, before);
        try {
            return call.get();
        } finally {
            close(scope);
            if (registry.getCurrentObservationScope() != before) {
                registry.setCurrentObservationScope(before);
            }
        }
    }

    private AutoCloseable open(Supplier<? extends AutoCloseable> opening, Observation.@Nullable Scope before) {
        return this.<AutoCloseable>orElseGet(
                () -> {
                    // Micrometer makes the scope the current one before it calls the handlers. The handlers that it
                    // called before the failure need the end of the scope.
                    Observation.Scope current = registry.getCurrentObservationScope();
                    return current == null || current == before ? Observation.Scope.NOOP : current;
                },
                opening);
    }

    private void close(AutoCloseable scope) {
        quietly(() -> {
            try {
                scope.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Runs code that calls handlers or meters. Logs and ignores its exceptions. */
    void quietly(Runnable call) {
        try {
            call.run();
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            log(e);
        }
    }

    <T> T orElse(T fallback, Supplier<? extends T> call) {
        return orElseGet(() -> fallback, call);
    }

    private <T> T orElseGet(Supplier<? extends T> fallback, Supplier<? extends T> call) {
        try {
            return call.get();
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            log(e);
            return fallback.get();
        }
    }

    private void log(Throwable failure) {
        if (warned.compareAndSet(false, true)) {
            LOG.warn(
                    "An observation handler or a meter has failed. The work goes on. More failures are logged at DEBUG",
                    failure);
        } else {
            LOG.debug("An observation handler or a meter has failed again", failure);
        }
    }
}

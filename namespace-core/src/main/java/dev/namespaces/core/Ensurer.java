package dev.namespaces.core;

import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.LifecycleEvent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Makes a namespace exist and leaves one that exists exactly as it is. */
final class Ensurer {

    /** How often a namespace that comes and goes under our hands is looked at again. */
    private static final int MAX_READS = 5;

    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

    private final Settings settings;

    Ensurer(Settings settings) {
        this.settings = settings;
    }

    EnsureOutcome ensure(ClusterId cluster, String name, EnsureOptions options) {
        ResourceRef resource = ResourceRef.namespace(name);
        ErrorContext context = ErrorContext.of(Operation.ENSURE, cluster, resource);
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(options.waitForTermination());
        int lostRaces = 0;
        boolean waiting = false;
        while (true) {
            Optional<HasMetadata> found;
            try {
                found = settings.gateway().find(cluster, resource);
            } catch (ClusterException e) {
                if (!waiting || !e.isRetryable()) {
                    throw e;
                }
                pauseBefore(deadline, e, context);
                continue;
            }
            if (found.isPresent()) {
                Namespace live = (Namespace) found.get();
                if (!LiveNamespaces.isTerminating(live)) {
                    return isManaged(live) ? EnsureOutcome.EXISTED_MANAGED : EnsureOutcome.EXISTED_UNMANAGED;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    LiveNamespaces.requireNotTerminating(live, context);
                }
                waiting = true;
                pause(Math.min(left, POLL_INTERVAL.toNanos()), context);
                continue;
            }
            if (options.requireExisting()) {
                throw new NamespaceAbsentException(context);
            }
            if (settings.protectedNames().contains(name)) {
                throw new ProtectedNamespaceException(context, name);
            }
            CreateResult result = settings.gateway()
                    .create(cluster, manifest(name, options), settings.scheme().fieldManager(), false);
            if (result instanceof CreateResult.Created) {
                settings.events().publish(new LifecycleEvent.NamespaceCreated(cluster, name));
                return EnsureOutcome.CREATED;
            }
            if (++lostRaces >= MAX_READS) {
                throw new PreconditionFailedException(context, "it kept appearing and disappearing", null);
            }
        }
    }

    private Namespace manifest(String name, EnsureOptions options) {
        LabelScheme scheme = settings.scheme();
        Map<String, String> labels = new TreeMap<>(options.labels());
        labels.put(scheme.managedByKey(), scheme.managedByValue());
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    private boolean isManaged(Namespace live) {
        LabelScheme scheme = settings.scheme();
        return LiveNamespaces.label(live, scheme.managedByKey())
                .filter(scheme.managedByValue()::equals)
                .isPresent();
    }

    /** Not seeing the namespace for once says nothing of its end; unless the wait is over before the next look. */
    private static void pauseBefore(long deadline, ClusterException failure, ErrorContext context) {
        long asked = TimeUnit.NANOSECONDS.convert(failure.retryAfter().orElse(Duration.ZERO));
        long nanos = Math.max(asked, POLL_INTERVAL.toNanos());
        if (nanos >= deadline - System.nanoTime()) {
            throw failure;
        }
        pause(nanos, context);
    }

    private static void pause(long nanos, ErrorContext context) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperationInterruptedException(context, e);
        }
    }
}

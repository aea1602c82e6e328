package dev.namespaces.core;

import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.LifecycleEvent;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a namespace exist and leaves one that exists exactly as it is. */
final class Ensurer {

    /** How often a create that lost its race looks again. */
    private static final int MAX_LOST_RACES = 5;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final Engine engine;
    private final Settings settings;

    Ensurer(Engine engine) {
        this.engine = engine;
        this.settings = engine.settings();
    }

    EnsureOutcome ensure(ClusterId cluster, String name, EnsureOptions options) {
        engine.enter(Operation.ENSURE);
        try {
            Ensuring ensuring = new Ensuring(cluster, name, options);
            try {
                return ensuring.run();
            } catch (NamespaceException e) {
                engine.events().publish(new LifecycleEvent.EnsureFailed(cluster, name, e));
                throw e;
            } finally {
                ensuring.ended = true;
            }
        } finally {
            engine.leave();
        }
    }

    /** One call. */
    private final class Ensuring {

        private final ClusterId cluster;
        private final String name;
        private final EnsureOptions options;
        private final ResourceRef resource;
        private final ErrorContext context;
        private final Backoff wait;
        private boolean waiting;
        private volatile boolean ended;

        Ensuring(ClusterId cluster, String name, EnsureOptions options) {
            this.cluster = cluster;
            this.name = name;
            this.options = options;
            this.resource = ResourceRef.namespace(name);
            this.context = ErrorContext.of(Operation.ENSURE, cluster, resource);
            this.wait = new Backoff(FIRST_PAUSE, LONGEST_PAUSE, options.waitForTermination());
        }

        EnsureOutcome run() {
            for (int lostRaces = 0; ; lostRaces++) {
                Optional<Namespace> live = awaitEndOfTermination();
                if (live.isPresent()) {
                    engine.events().publish(new LifecycleEvent.NamespaceFound(cluster, name));
                    return isManaged(live.get()) ? EnsureOutcome.EXISTED_MANAGED : EnsureOutcome.EXISTED_UNMANAGED;
                }
                if (options.requireExisting()) {
                    throw new NamespaceAbsentException(context).settled();
                }
                if (settings.protectedNames().contains(name)) {
                    throw new ProtectedNamespaceException(context, name);
                }
                if (lostRaces >= MAX_LOST_RACES) {
                    throw new PreconditionFailedException(
                                    context, "others created and deleted it " + lostRaces + " times", null)
                            .settled();
                }
                engine.requireNoHostTransaction(context);
                CreateResult result = ask(gateway -> gateway.create(
                        cluster,
                        manifest(name, options),
                        CreateOptions.as(settings.scheme().fieldManager())
                                .withMaySend(() -> !ended && !engine.isClosed())));
                if (result instanceof CreateResult.Created created) {
                    engine.stores()
                            .stores()
                            .targetObjects()
                            .recordEnsured(
                                    cluster, name, created.live().getMetadata().getUid());
                    engine.events().publish(new LifecycleEvent.NamespaceCreated(cluster, name));
                    return EnsureOutcome.CREATED;
                }
            }
        }

        /**
         * Asks the cluster on a worker, so that a gateway that hangs costs a bounded time. If the caller is a gateway
         * that ensures a namespace itself, its own thread asks: that thread may be the only worker.
         */
        private <T> T ask(Function<ClusterGateway, T> question) {
            if (OwnCalls.isUnderWay()) {
                return question.apply(new WatchedGateway(engine.clusters().gateway(), null));
            }
            AtomicReference<@Nullable T> answer = new AtomicReference<>();
            AtomicReference<@Nullable NamespaceException> failure = new AtomicReference<>();
            WorkQueue queue = WorkQueue.ofQuestions(engine, context);
            queue.submit(
                    cluster,
                    gateway -> {
                        T given = question.apply(gateway);
                        return () -> answer.set(given);
                    },
                    cause -> () -> failure.set(cause));
            queue.awaitIdle(context);
            NamespaceException cause = failure.get();
            if (cause != null) {
                throw cause;
            }
            return Objects.requireNonNull(answer.get());
        }

        /** Returns the namespace, or empty if it is absent; waits while it is being deleted. */
        private Optional<Namespace> awaitEndOfTermination() {
            while (true) {
                Duration atLeast = Duration.ZERO;
                try {
                    Optional<Namespace> live =
                            ask(gateway -> gateway.find(cluster, resource)).map(Namespace.class::cast);
                    if (live.isEmpty() || !LiveNamespaces.isTerminating(live.get())) {
                        return live;
                    }
                    if (wait.isOver()) {
                        LiveNamespaces.requireNotTerminating(live.get(), context);
                    }
                    waiting = true;
                } catch (NamespaceTerminatingException e) {
                    throw e;
                } catch (ClusterException e) {
                    // Failing to look once says nothing about the end, unless the wait is over before the next look.
                    atLeast = e.retryAfter().orElse(Duration.ZERO);
                    if (!waiting || !e.isRetryable() || atLeast.compareTo(wait.remaining()) >= 0) {
                        throw e;
                    }
                }
                wait.pause(atLeast, context);
                engine.requireOpen(Operation.ENSURE);
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
}

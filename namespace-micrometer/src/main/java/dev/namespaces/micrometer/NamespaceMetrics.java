package dev.namespaces.micrometer;

import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TaskDecorator;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Meters and observations of one lifecycle. A host adds this object as a listener, and wraps the ports that it hands to
 * the lifecycle with {@link #measure(ClusterGateway)} and {@link #observe(Stores)}.
 *
 * <p>No meter has a namespace or an environment as a tag. The tag {@code cluster} has the id of a known cluster, or
 * {@code other}, so that the number of time series does not grow while the host runs.
 *
 * <p>An observation handler or a meter that throws changes no result: the first failure is logged as a warning.
 *
 * <p>Safe to use from many threads at once.
 */
public final class NamespaceMetrics implements LifecycleListener {

    private static final String CLUSTER = "cluster";

    private final MeterRegistry registry;
    private final Telemetry telemetry;
    private final ContextSnapshotFactory snapshots =
            ContextSnapshotFactory.builder().build();
    private final Map<ClusterId, ClusterMeters> clusters = new ConcurrentHashMap<>();
    private final Map<ClusterId, AtomicInteger> orphans = new ConcurrentHashMap<>();
    private final Map<ClusterId, AtomicInteger> drifted = new ConcurrentHashMap<>();
    private final Map<Target, Observation> openTargets = new ConcurrentHashMap<>();
    private final ClusterMeters others;
    private final Counter stored;
    private final Counter updated;
    private volatile @Nullable ClusterAvailability breaker;

    /**
     * Registers all meters.
     *
     * @param observations receives the observations; {@link ObservationRegistry#NOOP} for none
     * @param clusters the clusters that the lifecycle deploys to; see {@link #add} for those that are added later
     */
    public NamespaceMetrics(MeterRegistry registry, ObservationRegistry observations, Collection<ClusterId> clusters) {
        this.registry = Objects.requireNonNull(registry, "registry");
        this.telemetry = new Telemetry(Objects.requireNonNull(observations, "observations"));
        this.others = new ClusterMeters(registry, Tags.of(CLUSTER, "other"));
        this.stored = registry.counter("namespaces.stored", "change", "created");
        this.updated = registry.counter("namespaces.stored", "change", "updated");
        clusters.forEach(this::add);
    }

    /** Registers the meters of one more cluster. Adding it again changes nothing. */
    public void add(ClusterId cluster) {
        clusters.computeIfAbsent(cluster, id -> new ClusterMeters(registry, tags(id)));
        watchBreaker(cluster);
    }

    private void watchBreaker(ClusterId cluster) {
        ClusterAvailability watched = breaker;
        if (watched != null) {
            Gauge.builder(
                            "namespaces.cluster.set.aside",
                            () -> watched.setAsideFor(cluster).isPresent() ? 1 : 0)
                    .tags(tags(cluster))
                    .register(registry);
        }
    }

    /**
     * Wraps a gateway, so that its calls are measured and observed. A gateway with a circuit breaker belongs inside, so
     * that the calls that it refuses are counted, and each known cluster has a gauge that says whether it is set aside.
     */
    public ClusterGateway measure(ClusterGateway gateway) {
        gateway.extension(ClusterAvailability.class).ifPresent(found -> {
            breaker = found;
            clusters.keySet().forEach(this::watchBreaker);
        });
        return new MeasuredGateway(gateway, this::of, telemetry);
    }

    /** Wraps an initializer, so that its calls are counted. */
    public NamespaceInitializer measure(NamespaceInitializer initializer) {
        return new MeasuredInitializer(Objects.requireNonNull(initializer, "initializer"), this::of, telemetry);
    }

    /** Wraps the lock of the stores, so that the work on each target is observed. */
    public Stores observe(Stores stores) {
        return stores.toBuilder()
                .deploymentLock(new ObservedLock(stores.deploymentLock(), telemetry, openTargets))
                .build();
    }

    /** Makes a call of the lifecycle as an observation. The observations of its targets and gateway calls are in it. */
    public <T> T observe(Operation operation, Supplier<T> call) {
        return telemetry.observe(
                "namespaces.operation",
                observation -> observation
                        .contextualName(operation.text())
                        .lowCardinalityKeyValue("operation", ClusterMeters.text(operation)),
                call);
    }

    /**
     * Returns the decorator that carries the observation of the target, and every other context that is registered for
     * context propagation, to the threads that call the clusters. Work for several targets, and work that takes no
     * lock, gets the observation of the caller.
     */
    public TaskDecorator taskDecorator() {
        return (work, target) -> {
            Observation observation = target == null ? null : openTargets.get(target);
            return observation == null ? carry(work) : telemetry.inScope(observation::openScope, () -> carry(work));
        };
    }

    private Runnable carry(Runnable work) {
        return telemetry.orElse(work, () -> {
            ContextSnapshot snapshot = snapshots.captureAll();
            return () -> telemetry.inScope(() -> open(snapshot), () -> {
                work.run();
                return work;
            });
        });
    }

    /** Sets all values of the snapshot, or none: the next work on this thread must not see some of them. */
    private ContextSnapshot.Scope open(ContextSnapshot snapshot) {
        ContextSnapshot before = snapshots.captureAll();
        try {
            return snapshot.setThreadLocals();
        } catch (RuntimeException | Error e) {
            ContextRegistry.getInstance()
                    .getThreadLocalAccessors()
                    .forEach(accessor -> telemetry.quietly(accessor::setValue));
            telemetry.quietly(before::setThreadLocals);
            throw e;
        }
    }

    /**
     * Counts a request that a gateway sent again. Meant as the {@code retryListener} of the gateway on fabric8's
     * client.
     */
    public void retried(ClusterId cluster) {
        telemetry.quietly(() -> of(cluster).retries.increment());
    }

    /** Sets how many orphans a search has found on a known cluster. The gauge exists from the first call on. */
    public void orphans(ClusterId cluster, int found) {
        set("namespaces.orphans", orphans, cluster, found);
    }

    /** Sets how many targets on a known cluster differ from what is stored. The gauge exists from the first call on. */
    public void drifted(ClusterId cluster, int targets) {
        set("namespaces.drifted", drifted, cluster, targets);
    }

    private void set(String name, Map<ClusterId, AtomicInteger> values, ClusterId cluster, int value) {
        if (!clusters.containsKey(cluster)) {
            throw new IllegalArgumentException("The cluster " + cluster + " is not known; add it first");
        }
        values.computeIfAbsent(cluster, id -> gauge(name, id)).set(value);
    }

    private AtomicInteger gauge(String name, ClusterId cluster) {
        AtomicInteger value = new AtomicInteger();
        Gauge.builder(name, value::get).tags(tags(cluster)).register(registry);
        return value;
    }

    private static Tags tags(ClusterId cluster) {
        return Tags.of(CLUSTER, cluster.value());
    }

    private ClusterMeters of(ClusterId cluster) {
        return clusters.getOrDefault(cluster, others);
    }

    @Override
    public void on(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.NamespaceStored) {
            stored.increment();
        } else if (event instanceof LifecycleEvent.NamespaceUpdated) {
            updated.increment();
        } else if (event instanceof LifecycleEvent.DeploymentCompleted completed) {
            of(completed.deployment().target().clusterId()).deployments.succeeded(completed.elapsed());
        } else if (event instanceof LifecycleEvent.DeploymentFailed failed) {
            of(failed.target().clusterId()).deployments.failed(failed.cause(), failed.elapsed());
        } else if (event instanceof LifecycleEvent.DeploymentUnchanged same) {
            of(same.deployment().target().clusterId()).unchanged.increment();
        } else if (event instanceof LifecycleEvent.NamespaceDeployed deployed) {
            of(deployed.cluster()).namespaces.succeeded(deployed.elapsed());
        } else if (event instanceof LifecycleEvent.NamespaceFailed failed) {
            of(failed.cluster()).namespaces.failed(failed.cause(), failed.elapsed());
        } else if (event instanceof LifecycleEvent.LockAwaited awaited) {
            of(awaited.target().clusterId()).lockWaits.record(awaited.waited());
        } else {
            count(event);
        }
    }

    private void count(LifecycleEvent event) {
        if (event instanceof LifecycleEvent.NamespaceUnfenced unfenced) {
            of(unfenced.cluster()).unfenced.increment();
        } else if (event instanceof LifecycleEvent.NamespaceClaimedTwice claimed) {
            of(claimed.cluster()).claimedTwice.increment();
        } else if (event instanceof LifecycleEvent.NamespaceDeleted deleted) {
            of(deleted.cluster()).deleted.increment();
        } else if (event instanceof LifecycleEvent.NamespaceTerminating terminating) {
            of(terminating.cluster()).terminating.increment();
        } else if (event instanceof LifecycleEvent.NamespaceCreated created) {
            of(created.cluster()).ensureCreated.increment();
        } else if (event instanceof LifecycleEvent.NamespaceFound found) {
            of(found.cluster()).ensureFound.increment();
        } else if (event instanceof LifecycleEvent.EnsureFailed failed) {
            of(failed.cluster()).ensureFailed.increment();
        } else if (event instanceof LifecycleEvent.GatewayCallAbandoned abandoned) {
            of(abandoned.cluster()).abandoned.increment();
        } else if (event instanceof LifecycleEvent.InitializerMissed missed) {
            of(missed.cluster()).initializerMisses.increment();
        }
    }
}

package dev.namespaces.testkit;

import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Clusters in memory behind a {@link ClusterGateway}. They behave as a real API server does behind that port:
 * server-side apply with field managers and conflicts, strict validation, preconditions, dry runs, consistent lists,
 * namespaces that stay terminating, finalizers, kinds that are not served. They do not fill in defaults, run no
 * controllers except the one that deletes namespaces, and know the fields only of the kinds that this library writes.
 *
 * <p>Safe to use from many threads at once. The gateway's own contract test runs on it and on a real API server.
 */
public final class FakeClusters implements ClusterGateway {

    private final Map<ClusterId, FakeCluster> clusters = new ConcurrentSkipListMap<>();
    private final boolean open;
    private final Clock clock;
    private final Faults faults = new Faults();
    private volatile boolean finishDeletionsAtOnce;

    private FakeClusters(boolean open, Clock clock) {
        this.open = open;
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /** Returns empty clusters of these ids; every other id is unknown. */
    public static FakeClusters of(String... clusterIds) {
        return of(Clock.systemUTC(), clusterIds);
    }

    /** Returns empty clusters of these ids, which take the time of their objects from that clock. */
    public static FakeClusters of(Clock clock, String... clusterIds) {
        FakeClusters fake = new FakeClusters(false, clock);
        Stream.of(clusterIds).map(ClusterId::new).forEach(id -> fake.clusters.put(id, fake.newCluster(id)));
        return fake;
    }

    /** Returns clusters of any id; each is empty when it is asked for first. */
    public static FakeClusters any() {
        return any(Clock.systemUTC());
    }

    /**
     * Returns clusters of any id, which take the time of their objects from that clock; each is empty when it is asked
     * for first.
     */
    public static FakeClusters any(Clock clock) {
        return new FakeClusters(true, clock);
    }

    /**
     * Makes a deleted namespace disappear at once on every cluster from now on, unless a finalizer holds it. Without
     * this it stays terminating until {@link FakeCluster#finishDeletion}.
     */
    public FakeClusters finishingDeletionsAtOnce() {
        finishDeletionsAtOnce = true;
        clusters.values().forEach(FakeCluster::finishDeletionsAtOnce);
        return this;
    }

    /**
     * Returns one of the clusters, so that a test can look at it, change it as another user, and set it up.
     *
     * @throws IllegalArgumentException if there is no such cluster
     */
    public FakeCluster cluster(String clusterId) {
        return cluster(new ClusterId(clusterId));
    }

    /**
     * Returns one of the clusters, so that a test can look at it, change it as another user, and set it up.
     *
     * @throws IllegalArgumentException if there is no such cluster
     */
    public FakeCluster cluster(ClusterId clusterId) {
        return lookUp(clusterId)
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no cluster '" + clusterId + "'; there are " + clusters.keySet()));
    }

    /** Returns the faults, which make calls through this gateway fail, lose their answers, wait, or arrive late. */
    public Faults faults() {
        return faults;
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        GatewayCall.Apply call = new GatewayCall.Apply(cluster, manifest, options);
        ObjectMeta metadata = manifest.getMetadata();
        if (!options.dryRun() && (metadata.getUid() == null || metadata.getResourceVersion() == null)) {
            throw new IllegalArgumentException(
                    "The manifest of " + call.resource() + " needs metadata.uid and metadata.resourceVersion");
        }
        return call(call, options.maySend(), fake -> fake.apply(call.manifest(), options));
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        GatewayCall.Create call = new GatewayCall.Create(cluster, manifest, options);
        return call(call, options.maySend(), fake -> fake.create(call.manifest(), options));
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return call(new GatewayCall.Find(cluster, resource), () -> true, fake -> fake.find(resource));
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return call(new GatewayCall.ListObjects(cluster, query), () -> true, fake -> fake.list(query));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        return call(
                new GatewayCall.Delete(cluster, resource, options),
                options.maySend(),
                fake -> fake.delete(resource, options));
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return call(
                new GatewayCall.Serves(cluster, apiVersion, kind), () -> true, fake -> fake.serves(apiVersion, kind));
    }

    private <T> T call(GatewayCall call, BooleanSupplier maySend, Function<FakeCluster, T> work) {
        FakeCluster cluster = lookUp(call.cluster())
                .orElseThrow(() -> new UnknownClusterException(call.context(), clusters.keySet()).settled());
        return faults.around(new Faults.Request<>(call, maySend, () -> work.apply(cluster)));
    }

    private Optional<FakeCluster> lookUp(ClusterId id) {
        return Optional.ofNullable(open ? clusters.computeIfAbsent(id, this::newCluster) : clusters.get(id));
    }

    private FakeCluster newCluster(ClusterId id) {
        FakeCluster cluster = new FakeCluster(id, clock);
        if (finishDeletionsAtOnce) {
            cluster.finishDeletionsAtOnce();
        }
        return cluster;
    }
}

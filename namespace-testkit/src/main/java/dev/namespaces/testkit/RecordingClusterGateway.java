package dev.namespaces.testkit;

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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.AssertProvider;

/**
 * Records every call and every object that was deployed, for assertions. Without another gateway it uses
 * {@link FakeClusters} of any id, which delete namespaces at once, so a test needs no set-up:
 *
 * <pre>{@code
 * RecordingClusterGateway gateway = new RecordingClusterGateway();
 * platformWith(gateway).createEnvironment("shop-dev");
 * assertThat(gateway).hasDeployed("Namespace", "shop-dev").onCluster("eu-1").withLabel("team", "shop");
 * }</pre>
 *
 * <p>Safe to use from many threads at once.
 */
public final class RecordingClusterGateway implements ClusterGateway, AssertProvider<RecordingClusterGatewayAssert> {

    private static final Comparator<ResourceRef> BY_NAME = Comparator.comparing(ResourceRef::name)
            .thenComparing(ref -> Objects.requireNonNullElse(ref.namespace(), ""));

    private final ClusterGateway delegate;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<Place, HasMetadata> deployed = new LinkedHashMap<>();
    private long clock;

    private record Place(ClusterId cluster, ResourceRef resource) {}

    private static final class Entry {
        private final GatewayCall call;
        private final long begun;
        private RecordedCall.Outcome outcome = new RecordedCall.Outcome.Underway();
        private long ended = Long.MAX_VALUE;

        Entry(GatewayCall call, long begun) {
            this.call = call;
            this.begun = begun;
        }
    }

    /** Creates a gateway on empty fake clusters of any id, which delete namespaces at once. */
    public RecordingClusterGateway() {
        this(FakeClusters.any().finishingDeletionsAtOnce());
    }

    /** Creates a gateway that records the calls to another one. */
    public RecordingClusterGateway(ClusterGateway delegate) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
    }

    /** Returns every call since the beginning or the last {@link #forgetCalls}, in the order in which they began. */
    public synchronized List<RecordedCall> calls() {
        return entries.stream()
                .map(entry -> new RecordedCall(entry.call, entry.outcome))
                .toList();
    }

    /** Returns the calls of one type, in the order in which they began. */
    public <C extends GatewayCall> List<C> calls(Class<C> type) {
        return calls().stream()
                .map(RecordedCall::call)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** Forgets the calls so far, but not the objects that were deployed. */
    public synchronized void forgetCalls() {
        entries.clear();
    }

    /**
     * Returns the manifests that were deployed to any cluster, by kind; those of a kind are ordered by name, then
     * namespace, then cluster. They are as they were sent: applied or created through this gateway with success, not as
     * a dry run, and not deleted since.
     */
    public SortedMap<String, List<HasMetadata>> deployedResources() {
        return deployed(place -> true);
    }

    /** Returns the same for one cluster. */
    public SortedMap<String, List<HasMetadata>> deployedResources(ClusterId cluster) {
        return deployed(place -> place.cluster().equals(cluster));
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        GatewayCall.Apply call = new GatewayCall.Apply(cluster, manifest, options);
        ApplyResult result = recorded(call, () -> delegate.apply(cluster, manifest, options));
        if (!options.dryRun()) {
            deployed(cluster, call.manifest());
        }
        return result;
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        GatewayCall.Create call = new GatewayCall.Create(cluster, manifest, options);
        CreateResult result = recorded(call, () -> delegate.create(cluster, manifest, options));
        if (!options.dryRun() && result instanceof CreateResult.Created) {
            deployed(cluster, call.manifest());
        }
        return result;
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return recorded(new GatewayCall.Find(cluster, resource), () -> delegate.find(cluster, resource));
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return recorded(new GatewayCall.ListObjects(cluster, query), () -> delegate.list(cluster, query));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        DeleteResult result = recorded(
                new GatewayCall.Delete(cluster, resource, options), () -> delegate.delete(cluster, resource, options));
        deleted(cluster, resource);
        return result;
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return recorded(
                new GatewayCall.Serves(cluster, apiVersion, kind), () -> delegate.serves(cluster, apiVersion, kind));
    }

    /** Returns the assertions that {@code assertThat(gateway)} of AssertJ returns. */
    @Override
    public <E extends ClusterGateway> Optional<E> extension(Class<E> type) {
        return type.isInstance(this) ? Optional.of(type.cast(this)) : delegate.extension(type);
    }

    @Override
    public RecordingClusterGatewayAssert assertThat() {
        return new RecordingClusterGatewayAssert(this);
    }

    /** Returns whether a first call ended with success before every second call began; false if either is missing. */
    synchronized boolean endedBefore(Predicate<GatewayCall> first, Predicate<GatewayCall> second) {
        long firstEnded = entries.stream()
                .filter(entry -> first.test(entry.call) && entry.outcome instanceof RecordedCall.Outcome.Answered)
                .mapToLong(entry -> entry.ended)
                .min()
                .orElse(Long.MAX_VALUE);
        long secondBegan = entries.stream()
                .filter(entry -> second.test(entry.call))
                .mapToLong(entry -> entry.begun)
                .min()
                .orElse(Long.MIN_VALUE);
        return firstEnded < secondBegan;
    }

    /** Returns the manifests that were deployed to each cluster. */
    synchronized Map<ClusterId, List<HasMetadata>> deployedByCluster() {
        Map<ClusterId, List<HasMetadata>> byCluster = new TreeMap<>();
        deployed.forEach((place, manifest) -> byCluster
                .computeIfAbsent(place.cluster(), id -> new ArrayList<>())
                .add(Manifests.copy(manifest)));
        return byCluster;
    }

    private <T> T recorded(GatewayCall call, Supplier<T> work) {
        Entry entry;
        synchronized (this) {
            entry = new Entry(call, clock++);
            entries.add(entry);
        }
        RecordedCall.Outcome outcome = new RecordedCall.Outcome.Underway();
        try {
            T answer = work.get();
            outcome = new RecordedCall.Outcome.Answered(answer);
            return answer;
        } catch (RuntimeException | Error e) {
            outcome = new RecordedCall.Outcome.Failed(e);
            throw e;
        } finally {
            synchronized (this) {
                entry.outcome = outcome;
                entry.ended = clock++;
            }
        }
    }

    private synchronized void deployed(ClusterId cluster, HasMetadata manifest) {
        deployed.put(new Place(cluster, ResourceRef.of(manifest)), manifest);
    }

    private synchronized void deleted(ClusterId cluster, ResourceRef resource) {
        deployed.remove(new Place(cluster, resource));
        if (resource.equals(ResourceRef.namespace(resource.name()))) {
            deployed.keySet()
                    .removeIf(place -> place.cluster().equals(cluster)
                            && resource.name().equals(place.resource().namespace()));
        }
    }

    private synchronized SortedMap<String, List<HasMetadata>> deployed(Predicate<Place> where) {
        SortedMap<String, List<HasMetadata>> byKind = new TreeMap<>();
        deployed.keySet().stream()
                .filter(where)
                .sorted(Comparator.comparing(Place::resource, BY_NAME).thenComparing(Place::cluster))
                .forEach(place -> byKind.computeIfAbsent(place.resource().kind(), kind -> new ArrayList<>())
                        .add(Manifests.copy(Objects.requireNonNull(deployed.get(place)))));
        return byKind;
    }
}

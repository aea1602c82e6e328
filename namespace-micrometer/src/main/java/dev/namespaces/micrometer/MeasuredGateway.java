package dev.namespaces.micrometer;

import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.AccessRule;
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
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A gateway that times, counts and observes each call of the wrapped one. */
final class MeasuredGateway implements AccessReviews {

    private final ClusterGateway delegate;
    private final Function<ClusterId, ClusterMeters> meters;
    private final Telemetry telemetry;

    MeasuredGateway(ClusterGateway delegate, Function<ClusterId, ClusterMeters> meters, Telemetry telemetry) {
        this.delegate = delegate;
        this.meters = meters;
        this.telemetry = telemetry;
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        return call(
                cluster, Operation.APPLY, ResourceRef.of(manifest), () -> delegate.apply(cluster, manifest, options));
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        return call(
                cluster, Operation.CREATE, ResourceRef.of(manifest), () -> delegate.create(cluster, manifest, options));
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return call(cluster, Operation.FIND, resource, () -> delegate.find(cluster, resource));
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return call(cluster, Operation.LIST, null, () -> delegate.list(cluster, query));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        return call(cluster, Operation.DELETE, resource, () -> delegate.delete(cluster, resource, options));
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return call(cluster, Operation.DISCOVER, null, () -> delegate.serves(cluster, apiVersion, kind));
    }

    /** @throws UnsupportedOperationException if the wrapped gateway cannot review access; {@link #extension} says so */
    @Override
    public List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace) {
        AccessReviews reviews = delegate.extension(AccessReviews.class)
                .orElseThrow(() -> new UnsupportedOperationException("The wrapped gateway cannot review access"));
        return call(cluster, Operation.REVIEW_ACCESS, null, () -> reviews.missingAccess(cluster, rules, namespace));
    }

    @Override
    public <E extends ClusterGateway> Optional<E> extension(Class<E> type) {
        Optional<E> wrapped = delegate.extension(type);
        boolean isOurs = type.isInstance(this) && (type != AccessReviews.class || wrapped.isPresent());
        return isOurs ? Optional.of(type.cast(this)) : wrapped;
    }

    private <T> T call(ClusterId cluster, Operation verb, @Nullable ResourceRef resource, Supplier<T> call) {
        ClusterMeters meters = this.meters.apply(cluster);
        return telemetry.observe(
                "namespaces.gateway",
                observation -> observation
                        .contextualName(ClusterMeters.text(verb) + " " + cluster)
                        .lowCardinalityKeyValue("verb", ClusterMeters.text(verb))
                        .highCardinalityKeyValue("cluster", cluster.value())
                        .highCardinalityKeyValue("resource", resource == null ? "none" : resource.toString()),
                () -> timed(meters, verb, call));
    }

    private <T> T timed(ClusterMeters meters, Operation verb, Supplier<T> call) {
        long start = System.nanoTime();
        T answer;
        try {
            answer = call.get();
        } catch (RuntimeException | Error e) {
            telemetry.quietly(() -> meters.failed(verb, e, System.nanoTime() - start));
            throw e;
        }
        telemetry.quietly(() -> meters.called(verb, System.nanoTime() - start));
        return answer;
    }
}

package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
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
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The host's gateway for one piece of work. It tells how long a call has been running, lets our own initializer know
 * that the thread is calling a cluster for us, and turns everything that the port does not allow into a typed failure.
 */
final class WatchedGateway implements AccessReviews {

    private static final long NO_CALL = 0;

    private final ClusterGateway gateway;
    private final @Nullable EnvironmentId environmentId;
    private final AtomicLong callBegan = new AtomicLong(NO_CALL);
    private volatile @Nullable Duration exceeded;

    WatchedGateway(ClusterGateway gateway, @Nullable EnvironmentId environmentId) {
        this.gateway = gateway;
        this.environmentId = environmentId;
    }

    /** Returns for how many nanoseconds a call has been running, or 0 if none is. */
    long nanosInCall() {
        long began = callBegan.get();
        return began == NO_CALL ? 0 : Math.max(1, System.nanoTime() - began);
    }

    /**
     * Notes that a call has exceeded this limit and is about to be interrupted, so that its failure says so. The caller
     * itself was not interrupted.
     */
    void exceeded(Duration limit) {
        exceeded = limit;
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        return call(
                ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)),
                () -> gateway.apply(cluster, manifest, options));
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        return call(
                ErrorContext.of(Operation.CREATE, cluster, ResourceRef.of(manifest)),
                () -> gateway.create(cluster, manifest, options));
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return call(ErrorContext.of(Operation.FIND, cluster, resource), () -> gateway.find(cluster, resource));
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        return call(ErrorContext.of(Operation.LIST, cluster), () -> gateway.list(cluster, query));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        return call(
                ErrorContext.of(Operation.DELETE, cluster, resource), () -> gateway.delete(cluster, resource, options));
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return call(ErrorContext.of(Operation.DISCOVER, cluster), () -> gateway.serves(cluster, apiVersion, kind));
    }

    /** Returns no rules if the host's gateway cannot review access. */
    @Override
    public List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace) {
        return gateway.extension(AccessReviews.class)
                .map(reviews -> call(
                        ErrorContext.of(Operation.REVIEW_ACCESS, cluster),
                        () -> reviews.missingAccess(cluster, rules, namespace)))
                .orElse(List.of());
    }

    private <T> T call(ErrorContext context, Supplier<T> work) {
        long now = System.nanoTime();
        callBegan.set(now == NO_CALL ? 1 : now);
        try {
            T answer = OwnCalls.during(work);
            if (answer == null) {
                throw GatewayContractException.threw(of(context), new NullPointerException("it returned null"));
            }
            return answer;
        } catch (OperationInterruptedException e) {
            Duration limit = exceeded;
            if (limit == null) {
                throw e;
            }
            GatewayContractException late = GatewayContractException.didNotReturn(of(context), limit);
            late.addSuppressed(e);
            throw late;
        } catch (NamespaceException e) {
            throw e;
        } catch (RuntimeException e) {
            // A gateway that breaks its contract must not take the other namespaces with it.
            throw GatewayContractException.threw(of(context), e);
        } finally {
            callBegan.set(NO_CALL);
        }
    }

    private ErrorContext of(ErrorContext context) {
        return environmentId == null ? context : context.withEnvironment(environmentId);
    }
}

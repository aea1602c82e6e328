package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Clusters through fabric8's Kubernetes client, with any of its HTTP clients.
 *
 * <p>Safe to use from many threads at once. A call blocks its thread, and ends within
 * {@link Builder#callTimeout(Duration)} or the call's own timeout, if that is shorter. Transient failures (429, 5xx, a
 * broken connection) are tried again within that time, after the pause that the API server asks for.
 */
public final class Fabric8ClusterGateway implements AccessReviews, AutoCloseable {

    private final ClientPool clients;
    private final Duration callTimeout;

    private Fabric8ClusterGateway(Builder builder) {
        this.clients = new ClientPool(builder.clients, builder.factory, builder.retryListener, builder.nanoTime);
        this.callTimeout = builder.callTimeout;
    }

    /** Returns a builder that knows no cluster yet. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(options, "options");
        if (!options.dryRun()) {
            requireBound(manifest);
        }
        ResourceRef resource = ResourceRef.of(manifest);
        Call call = Call.writing(Operation.APPLY, cluster, resource, deadline(options.timeout()), options.maySend());
        return run(
                call,
                session ->
                        new Apply(session, session.require(resource), resource, session.tree(manifest), options).run());
    }

    private static void requireBound(HasMetadata manifest) {
        ObjectMeta metadata = manifest.getMetadata();
        if (isBlank(metadata.getUid()) || isBlank(metadata.getResourceVersion())) {
            throw new IllegalArgumentException("The manifest of " + ResourceRef.of(manifest)
                    + " must have metadata.uid and metadata.resourceVersion of the object that was read; create the object"
                    + " if it is absent");
        }
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(options, "options");
        ResourceRef resource = ResourceRef.of(manifest);
        Call call = Call.writing(Operation.CREATE, cluster, resource, deadline(options.timeout()), options.maySend());
        return run(call, session -> {
            ResourceType type = session.require(resource);
            String path = type.collectionPath(resource.namespace()) + "?fieldValidation=Strict&fieldManager="
                    + ResourceType.segment(options.fieldManager());
            ApiRequest request = ApiRequest.create(path, Json.write(session.tree(manifest)), type.qualifiedName());
            ApiAnswer answer = session.sendWrite(options.dryRun() ? request.asDryRun() : request, resource.namespace());
            if (answer.isSuccess()) {
                ObjectNode object = options.dryRun()
                        ? session.object(answer, type, resource.namespace(), resource.name())
                        : session.stored(answer, type, resource.namespace(), resource.name());
                if (type.equals(ResourceType.NAMESPACE) && !options.dryRun()) {
                    session.createdNamespace(resource.name());
                }
                return new CreateResult.Created(session.model(object), answer.warnings(), call.arrival());
            }
            if (answer.saysExists(type, resource.name())) {
                return new CreateResult.AlreadyExists(call.arrival());
            }
            if (options.dryRun() && answer.saysNamespaceAbsent(resource.namespace())) {
                return new CreateResult.Created(
                        session.model(session.tree(manifest)), answer.warnings(), call.arrival());
            }
            throw session.failure(answer, request, type, resource);
        });
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        Objects.requireNonNull(cluster, "cluster");
        Call call = Call.of(Operation.FIND, cluster, resource, deadline(null));
        return run(
                call,
                session -> ResourceType.canBeNamed(resource.name())
                        ? session.find(resource)
                                .flatMap(type -> session.read(type, resource.namespace(), resource.name()))
                                .map(session::model)
                        : Optional.empty());
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        Objects.requireNonNull(cluster, "cluster");
        Call call = Call.of(Operation.LIST, cluster, deadline(query.timeout()));
        return run(
                call,
                session -> session.find(query.apiVersion(), query.kind())
                        .map(type -> new Listing(session, type, query).run())
                        .orElseGet(ObjectPage::empty));
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(options, "options");
        Call call = Call.writing(Operation.DELETE, cluster, resource, deadline(options.timeout()), options.maySend());
        return run(
                call,
                session -> ResourceType.canBeNamed(resource.name())
                        ? session.find(resource)
                                .map(type -> new Delete(session, type, resource, options).run())
                                .orElse(DeleteResult.GONE)
                        : DeleteResult.GONE);
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(apiVersion, "apiVersion");
        Objects.requireNonNull(kind, "kind");
        Call call = Call.of(Operation.DISCOVER, cluster, deadline(null));
        return run(call, session -> session.ask(apiVersion, kind).isPresent());
    }

    @Override
    public List<AccessRule> missingAccess(ClusterId cluster, Collection<AccessRule> rules, @Nullable String namespace) {
        Objects.requireNonNull(cluster, "cluster");
        List<AccessRule> asked = List.copyOf(rules);
        Call call = Call.of(Operation.REVIEW_ACCESS, cluster, deadline(null));
        return run(
                call,
                session -> asked.stream()
                        .filter(rule -> !session.isAllowed(rule, namespace))
                        .toList());
    }

    /**
     * Has the next call to the cluster use a new client, with the credentials of that time. Calls under way keep the
     * old client, which is closed after the last of them. A host need not call this when credentials expire: the
     * gateway itself replaces a client whose credentials are refused.
     */
    public void replaceClient(ClusterId cluster) {
        clients.replace(Objects.requireNonNull(cluster, "cluster"));
    }

    /** Closes the clients that the gateway has created, each after the last call that uses it. Safe to call twice. */
    @Override
    public void close() {
        clients.close();
    }

    private Deadline deadline(@Nullable Duration timeout) {
        return Deadline.in(timeout == null || timeout.compareTo(callTimeout) > 0 ? callTimeout : timeout);
    }

    private <T> T run(Call call, Function<Session, T> work) {
        try {
            return runOnClients(call, work);
        } catch (ClusterException e) {
            throw call.ended(e);
        }
    }

    private <T> T runOnClients(Call call, Function<Session, T> work) {
        try (ClientPool.Lease client = clients.lease(call)) {
            try {
                return work.apply(new Session(client, call));
            } catch (UnauthorizedException e) {
                if (!clients.replaceBroken(client)) {
                    throw e;
                }
            } catch (ClusterTimeoutException | ClusterUnreachableException e) {
                // A connection may be dead without an error, or the server may have another address now. The next call
                // finds out.
                clients.replaceBroken(client);
                throw e;
            }
        }
        try (ClientPool.Lease renewed = clients.lease(call)) {
            return work.apply(new Session(renewed, call));
        }
    }

    /** Configures a gateway. Not safe to use from many threads. */
    public static final class Builder {

        private final Map<ClusterId, KubernetesClient> clients = new HashMap<>();
        private ClientFactory factory = cluster -> Optional.empty();
        private Duration callTimeout = Duration.ofSeconds(30);
        private Consumer<ClusterId> retryListener = cluster -> {};
        private LongSupplier nanoTime = System::nanoTime;

        private Builder() {}

        /** Reaches the cluster through a client of the host, which the gateway does not close and does not replace. */
        public Builder client(ClusterId cluster, KubernetesClient client) {
            clients.put(Objects.requireNonNull(cluster, "cluster"), Objects.requireNonNull(client, "client"));
            return this;
        }

        /** Sets what creates the clients of all other clusters. There are no other clusters, unless this is set. */
        public Builder clients(ClientFactory factory) {
            this.factory = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * Sets the longest time that a call may take, retries included. It is 30 seconds, unless this is set.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder callTimeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("The call timeout must be positive: " + timeout);
            }
            this.callTimeout = timeout;
            return this;
        }

        /**
         * Sets a listener that gets the cluster's id each time a call sends a request again after a transient failure;
         * no listener by default. It is called on the thread of the call. It must be quick and must not throw.
         */
        public Builder retryListener(Consumer<ClusterId> listener) {
            this.retryListener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** Sets the clock for the age of clients, for tests. */
        Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /** Returns the gateway. It connects to a cluster at the first call. */
        public Fabric8ClusterGateway build() {
            return new Fabric8ClusterGateway(this);
        }
    }
}

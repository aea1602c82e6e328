package dev.namespaces.fabric8;

import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteResult;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Clusters through fabric8's Kubernetes client, with any of its HTTP clients.
 *
 * <p>Safe to use from many threads at once. A call blocks its thread, and ends within
 * {@link Builder#callTimeout(Duration)}. Transient failures (429, 5xx, a broken connection) are tried again within that
 * time, after the pause that the API server asks for.
 */
public final class Fabric8ClusterGateway implements ClusterGateway, AutoCloseable {

    private final ClientPool clients;
    private final Duration callTimeout;

    private Fabric8ClusterGateway(Builder builder) {
        this.clients = new ClientPool(builder.clients, builder.factory, builder.nanoTime);
        this.callTimeout = builder.callTimeout;
    }

    /** A builder that knows no cluster yet. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        Objects.requireNonNull(options, "options");
        ResourceRef resource = ResourceRef.of(manifest);
        return run(Operation.APPLY, cluster, resource, session -> {
            ResourceType type = session.require(resource);
            return new Apply(session, type, resource, session.tree(manifest), options).run();
        });
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
        Objects.requireNonNull(fieldManager, "fieldManager");
        ResourceRef resource = ResourceRef.of(manifest);
        return run(Operation.CREATE, cluster, resource, session -> {
            ResourceType type = session.require(resource);
            String path = type.collectionPath(resource.namespace()) + "?fieldValidation=Strict&fieldManager="
                    + ResourceType.segment(fieldManager) + (dryRun ? "&dryRun=All" : "");
            ApiRequest request = ApiRequest.post(path, Json.write(session.tree(manifest)), type.qualifiedName());
            ApiAnswer answer = session.send(request);
            if (answer.isSuccess()) {
                return new CreateResult.Created(session.model(session.object(answer)), answer.warnings());
            }
            if (answer.status() == 409 && answer.reason().equals("AlreadyExists")) {
                return new CreateResult.AlreadyExists();
            }
            if (dryRun && type.namespaced() && answer.saysNamespaceAbsent()) {
                return new CreateResult.Created(session.model(session.tree(manifest)), answer.warnings());
            }
            throw session.failure(answer, request, resource);
        });
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return run(
                Operation.FIND,
                cluster,
                resource,
                session -> ResourceType.canBeNamed(resource.name())
                        ? session.find(resource)
                                .flatMap(type -> session.read(type, resource.namespace(), resource.name()))
                                .map(session::model)
                        : Optional.empty());
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
        Objects.requireNonNull(uid, "uid");
        return run(Operation.DELETE, cluster, resource, session -> {
            Optional<ResourceType> type = session.find(resource);
            if (type.isEmpty() || !ResourceType.canBeNamed(resource.name())) {
                return DeleteResult.GONE;
            }
            String options = Json.write(Json.object()
                    .put("apiVersion", "v1")
                    .put("kind", "DeleteOptions")
                    .set("preconditions", Json.object().put("uid", uid)));
            ApiRequest request = ApiRequest.delete(
                    type.get().path(resource.namespace(), resource.name()),
                    options,
                    type.get().qualifiedName());
            ApiAnswer answer = session.send(request);
            if (session.saysAbsent(answer, type.get())) {
                return DeleteResult.GONE;
            }
            if (answer.isSuccess()) {
                return DeleteResult.ACCEPTED;
            }
            throw session.failure(answer, request, resource);
        });
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        Objects.requireNonNull(apiVersion, "apiVersion");
        Objects.requireNonNull(kind, "kind");
        Call call = Call.of(Operation.DISCOVER, cluster, Deadline.in(callTimeout));
        return run(call, session -> session.ask(apiVersion, kind).isPresent());
    }

    /**
     * Asks the API server which of the rules our user lacks on the cluster, so that a host finds out when it starts and
     * not when it deploys. Nothing is written.
     *
     * @param rules such as {@link AccessRule#ensureOnly()}
     * @return those that are lacking, in the order given; empty where all are granted
     * @throws dev.namespaces.error.ClusterException if the API server cannot be asked
     */
    public List<AccessRule> missingAccess(ClusterId cluster, List<AccessRule> rules) {
        List<AccessRule> asked = List.copyOf(rules);
        Call call = Call.of(Operation.REVIEW_ACCESS, cluster, Deadline.in(callTimeout));
        return run(
                call,
                session -> asked.stream()
                        .filter(rule -> !session.isAllowed(rule.verb(), rule.qualifiedResource(), null, null))
                        .toList());
    }

    /**
     * Has the next call to the cluster use a new client, with the credentials of then. Calls under way keep the old
     * one, which is closed after the last of them. Nobody needs to call this where credentials simply expire: a client
     * whose credentials are refused is replaced by itself.
     */
    public void replaceClient(ClusterId cluster) {
        clients.replace(Objects.requireNonNull(cluster, "cluster"));
    }

    /** Closes the clients that it has made, each after the last call that uses it. Closing it again does nothing. */
    @Override
    public void close() {
        clients.close();
    }

    private <T> T run(Operation operation, ClusterId cluster, ResourceRef resource, Function<Session, T> work) {
        Objects.requireNonNull(cluster, "cluster");
        return run(Call.of(operation, cluster, resource, Deadline.in(callTimeout)), work);
    }

    private <T> T run(Call call, Function<Session, T> work) {
        try (ClientPool.Lease client = clients.lease(call)) {
            try {
                return work.apply(new Session(client, call));
            } catch (UnauthorizedException e) {
                if (!clients.replaceBroken(client)) {
                    throw e;
                }
            } catch (ClusterTimeoutException | ClusterUnreachableException e) {
                // Its connection may be dead without knowing, or its server's address another; the next call sees.
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
        private LongSupplier nanoTime = System::nanoTime;

        private Builder() {}

        /** Reaches the cluster through a client that stays the host's: the gateway neither closes nor replaces it. */
        public Builder client(ClusterId cluster, KubernetesClient client) {
            clients.put(Objects.requireNonNull(cluster, "cluster"), Objects.requireNonNull(client, "client"));
            return this;
        }

        /** Where the clients of all other clusters come from. None, unless set. */
        public Builder clients(ClientFactory factory) {
            this.factory = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * The longest time that a call may take, retries included. 30 seconds, unless set.
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

        /** How time passes for the age of clients, for tests. */
        Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /** The gateway. Nothing is connected before its first call. */
        public Fabric8ClusterGateway build() {
            return new Fabric8ClusterGateway(this);
        }
    }
}

package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stores and the two clusters that all replicas of a platform share, and the state of an environment in them. A
 * bystander's namespace is on both clusters, and must stay as it is.
 */
final class Installation {

    static final ClusterId EU = new ClusterId("eu-1");
    static final ClusterId US = new ClusterId("us-1");

    private static final Duration LATE_WRITES = Duration.ofMinutes(10);

    private static final ObjectMapper IN_ORDER =
            new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final String RECORD = "record of ";
    private static final String INCOMPLETE = " incomplete";
    private static final String ABSENT = ", which is absent,";

    private static final List<ListQuery> KINDS = List.of(
            ListQuery.of("v1", "Namespace", Map.of()),
            ListQuery.of("networking.k8s.io/v1", "NetworkPolicy", Map.of()),
            ListQuery.of("cilium.io/v2", "CiliumNetworkPolicy", Map.of()));

    final Stores stores;
    final RecordingClusterGateway gateway;
    private final ClusterGateway onlooker;
    private final Consumer<Environment> environments;
    private final Consumer<EgressPolicy> policies;
    private final @Nullable Supplier<NamespaceId> ids;
    private final EnvironmentId bystander;
    private final List<?> bystanding;

    /**
     * @param bystander the id of the bystander
     * @param ids draws the ids of namespaces, or null to compare states of environments with different names. Digests
     *     are left out of these, because they differ by name
     * @param onlooker looks at the clusters, and does not end a deletion by that
     * @param environments saves an environment in the stores
     * @param policies saves an egress policy in the stores
     */
    Installation(
            EnvironmentId bystander,
            @Nullable Supplier<NamespaceId> ids,
            Stores stores,
            ClusterGateway gateway,
            ClusterGateway onlooker,
            Consumer<Environment> environments,
            Consumer<EgressPolicy> policies) {
        this.ids = ids;
        this.stores = stores;
        this.gateway = new RecordingClusterGateway(gateway);
        this.onlooker = onlooker;
        this.environments = environments;
        this.policies = policies;
        this.bystander = bystander;
        environment(bystander);
        try (NamespaceLifecycle lifecycle = replica().build()) {
            lifecycle.create(NamespaceRequest.of(bystander, bystander + "-a"));
            lifecycle.deploy(bystander);
        }
        bystanding = everythingOf(bystander);
    }

    /** Stores an environment on both clusters, in a project of its own. */
    void environment(EnvironmentId id) {
        environments.accept(anEnvironment()
                .id(id.value())
                .project(id.value())
                .clusters(EU.value(), US.value())
                .build());
    }

    void policy(EgressPolicy policy) {
        policies.accept(policy);
    }

    /** Returns a builder of a new replica. */
    NamespaceLifecycle.Builder replica() {
        NamespaceLifecycle.Builder builder = NamespaceLifecycle.builder(gateway, stores);
        return ids == null ? builder : builder.namespaceIds(ids);
    }

    /** Returns a builder of a new replica whose calls are handled. */
    NamespaceLifecycle.Builder replica(PortCalls calls) {
        return NamespaceLifecycle.builder(calls.of(gateway), calls.of(stores));
    }

    /** Returns a new replica that works when no request of an earlier one can arrive any more. */
    NamespaceLifecycle laterReplica(PortCalls calls) {
        return replica(calls)
                .lateWriteLimit(LATE_WRITES)
                .clock(Clock.offset(Clock.systemUTC(), LATE_WRITES.plusMinutes(1)))
                .build();
    }

    /** Returns the deletes of objects of the environment that were sent through {@link #gateway}. */
    List<GatewayCall.Delete> deletes(EnvironmentId id) {
        return gateway.calls(GatewayCall.Delete.class).stream()
                .filter(call ->
                        isOf(call.resource().namespace(), call.resource().name(), id))
                .toList();
    }

    /** Returns whether the bystander is as it was, with all versions and times. */
    boolean bystanderIsUntouched() {
        return everythingOf(bystander).equals(bystanding);
    }

    private List<?> everythingOf(EnvironmentId id) {
        return List.of(
                objects(EU, id),
                objects(US, id),
                rows(EU, id),
                rows(US, id),
                stores.deployments().findByEnvironments(List.of(id)),
                stores.namespaces().findByEnvironments(List.of(id)));
    }

    /**
     * Returns the objects of the environment on the clusters, without UIDs, versions, times and random tokens. Without
     * owners of fields as well: a create is an {@code Update} there, and the apply that repeats it an {@code Apply}.
     */
    List<String> clusterState(EnvironmentId id) {
        return Stream.of(EU, US)
                .flatMap(cluster -> objects(cluster, id).stream().map(object -> cluster + " " + shown(object)))
                .map(line -> comparable(line, id))
                .toList();
    }

    /**
     * Returns what the stores have about the environment, without revisions, serials, tokens, nonces, UIDs and times.
     */
    List<String> storeState(EnvironmentId id) {
        List<String> lines = new ArrayList<>();
        namespaces(id).stream().map(Installation::shown).forEach(lines::add);
        stores.deployments().findByEnvironments(List.of(id)).stream()
                .map(Installation::shown)
                .forEach(lines::add);
        for (ClusterId cluster : List.of(EU, US)) {
            Map<ResourceRef, HasMetadata> live = new HashMap<>();
            objects(cluster, id).forEach(object -> live.put(ResourceRef.of(object), object));
            rows(cluster, id).forEach(row -> lines.add(shown(row, live)));
        }
        return lines.stream().map(line -> comparable(line, id)).toList();
    }

    /** Returns the line as it would be for an environment of another name. */
    private String comparable(String line, EnvironmentId id) {
        String text = line;
        for (Namespace namespace : namespaces(id)) {
            text = text.replace(namespace.id().value(), "ID-OF-" + namespace.name());
        }
        text = text.replace(id.value(), "ENV");
        return ids != null ? text : DIGEST.matcher(text).replaceAll("DIGEST");
    }

    private List<Namespace> namespaces(EnvironmentId id) {
        return Stream.concat(
                        stores.namespaces().findByEnvironments(List.of(id)).stream(),
                        stores.namespaces().findDeleted(id).stream())
                .toList();
    }

    private static String shown(HasMetadata object) {
        ObjectMeta metadata = object.getMetadata();
        metadata.setUid(null);
        metadata.setResourceVersion(null);
        metadata.setCreationTimestamp(null);
        metadata.setManagedFields(null);
        if (metadata.getAnnotations() != null) {
            metadata.getAnnotations()
                    .replaceAll((key, value) -> key.endsWith("/attempt") || key.endsWith("/created") ? "TOKEN" : value);
        }
        return inOrder(object);
    }

    private static String inOrder(Object value) {
        try {
            return IN_ORDER.writeValueAsString(IN_ORDER.convertValue(value, Map.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(Namespace namespace) {
        return namespace
                + (namespace.isLive() ? " live " : " deleted ")
                + new TreeMap<>(namespace.metadata())
                + new TreeMap<>(namespace.annotations());
    }

    private static String shown(DeploymentRecord record) {
        DeploymentRecord.Completion completion = record.completion();
        return RECORD
                + record.target()
                + (completion == null
                        ? INCOMPLETE
                        : " " + completion.inputFingerprint() + " " + completion.renderedFingerprint() + " "
                                + completion.renderingGeneration() + " " + completion.dialect());
    }

    /** Returns whether the line is a record that all was deployed to the target. */
    static boolean isCompleteRecord(String line) {
        return line.startsWith(RECORD) && !line.endsWith(INCOMPLETE);
    }

    private static String shown(TargetObject row, Map<ResourceRef, HasMetadata> live) {
        HasMetadata object = live.get(row.resource());
        ObjectIdentity identity = row.identity();
        return row.target() + " " + row.resource() + (object == null ? ABSENT : "")
                + (row.open() ? " open " : " closed ")
                + (identity == null ? "unknown" : identity.origin() + (isOf(identity, object) ? " live" : " other"))
                + " "
                + row.fingerprint() + " " + row.keys() + " " + row.released();
    }

    private static boolean isOf(ObjectIdentity identity, @Nullable HasMetadata object) {
        return object != null && object.getMetadata().getUid().equals(identity.uid());
    }

    /** Returns whether the line is the row of an object that does not exist. */
    static boolean isOfAbsentObject(String line) {
        return line.contains(ABSENT);
    }

    private List<HasMetadata> objects(ClusterId cluster, EnvironmentId id) {
        List<HasMetadata> objects = new ArrayList<>();
        for (ListQuery kind : KINDS) {
            ObjectPage page = onlooker.list(cluster, kind);
            objects.addAll(page.items());
            while (page.continueToken() != null) {
                page = onlooker.list(cluster, kind.withContinueToken(page.continueToken()));
                objects.addAll(page.items());
            }
        }
        return objects.stream().filter(object -> isOf(object, id)).toList();
    }

    private static boolean isOf(HasMetadata object, EnvironmentId id) {
        return isOf(object.getMetadata().getNamespace(), object.getMetadata().getName(), id);
    }

    private static boolean isOf(@Nullable String namespace, String name, EnvironmentId id) {
        return (namespace == null ? name : namespace).startsWith(id + "-");
    }

    private List<TargetObject> rows(ClusterId cluster, EnvironmentId id) {
        return stores.targetObjects().findPage(new Target(id, cluster), null, 100);
    }
}

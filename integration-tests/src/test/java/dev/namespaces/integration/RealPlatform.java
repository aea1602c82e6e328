package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.h2.jdbcx.JdbcDataSource;

/**
 * A platform service for one test: a database, the real API server as one cluster behind a proxy, and a fake cluster as
 * another one. Each of its deletions is counted: what is sent, and what is gone from the server, must be in the plan.
 */
final class RealPlatform implements AutoCloseable {

    static final ClusterId REAL = new ClusterId("real-1");
    static final ClusterId FAKE = new ClusterId("fake-1");

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    final FakeClusters fakes = FakeClusters.of(FAKE.value()).finishingDeletionsAtOnce();
    final HttpProxy proxy;
    final RecordingClusterGateway gateway;
    final JdbcStores stores;
    final NamespaceLifecycle lifecycle;
    final Environment environment;
    private final KubeApiServer server;
    private final KubernetesClient admin;
    private final KubernetesClient proxied;
    private final JdbcDataSource database = new JdbcDataSource();

    RealPlatform(KubeApiServer server) {
        this(server, server.client());
    }

    /** @param client whose rights the platform has on the real cluster */
    RealPlatform(KubeApiServer server, KubernetesClient client) {
        this.server = server;
        admin = server.client();
        proxy = new HttpProxy(client);
        proxied = Replicas.client(proxy.url(), HttpModule.VERTX).build();
        ClusterGateway real = Fabric8ClusterGateway.builder()
                .client(REAL, proxied)
                .callTimeout(CALL_TIMEOUT)
                .build();
        gateway = new RecordingClusterGateway(Gateways.routing(real, Map.of(FAKE, fakes)));
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        stores = storesOfAnotherReplica();
        lifecycle = builder().build();
        environment = environment(server.newName("dev"), REAL);
    }

    NamespaceLifecycle.Builder builder() {
        return NamespaceLifecycle.builder(gateway, stores.stores());
    }

    /** Returns new stores on the same database. */
    JdbcStores storesOfAnotherReplica() {
        return JdbcStores.on(database);
    }

    Environment environment(String id, ClusterId... clusters) {
        Environment saved = anEnvironment()
                .id(id)
                .clusters(Arrays.stream(clusters).map(ClusterId::value).toArray(String[]::new))
                .build();
        stores.environments().save(saved);
        return saved;
    }

    /** Stores a namespace of a name that nothing on the server has. */
    dev.namespaces.model.Namespace namespace(Environment of) {
        return lifecycle.create(NamespaceRequest.of(of.id(), server.newName("shop")));
    }

    /** Stores a namespace and deploys its environment. */
    dev.namespaces.model.Namespace deployed() {
        dev.namespaces.model.Namespace created = namespace(environment);
        lifecycle.deploy(environment.id());
        return created;
    }

    /** Stores a namespace of a name that another environment has, too. */
    Environment sharing(String name) {
        Environment other = environment(server.newName("other"), REAL);
        stores.namespaces().insert(List.of(aNamespace().in(other).name(name).build()));
        return other;
    }

    /** Returns the namespace on the server, which must exist. */
    Namespace live(String name) {
        Namespace found = admin.namespaces().withName(name).get();
        assertThat(found).as(name).isNotNull();
        return found;
    }

    void assertStays(String name) {
        assertThat(live(name).getMetadata().getDeletionTimestamp()).as(name).isNull();
    }

    void assertIsDeleted(String name) {
        await().atMost(PATIENCE).until(() -> admin.namespaces().withName(name).get() == null);
    }

    /** Changes a label as somebody else does. */
    void label(String name, String key, String value) {
        edit(name, namespace -> namespace.editMetadata().addToLabels(key, value).endMetadata());
    }

    void removeLabel(String name, String key) {
        edit(name, namespace -> namespace.editMetadata().removeFromLabels(key).endMetadata());
    }

    void removeLabels(String name) {
        edit(name, namespace -> namespace.editMetadata().withLabels(null).endMetadata());
    }

    void annotate(String name, String key, String value) {
        edit(
                name,
                namespace ->
                        namespace.editMetadata().addToAnnotations(key, value).endMetadata());
    }

    void finalizers(String name, String... finalizers) {
        edit(
                name,
                namespace -> namespace.editMetadata().withFinalizers(finalizers).endMetadata());
    }

    private void edit(String name, java.util.function.UnaryOperator<NamespaceBuilder> change) {
        admin.namespaces()
                .withName(name)
                .edit(found -> change.apply(new NamespaceBuilder(found)).build());
    }

    /** Creates a namespace as somebody else does. */
    Namespace createByHand(String name, Map<String, String> labels) {
        return admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .build())
                .create();
    }

    /** Deletes a namespace as somebody else does, and waits for its end. */
    void deleteByHand(String name) {
        admin.namespaces().withName(name).delete();
        assertIsDeleted(name);
    }

    DeletionPlan plan() {
        return lifecycle.planDeletion(environment.id());
    }

    DeletionPlan plan(NamespaceId... ids) {
        return lifecycle.planDeletion(List.of(ids));
    }

    /** Deletes, looks once, and returns a line for each result, such as {@code shop-1 on real-1: Gone}. */
    Set<String> delete(DeletionPlan plan) {
        return delete(lifecycle, plan, DeletionOptions.waiting(Duration.ZERO));
    }

    Set<String> deleteAndWait(DeletionPlan plan) {
        return delete(lifecycle, plan, DeletionOptions.waiting(PATIENCE));
    }

    Set<String> delete(NamespaceLifecycle by, DeletionPlan plan, DeletionOptions options) {
        return outcomes(counted(plan, () -> report(by, plan, options)));
    }

    /** Runs a deletion, and compares what was sent and what is gone from the server with the plan. */
    <T> T counted(DeletionPlan plan, Supplier<T> deletion) {
        Set<String> planned =
                plan.deletions().stream().map(DeletionPlan.Deletion::uid).collect(Collectors.toSet());
        Set<String> gone = notTerminating();
        gateway.forgetCalls();
        try {
            return deletion.get();
        } finally {
            gone.removeAll(notTerminating());
            assertThat(planned).containsAll(gone);
            assertThat(gateway.calls(GatewayCall.Delete.class)).allSatisfy(call -> {
                assertThat(call.kind()).isEqualTo("Namespace");
                assertThat(planned).contains(call.options().uid());
            });
        }
    }

    private Set<String> notTerminating() {
        return admin.namespaces().list().getItems().stream()
                .filter(namespace -> namespace.getMetadata().getDeletionTimestamp() == null)
                .map(namespace -> namespace.getMetadata().getUid())
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Returns how many deletes the last deletion sent. */
    int deletesSent() {
        return gateway.calls(GatewayCall.Delete.class).size();
    }

    private static DeletionReport report(NamespaceLifecycle by, DeletionPlan plan, DeletionOptions options) {
        try {
            return by.delete(plan, options);
        } catch (DeletionIncompleteException e) {
            return e.report();
        }
    }

    private static Set<String> outcomes(DeletionReport report) {
        return report.results().stream()
                .map(result -> result.deletion().namespace().name() + " on "
                        + result.deletion().cluster() + ": "
                        + result.outcome().getClass().getSimpleName())
                .collect(Collectors.toSet());
    }

    static Set<String> kept(DeletionPlan plan) {
        return plan.kept().stream()
                .map(kept -> kept.namespace().name() + " on " + kept.cluster() + ": " + kept.reason())
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        lifecycle.close();
        proxied.close();
        proxy.close();
    }
}

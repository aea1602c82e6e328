package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.integration.Host.Isolation;
import dev.namespaces.integration.Host.SetUp;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.RecordedCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No cluster is written in a transaction of the host: with each database, each isolation, and each way to set the
 * stores up.
 *
 * <p>A pool without auto-commit whose host sets no supplier is not here, because no isolation matters to it: the stores
 * are not built. {@code connections_without_auto_commit_are_refused} in the tests of {@code namespace-jdbc-store} shows
 * that.
 */
@Tag("heavy")
@ParameterizedClass(name = "{0}")
@MethodSource("cells")
@Timeout(60)
class HostTransactionMatrixTest {

    private static final String INITIALIZER = "initializer";
    private static final String DEPLOY = "deploy";

    private static Host host;

    /** A host of the matrix. */
    record Cell(SetUp setUp, DatabaseKind database, Isolation isolation) {}

    @Parameter
    private Cell cell;

    private final FakeClusters clusters = FakeClusters.of(CLUSTER.value()).finishingDeletionsAtOnce();
    private final RecordingClusterGateway gateway = new RecordingClusterGateway(clusters);
    private final String id = newEnvironmentId().value();
    private final Environment dev = anEnvironment().id(id).project(id).build();
    private final Target target = new Target(dev.id(), CLUSTER);
    private final NamespaceLifecycle lifecycle =
            NamespaceLifecycle.builder(gateway, host.stores()).build();
    private final NamespaceLifecycle permissive = NamespaceLifecycle.builder(gateway, host.stores())
            .allowClusterWritesInHostTransactions()
            .build();

    static Stream<Cell> cells() {
        return Stream.of(DatabaseKind.values())
                .flatMap(database -> Stream.of(Isolation.values())
                        .flatMap(isolation ->
                                Stream.of(SetUp.values()).map(setUp -> new Cell(setUp, database, isolation))));
    }

    @BeforeParameterizedClassInvocation
    static void open(Cell cell) {
        host = new Host(cell.setUp(), cell.database(), cell.isolation());
    }

    @AfterParameterizedClassInvocation
    static void closeHost() {
        // It is null if the server of the first cell cannot run.
        if (host != null) {
            host.close();
        }
    }

    @AfterEach
    void close() {
        lifecycle.close();
        permissive.close();
        host.useOneConnection();
    }

    private Namespace stored(String name) {
        host.rows().environments().save(dev);
        return lifecycle.create(NamespaceRequest.of(dev.id(), name(name)));
    }

    private Namespace deployed(String name) {
        Namespace namespace = stored(name);
        savePolicy(host.rows(), 1);
        lifecycle.deploy(dev.id());
        return namespace;
    }

    private String name(String name) {
        return id + "-" + name;
    }

    /** Saves a policy that allows everything as its first version, and denies everything from the second one on. */
    private void savePolicy(JdbcStores rows, long version) {
        var policy = anEgressPolicy().id(id).ofProject(id).version(version);
        rows.egressPolicies().save((version == 1 ? policy.allowingAll() : policy.denyingAll()).build());
    }

    /** Returns each operation that writes to a cluster, if there is something to write. */
    private Map<String, Runnable> writes(NamespaceLifecycle caller, Namespace namespace) {
        Map<String, Runnable> writes = new LinkedHashMap<>();
        writes.put(INITIALIZER, () -> caller.initializer().beforeApply(CLUSTER, namespace.name()));
        writes.put("ensureDeployed", () -> caller.ensureDeployed(dev.id()));
        writes.put("apply", () -> caller.apply(namespace.id(), DeployOptions.defaults()));
        writes.put(DEPLOY, () -> caller.deploy(dev.id()));
        writes.put("ensureNamespaceExists", () -> caller.ensureNamespaceExists(CLUSTER, name("ensured")));
        writes.put("delete", () -> caller.delete(caller.planDeletion(List.of(namespace.id())), Duration.ofSeconds(10)));
        return writes;
    }

    private List<HasMetadata> objects() {
        return clusters.cluster(CLUSTER).objects();
    }

    private void assertNothingIsWritten() {
        assertThat(gateway.calls()).extracting(RecordedCall::call).noneMatch(call -> call.writes());
    }

    /** Returns the namespaces on the cluster whose UID is in no row. */
    private List<String> unknownToRows() {
        return clusters.cluster(CLUSTER).objects("Namespace").stream()
                .filter(namespace -> host.storesOfOthers()
                        .targetObjects()
                        .findByUids(CLUSTER, List.of(namespace.getMetadata().getUid()))
                        .isEmpty())
                .map(namespace -> namespace.getMetadata().getName())
                .toList();
    }

    private List<TargetObject> objectRows() {
        return host.storesOfOthers().targetObjects().findPage(target, null, 10);
    }

    @Test
    void every_write_to_a_cluster_is_refused_at_its_start() {
        Namespace web = deployed("web");
        Map<String, Runnable> writes = writes(lifecycle, web);
        savePolicy(host.rows(), 2);
        List<TargetObject> rows = objectRows();
        gateway.forgetCalls();

        host.rollBack(() -> writes.forEach((operation, write) -> assertThatThrownBy(write::run)
                .as(operation)
                .isInstanceOf(HostTransactionException.class)
                .hasMessageContaining("commit first")));

        assertNothingIsWritten();
        assertThat(objectRows()).isNotEmpty().isEqualTo(rows);
        assertThat(host.rows().namespaces().findByIds(List.of(web.id()))).containsExactly(web);
    }

    @Test
    void what_is_unchanged_and_what_only_reads_passes_on_the_same_connection() {
        Namespace web = deployed("web");
        gateway.forgetCalls();

        host.rollBack(() -> {
            assertThat(host.stores().inHostTransaction()).isTrue();
            lifecycle.initializer().beforeApply(CLUSTER, web.name());
            assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
            lifecycle.ensureNamespaceExists(CLUSTER, web.name());
            for (DryRun kind : List.of(DryRun.RENDER, DryRun.SERVER)) {
                DeployOptions options = DeployOptions.defaults().withDryRun(kind);
                assertThat(lifecycle.deploy(dev.id(), options).succeeded()).isTrue();
                assertThat(lifecycle.apply(web.id(), options).succeeded()).isTrue();
            }
            assertThat(lifecycle.planDeletion(List.of(web.id())).deletions()).hasSize(1);
        });

        assertNothingIsWritten();
    }

    @Test
    void a_rollback_leaves_nothing_on_the_cluster_that_no_row_knows() {
        host.rows().environments().save(dev);

        host.rollBack(() -> writes(lifecycle, lifecycle.create(NamespaceRequest.of(dev.id(), name("late"))))
                .values()
                .forEach(write -> assertThat(catchThrowable(write::run)).isInstanceOf(HostTransactionException.class)));

        assertThat(objects()).isEmpty();
        assertThat(host.rowsOfOthers().namespaces().findByNames(List.of(name("late"))))
                .hasSize(cell.setUp().joinsTransactions() ? 0 : 1);
    }

    @Test
    void every_write_works_outside_of_a_transaction() {
        Namespace web = stored("web");

        writes(lifecycle, web).forEach((operation, write) -> {
            write.run();
            assertThat(unknownToRows()).as(operation).isEmpty();
        });

        assertThat(objects()).extracting(each -> each.getMetadata().getName()).containsExactly(name("ensured"));
        assertThat(host.rows().namespaces().findByIds(List.of(web.id()))).allMatch(row -> row.deletedAt() != null);
    }

    @Test
    void an_older_view_never_brings_an_older_policy_back() {
        Namespace web = deployed("web");
        Map<String, Runnable> writes = writes(lifecycle, web);
        writes.remove("delete");
        writes.remove("ensureNamespaceExists");
        List<HasMetadata> loose = objects();
        try (NamespaceLifecycle other =
                NamespaceLifecycle.builder(gateway, host.storesOfOthers()).build()) {
            host.rollBack(() -> {
                assertThat(host.stores().environments().findByIds(List.of(dev.id())))
                        .hasSize(1);
                savePolicy(host.rowsOfOthers(), 2);
                other.deploy(dev.id());
                List<HasMetadata> tight = objects();
                assertThat(tight).isNotEqualTo(loose);

                writes.forEach((operation, write) -> {
                    Throwable thrown = catchThrowable(write::run);
                    assertThat(thrown == null || thrown instanceof HostTransactionException)
                            .as("%s: %s", operation, thrown)
                            .isTrue();
                    assertThat(objects()).as(operation).isEqualTo(tight);
                });
            });
            gateway.forgetCalls();

            assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
            assertNothingIsWritten();
        }
    }

    @Test
    void a_test_in_a_transaction_can_allow_the_writes_by_name() {
        host.useManyConnections();
        Namespace web = stored("web");
        Map<String, Runnable> writes = writes(permissive, web);
        List<String> succeeded = new ArrayList<>();

        host.rollBack(() -> {
            writes.forEach((operation, write) -> {
                if (allowed() == Allowed.ALL || operation.equals(INITIALIZER)) {
                    if (catchThrowable(write::run) == null) {
                        succeeded.add(operation);
                    }
                }
            });
            if (allowed() == Allowed.FIRST) {
                assertThat(catchThrowable(writes.get(DEPLOY)::run)).isInstanceOf(DeploymentFailedException.class);
            }
        });

        switch (allowed()) {
            case ALL -> assertThat(succeeded).containsExactlyElementsOf(writes.keySet());
            case FIRST -> assertThat(succeeded).containsExactly(INITIALIZER);
            case NONE -> {
                assertThat(succeeded).isEmpty();
                assertNothingIsWritten();
            }
        }
        assertThat(unknownToRows()).isEmpty();
    }

    /** The writes that succeed in a transaction, if they are allowed. */
    private enum Allowed {
        ALL,
        FIRST,
        NONE
    }

    private Allowed allowed() {
        if (cell.setUp() == SetUp.ONE_DATA_SOURCE) {
            // Every connection is that of the transaction, and a deployment is never recorded there.
            return Allowed.NONE;
        }
        if (!cell.setUp().readsRecordsInTransactions() || cell.isolation() == Isolation.READ_COMMITTED) {
            return Allowed.ALL;
        }
        if (cell.database() == DatabaseKind.MARIADB && cell.isolation() == Isolation.SERIALIZABLE) {
            // The transaction has locked the records by reading them, so a write on another connection waits for it.
            return Allowed.NONE;
        }
        // The transaction does not see what was recorded after it began.
        return Allowed.FIRST;
    }
}

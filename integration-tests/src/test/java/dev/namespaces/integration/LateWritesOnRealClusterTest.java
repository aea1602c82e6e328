package dev.namespaces.integration;

import static dev.namespaces.integration.Replicas.CLUSTER;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.HeldRequest;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.PostgresServer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two replicas share a database and a real API server. The first replica gives up its write of a policy while the
 * request is on the way. The second replica records a newer deployment, and then the request arrives.
 */
@OnRealCluster
@OnDatabaseServer
@Timeout(120)
class LateWritesOnRealClusterTest {

    /** How the first replica gives up its write. */
    enum GivenUp {
        BY_INTERRUPT("OperationInterruptedException"),
        BY_CLOSE("LifecycleClosedException"),
        BY_TIMEOUT("ClusterTimeoutException"),
        BY_LOST_LEASE("LeaseLostException"),
        BY_PARTITION_FROM_THE_DATABASE("StoreException"),
        BY_STOP_BEFORE_SENDING("LeaseLostException"),
        BY_STOP_AFTER_SENDING("LeaseLostException");

        private final String failure;

        GivenUp(String failure) {
            this.failure = failure;
        }

        boolean isStop() {
            return this == BY_STOP_BEFORE_SENDING || this == BY_STOP_AFTER_SENDING;
        }

        /** Returns whether the first replica has reported its failure before the second one deploys. */
        boolean endsAtOnce() {
            return this == BY_INTERRUPT || this == BY_CLOSE || this == BY_TIMEOUT;
        }
    }

    /** The request that arrives late. */
    enum Write {
        APPLY("PATCH", "application/apply-patch+yaml"),
        JSON_PATCH("PATCH", "application/json-patch+json"),
        CREATE("POST", "application/json");

        private final String method;
        private final String contentType;

        Write(String method, String contentType) {
            this.method = method;
            this.contentType = contentType;
        }

        boolean is(String method, String path, String contentType) {
            return method.equals(this.method)
                    && path.contains("/networkpolicies")
                    && contentType.startsWith(this.contentType);
        }
    }

    /** The policies in the stores: before, at the first replica, and at the second. */
    enum Course {
        LIST_TO_ALL_TO_NONE,
        LIST_TO_ALL_AND_BACK;

        EgressMode last() {
            return this == LIST_TO_ALL_TO_NONE ? new EgressMode.DenyAll() : LIST;
        }

        boolean isInForce(NetworkPolicy policy) {
            List<NetworkPolicyEgressRule> egress = policy.getSpec().getEgress();
            return this == LIST_TO_ALL_TO_NONE
                    ? egress.isEmpty()
                    : !egress.isEmpty()
                            && egress.stream().noneMatch(rule -> rule.getTo().isEmpty());
        }
    }

    /** One combination of failure, write, course and HTTP client. */
    record Case(GivenUp givenUp, Write write, Course course, HttpModule module) {}

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final EgressMode LIST = new EgressMode.AllowList(
            List.of(new EgressRule.ToCidr(new Cidr("203.0.113.0/24"), List.of(), List.of(PortRange.tcp(443)))));

    private static KubeApiServer server;
    private static KubernetesClient admin;
    private static String url;
    private static DisconnectableDatabase database;

    private final EnvironmentId environment = new EnvironmentId(server.newName("late"));
    private final JdbcStores stores = JdbcStores.on(database);
    private final InMemoryDeploymentLock lock = new InMemoryDeploymentLock();
    private EgressPolicy policy;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        admin = cluster.client();
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        url = address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        database = new DisconnectableDatabase(url);
        JdbcSchema.migrate(database);
    }

    /** Returns each way to give up each write. Courses and clients alternate. */
    static List<Case> usualCases() {
        List<GivenUp> ways = List.of(GivenUp.values());
        List<Write> writes = List.of(Write.values());
        List<Course> courses = List.of(Course.values());
        List<HttpModule> modules = List.of(HttpModule.values());
        List<Case> cases = new ArrayList<>();
        for (int way = 0; way < ways.size(); way++) {
            for (int write = 0; write < writes.size(); write++) {
                int turn = way + write;
                cases.add(new Case(
                        ways.get(way),
                        writes.get(write),
                        courses.get(turn % courses.size()),
                        modules.get(turn % modules.size())));
            }
        }
        return cases;
    }

    static Stream<Case> otherCases() {
        List<Case> usual = usualCases();
        return Stream.of(GivenUp.values())
                .flatMap(givenUp -> Stream.of(Write.values())
                        .flatMap(write -> Stream.of(Course.values())
                                .flatMap(course -> Stream.of(HttpModule.values())
                                        .map(module -> new Case(givenUp, write, course, module)))))
                .filter(each -> !usual.contains(each));
    }

    @ParameterizedTest
    @MethodSource("usualCases")
    void the_newest_policy_is_in_force_after_a_late_write(Case usual) {
        assertNewestRecordIsInForce(usual);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("otherCases")
    void the_newest_policy_is_in_force_after_a_late_write_in_all_other_cases(Case other) {
        assertNewestRecordIsInForce(other);
    }

    @OnRealCluster(cilium = true)
    @ParameterizedTest
    @EnumSource(names = {"BY_INTERRUPT", "BY_LOST_LEASE"})
    void a_late_policy_of_the_other_kind_is_deleted_by_the_next_deployment(GivenUp givenUp) {
        assertLateCreateIsRepaired(givenUp);
    }

    @Tag("long")
    @OnRealCluster(cilium = true)
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"BY_INTERRUPT", "BY_LOST_LEASE"})
    void a_late_policy_of_the_other_kind_is_deleted_in_all_other_cases(GivenUp givenUp) {
        assertLateCreateIsRepaired(givenUp);
    }

    private void assertLateCreateIsRepaired(GivenUp givenUp) {
        HeldRequest held = held(Write.CREATE);
        try (HttpProxy proxy = new HttpProxy(admin);
                NamespaceLifecycle second = secondReplica(givenUp, PolicyDialect.CILIUM)) {
            second.create(NamespaceRequest.of(environment, environment.value()));
            proxy.always(held);
            want(new EgressMode.AllowAll());
            try (FirstReplica first = firstReplica(givenUp, Write.CREATE, HttpModule.VERTX, proxy, held)) {
                giveUp(first, givenUp);
                want(new EgressMode.DenyAll());
                assertThat(outcome(second.ensureDeployed(environment))).isInstanceOf(ClusterOutcome.Deployed.class);

                assertThat(first.deliver()).isEqualTo(201);

                assertThat(first.failure()).isEqualTo(givenUp.failure);
                assertThat(live().get()).isNotNull();
                second.deploy(environment);
                assertThat(live().get()).isNull();
                assertThat(outcome(second.deploy(environment))).isInstanceOf(ClusterOutcome.Unchanged.class);
            }
        }
    }

    private void assertNewestRecordIsInForce(Case given) {
        HeldRequest held = held(given.write());
        try (HttpProxy proxy = new HttpProxy(admin);
                NamespaceLifecycle second = secondReplica(given.givenUp(), PolicyDialect.KUBERNETES)) {
            prepare(second, given.write(), given.course());
            proxy.always(held);
            want(new EgressMode.AllowAll());
            try (FirstReplica first = firstReplica(given.givenUp(), given.write(), given.module(), proxy, held)) {
                giveUp(first, given.givenUp());
                want(given.course().last());
                assertThat(outcome(second.ensureDeployed(environment))).isInstanceOf(ClusterOutcome.Deployed.class);
                NetworkPolicy recorded = live().get();
                assertThat(given.course().isInForce(recorded)).isTrue();

                assertThat(first.deliver()).isBetween(400, 499);

                assertThat(first.failure()).isEqualTo(given.givenUp().failure);
                assertThat(live().get()).isEqualTo(recorded);
                assertThat(outcome(second.ensureDeployed(environment))).isInstanceOf(ClusterOutcome.Unchanged.class);
                assertThat(outcome(second.deploy(environment))).isInstanceOf(ClusterOutcome.Unchanged.class);
                assertThat(live().get()).isEqualTo(recorded);
            }
        }
    }

    /** Brings the cluster to the state in which the first replica's deployment sends the write. */
    private void prepare(NamespaceLifecycle lifecycle, Write write, Course course) {
        lifecycle.create(NamespaceRequest.of(environment, environment.value()));
        if (write == Write.CREATE && course == Course.LIST_TO_ALL_TO_NONE) {
            return;
        }
        deploy(lifecycle, LIST);
        switch (write) {
            case APPLY -> passOwnershipToApply(lifecycle);
            case JSON_PATCH -> {
                passOwnershipToApply(lifecycle);
                // An apply does not remove this field, so the deployment needs a JSON patch.
                live().edit(found -> new NetworkPolicyBuilder(found)
                        .editSpec()
                        .addNewIngress()
                        .endIngress()
                        .endSpec()
                        .build());
            }
            case CREATE -> live().delete();
        }
    }

    /**
     * Applies once after the create. That apply always changes the version, because it changes the owner of the fields.
     */
    private void passOwnershipToApply(NamespaceLifecycle lifecycle) {
        deploy(lifecycle, new EgressMode.DenyAll());
        deploy(lifecycle, LIST);
    }

    private void deploy(NamespaceLifecycle lifecycle, EgressMode mode) {
        want(mode);
        lifecycle.deploy(environment);
    }

    private void want(EgressMode mode) {
        policy = stores.egressPolicies()
                .save(new EgressPolicy(
                        new EgressPolicyId(environment.value()),
                        new ProjectId(environment.value()),
                        mode,
                        policy == null ? 1 : policy.version() + 1,
                        null));
    }

    private FirstReplica firstReplica(
            GivenUp givenUp, Write write, HttpModule module, HttpProxy proxy, HeldRequest held) {
        if (givenUp.isStop()) {
            return new ReplicaInAProcess(
                    proxy.url(),
                    module,
                    LEASE,
                    url,
                    environment,
                    write,
                    held,
                    givenUp == GivenUp.BY_STOP_BEFORE_SENDING);
        }
        DisconnectableDatabase ofFirst = new DisconnectableDatabase(url);
        return new ReplicaOnAThread(
                proxy.url(),
                module,
                givenUp == GivenUp.BY_TIMEOUT ? SHORT : LONG,
                stores(givenUp, JdbcStores.builder(ofFirst).lease(LEASE).build()),
                environment,
                held,
                (lifecycle, caller) -> {
                    switch (givenUp) {
                        case BY_INTERRUPT -> caller.interrupt();
                        case BY_CLOSE -> assertThat(lifecycle.close(LONG)).isTrue();
                        case BY_LOST_LEASE ->
                            assertThat(lock.revoke(new Target(environment, CLUSTER)))
                                    .isTrue();
                        case BY_PARTITION_FROM_THE_DATABASE -> ofFirst.disconnect();
                        default -> {}
                    }
                });
    }

    private static void giveUp(FirstReplica first, GivenUp givenUp) {
        first.giveUp();
        if (givenUp.endsAtOnce()) {
            assertThat(first.failure()).isEqualTo(givenUp.failure);
        }
    }

    private NamespaceLifecycle secondReplica(GivenUp givenUp, PolicyDialect dialect) {
        stores.environments()
                .save(anEnvironment()
                        .id(environment.value())
                        .project(environment.value())
                        .cluster(CLUSTER.value())
                        .build());
        return Replicas.lifecycle(admin, LONG, stores(givenUp, stores), dialect);
    }

    /** Returns the stores; only a lock in memory can be taken from its holder at once. */
    private Stores stores(GivenUp givenUp, JdbcStores inDatabase) {
        return givenUp == GivenUp.BY_LOST_LEASE
                ? inDatabase.stores().toBuilder().deploymentLock(lock).build()
                : inDatabase.stores();
    }

    private static HeldRequest held(Write write) {
        return new HeldRequest(exchange -> write.is(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getRequestHeaders().getFirst("Content-Type")));
    }

    private Resource<NetworkPolicy> live() {
        return admin.network()
                .v1()
                .networkPolicies()
                .inNamespace(environment.value())
                .withName("egress.namespaces.dev");
    }

    private static ClusterOutcome outcome(DeploymentReport report) {
        return report.environments().get(0).clusters().get(0).outcome();
    }
}

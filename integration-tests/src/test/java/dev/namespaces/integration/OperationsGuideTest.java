package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.adopt.AdoptionPlan;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.fleet.FailureLimit;
import dev.namespaces.core.fleet.FleetCounts;
import dev.namespaces.core.fleet.FleetEnd;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/** The code of the guide to operations is this class's code, and the query there runs here. */
class OperationsGuideTest {

    private static final Logger log = LoggerFactory.getLogger(OperationsGuideTest.class);

    private static final GuidePage GUIDE = GuidePage.of("docs/operations.md");
    private static final ClusterId EU = new ClusterId("eu-1");
    private static final String OWNER = "team.example.com/owner";

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final JdbcDataSource database = new JdbcDataSource();
    private final JdbcTemplate sql = new JdbcTemplate(database);
    private JdbcStores stores;

    @BeforeEach
    void tables() {
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        JdbcSchema.migrate(database);
        stores = JdbcStores.on(database);
        clusters.cluster(EU).finishDeletionsAtOnce();
    }

    @Test
    void a_cluster_that_was_away_gets_what_it_has_missed() {
        try (NamespaceLifecycle lifecycle = lifecycle()) {
            environment(lifecycle, "shop-dev", "eu-1", "us-1");
            clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());
            assertThat(lifecycle
                            .ensureAll(FleetOptions.defaults(), result -> {})
                            .targets())
                    .isEqualTo(new FleetCounts(1, 0, 1, 0));
            assertThat(unfinished()).containsExactly("shop-dev eu-1");

            clusters.faults().clear();

            assertThat(catchUp(lifecycle, EU).targets()).isEqualTo(new FleetCounts(1, 0, 0, 0));
            assertThat(unfinished()).isEmpty();
        }
    }

    @Test
    void a_new_default_is_deployed_wave_by_wave_and_stops_at_too_many_failures() {
        try (NamespaceLifecycle lifecycle = lifecycle()) {
            for (int i = 0; i < 4; i++) {
                Environment environment = anEnvironment()
                        .id("shop-" + i)
                        .clusters("eu-1")
                        .promotionOrder(i / 2)
                        .build();
                stores.environments().save(environment);
                lifecycle.create(NamespaceRequest.of(environment.id(), "shop-" + i + "-web"));
            }
            lifecycle.ensureAll(FleetOptions.defaults(), result -> {});
        }

        try (NamespaceLifecycle changed = NamespaceLifecycle.builder(clusters, stores.stores())
                .defaultEgress(new EgressMode.DenyAll())
                .build()) {
            clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.forbidden());
            FleetReport stopped = rollOut(changed);
            assertThat(stopped.end()).isEqualTo(new FleetEnd.TooManyFailures());
            assertThat(stopped.targets().failed()).isEqualTo(2);
            clusters.faults().clear();

            assertThat(rollOut(changed).targets()).isEqualTo(new FleetCounts(4, 0, 0, 0));
        }
    }

    @Test
    void clusters_equal_the_backup_after_a_restore_and_orphans_are_listed() {
        try (NamespaceLifecycle lifecycle = lifecycle()) {
            Environment dev = environment(lifecycle, "shop-dev", "eu-1");
            Namespace changed = lifecycle.create(request(dev, "changed", "before"));
            Namespace deleted = lifecycle.create(request(dev, "deleted", "before"));
            Environment uat = anEnvironment().id("shop-uat").clusters("eu-1").build();
            stores.environments().save(uat);
            Namespace recreated = lifecycle.create(NamespaceRequest.of(uat.id(), "shop-uat-web"));
            lifecycle.ensureAll(FleetOptions.defaults(), result -> {});
            Environment qa = environment(lifecycle, "shop-qa", "eu-1");
            List<String> backup = sql.queryForList("SCRIPT", String.class);
            lifecycle.update(changed.id(), changed.version(), request(dev, "changed", "after"));
            lifecycle.create(request(dev, "created", "after"));
            lifecycle.delete(lifecycle.planDeletion(List.of(deleted.id(), recreated.id())), Duration.ofSeconds(10));
            lifecycle.create(NamespaceRequest.of(uat.id(), "shop-uat-web"));
            lifecycle.ensureAll(FleetOptions.defaults(), result -> {});

            sql.execute("DROP ALL OBJECTS");
            backup.forEach(sql::execute);

            // Its record says that the environment is deployed, which is why the guide does not use ensureAll.
            assertThat(lifecycle.ensureDeployed(dev.id()).toString()).contains("unchanged");
            assertThat(owners()).isEqualTo(Map.of("changed", "after", "created", "after"));

            FleetReport report = afterRestore(lifecycle);

            assertThat(owners()).isEqualTo(Map.of("changed", "before", "deleted", "before", "created", "after"));
            assertThat(lifecycle.findOrphans(EU)).extracting(Orphan::name).containsExactly("created");
            assertThat(report.targets()).isEqualTo(new FleetCounts(1, 0, 2, 0));
            assertThat(report.failures()).extracting(TargetReport::environment).containsExactlyInAnyOrder(qa, uat);
            assertThat(report.failures())
                    .flatExtracting(failed -> failed.cluster().failures())
                    .hasOnlyElementsOfType(NamespaceNotOursException.class);
            assertThat(adopt(lifecycle, qa.id()).succeeded()).isTrue();
            assertThat(adopt(lifecycle, uat.id()).succeeded()).isTrue();
            assertThat(afterRestore(lifecycle).targets()).isEqualTo(new FleetCounts(3, 0, 0, 0));
        }
    }

    private NamespaceLifecycle lifecycle() {
        return NamespaceLifecycle.builder(clusters, stores.stores()).build();
    }

    private Environment environment(NamespaceLifecycle lifecycle, String id, String... clusters) {
        Environment environment = anEnvironment().id(id).clusters(clusters).build();
        stores.environments().save(environment);
        lifecycle.create(NamespaceRequest.of(environment.id(), id + "-web"));
        return environment;
    }

    private static NamespaceRequest request(Environment environment, String name, String owner) {
        return NamespaceRequest.of(environment.id(), name).withMetadata(OWNER, owner);
    }

    private Map<String, String> owners() {
        return clusters.cluster(EU).objects("Namespace").stream()
                .map(HasMetadata::getMetadata)
                .filter(metadata -> metadata.getLabels().containsKey(OWNER))
                .collect(java.util.stream.Collectors.toMap(
                        metadata -> metadata.getName(),
                        metadata -> metadata.getLabels().get(OWNER)));
    }

    private List<String> unfinished() {
        return sql.query(
                GUIDE.block("sql: OperationsGuideTest"),
                (row, number) -> row.getString("environment_id") + " " + row.getString("cluster_id"));
    }

    // spotless:off
    private static FleetReport catchUp(NamespaceLifecycle lifecycle, ClusterId cluster) {
        // begin: catch-up
        FleetFilter thatCluster = FleetFilter.all().withClusters(Set.of(cluster));
        FleetReport report = lifecycle.ensureAll(
                FleetOptions.defaults().withFilter(thatCluster), result -> log.info("{}", result.target()));
        // end: catch-up
        return report;
    }

    private static FleetReport rollOut(NamespaceLifecycle lifecycle) {
        // begin: roll-out
        FleetReport report = lifecycle.ensureAll(
                FleetOptions.defaults().withPromotionOrder().withFailureLimit(new FailureLimit.Count(0)),
                result -> log.info("{}", result.target()));
        // end: roll-out
        return report;
    }

    private static FleetReport afterRestore(NamespaceLifecycle lifecycle) {
        // begin: restore
        FleetReport report = lifecycle.deployAll(
                FleetOptions.defaults(),
                DeployOptions.defaults().withRewriteAll(true),
                result -> log.info("{}: {}", result.target(), result.cluster().outcome()));
        // end: restore
        return report;
    }

    private static DeploymentReport adopt(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        // begin: adopt
        AdoptionPlan plan = lifecycle.planAdoption(environment);
        plan.candidates().forEach(candidate -> log.info("{}", candidate)); // a person reads them
        DeploymentReport report = lifecycle.deploy(
                environment, DeployOptions.defaults().withAdoption(AdoptionPolicy.ALWAYS));
        // end: adopt
        return report;
    }
    // spotless:on
}

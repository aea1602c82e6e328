package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testkit.contract.Concurrently;
import dev.namespaces.testkit.contract.Concurrently.Outcome;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.MariaDbServer;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two lifecycles, each with a pool of its own on one database, use one plan at the same time. */
@OnDatabaseServer
class PlanRacesTest {

    private static final EnvironmentId ENVIRONMENT = new EnvironmentId("shop-dev");
    private static final Duration LONG = Duration.ofSeconds(30);

    enum Database {
        POSTGRESQL,
        MARIADB;

        String newUrl() {
            DatabaseAddress address = this == POSTGRESQL
                    ? PostgresServer.shared(18).newDatabase()
                    : MariaDbServer.shared().newDatabase();
            return address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        }
    }

    @ParameterizedTest
    @EnumSource
    void of_two_lifecycles_exactly_one_uses_a_plan_in_each_of_200_races(Database database) {
        race(database, 200);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void of_two_lifecycles_exactly_one_uses_a_plan_in_each_of_4000_races(Database database) {
        race(database, 4_000);
    }

    private static void race(Database database, int races) {
        RecordingClusterGateway gateway =
                new RecordingClusterGateway(FakeClusters.of("eu-1", "us-1").finishingDeletionsAtOnce());
        String url = database.newUrl();
        try (HikariDataSource one = pool(url);
                HikariDataSource two = pool(url)) {
            JdbcSchema.migrate(one);
            JdbcStores.on(one)
                    .environments()
                    .save(anEnvironment()
                            .id(ENVIRONMENT.value())
                            .clusters("eu-1", "us-1")
                            .build());
            // One waits for the lock of the other one, and is refused by the plan's serials or by the lock.
            try (NamespaceLifecycle patient = lifecycle(gateway, one, LONG);
                    NamespaceLifecycle hasty = lifecycle(gateway, two, Duration.ZERO);
                    NamespaceLifecycle alsoPatient = lifecycle(gateway, two, LONG)) {
                for (int race = 0; race < races; race++) {
                    race(gateway, patient, race % 4 == 0 ? hasty : alsoPatient, "shop-" + race);
                }
            }
        }
    }

    private static void race(
            RecordingClusterGateway gateway, NamespaceLifecycle one, NamespaceLifecycle two, String name) {
        one.create(NamespaceRequest.of(ENVIRONMENT, name));
        one.deploy(ENVIRONMENT);
        DeletionPlan plan = one.planDeletion(ENVIRONMENT);
        DeletionPlan copy = DeletionPlan.fromJson(plan.toJson());
        gateway.forgetCalls();

        List<Outcome<DeletionReport>> outcomes =
                Concurrently.run(2, i -> () -> i == 0 ? one.delete(plan, LONG) : two.delete(copy, LONG));

        assertThat(outcomes).as(name).filteredOn(Outcome::succeeded).hasSize(1);
        assertThat(outcomes)
                .as(name)
                .filteredOn(outcome -> !outcome.succeeded())
                .extracting(outcome -> Objects.requireNonNull(outcome.failure()))
                .singleElement()
                .isInstanceOfAny(DeletionPlanUnusableException.class, DeploymentInProgressException.class);
        assertThat(plan.deletions()).as(name).hasSize(2);
        assertThat(gateway.calls(GatewayCall.Delete.class)).as(name).hasSize(2);
    }

    private static NamespaceLifecycle lifecycle(
            RecordingClusterGateway gateway, HikariDataSource pool, Duration lockWait) {
        return NamespaceLifecycle.builder(gateway, JdbcStores.on(pool).stores())
                .lockWait(lockWait)
                .build();
    }

    private static HikariDataSource pool(String url) {
        HikariDataSource created = new HikariDataSource();
        created.setJdbcUrl(url);
        created.setMaximumPoolSize(4);
        return created;
    }
}

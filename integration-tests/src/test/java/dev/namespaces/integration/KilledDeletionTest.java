package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.Environment;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A process that deletes three namespaces on two clusters, over PostgreSQL, is killed with SIGKILL before and after its
 * calls to stores and clusters. {@link DeathOfADeletionTest} has all of these moments within one process.
 */
@OnDatabaseServer
class KilledDeletionTest {

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final String REACHED = "reached";

    @Test
    void planning_again_finishes_a_deletion_that_was_killed_around_a_write() throws Exception {
        kill(List.of(
                "after deployments.consume #1",
                "after namespaces.update #1",
                "after deployments.begin us-1 #1",
                "before gateway.delete us-1 Namespace b #1",
                "after gateway.delete us-1 Namespace b #1",
                "after deployments.settle eu-1 #1",
                "after deployments.settle us-1 #3"));
    }

    @Tag("long")
    @Test
    void planning_again_finishes_a_deletion_that_was_killed_at_any_call() throws Exception {
        kill(null);
    }

    /** @param chosen the moments, or null for all of them */
    private static void kill(@Nullable List<String> chosen) throws Exception {
        DatabaseAddress address = PostgresServer.shared(18).newDatabase();
        String url = address.jdbcUrl() + "?user=" + address.user() + "&password=" + address.password();
        PGSimpleDataSource database = database(url);
        JdbcSchema.migrate(database);
        JdbcStores stores = JdbcStores.on(database);
        try (MortalDeletions deletions = new MortalDeletions(stores.stores(), stores.environments()::save);
                RemoteClusters clusters = new RemoteClusters(deletions.gateway)) {
            List<String> moments = deletions.moments();
            if (chosen != null) {
                assertThat(moments).containsAll(chosen);
                moments = chosen;
            }
            // One of the two waits for the lease of its dead process most of the time.
            ExecutorService two = Executors.newFixedThreadPool(2);
            try {
                List<Future<?>> deaths = new ArrayList<>();
                for (String moment : moments) {
                    String id = "dev" + deaths.size();
                    deaths.add(two.submit(() -> kill(url, deletions, clusters, id, moment)));
                }
                for (Future<?> death : deaths) {
                    death.get();
                }
            } finally {
                two.shutdownNow();
            }
            deletions.assertNothingElseWasTouched();
        }
    }

    private static void kill(
            String database, MortalDeletions deletions, RemoteClusters clusters, String id, String moment) {
        Environment environment = deletions.deployed(id);
        DeletionPlan plan = deletions.plan(environment);
        try (ChildJvm child =
                ChildJvm.start(KilledDeletionTest.class, database, String.valueOf(clusters.port()), moment)) {
            child.println(id);
            child.println(plan.toJson().replaceAll("\\R", " "));
            assertThat(child.nextLine()).as(moment).isEqualTo(REACHED);
            child.kill();
        }
        deletions.assertFinishedByPlanningAgain(environment, plan, moment);
    }

    private static PGSimpleDataSource database(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    /** The child. At the moment it prints a line and waits for its death, and makes no other call. */
    public static void main(String[] arguments) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        JdbcStores stores =
                JdbcStores.builder(database(arguments[0])).lease(LEASE).build();
        String environment = input.readLine();
        DeletionPlan plan = DeletionPlan.fromJson(input.readLine());
        PortCalls calls = new PortCalls(environment, moment -> {
            if (moment.equals(arguments[2])) {
                System.out.println(REACHED);
                awaitDeath();
            }
        });
        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                        calls.of(RemoteClusters.gateway(Integer.parseInt(arguments[1]))), calls.of(stores.stores()))
                .build()) {
            lifecycle.delete(plan, MortalDeletions.LONG);
        }
        System.out.println("ended without " + arguments[2]);
    }

    private static void awaitDeath() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

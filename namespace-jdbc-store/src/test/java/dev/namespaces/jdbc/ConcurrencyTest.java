package dev.namespaces.jdbc;

import static dev.namespaces.testkit.TestData.ORGANIZATION;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testkit.contract.Concurrently;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConcurrencyTest {

    private static final int THREADS = 16;

    private final EnvironmentId environment = newEnvironmentId();

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void the_sum_of_all_updates_is_the_sum_of_their_successes(Server server) throws Exception {
        int updatesPerThread = server == Server.H2 ? 100 : 500;
        try (HikariDataSource pool = pool(server)) {
            NamespaceStore store = JdbcStores.on(pool).namespaces();
            List<Namespace> rows = IntStream.range(0, 10)
                    .mapToObj(i -> aNamespace()
                            .in(environment)
                            .name("row-" + i)
                            .metadata("counter", "0")
                            .build())
                    .toList();
            store.insert(rows);

            List<Object> successes = atOnce(thread -> () -> {
                Random random = new Random(thread);
                int done = 0;
                for (int i = 0; i < updatesPerThread; i++) {
                    Namespace current = store.findById(
                                    rows.get(random.nextInt(rows.size())).id())
                            .orElseThrow();
                    int counter = Integer.parseInt(current.metadata().get("counter"));
                    try {
                        store.update(aNamespace()
                                .like(current)
                                .metadata("counter", String.valueOf(counter + 1))
                                .build());
                        done++;
                    } catch (StaleVersionException e) {
                        assertThat(e.actual()).isGreaterThan(e.expected());
                    }
                }
                return done;
            });

            assertThat(successes).allSatisfy(done -> assertThat(done).isInstanceOf(Integer.class));
            int sum = successes.stream().mapToInt(Integer.class::cast).sum();
            List<Namespace> after = store.findByEnvironment(environment);
            assertThat(after.stream()
                            .mapToInt(row -> Integer.parseInt(row.metadata().get("counter")))
                            .sum())
                    .isEqualTo(sum);
            assertThat(after.stream().mapToLong(row -> row.version() - 1).sum()).isEqualTo(sum);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void of_many_who_insert_one_name_one_succeeds_and_every_other_learns_that_it_is_taken(Server server)
            throws Exception {
        try (HikariDataSource pool = pool(server)) {
            NamespaceStore store = JdbcStores.on(pool).namespaces();

            List<Object> outcomes = atOnce(i -> () -> {
                store.insert(List.of(aNamespace().in(environment).name("shop").build()));
                return "inserted";
            });
            List<Object> inLists = atOnce(i -> () -> {
                store.insert(List.of(
                        aNamespace().in(environment).name("own-" + i).build(),
                        aNamespace().in(environment).name("web").build(),
                        aNamespace().in(environment).name("also-own-" + i).build()));
                return "inserted";
            });

            for (List<Object> each : List.of(outcomes, inLists)) {
                assertThat(each).filteredOn("inserted"::equals).hasSize(1);
                assertThat(each)
                        .filteredOn(outcome -> !"inserted".equals(outcome))
                        .hasSize(THREADS - 1)
                        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(NamespaceNameTakenException.class));
            }
            assertThat(store.findByEnvironment(environment)).hasSize(1 + 3);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void of_many_who_save_a_live_policy_of_one_owner_one_succeeds(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            JdbcEgressPolicyStore store = JdbcStores.on(pool).egressPolicies();

            List<Object> outcomes = atOnce(i -> () -> {
                store.save(anEgressPolicy().id("policy-" + i).denyingAll().build());
                return "saved";
            });

            assertThat(outcomes).filteredOn("saved"::equals).hasSize(1);
            assertThat(outcomes)
                    .filteredOn(outcome -> !"saved".equals(outcome))
                    .hasSize(THREADS - 1)
                    .allSatisfy(outcome -> assertThat(outcome)
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    error -> assertThat(error).hasMessageContaining("another live policy")));
            assertThat(store.find(PROJECT, ORGANIZATION).project()).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void of_many_who_save_one_environment_the_last_one_is_kept_whole(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            JdbcEnvironmentStore store = JdbcStores.on(pool).environments();
            List<Environment> versions = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Environment base = anEnvironment()
                        .id(environment.value())
                        .name("version " + i)
                        .build();
                List<ClusterId> clusters = IntStream.rangeClosed(0, i)
                        .mapToObj(number -> new ClusterId("cluster-" + number))
                        .toList();
                versions.add(new Environment(
                        base.id(), base.organizationId(), base.projectId(), base.name(), clusters, base.labels(), i));
            }

            List<Object> outcomes = atOnce(i -> () -> {
                store.save(versions.get(i));
                return "saved";
            });

            assertThat(outcomes).containsOnly("saved");
            assertThat(store.findByIds(List.of(environment))).hasSize(1).isSubsetOf(versions);
        }
    }

    /** Returns the value of each task, or the exception that it threw. */
    private static List<Object> atOnce(IntFunction<Callable<Object>> task) {
        return Concurrently.run(THREADS, task).stream()
                .map(Concurrently.Outcome::valueOrFailure)
                .toList();
    }

    private static HikariDataSource pool(Server server) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(server.migratedDatabase().dataSource());
        config.setMaximumPoolSize(THREADS);
        return new HikariDataSource(config);
    }
}

package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.applied;
import static dev.namespaces.jdbc.DeploymentData.completion;
import static dev.namespaces.jdbc.DeploymentData.intents;
import static dev.namespaces.jdbc.DeploymentData.target;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testkit.contract.Concurrently;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
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
            List<Namespace> rows = insertCounters(store);

            List<Object> successes = atOnce(thread -> () -> {
                Random random = new Random(thread);
                int done = 0;
                for (int i = 0; i < updatesPerThread; i++) {
                    done += increment(store, List.of(rows.get(random.nextInt(rows.size()))));
                }
                return done;
            });

            assertThat(successes).allSatisfy(done -> assertThat(done).isInstanceOf(Integer.class));
            assertCounted(
                    store, successes.stream().mapToInt(Integer.class::cast).sum());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void updates_of_lists_in_any_order_are_all_kept_or_none(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            NamespaceStore store = JdbcStores.on(pool).namespaces();
            List<Namespace> rows = insertCounters(store);

            List<Object> successes = atOnce(thread -> () -> {
                Random random = new Random(thread);
                int done = 0;
                for (int i = 0; i < 50; i++) {
                    List<Namespace> shuffled = new ArrayList<>(rows);
                    Collections.shuffle(shuffled, random);
                    done += increment(store, shuffled.subList(0, 3));
                }
                return done;
            });

            assertThat(successes).allSatisfy(done -> assertThat(done).isInstanceOf(Integer.class));
            assertCounted(
                    store, successes.stream().mapToInt(Integer.class::cast).sum());
        }
    }

    private List<Namespace> insertCounters(NamespaceStore store) {
        List<Namespace> rows = IntStream.range(0, 10)
                .mapToObj(i -> aNamespace()
                        .in(environment)
                        .name("row-" + i)
                        .metadata("counter", "0")
                        .build())
                .toList();
        store.insert(rows);
        return rows;
    }

    /** Reads the rows, raises the counter of each, and returns how many were raised: all or none. */
    private static int increment(NamespaceStore store, List<Namespace> rows) {
        List<Namespace> current =
                store.findByIds(rows.stream().map(Namespace::id).toList());
        try {
            store.update(current.stream()
                    .map(row ->
                            row.changed(Map.of("counter", String.valueOf(counter(row) + 1)), Map.of(), row.updatedAt()))
                    .toList());
            return current.size();
        } catch (StaleVersionException e) {
            assertThat(e.actual()).isGreaterThan(e.expected());
            return 0;
        }
    }

    private void assertCounted(NamespaceStore store, int sum) {
        List<Namespace> after = store.findByEnvironments(List.of(environment));
        assertThat(sum).isPositive();
        assertThat(after.stream().mapToInt(ConcurrencyTest::counter).sum()).isEqualTo(sum);
        assertThat(after.stream().mapToLong(row -> row.version() - 1).sum()).isEqualTo(sum);
    }

    private static int counter(Namespace row) {
        return Integer.parseInt(row.metadata().get("counter"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void deployments_that_begin_at_once_have_different_revisions_and_attempts(Server server) throws Exception {
        int beginsPerThread = 25;
        try (HikariDataSource pool = pool(server)) {
            DeploymentStore store = JdbcStores.on(pool).deployments();
            Target target = target(environment);

            List<Object> outcomes = atOnce(thread -> () -> {
                List<BegunDeployment> begun = new ArrayList<>();
                for (int i = 0; i < beginsPerThread; i++) {
                    store.begin(target, revision(store, target), intents(3)).ifPresent(begun::add);
                }
                return begun;
            });

            assertThat(outcomes).allSatisfy(begun -> assertThat(begun).isInstanceOf(List.class));
            List<BegunDeployment> begun = outcomes.stream()
                    .flatMap(each -> ((List<?>) each).stream())
                    .map(BegunDeployment.class::cast)
                    .toList();
            assertThat(begun).extracting(BegunDeployment::attempt).doesNotHaveDuplicates();
            assertThat(begun)
                    .extracting(BegunDeployment::revision)
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.rangeClosed(1, begun.size()).boxed().toList());
            assertThat(revision(store, target)).isEqualTo(begun.size());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void one_of_many_first_deployments_of_a_target_begins(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            JdbcStores stores = JdbcStores.on(pool);
            for (int race = 0; race < 20; race++) {
                Target target = target(newEnvironmentId());

                List<Object> outcomes = atOnce(i -> () -> stores.deployments().begin(target, 0, intents(1)));

                List<?> begun = outcomes.stream()
                        .filter(outcome -> outcome instanceof Optional<?> result && result.isPresent())
                        .toList();
                assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Optional.class));
                assertThat(begun).hasSize(1);
                BegunDeployment winner = (BegunDeployment) ((Optional<?>) begun.get(0)).orElseThrow();
                assertThat(stores.targetObjects().findPage(target, null, 10))
                        .hasSize(2)
                        .extracting(TargetObject::attempt)
                        .containsOnly(winner.attempt());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void first_deployments_of_neighbouring_targets_all_begin_at_once(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            DeploymentStore store = JdbcStores.on(pool).deployments();

            List<Object> outcomes = atOnce(thread -> () -> {
                for (int i = 0; i < 10; i++) {
                    Target target = target(new EnvironmentId("env-" + i + "-" + thread));
                    BegunDeployment begun = store.begin(target, 0, intents(5)).orElseThrow();
                    store.settle(begun, applied(begun, "f"));
                    assertThat(store.complete(begun, completion("f")))
                            .isEqualTo(DeploymentStore.CompleteResult.COMPLETED);
                }
                return "deployed";
            });

            assertThat(outcomes).containsOnly("deployed");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void one_of_many_users_of_a_plan_wins_each_of_200_races(Server server) throws Exception {
        int users = 4;
        try (HikariDataSource pool = pool(server)) {
            DeploymentStore store = JdbcStores.on(pool).deployments();
            for (int race = 0; race < 200; race++) {
                Target first = target(newEnvironmentId());
                Target second = target(newEnvironmentId());
                // In a third of the races both targets have a record, in a third one of them, in a third none.
                if (race % 3 > 0) {
                    store.begin(first, 0, List.of());
                }
                if (race % 3 > 1) {
                    store.begin(second, 0, List.of());
                }

                List<Concurrently.Outcome<Boolean>> outcomes =
                        Concurrently.run(users, i -> () -> store.consume(Map.of(first, 0L, second, 0L)));

                assertThat(outcomes).extracting(Concurrently.Outcome::failure).containsOnlyNulls();
                assertThat(outcomes).filteredOn(Concurrently.Outcome::value).hasSize(1);
                assertThat(store.findByEnvironments(List.of(first.environmentId(), second.environmentId())))
                        .extracting(DeploymentRecord::planSerial)
                        .containsExactly(1L, 1L);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void take_overs_in_both_directions_and_deployments_wait_for_each_other(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            JdbcStores stores = JdbcStores.on(pool);
            Target one = target(newEnvironmentId());
            Target two = target(newEnvironmentId());
            assertThat(stores.deployments().begin(one, 0, intents(1))).isPresent();

            List<Object> outcomes = atOnce(thread -> () -> {
                for (int i = 0; i < 20; i++) {
                    Target from = thread % 2 == 0 ? one : two;
                    Target to = thread % 2 == 0 ? two : one;
                    stores.targetObjects().move(from, to, "n-0", new NamespaceId("id-of-" + thread));
                    stores.targetObjects().release(from, List.of("n-0"));
                    stores.deployments().forget(to);
                }
                return "done";
            });

            assertThat(outcomes).containsOnly("done");
            int rows = stores.targetObjects().findPage(one, null, 10).size()
                    + stores.targetObjects().findPage(two, null, 10).size();
            assertThat(rows).isEqualTo(2);
            long serials =
                    stores.deployments().findByEnvironments(List.of(one.environmentId(), two.environmentId())).stream()
                            .mapToLong(DeploymentRecord::planSerial)
                            .sum();
            assertThat(serials).isEqualTo(THREADS * 20L * 3);
        }
    }

    private static long revision(DeploymentStore store, Target target) {
        return store.findByEnvironments(List.of(target.environmentId())).stream()
                .mapToLong(DeploymentRecord::revision)
                .findFirst()
                .orElse(0);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void one_of_many_inserts_of_a_name_succeeds_and_the_others_get_name_taken(Server server) throws Exception {
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
            assertThat(store.findByEnvironments(List.of(environment))).hasSize(1 + 3);
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
                                    EgressPolicyOwnerTakenException.class,
                                    error -> assertThat(error).hasMessageContaining("another live policy")));
            assertThat(store.findByOwners(List.of(PROJECT))).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void of_many_who_save_one_version_of_a_policy_one_succeeds(Server server) throws Exception {
        try (HikariDataSource pool = pool(server)) {
            JdbcEgressPolicyStore store = JdbcStores.on(pool).egressPolicies();
            for (long version = 1; version <= 10; version++) {
                EgressPolicy policy =
                        anEgressPolicy().id("one").denyingAll().version(version).build();

                List<Object> outcomes = atOnce(i -> () -> store.save(policy));

                assertThat(outcomes).filteredOn(policy::equals).hasSize(1);
                assertThat(outcomes)
                        .filteredOn(outcome -> !policy.equals(outcome))
                        .hasSize(THREADS - 1)
                        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(StaleEgressPolicyException.class));
            }
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

package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.applied;
import static dev.namespaces.jdbc.DeploymentData.completion;
import static dev.namespaces.jdbc.DeploymentData.intents;
import static dev.namespaces.jdbc.DeploymentData.target;
import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.NOW;
import static dev.namespaces.testkit.TestData.ORGANIZATION;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.namespaces.error.EgressPolicyIdTakenException;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.testkit.EgressPolicyBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JdbcStoresTest {

    private static final List<String> HOSTILE = List.of(
            "'; DROP TABLE ns_namespaces; --",
            "\"; DROP TABLE ns_namespaces; --",
            "\\'; DROP TABLE ns_namespaces; --",
            "' OR '1'='1",
            "/* */ -- # ;",
            ":id :name ? ?? ?1 $1 $$ ${namespaces_prefix} {fn now()} <attribute> %s %1$s %n",
            "{\"a\":\"b\"}, \"x\": [",
            "\\\\ \\0 \\' \\\" \\n \\u0027",
            "line\r\nbreak\ttab \u0001 \u001a \u007f \u2028",
            "𝒽ø𝓈𝓉𝒾𝓁𝑒 😀 \u202ertl\u202c ＇ʼ′");

    private final EnvironmentId environment = newEnvironmentId();

    @ParameterizedTest
    @EnumSource
    void an_environment_is_soft_deleted_once_and_lives_again_when_saved(Server server) {
        JdbcEnvironmentStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).environments();
        store.save(anEnvironment().id(environment.value()).name("dev").build());

        assertThat(store.softDelete(environment, NOW)).isTrue();
        assertThat(store.softDelete(environment, NOW)).isFalse();
        assertThat(store.softDelete(newEnvironmentId(), NOW)).isFalse();
        assertThat(store.findByIds(List.of(environment))).isEmpty();

        Environment again =
                anEnvironment().id(environment.value()).name("dev again").build();
        store.save(again);
        assertThat(store.findByIds(List.of(environment))).containsExactly(again);
    }

    @ParameterizedTest
    @EnumSource
    void an_environments_name_that_a_database_cannot_keep_is_refused(Server server) {
        JdbcEnvironmentStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).environments();

        for (String name : List.of("a\u0000b", "a\ud83db", "\ude00")) {
            assertThatExceptionOfType(InvalidTextException.class)
                    .isThrownBy(() -> store.save(
                            anEnvironment().id(environment.value()).name(name).build()))
                    .withMessageContaining(environment.value());
        }
        Environment longest = anEnvironment()
                .id(environment.value())
                .name("ß".repeat(100_000))
                .build();
        store.save(longest);
        assertThat(store.findByIds(List.of(environment))).containsExactly(longest);
    }

    @ParameterizedTest
    @EnumSource
    void a_second_live_policy_of_an_owner_is_refused_and_nothing_is_stored(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        EgressPolicy first = anEgressPolicy().id("one").denyingAll().build();
        store.save(first);

        EgressPolicy second = anEgressPolicy().id("two").denyingAll().build();
        assertThatExceptionOfType(EgressPolicyOwnerTakenException.class)
                .isThrownBy(() -> store.save(second))
                .withMessageContaining("two")
                .withMessageContaining("soft-delete that one first")
                .satisfies(error -> {
                    assertThat(error.id()).isEqualTo(second.id());
                    assertThat(error.owner()).isEqualTo(PROJECT);
                    assertThat(error.category()).isEqualTo(ErrorCategory.CONFLICT);
                    assertThat(error.isRetryable()).isFalse();
                });

        assertThat(store.findByOwners(List.of(PROJECT))).containsExactly(first);
        store.softDelete(first.id(), NOW);
        store.save(second);
        assertThatExceptionOfType(EgressPolicyOwnerTakenException.class)
                .as("a change that makes a deleted one live again")
                .isThrownBy(() -> store.save(
                        anEgressPolicy().id("one").denyingAll().version(3).build()))
                .withMessageContaining("soft-delete that one first");
        assertThat(store.findByOwners(List.of(PROJECT))).containsExactly(second);
    }

    @ParameterizedTest
    @EnumSource
    void a_policy_can_be_saved_soft_deleted_and_is_soft_deleted_once(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        EgressPolicy imported = anEgressPolicy()
                .id("old")
                .denyingAll()
                .version(7)
                .deletedAt(NOW.minusSeconds(9))
                .build();
        assertThat(store.save(imported)).isEqualTo(imported);
        assertThat(store.findByOwners(List.of(PROJECT))).containsExactly(imported);

        store.save(anEgressPolicy().id("one").denyingAll().build());
        assertThat(store.softDelete(new EgressPolicyId("one"), NOW)).isTrue();
        assertThat(store.softDelete(new EgressPolicyId("one"), NOW.plusSeconds(1)))
                .isFalse();
        assertThat(store.softDelete(new EgressPolicyId("old"), NOW)).isFalse();
        assertThat(store.softDelete(new EgressPolicyId("unknown"), NOW)).isFalse();
        assertThat(store.findByOwners(List.of(PROJECT)))
                .containsExactly(anEgressPolicy()
                        .id("one")
                        .denyingAll()
                        .version(2)
                        .deletedAt(NOW)
                        .build());
    }

    @ParameterizedTest
    @EnumSource
    void a_policy_replaces_the_version_before_it_only(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        store.save(anEgressPolicy().id("one").denyingAll().build());
        EgressPolicy next = anEgressPolicy().id("one").allowingAll().version(2).build();
        assertThat(store.save(next)).isEqualTo(next);

        for (long version : new long[] {1, 2, 4}) {
            assertThatExceptionOfType(StaleEgressPolicyException.class)
                    .isThrownBy(() -> store.save(anEgressPolicy()
                            .id("one")
                            .denyingAll()
                            .version(version)
                            .build()))
                    .satisfies(error -> {
                        assertThat(error.id()).isEqualTo(next.id());
                        assertThat(error.expected()).isEqualTo(version - 1);
                        assertThat(error.actual()).isEqualTo(2);
                        assertThat(error.category()).isEqualTo(ErrorCategory.CONFLICT);
                        assertThat(error.isRetryable()).isFalse();
                    });
        }
        assertThat(store.findByOwners(List.of(PROJECT))).containsExactly(next);
    }

    @ParameterizedTest
    @EnumSource
    void an_id_that_a_policy_of_another_owner_has_is_refused(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        EgressPolicy policy = anEgressPolicy().id("one").denyingAll().build();
        store.save(policy);
        store.softDelete(policy.id(), NOW);

        for (EgressPolicy other : List.of(
                anEgressPolicy().id("one").ofProject("other").version(3).build(),
                anEgressPolicy()
                        .id("one")
                        .ofOrganization(PROJECT.value())
                        .version(3)
                        .build())) {
            assertThatExceptionOfType(EgressPolicyIdTakenException.class)
                    .isThrownBy(() -> store.save(other))
                    .withMessageContaining("another owner")
                    .satisfies(error -> assertThat(error.category()).isEqualTo(ErrorCategory.CONFLICT));
            assertThat(store.findByOwners(List.of(other.owner()))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void live_policies_are_listed_page_by_page_in_the_order_of_ids(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        for (String id : List.of("b", "d", "A", "c", "a")) {
            store.save(anEgressPolicy().id(id).ofProject("project-" + id).build());
        }
        store.softDelete(new EgressPolicyId("c"), NOW);

        List<EgressPolicy> first = store.findPage(null, 3);

        assertThat(first).extracting(policy -> policy.id().value()).containsExactly("A", "a", "b");
        assertThat(store.findPage(first.get(2).id(), 3))
                .extracting(policy -> policy.id().value())
                .containsExactly("d");
        assertThatIllegalArgumentException().isThrownBy(() -> store.findPage(null, 0));
    }

    @ParameterizedTest
    @EnumSource
    void policies_of_thousands_of_owners_are_found_at_once(Server server) {
        JdbcEgressPolicyStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).egressPolicies();
        List<EgressPolicyOwner> owners = new ArrayList<>();
        List<EgressPolicy> policies = new ArrayList<>();
        for (int i = 0; i < 40_000; i++) {
            owners.add(i % 4 == 0 ? new OrganizationId("owner-" + i) : new ProjectId("owner-" + i));
        }
        for (int i = 0; i < owners.size(); i += 9_999) {
            EgressPolicyBuilder policy = anEgressPolicy().id("policy-" + i);
            policies.add(
                    i % 4 == 0
                            ? policy.ofOrganization("owner-" + i).build()
                            : policy.ofProject("owner-" + i).build());
        }
        policies.forEach(store::save);

        assertThat(store.findByOwners(owners)).containsExactlyInAnyOrderElementsOf(policies);
    }

    @ParameterizedTest
    @EnumSource
    void policies_of_all_owners_are_found_in_one_round_trip(Server server) {
        AtomicInteger statements = new AtomicInteger();
        DataSource counting =
                Probe.intercept(server.migratedDatabase().dataSource(), (target, method, arguments, proceed) -> {
                    if (method.getName().startsWith("execute")) {
                        statements.incrementAndGet();
                    }
                    return proceed.call();
                });
        JdbcEgressPolicyStore store = JdbcStores.on(counting).egressPolicies();
        List<EgressPolicyOwner> owners = new ArrayList<>(List.of(PROJECT, ORGANIZATION));
        for (int i = 0; i < 5_000; i++) {
            owners.add(new ProjectId("project-" + i));
        }
        statements.set(0);

        store.findByOwners(owners);

        assertThat(statements).hasValue(1);
    }

    @ParameterizedTest
    @EnumSource
    void seventy_thousand_environments_can_be_asked_for_at_once(Server server) {
        JdbcEnvironmentStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).environments();
        Environment first =
                anEnvironment().id(newEnvironmentId().value()).name("first").build();
        Environment last =
                anEnvironment().id(newEnvironmentId().value()).name("last").build();
        store.save(first);
        store.save(last);
        List<EnvironmentId> ids = new ArrayList<>();
        ids.add(first.id());
        for (int i = 0; i < 70_000; i++) {
            ids.add(new EnvironmentId("unknown-" + i));
        }
        ids.add(last.id());

        assertThat(store.findByIds(ids)).containsExactlyInAnyOrder(first, last);
    }

    @ParameterizedTest
    @EnumSource
    void hostile_strings_are_kept_as_data_by_every_method(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        NamespaceStore namespaces = stores.namespaces();
        DeploymentStore deployments = stores.deployments();
        int row = 0;
        for (String hostile : HOSTILE) {
            String name = "n" + row++;
            EnvironmentId id = newEnvironmentId();

            namespaces.insert(List.of(
                    aNamespace()
                            .in(id)
                            .name(name + "-deleted")
                            .annotation("a", hostile)
                            .build(),
                    aNamespace()
                            .in(id)
                            .name(name)
                            .annotation("hostile", hostile)
                            .build()));
            Namespace namespace = namespaces.findByNames(List.of(name)).get(0);
            assertThat(namespace.annotations()).containsExactly(Map.entry("hostile", hostile));
            Namespace updated = namespace.changed(Map.of(), Map.of("new", hostile), NOW);
            namespaces.update(List.of(updated));
            assertThat(namespaces.findByIds(List.of(namespace.id()))).containsExactly(updated);
            namespaces.update(List.of(updated.deleted(NOW)));
            assertThat(namespaces.findDeleted(id)).containsExactly(updated.deleted(NOW));
            assertThat(namespaces.findByEnvironments(List.of(id))).hasSize(1);
            assertThat(namespaces.findByNames(List.of(hostile))).isEmpty();

            Environment saved = anEnvironment().id(id.value()).name(hostile).build();
            stores.environments().save(saved);
            stores.environments().save(saved);
            assertThat(stores.environments().findByIds(List.of(id))).containsExactly(saved);

            Target target = target(id);
            SortedMap<String, String> overwritten = new TreeMap<>(Map.of("key", hostile));
            ObjectIntent intent = new ObjectIntent(
                    ResourceRef.namespace(name), namespace.id(), new WrittenKeys(overwritten, overwritten), false);
            BegunDeployment begun =
                    deployments.begin(target, 0, List.of(intent)).orElseThrow();
            deployments.settle(
                    begun,
                    List.of(new ObjectResult(
                            intent.resource(),
                            begun.attempt(),
                            new ObjectIdentity("uid-" + name, Origin.ADOPTED),
                            new ObjectResult.State.Closed(hostile, intent.keys()))));
            deployments.complete(begun, completion(hostile));
            assertThat(deployments.findByEnvironments(List.of(id)))
                    .extracting(DeploymentRecord::completion)
                    .containsExactly(completion(hostile));
            assertThat(stores.targetObjects().findByNamespaces(target, List.of(name, hostile)))
                    .hasSize(1)
                    .allSatisfy(object -> {
                        assertThat(object.keys()).isEqualTo(intent.keys());
                        assertThat(object.fingerprint()).isEqualTo(hostile);
                    });
            assertThat(stores.targetObjects().findByUids(CLUSTER, List.of(hostile)))
                    .isEmpty();
            stores.targetObjects().recordEnsured(CLUSTER, name, hostile);
            assertThat(stores.targetObjects().findByUids(CLUSTER, List.of(hostile)))
                    .containsExactly(new RecordedUid(
                            ResourceRef.namespace(name), new ObjectIdentity(hostile, Origin.ENSURED), null, null));
        }
        // Ids cannot have anything worse than these.
        for (String nasty : List.of("A", "a", "a.b", "a_b", "a-b", "A__.--B", "x".repeat(63))) {
            EnvironmentId id = new EnvironmentId(nasty);
            Environment saved = anEnvironment().id(id.value()).name(nasty).build();
            stores.environments().save(saved);
            assertThat(stores.environments().findByIds(List.of(id))).containsExactly(saved);
            assertThat(stores.environments().findIds(id, 1)).doesNotContain(id);
            stores.deploymentLock().tryAcquire(target(id)).orElseThrow().close();
            stores.egressPolicies().save(anEgressPolicy().id(nasty).denyingAll().build());
            assertThat(stores.egressPolicies().softDelete(new EgressPolicyId(nasty), NOW))
                    .isTrue();
        }
        assertThat(namespaces.findByNames(List.of("n0-deleted"))).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void instants_are_kept_in_utc_in_any_zone_of_jvm_and_server(Server server) {
        TestDatabase database = server.migratedDatabase();
        Namespace namespace =
                aNamespace().in(environment).name("shop").createdAt(NOW).build();
        TimeZone before = TimeZone.getDefault();
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Chatham"));
            JdbcStores.on(database.dataSource()).namespaces().insert(List.of(namespace));
            TimeZone.setDefault(TimeZone.getTimeZone("America/Los_Angeles"));
            assertThat(JdbcStores.on(database.dataSource()).namespaces().findByIds(List.of(namespace.id())))
                    .contains(namespace);
        } finally {
            TimeZone.setDefault(before);
        }
        String utc = switch (database.dialect()) {
            case POSTGRESQL ->
                "SELECT TO_CHAR(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM ns_namespaces";
            case MARIADB -> "SELECT CAST(created_at AS CHAR) FROM ns_namespaces";
            case H2 -> "SELECT REPLACE(CAST(created_at AS VARCHAR), '+00') FROM ns_namespaces";
        };
        assertThat(database.query(utc, 1)).isEqualTo("2026-03-29 01:30:00.123456");
        if (database.dialect() != SqlDialect.H2) {
            String zone = database.dialect() == SqlDialect.MARIADB
                    ? database.query("SELECT @@global.time_zone", 1)
                    : database.query("SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'", 1);
            assertThat(zone).isNotEqualTo("UTC");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "MARIADB"})
    void settings_that_hosts_are_known_to_use_make_no_difference(Server server) {
        List<TestDatabase> databases = server == Server.H2
                ? List.of(
                        TestDatabase.h2(";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"),
                        TestDatabase.h2(";MODE=MariaDB;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE"))
                : List.of(
                        TestDatabase.mariaDb("&useAffectedRows=true"),
                        TestDatabase.mariaDb("&sessionVariables=sql_mode='ANSI,NO_BACKSLASH_ESCAPES'"),
                        TestDatabase.mariaDb("&sessionVariables=sql_mode=''&useBulkStmts=false"));
        for (TestDatabase database : databases) {
            JdbcSchema.migrate(database.dataSource());
            JdbcStores stores = JdbcStores.on(database.dataSource());
            Namespace namespace = aNamespace()
                    .in(environment)
                    .name("shop")
                    .annotation("a", HOSTILE.get(0))
                    .annotation("b", HOSTILE.get(7))
                    .build();
            stores.namespaces().insert(List.of(namespace));
            stores.namespaces()
                    .insert(List.of(aNamespace()
                            .in(new EnvironmentId(environment.value().toUpperCase(Locale.ROOT)))
                            .name("shop")
                            .build()));
            assertThat(stores.namespaces().findByEnvironments(List.of(environment)))
                    .containsExactly(namespace);

            DeploymentStore deployments = stores.deployments();
            Target target = target(environment);
            BegunDeployment begun = deployments.begin(target, 0, intents(60)).orElseThrow();
            for (int i = 0; i < 2; i++) {
                deployments.settle(begun, applied(begun, HOSTILE.get(0)));
                assertThat(deployments.complete(begun, completion("f")))
                        .isEqualTo(DeploymentStore.CompleteResult.COMPLETED);
            }
            assertThat(stores.targetObjects().findPage(target, null, 200))
                    .hasSize(120)
                    .extracting(TargetObject::fingerprint)
                    .containsOnly(HOSTILE.get(0));
            assertThat(deployments.begin(target, 1, List.of())).isPresent();
            assertThat(deployments.complete(begun, completion("f")))
                    .isEqualTo(DeploymentStore.CompleteResult.OVERTAKEN);
            assertThat(deployments.consume(Map.of(target, 0L, target(newEnvironmentId()), 0L)))
                    .isTrue();
            assertThat(deployments.consume(Map.of(target, 0L))).isFalse();
            for (int i = 0; i < 2; i++) {
                stores.targetObjects().recordEnsured(CLUSTER, "shop", "uid");
            }
            Namespace changed = namespace.changed(Map.of(), namespace.annotations(), NOW);
            stores.namespaces().update(List.of(changed));
            assertThat(stores.namespaces().findByEnvironments(List.of(environment)))
                    .containsExactly(changed);

            stores.environments()
                    .save(anEnvironment().id(environment.value()).name("dev").build());
            stores.environments()
                    .save(anEnvironment().id(environment.value()).name("dev").build());
            stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
            EgressPolicy next =
                    anEgressPolicy().id("one").denyingAll().version(2).build();
            stores.egressPolicies().save(next);
            assertThat(stores.egressPolicies().findByOwners(List.of(PROJECT))).containsExactly(next);
            stores.deploymentLock()
                    .tryAcquire(target(environment))
                    .orElseThrow()
                    .close();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void ten_thousand_objects_begin_and_settle_in_few_round_trips(Server server) {
        AtomicInteger roundTrips = new AtomicInteger();
        DataSource counting =
                Probe.intercept(server.migratedDatabase().dataSource(), (target, method, arguments, proceed) -> {
                    if (method.getName().startsWith("execute")) {
                        roundTrips.incrementAndGet();
                    }
                    return proceed.call();
                });
        JdbcStores stores = JdbcStores.on(counting);
        Target target = target(environment);
        List<ObjectIntent> intents = intents(5_000);

        for (int revision = 0; revision < 2; revision++) {
            roundTrips.set(0);
            BegunDeployment begun =
                    stores.deployments().begin(target, revision, intents).orElseThrow();
            assertThat(roundTrips).hasValueLessThan(40);
            assertThat(begun.objects())
                    .extracting(entry -> entry.object().resource())
                    .isEqualTo(intents.stream().map(ObjectIntent::resource).toList());
            roundTrips.set(0);
            stores.deployments().settle(begun, applied(begun, "f" + revision));
            assertThat(roundTrips).hasValueLessThan(40);
        }

        List<TargetObject> rows = stores.targetObjects().findPage(target, null, 20_000);
        assertThat(rows)
                .hasSize(10_000)
                .noneMatch(TargetObject::open)
                .extracting(TargetObject::fingerprint)
                .containsOnly("f1");
        assertThat(rows).extracting(TargetObject::createNonce).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void nothing_that_was_found_before_a_release_is_stored_after_it(Server server) {
        JdbcStores stores = JdbcStores.on(server.migratedDatabase().dataSource());
        Target target = target(environment);
        BegunDeployment late = stores.deployments().begin(target, 0, intents(1)).orElseThrow();
        assertThat(stores.deployments().begin(target, 1, intents(1))).isPresent();
        stores.targetObjects().release(target, List.of("n-0"));
        List<TargetObject> released = stores.targetObjects().findByNamespaces(target, List.of("n-0"));

        stores.deployments().settle(late, applied(late, "f"));

        assertThat(stores.targetObjects().findByNamespaces(target, List.of("n-0")))
                .isEqualTo(released)
                .allSatisfy(row -> assertThat(row.identity()).isNull());
    }

    @ParameterizedTest
    @EnumSource
    void the_identity_of_a_former_object_is_not_stored_for_a_recreated_one(Server server) {
        JdbcStores stores = JdbcStores.on(server.migratedDatabase().dataSource());
        Target target = target(environment);
        ObjectIntent intent = intents(1).get(0);
        BegunDeployment late =
                stores.deployments().begin(target, 0, List.of(intent)).orElseThrow();
        BegunDeployment recreating = stores.deployments()
                .begin(
                        target,
                        1,
                        List.of(new ObjectIntent(intent.resource(), intent.namespaceId(), intent.keys(), true)))
                .orElseThrow();
        stores.deployments()
                .settle(
                        recreating,
                        List.of(new ObjectResult(
                                intent.resource(),
                                recreating.attempt(),
                                new ObjectIdentity("uid-of-recreated", Origin.CREATED),
                                new ObjectResult.State.Open())));

        stores.deployments().settle(late, applied(late, "f"));

        assertThat(stores.targetObjects().findPage(target, null, 10))
                .extracting(TargetObject::identity)
                .containsExactly(new ObjectIdentity("uid-of-recreated", Origin.CREATED));
    }

    @ParameterizedTest
    @EnumSource
    void a_deployment_has_one_intent_for_an_object_in_a_namespace(Server server) {
        JdbcStores stores = JdbcStores.on(server.migratedDatabase().dataSource());
        Target target = target(environment);
        ObjectIntent intent = intents(1).get(0);
        ObjectIntent inNoNamespace = new ObjectIntent(
                new ResourceRef("rbac.authorization.k8s.io/v1", "ClusterRole", null, "admin"),
                intent.namespaceId(),
                intent.keys(),
                false);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> stores.deployments().begin(target, 0, List.of(intent, intent)))
                .withMessageContaining("Namespace n-0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stores.deployments().begin(target, 0, List.of(inNoNamespace)))
                .withMessageContaining("ClusterRole admin");
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void times_of_attempts_are_those_of_the_given_clock(Server server) {
        JdbcStores stores = JdbcStores.builder(server.migratedDatabase().dataSource())
                .clock(Clock.fixed(NOW.plusNanos(999), ZoneOffset.UTC))
                .build();

        BegunDeployment begun =
                stores.deployments().begin(target(environment), 0, intents(1)).orElseThrow();

        assertThat(begun.objects())
                .allSatisfy(entry -> assertThat(entry.object().attemptedAt()).isEqualTo(NOW));
        assertThat(begun.attempt()).matches("[0-9a-f]{32}");
        assertThat(begun.objects())
                .allSatisfy(entry -> assertThat(entry.object().createNonce()).matches("[0-9a-f]{32}"));
    }

    @Test
    void null_is_refused_at_once() {
        Target other = target(newEnvironmentId());
        JdbcStores stores = JdbcStores.on(Server.H2.migratedDatabase().dataSource());
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> JdbcStores.on(null),
                () -> JdbcStores.builder(Server.H2.newDatabase().dataSource()).tables(null),
                () -> JdbcStores.builder(Server.H2.newDatabase().dataSource()).deploymentDataSource(null),
                () -> JdbcStores.builder(Server.H2.newDatabase().dataSource()).inHostTransaction(null),
                () -> JdbcStores.builder(Server.H2.newDatabase().dataSource()).clock(null),
                () -> stores.namespaces().insert(null),
                () -> stores.namespaces().insert(Arrays.asList((Namespace) null)),
                () -> stores.namespaces().update(null),
                () -> stores.namespaces().update(Arrays.asList((Namespace) null)),
                () -> stores.namespaces().findByIds(null),
                () -> stores.namespaces().findByIds(Arrays.asList((NamespaceId) null)),
                () -> stores.namespaces().findByEnvironments(null),
                () -> stores.namespaces().findByNames(null),
                () -> stores.namespaces().findDeleted(null),
                () -> stores.environments().save(null),
                () -> stores.environments().findByIds(null),
                () -> stores.environments().findByIds(Arrays.asList((EnvironmentId) null)),
                () -> stores.environments().softDelete(null, NOW),
                () -> stores.environments().softDelete(environment, null),
                () -> stores.egressPolicies().save(null),
                () -> stores.egressPolicies().findByOwners(null),
                () -> stores.egressPolicies().findByOwners(Arrays.asList((ProjectId) null)),
                () -> stores.egressPolicies().softDelete(null, NOW),
                () -> stores.deployments().findByEnvironments(null),
                () -> stores.deployments().begin(null, 0, List.of()),
                () -> stores.deployments().begin(target(environment), 0, null),
                () -> stores.deployments().settle(null, List.of()),
                () -> stores.deployments().complete(null, completion("f")),
                () -> stores.deployments().forget(null),
                () -> stores.deployments().consume(null),
                () -> stores.targetObjects().findByNamespaces(null, List.of()),
                () -> stores.targetObjects().findByNamespaces(target(environment), null),
                () -> stores.targetObjects().findPage(null, null, 1),
                () -> stores.targetObjects().findByUids(null, List.of()),
                () -> stores.targetObjects().findByUids(CLUSTER, null),
                () -> stores.targetObjects().recordEnsured(null, "shop", "uid"),
                () -> stores.targetObjects().recordEnsured(CLUSTER, null, "uid"),
                () -> stores.targetObjects().recordEnsured(CLUSTER, "shop", null),
                () -> stores.targetObjects().release(null, List.of()),
                () -> stores.targetObjects().release(target(environment), null),
                () -> stores.targetObjects().move(null, target(environment), "shop", new NamespaceId("a")),
                () -> stores.targetObjects().move(target(environment), null, "shop", new NamespaceId("a")),
                () -> stores.targetObjects().move(target(environment), other, null, new NamespaceId("a")),
                () -> stores.targetObjects().move(target(environment), other, "shop", null),
                () -> stores.deploymentLock().tryAcquire(null))) {
            assertThatNullPointerException().isThrownBy(call);
        }
    }

    @Test
    void a_page_of_no_ids_and_a_lease_of_no_time_or_for_ever_are_refused() {
        JdbcStores stores = JdbcStores.on(Server.H2.migratedDatabase().dataSource());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> stores.environments().findIds(null, 0));
        for (Duration lease : List.of(
                Duration.ofMillis(999),
                Duration.ofDays(1).plusNanos(1),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(-1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> JdbcStores.builder(Server.H2.newDatabase().dataSource())
                            .lease(lease));
        }
    }

    @ParameterizedTest
    @EnumSource
    void long_lists_are_kept_whole_however_large_their_rows(Server server) {
        NamespaceStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).namespaces();
        List<Namespace> rows = new ArrayList<>();
        for (int i = 0; i < 1_203; i++) {
            String note = i >= 100 && i < 150 ? "\u0001".repeat(60_000) : "note " + i;
            Namespace row = aNamespace()
                    .in(environment)
                    .name(String.format("n-%04d", i))
                    .annotation("note", note)
                    .build();
            rows.add(
                    i % 400 == 7
                            ? new Namespace(
                                    row.id(),
                                    environment,
                                    row.name(),
                                    Map.of(),
                                    Map.of(),
                                    i,
                                    NOW,
                                    NOW.plusSeconds(1),
                                    NOW.plusSeconds(2))
                            : row);
        }

        store.insert(rows);

        assertThat(store.findByEnvironments(List.of(environment)))
                .isEqualTo(rows.stream().filter(Namespace::isLive).toList());
        for (int deleted = 7; deleted < rows.size(); deleted += 400) {
            assertThat(store.findByIds(List.of(rows.get(deleted).id()))).contains(rows.get(deleted));
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothing_of_a_long_list_is_stored_if_one_name_is_taken_and_it_is_named(Server server) {
        NamespaceStore store =
                JdbcStores.on(server.migratedDatabase().dataSource()).namespaces();
        store.insert(List.of(aNamespace().in(environment).name("n-0321").build()));
        List<Namespace> rows = new ArrayList<>();
        for (int i = 0; i < 1_203; i++) {
            rows.add(aNamespace()
                    .in(environment)
                    .name(String.format("n-%04d", i))
                    .build());
        }

        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store.insert(rows))
                .satisfies(taken -> assertThat(taken.name()).isEqualTo("n-0321"));

        assertThat(store.findByEnvironments(List.of(environment))).hasSize(1);
    }

    @Test
    void the_largest_annotations_fit_a_row_of_the_longest_keys() {
        Instant now = NOW;
        int entries = 700;
        Map<String, String> annotations = new TreeMap<>();
        for (int i = 0; i < entries; i++) {
            annotations.put("a".repeat(250) + ".b/" + "c".repeat(58) + String.format("%05d", i), "\u0001".repeat(50));
        }
        assertThat(KubernetesSyntax.annotationsSizeProblem(annotations)).isEmpty();
        for (Server server : Server.values()) {
            NamespaceStore store =
                    JdbcStores.on(server.migratedDatabase().dataSource()).namespaces();
            Namespace namespace =
                    new Namespace(new NamespaceId("big"), environment, "big", Map.of(), annotations, 1, now, now, null);
            store.insert(List.of(namespace));
            assertThat(store.findByIds(List.of(namespace.id()))).contains(namespace);
        }
    }
}

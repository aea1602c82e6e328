package dev.namespaces.testkit.contract;

import static dev.namespaces.testkit.contract.TargetRows.closed;
import static dev.namespaces.testkit.contract.TargetRows.identity;
import static dev.namespaces.testkit.contract.TargetRows.intent;
import static dev.namespaces.testkit.contract.TargetRows.keys;
import static dev.namespaces.testkit.contract.TargetRows.namespace;
import static dev.namespaces.testkit.contract.TargetRows.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.DeploymentStore.CompleteResult;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.ObjectResult.State;
import dev.namespaces.spi.TargetObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DeploymentStore} does. Extend it and hand in the store, and the store of target objects that reads
 * the same rows. They may have other data, and keep that of the tests.
 */
public abstract class DeploymentStoreContract {

    private static final DeploymentRecord.Completion COMPLETION = new DeploymentRecord.Completion(
            "0123456789abcdef".repeat(4),
            "02468ace13579bdf".repeat(4),
            3,
            PolicyDialect.CILIUM,
            Instant.parse("2026-03-29T01:30:00.123456Z"));
    private static final DeploymentRecord.Completion OTHER_COMPLETION = new DeploymentRecord.Completion(
            "fedcba9876543210".repeat(4),
            "fdb97531eca86420".repeat(4),
            4,
            PolicyDialect.KUBERNETES,
            Instant.parse("2026-10-25T00:30:00.000001Z"));
    private static final ResourceRef SHOP = namespace("shop");
    private static final ResourceRef SHOP_POLICY = policy("shop");
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

    private final EnvironmentId environment = newEnvironmentId();
    private final Target target = new Target(environment, new ClusterId("eu-1"));
    private final NamespaceId namespaceId = newNamespaceId();

    /** Creates the contract for a test that extends it. */
    protected DeploymentStoreContract() {}

    /** Returns the store under test; called many times in a test, and each time returning the same data. */
    protected abstract DeploymentStore store();

    /** Returns the store of target objects that reads what the store under test writes. */
    protected abstract TargetObjectStore targetObjects();

    /** Returns the time of the store's clock. */
    protected Instant now() {
        return Instant.now();
    }

    /** Returns an environment id that no test has used; override it if the store takes only ids of a certain form. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** Returns a namespace id that no test has used; override it if the store takes only ids of a certain form. */
    protected NamespaceId newNamespaceId() {
        return new NamespaceId(UUID.randomUUID().toString());
    }

    @Test
    void a_target_that_was_never_deployed_has_no_record() {
        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
        assertThat(store().findByEnvironments(List.of())).isEmpty();
    }

    @Test
    void the_records_of_all_given_environments_are_ordered_by_target() {
        List<Target> targets = new ArrayList<>();
        EnvironmentId other = newEnvironmentId();
        for (String cluster : List.of("z1", "a_b", "A1", "a.b", "a-b", "a0", "B")) {
            targets.add(new Target(environment, new ClusterId(cluster)));
            targets.add(new Target(other, new ClusterId(cluster)));
        }
        targets.forEach(each -> begin(each, List.of()));

        List<EnvironmentId> asked = new ArrayList<>(List.of(other, newEnvironmentId(), environment, other));
        for (int i = 0; i < 2_000; i++) {
            asked.add(newEnvironmentId());
        }
        assertThat(store().findByEnvironments(asked))
                .extracting(DeploymentRecord::target)
                .isEqualTo(targets.stream().sorted().toList());
    }

    @Test
    void the_records_of_other_environments_are_left_out() {
        begin(new Target(newEnvironmentId(), target.clusterId()), List.of());

        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
    }

    @Test
    void a_begun_deployment_is_found_without_a_completion() {
        BegunDeployment begun = begin();

        assertThat(begun.target()).isEqualTo(target);
        assertThat(begun.revision()).isPositive();
        assertThat(begun.attempt()).isNotBlank();
        assertThat(begun.objects()).isEmpty();
        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.revision(), 0, null));
    }

    @Test
    void each_revision_is_higher_than_every_one_before() {
        BegunDeployment first = begin();
        BegunDeployment second = begin();
        store().complete(second, COMPLETION);
        BegunDeployment third = begin();

        assertThat(second.revision()).isGreaterThan(first.revision());
        assertThat(third.revision()).isGreaterThan(second.revision());
    }

    @Test
    void no_two_deployments_have_the_same_attempt() {
        List<String> attempts = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            attempts.add(begin().attempt());
            attempts.add(begin(new Target(newEnvironmentId(), target.clusterId()), List.of())
                    .attempt());
        }

        assertThat(attempts).doesNotHaveDuplicates();
    }

    @Test
    void the_completion_is_cleared_when_the_next_deployment_begins() {
        store().complete(begin(), COMPLETION);

        BegunDeployment begun = begin();

        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.revision(), 0, null));
    }

    @Test
    void nothing_is_written_if_the_revision_has_moved() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        settle(begun, result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        store().complete(begun, COMPLETION);
        DeploymentRecord record = record();
        List<TargetObject> rows = rows();

        for (long wrong : new long[] {0, begun.revision() - 1, begun.revision() + 1, Long.MAX_VALUE}) {
            assertThat(store().begin(
                                    target,
                                    wrong,
                                    List.of(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId))))
                    .isEmpty();
        }

        assertThat(record()).isEqualTo(record);
        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void nothing_is_written_if_the_revision_of_no_record_is_not_zero() {
        assertThat(store().begin(target, 1, List.of(intent(SHOP, namespaceId)))).isEmpty();

        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
        assertThat(rows()).isEmpty();
    }

    @Test
    void one_of_many_concurrent_begins_at_one_revision_succeeds() {
        for (int round = 0; round < 3; round++) {
            long revision = revision();
            List<Concurrently.Outcome<Optional<BegunDeployment>>> outcomes =
                    Concurrently.run(8, i -> () -> store().begin(target, revision, List.of(intent(SHOP, namespaceId))));

            List<BegunDeployment> begun = new ArrayList<>();
            for (Concurrently.Outcome<Optional<BegunDeployment>> outcome : outcomes) {
                assertThat(outcome.failure()).isNull();
                Optional.ofNullable(outcome.value()).flatMap(value -> value).ifPresent(begun::add);
            }
            assertThat(begun).hasSize(1);
            assertThat(record().revision()).isEqualTo(begun.get(0).revision());
            assertThat(row(SHOP).attempt()).isEqualTo(begun.get(0).attempt());
        }
    }

    @Test
    void a_new_row_is_open_and_has_a_nonce_and_no_identity() {
        ObjectIntent ofNamespace = new ObjectIntent(SHOP, namespaceId, keys("team"), false);
        ObjectIntent ofPolicy = new ObjectIntent(SHOP_POLICY, namespaceId, WrittenKeys.none(), false);

        BegunDeployment begun = begin(ofPolicy, ofNamespace);

        assertThat(begun.objects())
                .extracting(entry -> entry.object().resource())
                .containsExactly(SHOP_POLICY, SHOP);
        for (BegunDeployment.Entry entry : begun.objects()) {
            TargetObject row = entry.object();
            assertThat(entry.wasOpen()).isFalse();
            assertThat(entry.formerAttempt()).isNull();
            assertThat(row.createNonce()).isNotBlank();
            assertThat(row)
                    .isEqualTo(new TargetObject(
                            target,
                            row.resource(),
                            namespaceId,
                            begun.attempt(),
                            row.attemptedAt(),
                            true,
                            row.createNonce(),
                            null,
                            null,
                            row.resource().equals(SHOP) ? keys("team") : WrittenKeys.none(),
                            null));
        }
        assertThat(rows()).containsExactlyInAnyOrderElementsOf(objects(begun));
        assertThat(rows()).extracting(TargetObject::createNonce).doesNotHaveDuplicates();
    }

    @Test
    void a_new_row_stays_new_if_its_intent_recreates_the_object() {
        BegunDeployment begun = begin(new ObjectIntent(SHOP, namespaceId, keys("team"), true));

        assertThat(rows()).isEqualTo(objects(begun));
        assertThat(row(SHOP).identity()).isNull();
        assertThat(row(SHOP).keys()).isEqualTo(keys("team"));
    }

    @Test
    void the_time_of_the_attempt_is_that_of_the_newest_begin() {
        Instant before = now().minus(CLOCK_SKEW);
        begin(intent(SHOP, namespaceId));
        Instant first = row(SHOP).attemptedAt();
        begin(intent(SHOP, namespaceId));
        Instant second = row(SHOP).attemptedAt();

        assertThat(first).isBetween(before, now().plus(CLOCK_SKEW));
        assertThat(second).isBetween(first, now().plus(CLOCK_SKEW));
        assertThat(first).isEqualTo(first.truncatedTo(ChronoUnit.MICROS));
    }

    @Test
    void a_known_row_keeps_identity_and_nonce_and_loses_its_fingerprint() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));
        settle(first, result(first, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        TargetObject before = row(SHOP);

        BegunDeployment second = begin(new ObjectIntent(SHOP, namespaceId, keys("tier"), false));

        TargetObject row = row(SHOP);
        assertThat(row)
                .isEqualTo(new TargetObject(
                        target,
                        SHOP,
                        namespaceId,
                        second.attempt(),
                        row.attemptedAt(),
                        true,
                        before.createNonce(),
                        identity("uid-1"),
                        null,
                        keys("team", "tier"),
                        null));
        assertThat(second.objects()).containsExactly(new BegunDeployment.Entry(row, false, first.attempt()));
    }

    @Test
    void an_open_row_is_returned_as_one_that_was_open() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));

        BegunDeployment second = begin(intent(SHOP, namespaceId));

        assertThat(second.objects()).containsExactly(new BegunDeployment.Entry(row(SHOP), true, first.attempt()));
    }

    @Test
    void a_row_belongs_to_the_stored_namespace_of_the_newest_intent() {
        begin(intent(SHOP, namespaceId));
        NamespaceId successor = newNamespaceId();

        begin(intent(SHOP, successor));

        assertThat(row(SHOP).namespaceId()).isEqualTo(successor);
    }

    @Test
    void a_row_without_an_intent_stays_as_it_is() {
        BegunDeployment first = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        settle(first, result(first, SHOP_POLICY, identity("uid-2"), closed("f2", keys("team"))));
        TargetObject policy = row(SHOP_POLICY);

        begin(intent(SHOP, namespaceId));
        begin();

        assertThat(row(SHOP_POLICY)).isEqualTo(policy);
    }

    @Test
    void a_recreated_object_loses_its_identity_and_gets_another_nonce() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));
        settle(first, result(first, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        String nonce = row(SHOP).createNonce();

        BegunDeployment second = begin(new ObjectIntent(SHOP, namespaceId, keys("team"), true));

        TargetObject row = row(SHOP);
        assertThat(row.identity()).isNull();
        assertThat(row.fingerprint()).isNull();
        assertThat(row.createNonce()).isNotBlank().isNotEqualTo(nonce);
        assertThat(row.open()).isTrue();
        assertThat(second.objects()).containsExactly(new BegunDeployment.Entry(row, false, first.attempt()));
    }

    @Test
    void a_recreated_object_has_the_keys_of_its_intent_only() {
        begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", "theirs", "tier", "gold"), false));
        targetObjects().release(target, List.of("shop"));

        begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", null, "zone", null), true));

        assertThat(row(SHOP).keys()).isEqualTo(overwritten("team", null, "zone", null));
        assertThat(row(SHOP).released()).isNull();
    }

    @Test
    void keys_are_added_and_the_older_overwritten_value_wins() {
        begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", "theirs", "tier", null, "old", "x"), false));

        begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", "newer", "zone", "z", "old", null), false));

        WrittenKeys expected = overwritten("team", "theirs", "tier", null, "old", "x");
        Map<String, @Nullable String> all = new TreeMap<>(expected.labels());
        all.put("zone", "z");
        assertThat(row(SHOP).keys().labels()).isEqualTo(all);
        assertThat(row(SHOP).keys().annotations()).isEqualTo(all);
    }

    @Test
    void keys_and_overwritten_values_are_found_as_they_were_given() {
        TreeMap<String, @Nullable String> labels = new TreeMap<>();
        labels.put("team.example.com/Owner_1", "A.b-C_9");
        labels.put("empty", "");
        labels.put("none", null);
        labels.put("null", "null");
        labels.put("number", "1e3");
        labels.put("Case", "Upper");
        labels.put("case", "lower");
        TreeMap<String, @Nullable String> annotations = new TreeMap<>();
        annotations.put("quotes", "it's \"quoted\" \\ `and` /slashed/ \\u0041");
        annotations.put("blank", " \t\r\n ");
        annotations.put("emoji", "😀👩‍👩‍👧‍👦🏳️‍🌈");
        annotations.put("sql", "'; DROP TABLE namespaces; -- :id ? ?? $1 {fn now()}");
        annotations.put("none", null);
        annotations.put("big", "ß".repeat(100_000));
        WrittenKeys keys = new WrittenKeys(labels, annotations);

        BegunDeployment begun = begin(new ObjectIntent(SHOP, namespaceId, keys, false));
        assertThat(row(SHOP).keys().equals(keys)).isTrue();

        settle(begun, result(begun, SHOP, null, closed("f1", keys)));
        assertThat(row(SHOP).keys().equals(keys)).isTrue();
    }

    @Test
    void objects_that_look_alike_have_rows_of_their_own() {
        List<ResourceRef> resources = List.of(
                namespace("shop"),
                namespace("Shop"),
                policy("shop"),
                new ResourceRef("cilium.io/v2", "CiliumNetworkPolicy", "shop", "egress"),
                new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", "shop", "egress-2"),
                new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", "shop-dev", "egress"),
                new ResourceRef("v1", "ConfigMap", "shop", "shop"));

        BegunDeployment begun = begin(resources.stream()
                .map(resource -> intent(resource, namespaceId))
                .toArray(ObjectIntent[]::new));

        assertThat(begun.objects())
                .extracting(entry -> entry.object().resource())
                .isEqualTo(resources);
        assertThat(rows()).extracting(TargetObject::resource).containsExactlyInAnyOrderElementsOf(resources);
    }

    @Test
    void hundreds_of_objects_begin_and_settle_at_once() {
        List<ObjectIntent> intents = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            intents.add(intent(namespace("shop-" + i), newNamespaceId()));
        }

        BegunDeployment begun = begin(intents.toArray(ObjectIntent[]::new));
        store().settle(
                        begun,
                        intents.stream()
                                .map(intent -> result(begun, intent.resource(), null, closed("f", intent.keys())))
                                .toList());

        assertThat(begun.objects()).hasSize(400);
        assertThat(rows()).hasSize(400).noneMatch(TargetObject::open);
    }

    @Test
    void a_settled_row_is_closed_with_identity_fingerprint_and_keys() {
        BegunDeployment begun = begin(new ObjectIntent(SHOP, namespaceId, keys("team", "tier"), false));
        TargetObject before = row(SHOP);

        settle(begun, result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))));

        assertThat(row(SHOP))
                .isEqualTo(new TargetObject(
                        target,
                        SHOP,
                        namespaceId,
                        begun.attempt(),
                        before.attemptedAt(),
                        false,
                        before.createNonce(),
                        identity("uid-1"),
                        "f1",
                        keys("team"),
                        null));
    }

    @Test
    void a_row_that_is_not_as_wanted_is_closed_without_a_fingerprint() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));

        settle(begun, result(begun, SHOP, null, closed(null, keys("team"))));

        assertThat(row(SHOP).open()).isFalse();
        assertThat(row(SHOP).fingerprint()).isNull();
        assertThat(row(SHOP).keys()).isEqualTo(keys("team"));
    }

    @Test
    void a_row_whose_request_may_still_arrive_stays_open() {
        BegunDeployment begun = begin(new ObjectIntent(SHOP, namespaceId, keys("team"), false));

        settle(begun, result(begun, SHOP, identity("uid-1"), new State.Open()));

        assertThat(row(SHOP).open()).isTrue();
        assertThat(row(SHOP).fingerprint()).isNull();
        assertThat(row(SHOP).keys()).isEqualTo(keys("team"));
        assertThat(row(SHOP).identity()).isEqualTo(identity("uid-1"));
    }

    @Test
    void a_closed_row_is_opened_again_by_a_result_that_says_so() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        settle(begun, result(begun, SHOP, null, closed("f1", WrittenKeys.none())));

        settle(begun, result(begun, SHOP, null, new State.Open()));

        assertThat(row(SHOP).open()).isTrue();
        assertThat(row(SHOP).fingerprint()).isNull();
    }

    @Test
    void the_row_of_an_absent_object_is_deleted() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));

        settle(begun, result(begun, SHOP_POLICY, null, new State.Absent()));

        assertThat(rows()).extracting(TargetObject::resource).containsExactly(SHOP);
    }

    @Test
    void a_row_that_was_deleted_begins_as_a_new_one() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));
        String nonce = row(SHOP).createNonce();
        settle(first, result(first, SHOP, identity("uid-1"), new State.Absent()));

        BegunDeployment second = begin(intent(SHOP, namespaceId));

        assertThat(second.objects()).containsExactly(new BegunDeployment.Entry(row(SHOP), false, null));
        assertThat(row(SHOP).identity()).isNull();
        assertThat(row(SHOP).createNonce()).isNotEqualTo(nonce);
    }

    @Test
    void the_identity_is_kept_if_a_result_has_none() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        settle(begun, result(begun, SHOP, identity("uid-1"), new State.Open()));

        settle(begun, result(begun, SHOP, null, closed("f1", WrittenKeys.none())));

        assertThat(row(SHOP).identity()).isEqualTo(identity("uid-1"));
        assertThat(row(SHOP).fingerprint()).isEqualTo("f1");
    }

    @Test
    void the_identity_of_a_result_replaces_the_one_of_the_row() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        for (Origin origin : Origin.values()) {
            ObjectIdentity identity = new ObjectIdentity("uid-" + origin, origin);

            settle(begun, result(begun, SHOP, identity, new State.Open()));

            assertThat(row(SHOP).identity()).isEqualTo(identity);
        }
    }

    @Test
    void only_the_identity_is_stored_if_a_newer_deployment_has_begun() {
        BegunDeployment overtaken = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        TargetObject namespace = row(SHOP);
        TargetObject policy = row(SHOP_POLICY);

        settle(
                overtaken,
                result(overtaken, SHOP, identity("uid-1"), closed("f1", keys("late"))),
                result(overtaken, SHOP_POLICY, null, new State.Absent()));

        assertThat(row(SHOP)).isEqualTo(withIdentity(namespace, identity("uid-1")));
        assertThat(row(SHOP_POLICY)).isEqualTo(policy);
    }

    @Test
    void nothing_is_stored_about_an_object_that_was_recreated_since() {
        BegunDeployment overtaken = begin(intent(SHOP, namespaceId));
        begin(new ObjectIntent(SHOP, namespaceId, keys("team"), true));
        TargetObject row = row(SHOP);

        settle(overtaken, result(overtaken, SHOP, identity("former"), closed("f1", keys("late"))));

        assertThat(row(SHOP)).isEqualTo(row);
    }

    @Test
    void nothing_is_stored_about_an_object_that_was_released_since() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        targetObjects().release(target, List.of("shop"));
        List<TargetObject> rows = rows();

        settle(
                begun,
                result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))),
                result(begun, SHOP_POLICY, null, new State.Absent()));

        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void no_result_is_stored_for_a_released_object_that_was_only_looked_at() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));
        BegunDeployment second = begin(intent(SHOP_POLICY, namespaceId));
        targetObjects().release(target, List.of("shop"));
        TargetObject row = row(SHOP);

        settle(second, new ObjectResult(SHOP, first.attempt(), identity("uid-1"), closed("f1", keys("late"))));

        assertThat(row(SHOP)).isEqualTo(row);
    }

    @Test
    void a_closed_row_is_deleted_once_its_release_has_ended() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        settle(begun, result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        targetObjects().release(target, List.of("shop"));
        TargetObject policy = row(SHOP_POLICY);

        endRelease(SHOP);

        assertThat(rows()).containsExactly(policy);
    }

    @Test
    void an_open_row_stays_without_keys_once_its_release_has_ended() {
        begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", "theirs"), false));
        targetObjects().release(target, List.of("shop"));
        TargetObject before = row(SHOP);

        endRelease(SHOP);

        assertThat(row(SHOP))
                .isEqualTo(new TargetObject(
                        target,
                        SHOP,
                        namespaceId,
                        before.attempt(),
                        before.attemptedAt(),
                        true,
                        before.createNonce(),
                        null,
                        null,
                        WrittenKeys.none(),
                        null));
    }

    @Test
    void a_row_without_a_release_stays_if_a_release_ends() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        settle(begun, result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        TargetObject row = row(SHOP);

        endRelease(SHOP);

        assertThat(row(SHOP)).isEqualTo(row);
    }

    @Test
    void an_unfinished_release_is_kept_until_an_object_is_identified() {
        BegunDeployment first = begin(intent(SHOP, namespaceId));
        targetObjects().release(target, List.of("shop"));
        TargetObject.Released released = row(SHOP).released();

        BegunDeployment second = begin(intent(SHOP, namespaceId));
        settle(second, result(second, SHOP, null, new State.Open()));

        assertThat(row(SHOP).released()).isEqualTo(released).isNotNull();
        assertThat(first.attempt()).isNotEqualTo(second.attempt());

        settle(second, result(second, SHOP, identity("uid-1"), new State.Open()));

        assertThat(row(SHOP).released()).isNull();
    }

    @Test
    void an_object_of_an_unfinished_release_keeps_its_first_overwritten_values() {
        releaseAfterAdoption("uid-1");
        BegunDeployment second = begin(
                new ObjectIntent(SHOP, namespaceId, overwritten("team", "ours", "tier", "ours", "zone", "z"), false));

        settle(second, result(second, SHOP, identity("uid-1"), closed("f2", overwritten("team", "ours", "zone", "z"))));

        assertThat(row(SHOP).keys()).isEqualTo(overwritten("team", "theirs", "zone", "z"));
        assertThat(row(SHOP).released()).isNull();
    }

    @Test
    void another_object_gets_no_values_of_the_object_of_the_release() {
        releaseAfterAdoption("uid-1");
        BegunDeployment second =
                begin(new ObjectIntent(SHOP, namespaceId, overwritten("team", "others", "zone", "z"), false));

        settle(
                second,
                result(second, SHOP, identity("uid-2"), closed("f2", overwritten("team", "others", "zone", "z"))));

        assertThat(row(SHOP).keys()).isEqualTo(overwritten("team", "others", "zone", "z"));
        assertThat(row(SHOP).released()).isNull();
    }

    @Test
    void a_closed_row_is_not_opened_by_the_result_of_another_attempt() {
        BegunDeployment overtaken = begin(intent(SHOP, namespaceId));
        BegunDeployment newest = begin(intent(SHOP, namespaceId));
        settle(newest, result(newest, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        TargetObject row = row(SHOP);

        settle(overtaken, result(overtaken, SHOP, null, new State.Open()));

        assertThat(row(SHOP)).isEqualTo(row);
    }

    @Test
    void an_object_that_was_only_looked_at_is_settled_by_the_attempt_read() {
        BegunDeployment first = begin(intent(SHOP, namespaceId), intent(SHOP_POLICY, namespaceId));
        BegunDeployment second = begin(intent(SHOP, namespaceId));

        settle(second, new ObjectResult(SHOP_POLICY, first.attempt(), identity("uid-2"), closed("f2", keys("team"))));

        assertThat(row(SHOP_POLICY).open()).isFalse();
        assertThat(row(SHOP_POLICY).fingerprint()).isEqualTo("f2");
        assertThat(row(SHOP_POLICY).keys()).isEqualTo(keys("team"));
        assertThat(row(SHOP_POLICY).identity()).isEqualTo(identity("uid-2"));

        TargetObject settled = row(SHOP_POLICY);
        settle(second, new ObjectResult(SHOP_POLICY, second.attempt(), identity("uid-3"), new State.Absent()));

        assertThat(row(SHOP_POLICY)).isEqualTo(settled);
    }

    @Test
    void a_result_for_an_object_without_a_row_does_nothing() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        List<TargetObject> rows = rows();

        settle(begun, result(begun, SHOP_POLICY, identity("uid-2"), closed("f2", keys("team"))));
        settle(begun, result(begun, SHOP_POLICY, identity("uid-2"), new State.Absent()));
        settle(begun);

        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void the_rows_of_other_targets_stay_as_they_are() {
        Target otherCluster = new Target(environment, new ClusterId("us-1"));
        Target otherEnvironment = new Target(newEnvironmentId(), target.clusterId());
        begin(otherCluster, List.of(intent(SHOP, namespaceId)));
        begin(otherEnvironment, List.of(intent(SHOP, namespaceId)));
        List<TargetObject> before = List.of(row(otherCluster, SHOP), row(otherEnvironment, SHOP));

        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        settle(begun, result(begun, SHOP, identity("uid-1"), closed("f1", keys("team"))));
        settle(begun, result(begun, SHOP, null, new State.Absent()));

        assertThat(List.of(row(otherCluster, SHOP), row(otherEnvironment, SHOP)))
                .isEqualTo(before);
    }

    @Test
    void a_completed_deployment_is_found_with_its_completion() {
        BegunDeployment begun = begin();

        assertThat(store().complete(begun, COMPLETION)).isEqualTo(CompleteResult.COMPLETED);

        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.revision(), 0, COMPLETION));
    }

    @Test
    void an_overtaken_deployment_is_not_completed() {
        BegunDeployment overtaken = begin();
        BegunDeployment newest = begin();

        assertThat(store().complete(overtaken, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(record()).isEqualTo(new DeploymentRecord(target, newest.revision(), 0, null));
    }

    @Test
    void an_overtaken_deployment_does_not_replace_a_newer_completion() {
        BegunDeployment overtaken = begin();
        BegunDeployment newest = begin();
        store().complete(newest, COMPLETION);

        assertThat(store().complete(overtaken, OTHER_COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(record().completion()).isEqualTo(COMPLETION);
    }

    @Test
    void a_deployment_of_equal_revision_and_another_attempt_is_overtaken() {
        BegunDeployment begun = begin();
        BegunDeployment lostByAFailover =
                new BegunDeployment(target, begun.revision(), UUID.randomUUID().toString(), List.of());

        assertThat(store().complete(lostByAFailover, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(record().completion()).isNull();
    }

    @Test
    void a_deployment_of_another_revision_and_equal_attempt_is_overtaken() {
        BegunDeployment begun = begin();

        for (long revision : new long[] {begun.revision() - 1, begun.revision() + 1}) {
            assertThat(store().complete(new BegunDeployment(target, revision, begun.attempt(), List.of()), COMPLETION))
                    .isEqualTo(CompleteResult.OVERTAKEN);
        }

        assertThat(record().completion()).isNull();
    }

    @Test
    void a_completion_without_a_begin_is_not_recorded() {
        BegunDeployment neverBegun = new BegunDeployment(target, 1, "attempt", List.of());

        assertThat(store().complete(neverBegun, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
    }

    @Test
    void the_later_completion_is_recorded_if_a_deployment_completes_twice() {
        BegunDeployment begun = begin();
        store().complete(begun, COMPLETION);

        assertThat(store().complete(begun, OTHER_COMPLETION)).isEqualTo(CompleteResult.COMPLETED);

        assertThat(record().completion()).isEqualTo(OTHER_COMPLETION);
    }

    @Test
    void the_records_of_other_targets_stay_as_they_are() {
        BegunDeployment here = begin();
        store().complete(here, COMPLETION);
        Target otherCluster = new Target(environment, new ClusterId("us-1"));

        BegunDeployment there = begin(otherCluster, List.of());
        store().complete(there, OTHER_COMPLETION);
        begin(new Target(newEnvironmentId(), target.clusterId()), List.of());

        assertThat(store().findByEnvironments(List.of(environment)))
                .containsExactly(
                        new DeploymentRecord(target, here.revision(), 0, COMPLETION),
                        new DeploymentRecord(otherCluster, there.revision(), 0, OTHER_COMPLETION));
    }

    @Test
    void the_time_of_a_completion_is_truncated_to_the_microsecond() {
        store().complete(
                        begin(),
                        new DeploymentRecord.Completion(
                                COMPLETION.inputFingerprint(),
                                COMPLETION.renderedFingerprint(),
                                COMPLETION.renderingGeneration(),
                                COMPLETION.dialect(),
                                COMPLETION.deployedAt().plusNanos(999)));

        assertThat(record().completion()).isEqualTo(COMPLETION);
    }

    @Test
    void the_newest_of_many_concurrent_deployments_completes() {
        List<BegunDeployment> begun = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            begun.add(begin());
        }

        List<Concurrently.Outcome<CompleteResult>> outcomes =
                Concurrently.run(8, i -> () -> store().complete(begun.get(i), COMPLETION));

        for (int i = 0; i < begun.size(); i++) {
            assertThat(outcomes.get(i).value())
                    .isEqualTo(i == begun.size() - 1 ? CompleteResult.COMPLETED : CompleteResult.OVERTAKEN);
        }
        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.get(7).revision(), 0, COMPLETION));
    }

    @Test
    void a_forgotten_record_has_no_completion_and_a_higher_revision() {
        BegunDeployment begun = begin(intent(SHOP, namespaceId));
        store().complete(begun, COMPLETION);
        store().consume(Map.of(target, 0L));
        List<TargetObject> rows = rows();

        store().forget(target);

        assertThat(record().completion()).isNull();
        assertThat(record().revision()).isGreaterThan(begun.revision());
        assertThat(record().planSerial()).isEqualTo(1);
        assertThat(rows()).isEqualTo(rows);
    }

    @Test
    void a_running_deployment_cannot_complete_once_it_was_forgotten() {
        BegunDeployment running = begin();

        store().forget(target);

        assertThat(store().complete(running, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);
        assertThat(store().begin(target, running.revision(), List.of())).isEmpty();
        BegunDeployment next = begin();
        assertThat(next.revision()).isGreaterThan(running.revision());
        assertThat(store().complete(next, COMPLETION)).isEqualTo(CompleteResult.COMPLETED);
    }

    @Test
    void no_record_is_made_if_one_that_does_not_exist_is_forgotten() {
        store().forget(target);

        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
    }

    @Test
    void other_targets_keep_their_records_if_one_is_forgotten() {
        Target otherCluster = new Target(environment, new ClusterId("us-1"));
        BegunDeployment other = begin(otherCluster, List.of());
        store().complete(other, COMPLETION);
        begin();

        store().forget(target);

        assertThat(record(otherCluster)).isEqualTo(new DeploymentRecord(otherCluster, other.revision(), 0, COMPLETION));
    }

    @Test
    void the_serials_of_all_targets_are_raised_by_one() {
        Target other = new Target(newEnvironmentId(), target.clusterId());
        BegunDeployment begun = begin();
        store().complete(begun, COMPLETION);
        assertThat(store().consume(Map.of(target, 0L))).isTrue();

        assertThat(store().consume(Map.of(target, 1L, other, 0L))).isTrue();

        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.revision(), 2, COMPLETION));
        assertThat(record(other)).isEqualTo(new DeploymentRecord(other, 0, 1, null));
    }

    @Test
    void no_serial_is_raised_if_one_has_moved() {
        Target other = new Target(newEnvironmentId(), target.clusterId());
        Target third = new Target(newEnvironmentId(), target.clusterId());
        store().consume(Map.of(other, 0L));

        for (Map<Target, Long> stale :
                List.of(Map.of(target, 0L, other, 0L, third, 0L), Map.of(target, 0L, other, 2L), Map.of(target, 1L))) {
            assertThat(store().consume(stale)).isFalse();
        }

        assertThat(record(other).planSerial()).isEqualTo(1);
        assertThat(store().findByEnvironments(List.of(environment, third.environmentId())))
                .allSatisfy(record -> assertThat(record.planSerial()).isZero());
        assertThat(store().consume(Map.of(target, 0L, other, 1L, third, 0L))).isTrue();
    }

    @Test
    void no_serials_are_raised_with_success() {
        assertThat(store().consume(Map.of())).isTrue();
    }

    @Test
    void a_deployment_can_begin_and_complete_across_a_raised_serial() {
        store().consume(Map.of(target, 0L));
        BegunDeployment begun = store().begin(target, 0, List.of()).orElseThrow();
        store().consume(Map.of(target, 1L));

        assertThat(store().complete(begun, COMPLETION)).isEqualTo(CompleteResult.COMPLETED);

        assertThat(record()).isEqualTo(new DeploymentRecord(target, begun.revision(), 2, COMPLETION));
        assertThat(begin().revision()).isGreaterThan(begun.revision());
        assertThat(record().planSerial()).isEqualTo(2);
    }

    @Test
    void one_of_many_concurrent_callers_raises_the_serials() {
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            targets.add(new Target(newEnvironmentId(), target.clusterId()));
        }
        for (long serial = 0; serial < 3; serial++) {
            Map<Target, Long> serials = new TreeMap<>();
            for (Target each : targets) {
                serials.put(each, serial);
            }

            List<Concurrently.Outcome<Boolean>> outcomes = Concurrently.run(8, i -> () -> store().consume(serials));

            assertThat(outcomes)
                    .allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
            assertThat(outcomes)
                    .filteredOn(outcome -> Boolean.TRUE.equals(outcome.value()))
                    .hasSize(1);
            for (Target each : targets) {
                assertThat(record(each).planSerial()).isEqualTo(serial + 1);
            }
        }
    }

    @Test
    void one_of_two_plans_that_overlap_raises_its_serials() {
        for (int round = 0; round < 5; round++) {
            Target one = new Target(newEnvironmentId(), target.clusterId());
            Target shared = new Target(newEnvironmentId(), target.clusterId());
            Target two = new Target(newEnvironmentId(), target.clusterId());

            List<Concurrently.Outcome<Boolean>> outcomes =
                    Concurrently.run(2, i -> () -> store().consume(Map.of(i == 0 ? one : two, 0L, shared, 0L)));

            assertThat(outcomes)
                    .allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
            assertThat(outcomes)
                    .filteredOn(outcome -> Boolean.TRUE.equals(outcome.value()))
                    .hasSize(1);
            boolean firstWon = Boolean.TRUE.equals(outcomes.get(0).value());
            assertThat(record(shared).planSerial()).isEqualTo(1);
            assertThat(record(firstWon ? one : two).planSerial()).isEqualTo(1);
            assertThat(store().findByEnvironments(List.of((firstWon ? two : one).environmentId())))
                    .allSatisfy(record -> assertThat(record.planSerial()).isZero());
        }
    }

    private BegunDeployment begin(ObjectIntent... intents) {
        return begin(target, List.of(intents));
    }

    private BegunDeployment begin(Target target, List<ObjectIntent> intents) {
        return TargetRows.begin(store(), target, intents);
    }

    private void settle(BegunDeployment begun, ObjectResult... results) {
        store().settle(begun, List.of(results));
    }

    private void releaseAfterAdoption(String uid) {
        WrittenKeys keys = overwritten("team", "theirs", "tier", "gold");
        BegunDeployment begun = begin(new ObjectIntent(SHOP, namespaceId, keys, false));
        settle(begun, result(begun, SHOP, identity(uid), closed("f1", keys)));
        targetObjects().release(target, List.of("shop"));
    }

    private void endRelease(ResourceRef resource) {
        String attempt = row(resource).attempt();
        settle(
                new BegunDeployment(target, 0, attempt, List.of()),
                new ObjectResult(resource, attempt, null, new State.Released()));
    }

    private static ObjectResult result(
            BegunDeployment begun, ResourceRef resource, @Nullable ObjectIdentity identity, State state) {
        return new ObjectResult(resource, begun.attempt(), identity, state);
    }

    private long revision() {
        return TargetRows.record(store(), target).revision();
    }

    private DeploymentRecord record() {
        return record(target);
    }

    private DeploymentRecord record(Target target) {
        List<DeploymentRecord> records = store().findByEnvironments(List.of(target.environmentId())).stream()
                .filter(record -> record.target().equals(target))
                .toList();
        assertThat(records).hasSize(1);
        return records.get(0);
    }

    private List<TargetObject> rows() {
        return targetObjects().findPage(target, null, 10_000);
    }

    private TargetObject row(ResourceRef resource) {
        return row(target, resource);
    }

    private TargetObject row(Target target, ResourceRef resource) {
        return targetObjects().findPage(target, null, 10_000).stream()
                .filter(row -> row.resource().equals(resource))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no row of " + resource + " for " + target));
    }

    private static List<TargetObject> objects(BegunDeployment begun) {
        return begun.objects().stream().map(BegunDeployment.Entry::object).toList();
    }

    /** Returns these keys as labels and as annotations, each with the value that follows it. */
    private static WrittenKeys overwritten(@Nullable String... keysAndValues) {
        TreeMap<String, @Nullable String> map = new TreeMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return new WrittenKeys(map, map);
    }

    private static TargetObject withIdentity(TargetObject row, ObjectIdentity identity) {
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                row.attempt(),
                row.attemptedAt(),
                row.open(),
                row.createNonce(),
                identity,
                row.fingerprint(),
                row.keys(),
                row.released());
    }
}

package dev.namespaces.testkit.contract;

import static dev.namespaces.testkit.contract.TargetRows.closed;
import static dev.namespaces.testkit.contract.TargetRows.identity;
import static dev.namespaces.testkit.contract.TargetRows.intent;
import static dev.namespaces.testkit.contract.TargetRows.keys;
import static dev.namespaces.testkit.contract.TargetRows.namespace;
import static dev.namespaces.testkit.contract.TargetRows.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

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
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.DeploymentStore.CompleteResult;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.spi.TargetObjectStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every {@link TargetObjectStore} does. Extend it and hand in the store, and the store of deployments that writes
 * the same rows. They may have other data, and keep that of the tests.
 */
public abstract class TargetObjectStoreContract {

    private static final ResourceRef SHOP = namespace("shop");
    private static final ResourceRef SHOP_POLICY = policy("shop");
    private static final ResourceRef SHOP_CILIUM =
            new ResourceRef("cilium.io/v2", "CiliumNetworkPolicy", "shop", "egress");
    private static final ResourceRef API = namespace("api");
    private static final ResourceRef API_POLICY = policy("api");
    private static final DeploymentRecord.Completion COMPLETION = new DeploymentRecord.Completion(
            "0123456789abcdef".repeat(4),
            "02468ace13579bdf".repeat(4),
            1,
            PolicyDialect.KUBERNETES,
            Instant.parse("2026-03-29T01:30:00.123456Z"));

    private final ClusterId cluster = new ClusterId("eu-1");
    private final Target target = new Target(newEnvironmentId(), cluster);
    private final NamespaceId shopId = newNamespaceId();
    private final NamespaceId apiId = newNamespaceId();

    /** Creates the contract for a test that extends it. */
    protected TargetObjectStoreContract() {}

    /** Returns the store under test; called many times in a test, and each time returning the same data. */
    protected abstract TargetObjectStore store();

    /** Returns the store of deployments that writes what the store under test reads. */
    protected abstract DeploymentStore deployments();

    /** Returns an environment id that no test has used; override it if the store takes only ids of a certain form. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** Returns a namespace id that no test has used; override it if the store takes only ids of a certain form. */
    protected NamespaceId newNamespaceId() {
        return new NamespaceId(UUID.randomUUID().toString());
    }

    @Test
    void a_target_without_deployments_has_no_rows() {
        assertThat(store().findPage(target, null, 10)).isEmpty();
        assertThat(store().findByNamespaces(target, List.of("shop"))).isEmpty();
    }

    @Test
    void the_rows_of_a_namespace_are_its_own_and_those_of_objects_in_it() {
        begin(SHOP_POLICY, API, SHOP, API_POLICY, SHOP_CILIUM, namespace("shop-dev"), policy("shop-dev"));

        assertThat(resources(store().findByNamespaces(target, List.of("shop"))))
                .containsExactly(SHOP_CILIUM, SHOP, SHOP_POLICY);
        assertThat(resources(store().findByNamespaces(target, List.of("shop", "web", "api", "shop"))))
                .containsExactly(API, API_POLICY, SHOP_CILIUM, SHOP, SHOP_POLICY);
        assertThat(store().findByNamespaces(target, List.of())).isEmpty();
    }

    @Test
    void rows_are_found_by_namespace_as_they_are() {
        BegunDeployment begun = begin(SHOP);
        settle(begun, SHOP, "uid-1", "f1");

        assertThat(store().findByNamespaces(target, List.of("shop")))
                .isEqualTo(store().findPage(target, null, 10))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.target()).isEqualTo(target);
                    assertThat(row.namespaceId()).isEqualTo(shopId);
                    assertThat(row.attempt()).isEqualTo(begun.attempt());
                    assertThat(row.identity()).isEqualTo(identity("uid-1"));
                    assertThat(row.fingerprint()).isEqualTo("f1");
                    assertThat(row.keys()).isEqualTo(keys("team"));
                    assertThat(row.open()).isFalse();
                });
    }

    @Test
    void only_the_exact_namespace_is_found() {
        begin(SHOP);

        for (String other : List.of("shop ", " shop", "sho", "sho%", "shop-2", "Shop", "' OR '1'='1", "")) {
            assertThat(store().findByNamespaces(target, List.of(other)))
                    .as("'%s'", other)
                    .isEmpty();
        }
    }

    @Test
    void the_rows_of_thousands_of_namespaces_can_be_asked_for_at_once() {
        begin(SHOP, API);
        List<String> names = new ArrayList<>();
        names.add("shop");
        for (int i = 0; i < 5_000; i++) {
            names.add("other-" + i);
        }
        names.add("api");

        assertThat(resources(store().findByNamespaces(target, names))).containsExactly(API, SHOP);
    }

    @Test
    void the_rows_of_a_name_stay_when_a_successor_has_that_name() {
        BegunDeployment first = begin(SHOP, SHOP_POLICY);
        settle(first, SHOP_POLICY, "uid-2", "f2");
        NamespaceId successor = newNamespaceId();

        begin(target, List.of(intent(SHOP, successor)));

        assertThat(store().findByNamespaces(target, List.of("shop")))
                .extracting(TargetObject::resource, TargetObject::namespaceId)
                .containsExactly(tuple(SHOP, successor), tuple(SHOP_POLICY, shopId));
    }

    @Test
    void the_rows_of_other_targets_are_left_out() {
        Target otherCluster = new Target(target.environmentId(), new ClusterId("us-1"));
        Target otherEnvironment = new Target(newEnvironmentId(), cluster);
        begin(otherCluster, List.of(intent(SHOP, shopId)));
        begin(otherEnvironment, List.of(intent(SHOP, shopId)));

        assertThat(store().findPage(target, null, 10)).isEmpty();
        assertThat(store().findByNamespaces(target, List.of("shop"))).isEmpty();
        assertThat(store().findPage(otherCluster, null, 10))
                .singleElement()
                .satisfies(row -> assertThat(row.target()).isEqualTo(otherCluster));
    }

    @Test
    void every_row_is_on_one_page_in_order() {
        // Languages sort '-' after letters, or leave it out.
        List<ResourceRef> ordered = new ArrayList<>();
        for (String name : List.of("10", "9", "a", "a--b", "a-b", "a0", "aa", "ab", "b", "z-1")) {
            ordered.add(new ResourceRef("cilium.io/v2", "CiliumNetworkPolicy", name, "egress"));
            ordered.add(new ResourceRef("v1", "ConfigMap", name, "a"));
            ordered.add(new ResourceRef("v1", "ConfigMap", name, "b"));
            ordered.add(namespace(name));
            ordered.add(policy(name));
        }
        List<ResourceRef> shuffled = new ArrayList<>(ordered);
        Collections.shuffle(shuffled, new Random(1));
        begin(shuffled.toArray(ResourceRef[]::new));

        for (int limit : new int[] {1, 7, 49, 50, 51, 1_000}) {
            assertThat(allPages(limit)).as("limit %s", limit).isEqualTo(ordered);
        }
    }

    @Test
    void the_next_page_follows_a_row_that_was_deleted_since() {
        BegunDeployment begun = begin(API, SHOP, namespace("web"));
        deployments()
                .settle(begun, List.of(new ObjectResult(SHOP, begun.attempt(), null, new ObjectResult.State.Absent())));

        assertThat(resources(store().findPage(target, SHOP, 10))).containsExactly(namespace("web"));
    }

    @Test
    void an_empty_page_follows_the_last_row() {
        begin(API, SHOP);

        assertThat(store().findPage(target, SHOP, 10)).isEmpty();
    }

    @Test
    void a_uid_is_found_with_its_object_and_target() {
        String ofNamespace = newUid();
        String ofPolicy = newUid();
        BegunDeployment begun = begin(SHOP, SHOP_POLICY, API);
        settle(begun, SHOP, ofNamespace, "f1");
        settle(begun, SHOP_POLICY, ofPolicy, "f2");
        settle(begun, API, newUid(), "f3");

        assertThat(store().findByUids(cluster, List.of(ofPolicy, ofNamespace, ofNamespace)))
                .containsExactlyInAnyOrder(
                        new RecordedUid(SHOP, identity(ofNamespace), target, shopId),
                        new RecordedUid(SHOP_POLICY, identity(ofPolicy), target, shopId));
    }

    @Test
    void uids_are_found_over_all_targets_of_the_cluster() {
        String uid = newUid();
        String other = newUid();
        Target second = new Target(newEnvironmentId(), cluster);
        settle(begin(SHOP), SHOP, uid, "f1");
        settle(begin(second, List.of(intent(SHOP, apiId))), SHOP, other, "f2");

        assertThat(store().findByUids(cluster, List.of(uid, other)))
                .containsExactlyInAnyOrder(
                        new RecordedUid(SHOP, identity(uid), target, shopId),
                        new RecordedUid(SHOP, identity(other), second, apiId));
    }

    @Test
    void uids_that_nobody_recorded_are_left_out() {
        String uid = newUid();
        settle(begin(SHOP), SHOP, uid, "f1");
        List<String> uids = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            uids.add(newUid());
        }

        assertThat(store().findByUids(cluster, uids)).isEmpty();
        assertThat(store().findByUids(cluster, List.of())).isEmpty();
        assertThat(store().findByUids(new ClusterId("us-1"), List.of(uid))).isEmpty();
        assertThat(store().findByUids(cluster, List.of(uid.toUpperCase(Locale.ROOT))))
                .isEmpty();
        uids.add(uid);
        assertThat(store().findByUids(cluster, uids)).hasSize(1);
    }

    @Test
    void an_ensured_namespace_is_found_by_its_uid_without_a_target() {
        String uid = newUid();

        store().recordEnsured(cluster, "shop", uid);

        assertThat(store().findByUids(cluster, List.of(uid))).containsExactly(ensured(uid));
        assertThat(store().findByUids(new ClusterId("us-1"), List.of(uid))).isEmpty();
        assertThat(store().findPage(target, null, 10)).isEmpty();
    }

    @Test
    void an_ensured_namespace_that_is_recorded_again_is_found_once() {
        String uid = newUid();
        store().recordEnsured(cluster, "shop", uid);

        store().recordEnsured(cluster, "shop", uid);

        assertThat(store().findByUids(cluster, List.of(uid))).containsExactly(ensured(uid));
    }

    @Test
    void an_ensured_namespace_is_found_once_if_many_record_it() {
        String uid = newUid();

        List<Concurrently.Outcome<Boolean>> outcomes = Concurrently.run(8, i -> () -> {
            store().recordEnsured(cluster, "shop", uid);
            return true;
        });

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
        assertThat(store().findByUids(cluster, List.of(uid))).containsExactly(ensured(uid));
    }

    @Test
    void two_namespaces_ensured_one_after_the_other_are_both_found() {
        String first = newUid();
        String second = newUid();
        store().recordEnsured(cluster, "shop", first);

        store().recordEnsured(cluster, "shop", second);

        assertThat(store().findByUids(cluster, List.of(first, second)))
                .containsExactlyInAnyOrder(ensured(first), ensured(second));
    }

    @Test
    void an_ensured_namespace_that_was_adopted_is_found_as_both() {
        String uid = newUid();
        store().recordEnsured(cluster, "shop", uid);
        ObjectIdentity adopted = new ObjectIdentity(uid, Origin.ADOPTED);
        BegunDeployment begun = begin(SHOP);
        deployments()
                .settle(begun, List.of(new ObjectResult(SHOP, begun.attempt(), adopted, closed("f1", keys("team")))));

        assertThat(store().findByUids(cluster, List.of(uid)))
                .containsExactlyInAnyOrder(ensured(uid), new RecordedUid(SHOP, adopted, target, shopId));
    }

    @Test
    void released_rows_prove_nothing_afterwards() {
        String uid = newUid();
        BegunDeployment begun = begin(SHOP, SHOP_POLICY, API);
        settle(begun, SHOP, uid, "f1");
        List<TargetObject> before = store().findByNamespaces(target, List.of("shop"));
        TargetObject api = row(target, API);

        List<TargetObject> released = store().release(target, List.of("shop"));

        List<TargetObject> after = store().findByNamespaces(target, List.of("shop"));
        assertThat(released).containsExactlyInAnyOrderElementsOf(after);
        assertThat(after).hasSize(2);
        for (int i = 0; i < 2; i++) {
            TargetObject row = before.get(i);
            assertThat(after.get(i).createNonce()).isNotBlank().isNotEqualTo(row.createNonce());
            assertThat(after.get(i).attempt()).isNotBlank().isNotEqualTo(row.attempt());
            assertThat(after.get(i))
                    .isEqualTo(new TargetObject(
                            target,
                            row.resource(),
                            row.namespaceId(),
                            after.get(i).attempt(),
                            row.attemptedAt(),
                            row.open(),
                            after.get(i).createNonce(),
                            null,
                            null,
                            keys("team"),
                            new TargetObject.Released(row.resource().equals(SHOP) ? uid : null, row.createNonce())));
        }
        assertThat(after).extracting(TargetObject::createNonce).doesNotHaveDuplicates();
        assertThat(row(target, API)).isEqualTo(api);
        assertThat(store().findByUids(cluster, List.of(uid))).isEmpty();
    }

    @Test
    void a_retried_release_keeps_how_objects_were_recognized() {
        BegunDeployment begun = begin(SHOP, SHOP_POLICY);
        settle(begun, SHOP, newUid(), "f1");
        List<TargetObject> first = store().release(target, List.of("shop"));

        List<TargetObject> second = store().release(target, List.of("shop"));

        assertThat(second)
                .isEqualTo(store().findByNamespaces(target, List.of("shop")))
                .extracting(TargetObject::resource, TargetObject::released, TargetObject::keys)
                .containsExactlyElementsOf(first.stream()
                        .map(row -> tuple(row.resource(), row.released(), row.keys()))
                        .toList());
        assertThat(second)
                .extracting(TargetObject::createNonce)
                .doesNotContainAnyElementsOf(
                        first.stream().map(TargetObject::createNonce).toList());
    }

    @Test
    void a_release_forgets_the_record_and_raises_the_serial() {
        BegunDeployment begun = begin(SHOP);
        deployments().complete(begun, COMPLETION);

        store().release(target, List.of("shop"));

        DeploymentRecord record = record(target);
        assertThat(record.completion()).isNull();
        assertThat(record.revision()).isGreaterThan(begun.revision());
        assertThat(record.planSerial()).isEqualTo(1);
        assertThat(deployments().complete(begun, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);
        assertThat(deployments().consume(Map.of(target, 0L))).isFalse();
    }

    @Test
    void a_release_of_names_without_rows_returns_no_rows() {
        begin(SHOP);
        TargetObject shop = row(target, SHOP);

        assertThat(store().release(target, List.of("api", "shop-dev"))).isEmpty();

        assertThat(row(target, SHOP)).isEqualTo(shop);
    }

    @Test
    void a_release_leaves_other_targets_as_they_are() {
        Target other = new Target(newEnvironmentId(), cluster);
        BegunDeployment theirs = begin(other, List.of(intent(SHOP, apiId)));
        settle(theirs, SHOP, "uid-9", "f9");
        deployments().complete(theirs, COMPLETION);
        DeploymentRecord record = record(other);
        List<TargetObject> rows = store().findPage(other, null, 10);
        begin(SHOP);

        store().release(target, List.of("shop"));

        assertThat(record(other)).isEqualTo(record);
        assertThat(store().findPage(other, null, 10)).isEqualTo(rows);
    }

    @Test
    void moved_rows_keep_identity_nonce_and_keys_and_are_open() {
        String uid = newUid();
        Target receiver = new Target(newEnvironmentId(), cluster);
        NamespaceId receivingId = newNamespaceId();
        BegunDeployment begun = begin(SHOP, SHOP_POLICY, API);
        settle(begun, SHOP, uid, "f1");
        TargetObject before = row(target, SHOP);

        store().move(target, receiver, "shop", receivingId);

        assertThat(resources(store().findPage(target, null, 10))).containsExactly(API);
        assertThat(resources(store().findPage(receiver, null, 10))).containsExactly(SHOP, SHOP_POLICY);
        assertThat(row(receiver, SHOP))
                .isEqualTo(new TargetObject(
                        receiver,
                        SHOP,
                        receivingId,
                        before.attempt(),
                        before.attemptedAt(),
                        true,
                        before.createNonce(),
                        identity(uid),
                        null,
                        keys("team"),
                        null));
        assertThat(store().findByUids(cluster, List.of(uid)))
                .containsExactly(new RecordedUid(SHOP, identity(uid), receiver, receivingId));
    }

    @Test
    void moved_rows_keep_an_unfinished_release() {
        Target receiver = new Target(newEnvironmentId(), cluster);
        settle(begin(SHOP), SHOP, newUid(), "f1");
        store().release(target, List.of("shop"));
        TargetObject before = row(target, SHOP);

        store().move(target, receiver, "shop", apiId);

        assertThat(row(receiver, SHOP).released()).isEqualTo(before.released()).isNotNull();
    }

    @Test
    void moved_rows_replace_those_of_the_receiver_for_the_same_objects() {
        String uid = newUid();
        Target receiver = new Target(newEnvironmentId(), cluster);
        BegunDeployment theirs =
                begin(receiver, List.of(intent(SHOP, apiId), intent(SHOP_CILIUM, apiId), intent(API, apiId)));
        settle(theirs, SHOP, newUid(), "f9");
        TargetObject cilium = row(receiver, SHOP_CILIUM);
        TargetObject api = row(receiver, API);
        settle(begin(SHOP, SHOP_POLICY), SHOP, uid, "f1");

        store().move(target, receiver, "shop", apiId);

        assertThat(resources(store().findPage(receiver, null, 10)))
                .containsExactly(API, SHOP_CILIUM, SHOP, SHOP_POLICY);
        assertThat(row(receiver, SHOP).identity()).isEqualTo(identity(uid));
        assertThat(row(receiver, SHOP_CILIUM)).isEqualTo(cilium);
        assertThat(row(receiver, API)).isEqualTo(api);
        assertThat(store().findPage(target, null, 10)).isEmpty();
    }

    @Test
    void a_move_forgets_both_records_and_raises_both_serials() {
        Target receiver = new Target(newEnvironmentId(), cluster);
        BegunDeployment ours = begin(SHOP);
        deployments().complete(ours, COMPLETION);
        BegunDeployment theirs = begin(receiver, List.of());
        deployments().consume(Map.of(receiver, 0L));
        deployments().complete(theirs, COMPLETION);

        store().move(target, receiver, "shop", apiId);

        assertThat(record(target).completion()).isNull();
        assertThat(record(target).revision()).isGreaterThan(ours.revision());
        assertThat(record(target).planSerial()).isEqualTo(1);
        assertThat(record(receiver).completion()).isNull();
        assertThat(record(receiver).revision()).isGreaterThan(theirs.revision());
        assertThat(record(receiver).planSerial()).isEqualTo(2);
        assertThat(deployments().complete(ours, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);
        assertThat(deployments().complete(theirs, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);
    }

    @Test
    void a_move_to_a_target_without_a_record_raises_its_serial() {
        Target receiver = new Target(newEnvironmentId(), cluster);
        begin(SHOP);

        store().move(target, receiver, "shop", apiId);

        assertThat(record(receiver).planSerial()).isEqualTo(1);
        assertThat(deployments().consume(Map.of(receiver, 0L))).isFalse();
        begin(receiver, List.of(intent(SHOP, apiId)));
    }

    @Test
    void a_move_to_another_cluster_is_refused_and_writes_nothing() {
        begin(SHOP);
        List<TargetObject> rows = store().findPage(target, null, 10);
        DeploymentRecord record = record(target);
        Target receiver = new Target(newEnvironmentId(), new ClusterId("us-1"));

        assertThatIllegalArgumentException().isThrownBy(() -> store().move(target, receiver, "shop", apiId));

        assertThat(store().findPage(target, null, 10)).isEqualTo(rows);
        assertThat(store().findPage(receiver, null, 10)).isEmpty();
        assertThat(record(target)).isEqualTo(record);
    }

    @Test
    void a_move_to_the_same_target_is_refused_and_writes_nothing() {
        begin(SHOP);
        List<TargetObject> rows = store().findPage(target, null, 10);
        DeploymentRecord record = record(target);

        assertThatIllegalArgumentException().isThrownBy(() -> store().move(target, target, "shop", apiId));

        assertThat(store().findPage(target, null, 10)).isEqualTo(rows);
        assertThat(record(target)).isEqualTo(record);
    }

    private BegunDeployment begin(ResourceRef... resources) {
        return begin(
                target,
                List.of(resources).stream()
                        .map(resource -> new ObjectIntent(
                                resource,
                                resource.equals(API) || resource.equals(API_POLICY) ? apiId : shopId,
                                keys("team"),
                                false))
                        .toList());
    }

    private BegunDeployment begin(Target target, List<ObjectIntent> intents) {
        return TargetRows.begin(deployments(), target, intents);
    }

    private void settle(BegunDeployment begun, ResourceRef resource, String uid, String fingerprint) {
        deployments()
                .settle(
                        begun,
                        List.of(new ObjectResult(
                                resource, begun.attempt(), identity(uid), closed(fingerprint, keys("team")))));
    }

    private DeploymentRecord record(Target target) {
        return TargetRows.record(deployments(), target);
    }

    private TargetObject row(Target target, ResourceRef resource) {
        return store().findPage(target, null, 10_000).stream()
                .filter(row -> row.resource().equals(resource))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no row of " + resource + " for " + target));
    }

    /** Returns all rows, page by page as the port says: a page that is not full is the last one. */
    private List<ResourceRef> allPages(int limit) {
        List<ResourceRef> all = new ArrayList<>();
        @Nullable ResourceRef after = null;
        while (true) {
            List<ResourceRef> page = resources(store().findPage(target, after, limit));
            assertThat(page).hasSizeLessThanOrEqualTo(limit);
            all.addAll(page);
            if (page.size() < limit) {
                return all;
            }
            after = page.get(page.size() - 1);
        }
    }

    private static List<ResourceRef> resources(List<TargetObject> rows) {
        return rows.stream().map(TargetObject::resource).toList();
    }

    private static RecordedUid ensured(String uid) {
        return new RecordedUid(SHOP, new ObjectIdentity(uid, Origin.ENSURED), null, null);
    }

    private static String newUid() {
        return "uid-" + UUID.randomUUID();
    }
}

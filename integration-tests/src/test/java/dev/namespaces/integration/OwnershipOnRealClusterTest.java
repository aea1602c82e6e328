package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.FAKE;
import static dev.namespaces.integration.RealPlatform.REAL;
import static dev.namespaces.integration.RealPlatform.kept;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.LabelDomainChangedException;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.adopt.ReleaseReport.Outcome;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adoption, release, take-over and orphans on a real API server. */
@OnRealCluster(cilium = true, namespaceController = true)
@Timeout(120)
class OwnershipOnRealClusterTest {

    private static final DeployOptions NEVER = DeployOptions.defaults();
    private static final DeployOptions ALWAYS = NEVER.withAdoption(AdoptionPolicy.ALWAYS);

    private static KubeApiServer server;
    private static KubeApiServer.NamespaceController controller;

    private RealPlatform platform;
    private NamespaceLifecycle lifecycle;
    private Environment dev;

    @BeforeAll
    static void start(KubeApiServer cluster) {
        server = cluster;
        controller = server.startNamespaceController();
    }

    @AfterAll
    static void stop() {
        controller.close();
    }

    @BeforeEach
    void open() {
        platform = new RealPlatform(server);
        lifecycle = platform.lifecycle;
        dev = platform.environment;
    }

    @AfterEach
    void close() {
        platform.close();
    }

    // Adoption

    @Test
    void a_namespace_that_others_created_is_refused_and_not_written_to() {
        Namespace shop = platform.namespace(dev);
        io.fabric8.kubernetes.api.model.Namespace before = platform.createByHand(shop.name(), Map.of());

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);
        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER.withAdoption(AdoptionPolicy.CLAIMED))))
                .isInstanceOf(NamespaceNotOursException.class);

        assertThat(platform.live(shop.name())).isEqualTo(before);
        assertThat(policies(shop)).isEmpty();
    }

    @Test
    void a_namespace_is_adopted_if_its_owner_names_the_environment_and_is_never_deleted() {
        Namespace shop = platform.namespace(dev);
        platform.createByHand(shop.name(), Map.of());
        platform.annotate(shop.name(), "namespaces.dev/adopt-for", dev.id().value());

        lifecycle.deploy(dev.id(), NEVER.withAdoption(AdoptionPolicy.CLAIMED));

        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsEntry("namespaces.dev/origin", "adopted");
        assertThat(policies(shop)).containsExactly("egress.namespaces.dev");
        assertIsKept(shop, "ADOPTED");
    }

    @Test
    void a_namespace_that_our_ensure_created_is_adopted_and_never_deleted() {
        Namespace shop = platform.namespace(dev);
        lifecycle.ensureNamespaceExists(REAL, shop.name());

        assertIsKept(shop, "ENSURED");
        Namespace again = lifecycle.create(NamespaceRequest.of(dev.id(), shop.name()));
        lifecycle.deploy(dev.id(), NEVER);

        assertThat(policies(shop)).containsExactly("egress.namespaces.dev");
        assertIsKept(again, "ADOPTED");
    }

    @Test
    void an_adoption_is_planned_without_a_write() {
        Namespace shop = platform.namespace(dev);
        platform.createByHand(shop.name(), Map.of("team", "storefront"));
        policyOfOthers(server.client(), shop);
        platform.stores.egressPolicies().save(anEgressPolicy().denyingAll().build());
        io.fabric8.kubernetes.api.model.Namespace before = platform.live(shop.name());
        platform.proxy.forget();

        assertThat(lifecycle.planAdoption(dev.id()).candidates())
                .singleElement()
                .satisfies(candidate -> {
                    assertThat(candidate.namespace()).isEqualTo(shop);
                    assertThat(candidate.uid()).isEqualTo(before.getMetadata().getUid());
                    assertThat(candidate.labels()).containsEntry("team", "storefront");
                    assertThat(candidate.age()).isLessThan(Duration.ofMinutes(5));
                    assertThat(candidate.fieldManagers()).hasSize(1);
                    assertThat(candidate.policies())
                            .extracting(ResourceRef::name)
                            .containsExactly("theirs");
                    assertThat(candidate.egressChanges()).contains("loses everywhere");
                });

        assertThat(platform.proxy.requests()).isNotEmpty().allMatch(request -> request.startsWith("GET "));
        assertThat(platform.live(shop.name())).isEqualTo(before);
    }

    // Release

    @Test
    void an_adopted_namespace_is_released_as_it_was_but_for_its_version() {
        Namespace shop = platform.namespace(dev);
        platform.createByHand(shop.name(), Map.of("team", "storefront", "app.kubernetes.io/managed-by", "Helm"));
        platform.annotate(shop.name(), "example.com/owner", "alice");
        io.fabric8.kubernetes.api.model.Namespace before = platform.live(shop.name());
        adopt(shop);

        ReleaseReport report = lifecycle.release(List.of(shop.id()));

        assertThat(withoutVersion(platform.live(shop.name()))).isEqualTo(withoutVersion(before));
        assertThat(policies(shop)).isEmpty();
        assertThat(released(report).restored())
                .containsExactlyInAnyOrder("label team", "label app.kubernetes.io/managed-by");
        assertThat(released(report).remaining()).isEmpty();
        assertThat(platform.plan().deletions()).isEmpty();
    }

    @Test
    void a_release_keeps_what_others_changed_since_the_adoption() {
        Namespace shop = platform.namespace(dev);
        platform.createByHand(shop.name(), Map.of("team", "storefront", "tier", "gold", "gone", "soon"));
        io.fabric8.kubernetes.api.model.Namespace before = platform.live(shop.name());
        adopt(shop);
        platform.label(shop.name(), "team", "payments");
        platform.label(shop.name(), "tier", "silver");
        platform.label(shop.name(), "example.com/added", "1");
        platform.annotate(shop.name(), "example.com/note", "hello");
        platform.removeLabel(shop.name(), "gone");

        ReleaseReport report = lifecycle.release(List.of(shop.id()));

        assertThat(withoutVersion(platform.live(shop.name())))
                .isEqualTo(withoutVersion(new NamespaceBuilder(before)
                        .editMetadata()
                        .addToLabels("team", "payments")
                        .addToLabels("tier", "silver")
                        .addToLabels("example.com/added", "1")
                        .removeFromLabels("gone")
                        .addToAnnotations("example.com/note", "hello")
                        .endMetadata()
                        .build()));
        assertThat(report.toString()).contains("the label team stays");
    }

    @Test
    void a_created_namespace_is_released_without_our_labels_and_never_deleted() {
        Namespace shop = platform.deployed();
        DeletionPlan plan = platform.plan();

        lifecycle.release(List.of(shop.id()));

        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsOnlyKeys("kubernetes.io/metadata.name");
        assertThat(platform.live(shop.name()).getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(policies(shop)).isEmpty();
        assertThatThrownBy(() -> platform.delete(plan)).isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(platform.delete(platform.plan())).isEmpty();
        assertThat(orphans(shop)).isEmpty();
        platform.assertStays(shop.name());
    }

    @Test
    void another_label_domain_is_refused_until_the_namespaces_are_released() {
        Namespace shop = platform.deployed();
        String version = platform.live(shop.name()).getMetadata().getResourceVersion();
        try (NamespaceLifecycle changed = platform.builder()
                .labels(LabelScheme.ofDomain("platform.example.com"))
                .build()) {
            assertThat(cause(() -> changed.deploy(dev.id(), ALWAYS))).isInstanceOf(LabelDomainChangedException.class);
            assertThat(platform.live(shop.name()).getMetadata().getResourceVersion())
                    .isEqualTo(version);

            lifecycle.release(List.of(shop.id()));
            changed.create(NamespaceRequest.of(dev.id(), shop.name()));
            changed.deploy(dev.id(), ALWAYS);

            assertThat(platform.live(shop.name()).getMetadata().getLabels())
                    .containsEntry("platform.example.com/environment", dev.id().value())
                    .containsEntry("platform.example.com/origin", "adopted");
        }
    }

    private void adopt(Namespace shop) {
        lifecycle.update(
                shop.id(),
                shop.version(),
                NamespaceRequest.of(dev.id(), shop.name()).withMetadata("team", "platform"));
        lifecycle.deploy(dev.id(), ALWAYS.withTakeOverFields(true));
        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsEntry("team", "platform")
                .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev");
    }

    private static Outcome.Released released(ReleaseReport report) {
        return (Outcome.Released) report.results().get(0).outcome();
    }

    private static io.fabric8.kubernetes.api.model.Namespace withoutVersion(
            io.fabric8.kubernetes.api.model.Namespace namespace) {
        return new NamespaceBuilder(namespace)
                .editMetadata()
                .withManagedFields()
                .withResourceVersion(null)
                .endMetadata()
                .build();
    }

    // Take-over

    @Test
    void a_namespace_of_our_own_is_taken_over_by_its_name_and_stays_created() {
        Namespace shop = platform.deployed();
        DeletionPlan planOfFormer = platform.plan();
        Environment two = platform.sharing(shop.name());
        assertThat(cause(() -> lifecycle.deploy(two.id(), ALWAYS))).isInstanceOf(NamespaceOwnedByOtherException.class);

        lifecycle.deploy(two.id(), NEVER.withTakeOverNamespaces(List.of(shop.name())));

        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsEntry("namespaces.dev/environment", two.id().value())
                .containsEntry("namespaces.dev/origin", "created");
        assertThatThrownBy(() -> platform.delete(planOfFormer)).isInstanceOf(DeletionPlanUnusableException.class);
        assertThat(cause(() -> lifecycle.deploy(dev.id(), ALWAYS))).isInstanceOf(NamespaceOwnedByOtherException.class);
        assertThat(platform.delete(platform.plan())).isEmpty();
        platform.assertStays(shop.name());
        assertThat(platform.delete(lifecycle.planDeletion(two.id())))
                .containsExactly(shop.name() + " on real-1: Terminating");
    }

    @Test
    void a_namespace_from_elsewhere_is_adopted_when_it_is_taken_over_and_never_deleted() {
        Namespace shop = platform.namespace(dev);
        platform.createByHand(shop.name(), Map.of("namespaces.dev/environment", "theirs"));

        lifecycle.deploy(
                dev.id(), NEVER.withTakeOverNamespaces(List.of(shop.name())).withTakeOverFields(true));

        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsEntry("namespaces.dev/environment", dev.id().value())
                .containsEntry("namespaces.dev/origin", "adopted");
        assertIsKept(shop, "ADOPTED");
    }

    // Others

    @Test
    void two_installations_with_equal_ids_and_names_never_delete_the_others_namespace() {
        Namespace shop = platform.deployed();
        try (RealPlatform theirs = new RealPlatform(server)) {
            theirs.stores.environments().save(dev);
            theirs.lifecycle.create(NamespaceRequest.of(dev.id(), shop.name()));
            assertThat(cause(() -> theirs.lifecycle.deploy(dev.id(), NEVER)))
                    .isInstanceOf(NamespaceNotOursException.class);
            DeletionPlan plan = theirs.lifecycle.planDeletion(dev.id());
            assertThat(theirs.delete(plan)).isEmpty();
            assertThat(kept(plan)).containsExactly(shop.name() + " on real-1: FOREIGN");

            theirs.lifecycle.create(NamespaceRequest.of(dev.id(), shop.name()));
            theirs.lifecycle.deploy(dev.id(), ALWAYS);
            DeletionPlan afterAdoption = theirs.lifecycle.planDeletion(dev.id());
            assertThat(theirs.delete(afterAdoption)).isEmpty();
            assertThat(kept(afterAdoption)).containsExactly(shop.name() + " on real-1: ADOPTED");
        }
        platform.assertStays(shop.name());
        assertThat(platform.delete(platform.plan())).containsExactly(shop.name() + " on real-1: Terminating");
    }

    @Test
    void a_victims_namespace_that_an_attacker_labels_as_ours_is_never_deleted() {
        Namespace ours = platform.deployed();
        Namespace victim = platform.namespace(dev);
        platform.createByHand(victim.name(), Map.of("owner", "victim"));
        Map<String, String> annotations =
                platform.live(ours.name()).getMetadata().getAnnotations();
        // The client reads a namespace before it patches it.
        try (KubernetesClient client = attacker(rule("", "namespaces", "get", "patch"))) {
            client.namespaces().withName(victim.name()).patch(PatchContext.of(PatchType.JSON_MERGE), """
                    {"metadata": {
                      "labels": {
                        "app.kubernetes.io/managed-by": "namespaces.dev",
                        "namespaces.dev/environment": "%s",
                        "namespaces.dev/namespace-id": "%s",
                        "namespaces.dev/origin": "created"
                      },
                      "annotations": {"namespaces.dev/created": "%s"}
                    }}""".formatted(
                            dev.id(), victim.id(), annotations.get("namespaces.dev/created")));
        }

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER))).isInstanceOf(NamespaceNotOursException.class);
        assertThat(kept(platform.plan())).containsExactly(victim.name() + " on real-1: FOREIGN");
        assertThat(orphansOf(victim.name())).isEmpty();
        lifecycle.deploy(dev.id(), ALWAYS.withTakeOverFields(true));

        DeletionPlan plan = platform.plan();
        assertThat(kept(plan)).containsExactly(victim.name() + " on real-1: ADOPTED");
        assertThat(platform.delete(plan)).containsExactly(ours.name() + " on real-1: Terminating");
        platform.assertStays(victim.name());
    }

    @Test
    void labels_of_others_stay_if_forged_managed_fields_give_them_to_us() {
        Namespace shop = platform.deployed();
        String key = "pod-security.kubernetes.io/enforce";
        platform.label(shop.name(), key, "restricted");
        try (KubernetesClient client = attacker(rule("", "namespaces", "get", "patch"))) {
            client.namespaces().withName(shop.name()).edit(live -> {
                // Nobody else owns the label any more.
                live.getMetadata()
                        .getManagedFields()
                        .removeIf(entry -> !entry.getManager().equals("namespaces.dev"));
                live.getMetadata()
                        .getManagedFields()
                        .forEach(entry -> entry.getFieldsV1()
                                .setAdditionalProperty("f:metadata", Map.of("f:labels", Map.of("f:" + key, Map.of()))));
                return live;
            });
        }
        lifecycle.update(
                shop.id(),
                shop.version(),
                NamespaceRequest.of(dev.id(), shop.name()).withMetadata("team", "platform"));

        DeploymentReport report = lifecycle.deploy(dev.id(), NEVER.withTakeOverFields(true));

        assertThat(platform.live(shop.name()).getMetadata().getLabels())
                .containsEntry("team", "platform")
                .containsEntry(key, "restricted");
        assertThat(report.toString()).contains("the label " + key + " stays: its managed fields name us");
    }

    @Test
    void a_namespace_that_an_attacker_has_prepared_is_refused_and_described() {
        Namespace shop = platform.namespace(dev);
        try (KubernetesClient client = attacker(
                rule("", "namespaces", "get", "create"),
                rule("networking.k8s.io", "networkpolicies", "create"),
                rule("rbac.authorization.k8s.io", "rolebindings", "create"),
                rule("rbac.authorization.k8s.io", "clusterroles", "bind"))) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(shop.name())
                            .addToLabels("app.kubernetes.io/managed-by", "namespaces.dev")
                            .addToLabels("namespaces.dev/environment", dev.id().value())
                            .addToLabels("namespaces.dev/origin", "created")
                            .endMetadata()
                            .build())
                    .create();
            policyOfOthers(client, shop);
            client.resource(new RoleBindingBuilder()
                            .withNewMetadata()
                            .withNamespace(shop.name())
                            .withName("backdoor")
                            .endMetadata()
                            .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "admin")
                            .addNewSubject("rbac.authorization.k8s.io", "User", "attacker", null)
                            .build())
                    .create();
        }

        assertThat(cause(() -> lifecycle.deploy(dev.id(), NEVER)))
                .isInstanceOf(NamespaceNotOursException.class)
                .hasMessageContaining(shop.name());
        assertThat(lifecycle.planAdoption(dev.id()).candidates())
                .singleElement()
                .satisfies(candidate -> assertThat(candidate.policies())
                        .extracting(ResourceRef::name)
                        .containsExactly("theirs"));
        assertIsKept(shop, "FOREIGN");
    }

    private static PolicyRule rule(String group, String resource, String... verbs) {
        return new PolicyRuleBuilder()
                .withApiGroups(group)
                .withResources(resource)
                .withVerbs(verbs)
                .build();
    }

    private static KubernetesClient attacker(PolicyRule... rights) {
        return new KubernetesClientBuilder()
                .withConfig(server.config(server.newUser(List.of(rights))))
                .build();
    }

    // Orphans

    @Test
    void an_orphan_of_a_soft_deleted_namespace_is_planned_and_deleted() {
        Namespace shop = platform.deployed();
        assertThat(orphans(shop)).isEmpty();
        platform.stores.namespaces().update(List.of(shop.deleted(Instant.now())));

        List<Orphan> orphans = orphans(shop);

        assertThat(orphans).extracting(Orphan::reason).containsExactly(Orphan.Reason.DELETED);
        assertThat(platform.delete(lifecycle.planOrphanDeletion(orphans, PlanOptions.defaults())))
                .containsExactly(shop.name() + " on real-1: Terminating");
    }

    @Test
    void an_orphan_on_a_cluster_that_was_left_is_deleted_there_only() {
        Environment both = platform.environment(dev.id().value(), REAL, FAKE);
        Namespace shop = platform.namespace(both);
        lifecycle.deploy(both.id());
        platform.environment(dev.id().value(), FAKE);

        List<Orphan> orphans = orphans(shop);

        assertThat(orphans).extracting(Orphan::reason).containsExactly(Orphan.Reason.CLUSTER_LEFT);
        assertThat(platform.delete(lifecycle.planOrphanDeletion(orphans, PlanOptions.defaults())))
                .containsExactly(shop.name() + " on real-1: Terminating");
        assertThat(platform.fakes.cluster(FAKE).find(ResourceRef.namespace(shop.name())))
                .isPresent();
    }

    @Test
    void unrecorded_and_ensured_orphans_are_listed_and_cannot_be_planned() {
        String forged = server.newName("forged");
        platform.createByHand(forged, Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));
        String ensured = server.newName("ensured");
        lifecycle.ensureNamespaceExists(REAL, ensured);

        assertThat(orphansOf(forged)).extracting(Orphan::reason).containsExactly(Orphan.Reason.UNRECORDED);
        assertThat(orphansOf(ensured)).extracting(Orphan::reason).containsExactly(Orphan.Reason.ENSURED);
        for (String name : List.of(forged, ensured)) {
            assertThatThrownBy(() -> lifecycle.planOrphanDeletion(orphansOf(name), PlanOptions.defaults()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private List<Orphan> orphans(Namespace namespace) {
        return orphansOf(namespace.name());
    }

    /** Other tests have left namespaces on the server. */
    private List<Orphan> orphansOf(String name) {
        return lifecycle.findOrphans(REAL).stream()
                .filter(orphan -> orphan.name().equals(name))
                .toList();
    }

    private void assertIsKept(Namespace namespace, String reason) {
        DeletionPlan plan = platform.plan();
        assertThat(kept(plan)).containsExactly(namespace.name() + " on real-1: " + reason);
        assertThat(platform.delete(plan)).isEmpty();
        assertThat(platform.deletesSent()).isZero();
        platform.assertStays(namespace.name());
    }

    private static void policyOfOthers(KubernetesClient client, Namespace namespace) {
        client.resource(new NetworkPolicyBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace.name())
                        .withName("theirs")
                        .endMetadata()
                        .withNewSpec()
                        .withNewPodSelector()
                        .addToMatchLabels("app", "only-this-one")
                        .endPodSelector()
                        .withPolicyTypes("Egress")
                        .endSpec()
                        .build())
                .create();
    }

    private static List<String> policies(Namespace namespace) {
        return server
                .client()
                .genericKubernetesResources("cilium.io/v2", "CiliumNetworkPolicy")
                .inNamespace(namespace.name())
                .list()
                .getItems()
                .stream()
                .map(policy -> policy.getMetadata().getName())
                .toList();
    }

    private static Throwable cause(ThrowingCallable call) {
        return catchThrowableOfType(DeploymentFailedException.class, call).getCause();
    }
}

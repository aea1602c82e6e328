package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.REAL;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.testkit.RecordedCall;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Everything that a lifecycle does on a cluster, with the rights of the shipped role, and with one rule less. */
@OnRealCluster(cilium = true)
@Timeout(120)
class RolesOnRealClusterTest {

    private static KubeApiServer server;
    private static List<PolicyRule> rules;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        rules = server.readClusterRoles(Path.of("..", "docs", "rbac.yaml"))
                .get("namespaces-lifecycle")
                .getRules();
    }

    @Test
    void everything_that_a_lifecycle_does_works_with_the_lifecycle_role() {
        assertThat(failuresWith(rules)).isEqualTo(new Failures(Set.of(), Set.of()));
    }

    /** In every build RolesTest of the adapter does the same for the calls of the gateway. */
    @Tag("long")
    @TestFactory
    Stream<DynamicTest> something_that_a_lifecycle_does_is_forbidden_without_one_rule() {
        return AccessRule.lifecycle(Set.of(PolicyDialect.values())).stream()
                .map(lacking -> DynamicTest.dynamicTest(lacking.toString(), () -> {
                    List<PolicyRule> less = rules.stream()
                            .filter(rule -> !(rule.getVerbs().contains(lacking.verb())
                                    && rule.getApiGroups().contains(lacking.apiGroup())
                                    && rule.getResources().contains(lacking.resource())))
                            .toList();
                    assertThat(less).hasSize(rules.size() - 1);

                    Failures failures = failuresWith(less);

                    assertThat(failures.steps()).isNotEmpty();
                    assertThat(failures.forbidden())
                            .containsExactly(lacking.verb() + " " + lacking.qualifiedResource());
                }));
    }

    /**
     * @param steps those that failed
     * @param forbidden the rights that the API server missed, each as {@code get namespaces}
     */
    private record Failures(Set<String> steps, Set<String> forbidden) {}

    private static Failures failuresWith(List<PolicyRule> rights) {
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(server.config(server.newUser(rights)))
                        .build();
                RealPlatform platform = new RealPlatform(server, client);
                NamespaceLifecycle kubernetes = platform.builder()
                        .egressSettings(cluster -> EgressSettings.defaults()
                                .withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                        .build()) {
            Map<String, Throwable> steps = new LinkedHashMap<>();
            everythingOf(platform, kubernetes).forEach((step, work) -> {
                try {
                    work.run();
                } catch (RuntimeException | AssertionError e) {
                    steps.put(step, e);
                }
            });
            return new Failures(
                    steps.keySet(),
                    platform.gateway.calls().stream()
                            .map(RecordedCall::outcome)
                            .filter(RecordedCall.Outcome.Failed.class::isInstance)
                            .map(outcome -> ((RecordedCall.Outcome.Failed) outcome).cause())
                            .filter(ForbiddenException.class::isInstance)
                            .map(ForbiddenException.class::cast)
                            .map(forbidden -> forbidden.verb() + " " + forbidden.resourceType())
                            .collect(Collectors.toSet()));
        }
    }

    private static Map<String, Runnable> everythingOf(RealPlatform platform, NamespaceLifecycle kubernetes) {
        NamespaceLifecycle cilium = platform.lifecycle;
        Environment dev = platform.environment;
        Namespace shop = platform.namespace(dev);
        Environment two = platform.sharing(shop.name());
        Environment theirs = platform.environment(server.newName("theirs"), REAL);
        Namespace adopted = platform.namespace(theirs);
        platform.createByHand(adopted.name(), Map.of());
        DeployOptions adopting = DeployOptions.defaults().withAdoption(AdoptionPolicy.ALWAYS);
        Map<String, Runnable> steps = new LinkedHashMap<>();
        steps.put("ensure", () -> cilium.ensureNamespaceExists(REAL, server.newName("ensured")));
        steps.put("deploy", () -> cilium.deploy(dev.id()));
        steps.put("update", () -> {
            cilium.update(
                    shop.id(), 1, NamespaceRequest.of(dev.id(), shop.name()).withMetadata("team", "one"));
            platform.stores
                    .egressPolicies()
                    .save(anEgressPolicy().id("egress").denyingAll().build());
            cilium.deploy(dev.id());
        });
        steps.put("change to NetworkPolicy", () -> kubernetes.deploy(dev.id()));
        steps.put("update in the other dialect", () -> {
            platform.stores
                    .egressPolicies()
                    .save(anEgressPolicy().id("egress").version(2).allowingAll().build());
            kubernetes.deploy(dev.id());
        });
        steps.put("change to CiliumNetworkPolicy", () -> cilium.deploy(dev.id()));
        steps.put("plan an adoption", () -> {
            assertThat(cilium.planAdoption(theirs.id()).unreachable()).isEmpty();
        });
        steps.put("adopt", () -> cilium.deploy(theirs.id(), adopting));
        steps.put("release", () -> cilium.release(List.of(adopted.id())));
        steps.put("adopt again", () -> {
            Namespace again = cilium.create(NamespaceRequest.of(theirs.id(), adopted.name()));
            kubernetes.deploy(theirs.id(), adopting);
            cilium.release(List.of(again.id()));
        });
        steps.put(
                "take over",
                () -> cilium.deploy(two.id(), DeployOptions.defaults().withTakeOverNamespaces(List.of(shop.name()))));
        steps.put("find orphans", () -> cilium.findOrphans(REAL));
        steps.put("delete", () -> {
            // The former owner lets go first, since it still wants the namespace.
            deleteAtOnce(cilium, cilium.planDeletion(dev.id()));
            DeletionPlan plan = cilium.planDeletion(two.id());
            assertThat(plan.deletions()).hasSize(1);
            deleteAtOnce(cilium, plan);
        });
        return steps;
    }

    /** The namespace stays terminating, since no namespace controller runs. */
    private static void deleteAtOnce(NamespaceLifecycle lifecycle, DeletionPlan plan) {
        try {
            lifecycle.delete(plan, Duration.ZERO);
        } catch (DeletionIncompleteException e) {
            assertThat(e.report().failures()).isEmpty();
        }
    }
}

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
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.testservers.KubeApiServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Everything that a lifecycle does on a cluster. */
final class WholeLifecycle {

    private WholeLifecycle() {}

    /** Returns each step, by its name; each needs those before it. */
    static Map<String, Runnable> steps(
            KubeApiServer server, RealPlatform platform, NamespaceLifecycle cilium, NamespaceLifecycle kubernetes) {
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
            // The former owner releases the namespace first, since it still wants it.
            deleteAtOnce(cilium, cilium.planDeletion(dev.id()));
            DeletionPlan plan = cilium.planDeletion(two.id());
            assertThat(plan.deletions()).hasSize(1);
            deleteAtOnce(cilium, plan);
        });
        return steps;
    }

    /** Runs each step, and returns why some have failed. */
    static Map<String, Throwable> failures(Map<String, Runnable> steps) {
        Map<String, Throwable> failures = new LinkedHashMap<>();
        steps.forEach((step, work) -> {
            try {
                work.run();
            } catch (RuntimeException | AssertionError e) {
                failures.put(step, e);
            }
        });
        return failures;
    }

    /** Without a namespace controller the namespace stays terminating. */
    private static void deleteAtOnce(NamespaceLifecycle lifecycle, DeletionPlan plan) {
        try {
            lifecycle.delete(plan, Duration.ZERO);
        } catch (DeletionIncompleteException e) {
            assertThat(e.report().failures()).isEmpty();
        }
    }
}

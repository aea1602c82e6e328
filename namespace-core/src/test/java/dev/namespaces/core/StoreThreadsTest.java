package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.testkit.Failure;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A transaction of the host is bound to the thread that calls us, so no other thread calls a store. */
@Timeout(60)
class StoreThreadsTest {

    /** A validation looks at the request alone. The calls that a close waits for release their locks themselves. */
    private static final Set<String> CALLING_NO_STORE = Set.of("admissionGuard", "validate", "close");

    private final Platform platform = new Platform();
    private final NotedStores noted = new NotedStores(platform.stores.stores());
    private final NamespaceLifecycle lifecycle =
            platform.builder(platform.gateway, noted.stores()).build();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-api", "shop-web");
    private final Environment other = anEnvironment().id("other").build();
    private final Namespace web =
            platform.namespaces.findByNames(List.of("shop-web")).get(0);

    @AfterEach
    void close() {
        lifecycle.close();
        platform.close();
    }

    /** Returns calls of every operation, in their order. A key begins with the signature of the operation. */
    private Map<String, Runnable> operations() {
        Map<String, Runnable> operations = new LinkedHashMap<>();
        addStoring(operations);
        addDeploying(operations);
        addEnsuring(operations);
        addForgetting(operations);
        addAdopting(operations);
        addDeleting(operations);
        return operations;
    }

    private void addStoring(Map<String, Runnable> operations) {
        operations.put("create(NamespaceRequest)", () -> lifecycle.create(NamespaceRequest.of(dev.id(), "shop-new")));
        operations.put("create(List)", () -> lifecycle.create(List.of(NamespaceRequest.of(dev.id(), "shop-db"))));
        operations.put(
                "update(NamespaceId, long, NamespaceRequest)",
                () -> lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web")));
        operations.put("resolvePolicy(EnvironmentId)", () -> lifecycle.resolvePolicy(dev.id()));
    }

    private void addDeploying(Map<String, Runnable> operations) {
        DeployOptions options = DeployOptions.defaults();
        operations.put("deploy(EnvironmentId)", () -> lifecycle.deploy(dev.id()));
        operations.put("deploy(EnvironmentId) again", () -> lifecycle.deploy(dev.id()));
        for (DryRun kind : List.of(DryRun.RENDER, DryRun.SERVER)) {
            operations.put(
                    "deploy(EnvironmentId, DeployOptions) as a dry run: " + kind,
                    () -> lifecycle.deploy(dev.id(), options.withDryRun(kind)));
        }
        operations.put(
                "deploy(Collection, DeployOptions)",
                () -> lifecycle.deploy(List.of(dev.id()), options.withRewriteAll(true)));
        operations.put("ensureDeployed(EnvironmentId)", () -> lifecycle.ensureDeployed(dev.id()));
        operations.put("ensureDeployed(Target)", () -> {
            lifecycle.forget(dev.id());
            lifecycle.ensureDeployed(new Target(dev.id(), dev.clusters().get(0)));
        });
        operations.put("ensureDeployed(Collection)", () -> lifecycle.ensureDeployed(List.of(dev.id())));
        operations.put(
                "deployAll(FleetOptions, DeployOptions, FleetObserver)",
                () -> lifecycle.deployAll(FleetOptions.defaults(), options.withRewriteAll(true), report -> {}));
        operations.put("ensureAll(FleetOptions, FleetObserver)", () -> {
            lifecycle.forget(dev.id());
            lifecycle.ensureAll(FleetOptions.defaults(), report -> {});
        });
        operations.put("initializer()", () -> lifecycle.initializer().beforeApply(EU, "shop-web"));
        operations.put("apply(NamespaceId, DeployOptions)", () -> lifecycle.apply(web.id(), options));
    }

    private void addEnsuring(Map<String, Runnable> operations) {
        EnsureOptions options = EnsureOptions.defaults();
        operations.put("ensureNamespaceExists(ClusterId, String)", () -> lifecycle.ensureNamespaceExists(EU, "tools"));
        operations.put(
                "ensureNamespaceExists(ClusterId, String, EnsureOptions)",
                () -> lifecycle.ensureNamespaceExists(EU, "other-tools", options));
        operations.put(
                "ensureNamespacesExist(ClusterId, Collection, EnsureOptions)",
                () -> lifecycle.ensureNamespacesExist(EU, List.of("more", "and-more"), options));
    }

    private void addForgetting(Map<String, Runnable> operations) {
        operations.put("forget(EnvironmentId)", () -> lifecycle.forget(dev.id()));
        operations.put(
                "initializer() after forget", () -> lifecycle.initializer().beforeApply(US, "shop-api"));
        operations.put("initializer() after a 404", () -> {
            lifecycle.initializer().namespaceWasAbsent(US, "shop-api");
            lifecycle.initializer().beforeApply(US, "shop-api");
        });
        operations.put("deploy(EnvironmentId) in part", () -> {
            platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(Failure.unreachable());
            assertThat(catchThrowable(() -> lifecycle.deploy(dev.id()))).isNotNull();
            platform.clusters.faults().clear();
        });
    }

    private void addAdopting(Map<String, Runnable> operations) {
        operations.put("planAdoption(EnvironmentId)", () -> lifecycle.planAdoption(dev.id()));
        operations.put("deploy(EnvironmentId, DeployOptions) with a take-over", () -> {
            platform.sharing(other, "shop-api");
            lifecycle.deploy(
                    other.id(),
                    DeployOptions.defaults()
                            .withTakeOverNamespaces(Set.of("shop-api"))
                            .withTakeOverFields(true));
        });
        operations.put(
                "release(Collection)",
                () -> lifecycle.release(List.of(platform.namespaces
                        .findByEnvironments(List.of(other.id()))
                        .get(0)
                        .id())));
    }

    private void addDeleting(Map<String, Runnable> operations) {
        List<NamespaceId> ids = List.of(web.id());
        PlanOptions planOptions = PlanOptions.defaults();
        operations.put("planDeletion(Collection)", () -> lifecycle.planDeletion(ids));
        operations.put("planDeletion(Collection, PlanOptions)", () -> lifecycle.planDeletion(ids, planOptions));
        operations.put("planDeletion(EnvironmentId)", () -> lifecycle.planDeletion(dev.id()));
        operations.put("planDeletion(EnvironmentId, PlanOptions)", () -> lifecycle.planDeletion(dev.id(), planOptions));
        operations.put("delete(DeletionPlan, Duration)", () -> {
            platform.clusters.finishingDeletionsAtOnce();
            lifecycle.delete(lifecycle.planDeletion(ids), Duration.ofSeconds(10));
        });
        operations.put("findOrphans(ClusterId)", () -> lifecycle.findOrphans(EU));
        operations.put("planOrphanDeletion(Collection, PlanOptions)", () -> {
            platform.environments.save(
                    anEnvironment().id("shop-dev").clusters("us-1").build());
            List<Orphan> orphans = lifecycle.findOrphans(EU);
            assertThat(orphans).extracting(Orphan::name).contains("shop-db");
            orphans = orphans.stream()
                    .filter(orphan -> orphan.name().equals("shop-db"))
                    .toList();
            assertThat(lifecycle.planOrphanDeletion(orphans, planOptions).deletions())
                    .hasSize(1);
        });
        operations.put(
                "delete(DeletionPlan, DeletionOptions)",
                () -> lifecycle.delete(
                        lifecycle.planDeletion(dev.id()), DeletionOptions.waiting(Duration.ofSeconds(10))));
    }

    @Test
    void every_store_call_of_every_operation_is_on_the_callers_thread() {
        operations().forEach((name, operation) -> {
            noted.take();

            operation.run();

            assertThat(noted.take())
                    .as(name)
                    .isNotEmpty()
                    .allSatisfy(call -> assertThat(call.thread()).as("%s", call).isSameAs(Thread.currentThread()));
        });
    }

    @Test
    void every_public_operation_is_called_here() {
        Set<String> called = operations().keySet().stream()
                .map(name -> name.substring(0, name.indexOf(')') + 1))
                .collect(Collectors.toSet());

        assertThat(Stream.of(NamespaceLifecycle.class.getDeclaredMethods())
                        .filter(method -> Modifier.isPublic(method.getModifiers()))
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .filter(method -> !CALLING_NO_STORE.contains(method.getName()))
                        .map(StoreThreadsTest::signature))
                .containsExactlyInAnyOrderElementsOf(called);
    }

    private static String signature(Method method) {
        return Stream.of(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", method.getName() + "(", ")"));
    }
}

package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.testkit.Failure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A transaction of the host is bound to the thread that calls us, so no other thread calls a store. */
@Timeout(60)
class StoreThreadsTest {

    private final Platform platform = new Platform();
    private final NotedStores noted = new NotedStores(platform.stores.stores());
    private final NamespaceLifecycle lifecycle =
            platform.builder(platform.gateway, noted.stores()).build();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-api", "shop-web");
    private final Namespace web =
            platform.namespaces.findByNames(List.of("shop-web")).get(0);

    @AfterEach
    void close() {
        lifecycle.close();
        platform.close();
    }

    private Map<String, Runnable> operations() {
        DeployOptions options = DeployOptions.defaults();
        List<NamespaceId> ids = List.of(web.id());
        Map<String, Runnable> operations = new LinkedHashMap<>();
        operations.put("create", () -> lifecycle.create(NamespaceRequest.of(dev.id(), "shop-new")));
        operations.put("update", () -> lifecycle.update(web.id(), 1, NamespaceRequest.of(dev.id(), "shop-web")));
        operations.put("deploy", () -> lifecycle.deploy(dev.id()));
        operations.put("deploy again", () -> lifecycle.deploy(dev.id()));
        operations.put("ensureDeployed", () -> lifecycle.ensureDeployed(dev.id()));
        operations.put("initializer", () -> lifecycle.initializer().beforeApply(EU, "shop-web"));
        operations.put("apply", () -> lifecycle.apply(web.id(), options));
        operations.put("dry run", () -> lifecycle.deploy(dev.id(), options.withDryRun(DryRun.RENDER)));
        operations.put("server dry run", () -> lifecycle.deploy(dev.id(), options.withDryRun(DryRun.SERVER)));
        operations.put("resolvePolicy", () -> lifecycle.resolvePolicy(dev.id()));
        operations.put("ensure", () -> lifecycle.ensureNamespaceExists(EU, "tools"));
        operations.put(
                "ensure several", () -> lifecycle.ensureNamespacesExist(EU, List.of("more"), EnsureOptions.defaults()));
        operations.put("forget", () -> lifecycle.forget(dev.id()));
        operations.put("initialize after forget", () -> lifecycle.initializer().beforeApply(US, "shop-api"));
        operations.put("deploy in part", () -> {
            platform.clusters.faults().on(call -> call.cluster().equals(US)).fail(Failure.unreachable());
            assertThat(catchThrowable(() -> lifecycle.deploy(dev.id()))).isNotNull();
            platform.clusters.faults().clear();
        });
        operations.put("planAdoption", () -> lifecycle.planAdoption(dev.id()));
        operations.put("findOrphans", () -> lifecycle.findOrphans(EU));
        operations.put("take-over", () -> {
            Environment other = platform.sharing(anEnvironment().id("other").build(), "shop-api");
            lifecycle.deploy(
                    other.id(),
                    options.withTakeOverNamespaces(Set.of("shop-api")).withTakeOverFields(true));
            lifecycle.release(List.of(platform.namespaces
                    .findByEnvironments(List.of(other.id()))
                    .get(0)
                    .id()));
        });
        operations.put("delete", () -> {
            platform.clusters.cluster(EU).finishDeletionsAtOnce();
            platform.clusters.cluster(US).finishDeletionsAtOnce();
            lifecycle.delete(lifecycle.planDeletion(ids), Duration.ofSeconds(10));
        });
        return operations;
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
}

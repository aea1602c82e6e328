package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a caller gets to see who calls the facade in a way that it is not meant to be. */
class MisuseTest {

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build());

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void after_it_was_closed_every_operation_says_so_and_does_nothing() {
        Namespace namespace = platform.namespace(dev, "shop-web");
        DeletionPlan plan = lifecycle.planDeletion(List.of(namespace.id()));
        NamespaceRequest request = NamespaceRequest.of(dev.id(), "shop-late");
        lifecycle.close();
        lifecycle.close();
        platform.gateway.forgetCalls();

        List<ThrowingCallable> operations = List.of(
                () -> lifecycle.create(request),
                () -> lifecycle.update(namespace.id(), namespace.version(), request),
                () -> lifecycle.apply(namespace.id(), DeployOptions.defaults()),
                () -> lifecycle.deploy(dev.id()),
                () -> lifecycle.ensureDeployed(dev.id()),
                () -> lifecycle.resolvePolicy(dev.id()),
                () -> lifecycle.ensureNamespaceExists(EU, "tools"),
                () -> lifecycle.ensureNamespacesExist(EU, List.of("tools"), EnsureOptions.defaults()),
                () -> lifecycle.planDeletion(List.of(namespace.id())),
                () -> lifecycle.delete(plan, Duration.ZERO),
                () -> lifecycle.initializer().beforeApply(EU, "shop-web"));

        assertThat(operations)
                .allSatisfy(operation -> assertThatThrownBy(operation)
                        .isInstanceOf(LifecycleClosedException.class)
                        .hasMessageContaining("the lifecycle was closed"));
        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).containsExactly(namespace);
    }

    @Test
    void a_null_is_named() {
        Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
        calls.put("request", () -> lifecycle.create((NamespaceRequest) null));
        calls.put("requests", () -> lifecycle.create((List<NamespaceRequest>) null));
        calls.put(
                "requests[1]", () -> lifecycle.create(Arrays.asList(NamespaceRequest.of(dev.id(), "shop-web"), null)));
        calls.put("id", () -> lifecycle.deploy((EnvironmentId) null));
        calls.put("ids", () -> lifecycle.planDeletion((List<NamespaceId>) null));
        calls.put("name", () -> lifecycle.ensureNamespaceExists(EU, null));
        calls.put("cluster", () -> lifecycle.ensureNamespaceExists(null, "tools"));
        calls.put("names", () -> lifecycle.ensureNamespacesExist(EU, null, EnsureOptions.defaults()));
        calls.put("plan", () -> lifecycle.delete(null, Duration.ZERO));
        calls.put("environmentId", () -> NamespaceRequest.of(null, "shop-web"));

        assertThat(calls)
                .allSatisfy((name, call) ->
                        assertThatNullPointerException().isThrownBy(call).withMessage(name));
    }

    @Test
    void a_negative_wait_for_the_lock_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.builder().lockWait(Duration.ofSeconds(-1)))
                .withMessageContaining("-1S");
    }
}

package dev.namespaces.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class StoresTest {

    private final NamespaceStore namespaces = port(NamespaceStore.class);
    private final EnvironmentStore environments = port(EnvironmentStore.class);
    private final EgressPolicyStore egressPolicies = port(EgressPolicyStore.class);
    private final DeploymentStore deployments = port(DeploymentStore.class);
    private final TargetObjectStore targetObjects = port(TargetObjectStore.class);
    private final DeploymentLock lock = DeploymentLock.inProcess();

    @Test
    void each_port_is_returned_as_it_was_given() {
        Stores stores = all(Stores.builder()).build();

        assertThat(stores.namespaces()).isSameAs(namespaces);
        assertThat(stores.environments()).isSameAs(environments);
        assertThat(stores.egressPolicies()).isSameAs(egressPolicies);
        assertThat(stores.deployments()).isSameAs(deployments);
        assertThat(stores.targetObjects()).isSameAs(targetObjects);
        assertThat(stores.deploymentLock()).isSameAs(lock);
        assertThat(stores.inHostTransaction()).isFalse();
    }

    @Test
    void one_port_is_replaced_and_the_others_are_kept() {
        AtomicBoolean inTransaction = new AtomicBoolean();
        Stores stores =
                all(Stores.builder()).inHostTransaction(inTransaction::get).build();
        EnvironmentStore ours = port(EnvironmentStore.class);

        Stores changed = stores.toBuilder().environments(ours).build();
        inTransaction.set(true);

        assertThat(changed.environments()).isSameAs(ours);
        assertThat(changed.namespaces()).isSameAs(namespaces);
        assertThat(changed.egressPolicies()).isSameAs(egressPolicies);
        assertThat(changed.deployments()).isSameAs(deployments);
        assertThat(changed.targetObjects()).isSameAs(targetObjects);
        assertThat(changed.deploymentLock()).isSameAs(lock);
        assertThat(changed.inHostTransaction()).isTrue();
        assertThat(stores.environments()).isSameAs(environments);
    }

    @Test
    void the_first_port_that_was_not_set_is_named() {
        List<UnaryOperator<Stores.Builder>> steps = List.of(
                builder -> builder.namespaces(namespaces),
                builder -> builder.environments(environments),
                builder -> builder.egressPolicies(egressPolicies),
                builder -> builder.deployments(deployments),
                builder -> builder.targetObjects(targetObjects),
                builder -> builder.deploymentLock(lock));
        List<String> names = List.of(
                "namespaces", "environments", "egressPolicies", "deployments", "targetObjects", "deploymentLock");
        Stores.Builder builder = Stores.builder();
        for (int i = 0; i < steps.size(); i++) {
            Stores.Builder incomplete = builder;
            assertThatNullPointerException()
                    .isThrownBy(incomplete::build)
                    .withMessageEndingWith("lack " + names.get(i));
            builder = steps.get(i).apply(builder);
        }
        assertThat(builder.build()).isNotNull();
    }

    private Stores.Builder all(Stores.Builder builder) {
        return builder.namespaces(namespaces)
                .environments(environments)
                .egressPolicies(egressPolicies)
                .deployments(deployments)
                .targetObjects(targetObjects)
                .deploymentLock(lock);
    }

    /** Returns a port that no test calls. */
    private static <T> T port(Class<T> type) {
        InvocationHandler refuses = (proxy, method, arguments) -> {
            throw new UnsupportedOperationException(method.toString());
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, refuses));
    }
}

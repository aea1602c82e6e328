package dev.namespaces.core;

import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TargetObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** Stores that tell a test about each call before it reaches them; the test may throw. */
final class WatchedStores {

    private WatchedStores() {}

    /**
     * Wraps all ports.
     *
     * @param before is called on the calling thread with the port and the method, such as {@code deployments.begin}
     */
    static Stores of(Stores stores, Consumer<String> before) {
        return stores.toBuilder()
                .namespaces(watch(NamespaceStore.class, stores.namespaces(), "namespaces", before))
                .environments(watch(EnvironmentStore.class, stores.environments(), "environments", before))
                .egressPolicies(watch(EgressPolicyStore.class, stores.egressPolicies(), "egressPolicies", before))
                .deployments(watch(DeploymentStore.class, stores.deployments(), "deployments", before))
                .targetObjects(watch(TargetObjectStore.class, stores.targetObjects(), "targetObjects", before))
                .deploymentLock(watch(DeploymentLock.class, stores.deploymentLock(), "lock", before))
                .build();
    }

    private static <T> T watch(Class<T> port, T store, String name, Consumer<String> before) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    before.accept(name + "." + method.getName());
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}

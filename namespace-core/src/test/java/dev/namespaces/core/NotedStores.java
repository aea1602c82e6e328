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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Stores that note each call and its thread. A test may have something happen just before a call. */
final class NotedStores {

    record Call(String port, String method, Thread thread) {

        @Override
        public String toString() {
            return port + "." + method;
        }
    }

    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Stores stores;
    private volatile Consumer<Call> beforeCall = call -> {};

    NotedStores(Stores noted) {
        stores = noted.toBuilder()
                .namespaces(note(NamespaceStore.class, noted.namespaces()))
                .environments(note(EnvironmentStore.class, noted.environments()))
                .egressPolicies(note(EgressPolicyStore.class, noted.egressPolicies()))
                .deployments(note(DeploymentStore.class, noted.deployments()))
                .targetObjects(note(TargetObjectStore.class, noted.targetObjects()))
                .deploymentLock(note(DeploymentLock.class, noted.deploymentLock()))
                .build();
    }

    Stores stores() {
        return stores;
    }

    void beforeCall(Consumer<Call> consumer) {
        beforeCall = consumer;
    }

    /** Returns the calls since the last time. */
    List<Call> take() {
        List<Call> taken = new ArrayList<>();
        for (Call call = calls.poll(); call != null; call = calls.poll()) {
            taken.add(call);
        }
        return taken;
    }

    private <T> T note(Class<T> port, T noted) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(), new Class<?>[] {port}, (proxy, method, arguments) -> {
                    Call call = new Call(port.getSimpleName(), method.getName(), Thread.currentThread());
                    calls.add(call);
                    beforeCall.accept(call);
                    try {
                        return method.invoke(noted, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}

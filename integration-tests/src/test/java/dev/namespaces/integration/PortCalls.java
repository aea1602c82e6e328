package dev.namespaces.integration;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TargetObjectStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one process to its stores and clusters, one at a time. A test is told of the moment before and the
 * moment after each call, and may end the process there.
 *
 * <p>A moment is text such as {@code before gateway.delete eu-1 Namespace a #1}: the port, the method, what the call is
 * about, and how often it was called like that. Two runs of the same work have the same moments, whichever cluster is
 * the faster one.
 */
final class PortCalls {

    private final String environment;
    private final Consumer<String> observer;
    private final Map<String, Integer> calls = new HashMap<>();

    /**
     * @param environment the environment, whose id begins the names of its namespaces and is left out of the moments
     * @param observer is told of each moment. No other call begins while it runs
     */
    PortCalls(String environment, Consumer<String> observer) {
        this.environment = environment;
        this.observer = observer;
    }

    /** Returns the stores with each call observed. */
    Stores of(Stores stores) {
        return stores.toBuilder()
                .namespaces(observed(NamespaceStore.class, "namespaces", stores.namespaces()))
                .environments(observed(EnvironmentStore.class, "environments", stores.environments()))
                .egressPolicies(observed(EgressPolicyStore.class, "egressPolicies", stores.egressPolicies()))
                .deployments(observed(DeploymentStore.class, "deployments", stores.deployments()))
                .targetObjects(observed(TargetObjectStore.class, "targetObjects", stores.targetObjects()))
                .deploymentLock(observed(DeploymentLock.class, "lock", stores.deploymentLock()))
                .build();
    }

    /** Returns the gateway with each call observed. */
    ClusterGateway of(ClusterGateway gateway) {
        return observed(ClusterGateway.class, "gateway", gateway);
    }

    private <T> T observed(Class<T> port, String name, T target) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (proxy, method, arguments) -> call(name, target, method, arguments)));
    }

    private synchronized @Nullable Object call(String port, Object target, Method method, Object @Nullable [] arguments)
            throws Throwable {
        String call = Stream.concat(
                        Stream.of(port + "." + method.getName()),
                        arguments == null
                                ? Stream.of()
                                : Arrays.stream(arguments).flatMap(this::subject))
                .collect(Collectors.joining(" "));
        String moment = call + " #" + calls.merge(call, 1, Integer::sum);
        observer.accept("before " + moment);
        Object answer;
        try {
            answer = method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        observer.accept("after " + moment);
        return answer instanceof Optional<?> found && found.orElse(null) instanceof Lease lease
                ? Optional.of(observed(
                        Lease.class,
                        "lease of " + subject(arguments[0]).findFirst().orElseThrow(),
                        lease))
                : answer;
    }

    private Stream<String> subject(Object argument) {
        if (argument instanceof ClusterId cluster) {
            return Stream.of(cluster.value());
        }
        if (argument instanceof Target target) {
            return Stream.of(target.clusterId().value());
        }
        if (argument instanceof BegunDeployment begun) {
            return Stream.of(begun.target().clusterId().value());
        }
        if (argument instanceof ResourceRef resource) {
            return Stream.of(resource.kind() + " " + resource.name().replace(environment + "-", ""));
        }
        return Stream.of();
    }
}

package dev.namespaces.integration;

import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TargetObjectStore;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one replica to its stores, its locks and its clusters. A test gets each call before it is made, and
 * decides what becomes of it.
 *
 * <p>A point is text such as {@code gateway.delete eu-1 Namespace a #1}: the port, the method, the target and the
 * object, and how often it was called like that. Two runs of the same work have the same points, in an order that
 * depends on which cluster is the faster one.
 */
final class PortCalls {

    /** The ports, each with the name that its points begin with. */
    private static final Map<String, Class<?>> PORTS = Map.of(
            "namespaces", NamespaceStore.class,
            "environments", EnvironmentStore.class,
            "egressPolicies", EgressPolicyStore.class,
            "deployments", DeploymentStore.class,
            "targetObjects", TargetObjectStore.class,
            "lock", DeploymentLock.class,
            "lease", Lease.class,
            "gateway", AccessReviews.class);

    private static final Set<String> WRITES = Set.of(
            "namespaces.insert",
            "namespaces.update",
            "deployments.begin",
            "deployments.settle",
            "deployments.complete",
            "deployments.forget",
            "deployments.consume",
            "targetObjects.recordEnsured",
            "targetObjects.release",
            "targetObjects.move",
            "gateway.create",
            "gateway.apply",
            "gateway.delete");

    private final String environment;
    private final Handler handler;
    private final Map<String, Integer> counts = new HashMap<>();
    private final Queue<Lease> leases = new ConcurrentLinkedQueue<>();

    /** Decides what becomes of a call. */
    @FunctionalInterface
    interface Handler {
        @Nullable
        Object handle(Call call) throws Throwable;
    }

    /**
     * @param environment the environment, whose id begins the names of its namespaces and is left out of the points
     * @param handler gets each call, on the thread of the call
     */
    PortCalls(String environment, Handler handler) {
        this.environment = environment;
        this.handler = handler;
    }

    /** Returns the stores with each call handled. */
    Stores of(Stores stores) {
        return stores.toBuilder()
                .namespaces(handled(NamespaceStore.class, "namespaces", "", stores.namespaces()))
                .environments(handled(EnvironmentStore.class, "environments", "", stores.environments()))
                .egressPolicies(handled(EgressPolicyStore.class, "egressPolicies", "", stores.egressPolicies()))
                .deployments(handled(DeploymentStore.class, "deployments", "", stores.deployments()))
                .targetObjects(handled(TargetObjectStore.class, "targetObjects", "", stores.targetObjects()))
                .deploymentLock(handled(DeploymentLock.class, "lock", "", stores.deploymentLock()))
                .build();
    }

    /** Returns the gateway with each call handled. */
    ClusterGateway of(ClusterGateway gateway) {
        return handled(ClusterGateway.class, "gateway", "", gateway);
    }

    /** Ends the leases that the replica has, as time does after its death. */
    void expireLeases() {
        leases.forEach(Lease::close);
    }

    private <T> T handled(Class<T> port, String name, String subject, Object target) {
        return port.cast(Proxy.newProxyInstance(
                port.getClassLoader(),
                new Class<?>[] {port},
                (proxy, method, arguments) -> handler.handle(new Call(name, subject, target, method, arguments))));
    }

    private synchronized int count(String call) {
        return counts.merge(call, 1, Integer::sum);
    }

    /** One call to a port. */
    final class Call {

        private final String port;
        private final Object target;
        private final Method method;
        private final Object @Nullable [] arguments;
        private final String point;

        private Call(String port, String subject, Object target, Method method, Object @Nullable [] arguments) {
            this.port = port;
            this.target = target;
            this.method = method;
            this.arguments = arguments;
            String call = Stream.concat(Stream.of(method(), subject), subjects())
                    .filter(part -> !part.isEmpty())
                    .collect(Collectors.joining(" "));
            point = call + " #" + count(call);
        }

        String point() {
            return point;
        }

        /** Returns port and method, such as {@code gateway.delete}. */
        String method() {
            return port + "." + method.getName();
        }

        boolean isOf(String port) {
            return this.port.equals(port);
        }

        boolean writes() {
            return WRITES.contains(method());
        }

        /** Makes the call. */
        @Nullable
        Object proceed() throws Throwable {
            return invoke(arguments);
        }

        /** Makes the call at a time when its requests are on the way already, so that nothing can stop them. */
        @Nullable
        Object arrive() throws Throwable {
            return invoke(
                    arguments == null
                            ? null
                            : Arrays.stream(arguments).map(Call::sent).toArray());
        }

        private static Object sent(Object argument) {
            if (argument instanceof ApplyOptions options) {
                return options.withMaySend(() -> true);
            }
            if (argument instanceof CreateOptions options) {
                return options.withMaySend(() -> true);
            }
            return argument instanceof DeleteOptions options ? options.withMaySend(() -> true) : argument;
        }

        private @Nullable Object invoke(Object @Nullable [] with) throws Throwable {
            Object answer;
            try {
                answer = method.invoke(target, with);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (answer instanceof Optional<?> found && found.orElse(null) instanceof Lease lease) {
                leases.add(lease);
                return Optional.of(handled(Lease.class, "lease", subjects().collect(Collectors.joining()), lease));
            }
            return answer instanceof Optional<?> found && found.orElse(null) instanceof AccessReviews reviews
                    ? Optional.of(handled(AccessReviews.class, "gateway", "", reviews))
                    : answer;
        }

        /**
         * Returns the failure that an adapter of the port throws.
         *
         * @param wasSent whether the call took effect before it failed
         */
        RuntimeException failure(boolean wasSent) {
            if (isOf("lease")) {
                // Its contract knows no failure.
                return broken();
            }
            if (!isOf("gateway")) {
                return new StoreException(
                        ErrorContext.of(Operation.FIND), port, point, Retry.later(), "the connection broke", null);
            }
            NamespaceException unreachable = cluster()
                    .<NamespaceException>map(cluster -> {
                        ClusterUnreachableException broke = new ClusterUnreachableException(
                                ErrorContext.of(Operation.FIND, cluster), "the connection broke", null);
                        return wasSent ? broke : broke.settled();
                    })
                    .orElse(null);
            return unreachable == null ? broken() : unreachable;
        }

        /** Returns a failure that the port's contract does not allow. */
        RuntimeException broken() {
            return new BrokenPort(point);
        }

        private Optional<ClusterId> cluster() {
            return arguments != null && arguments[0] instanceof ClusterId cluster
                    ? Optional.of(cluster)
                    : Optional.empty();
        }

        private Stream<String> subjects() {
            return arguments == null ? Stream.of() : Arrays.stream(arguments).flatMap(this::subject);
        }

        private Stream<String> subject(@Nullable Object argument) {
            if (argument instanceof ClusterId cluster) {
                return Stream.of(cluster.value());
            }
            if (argument instanceof Target of) {
                return subject(of.clusterId());
            }
            if (argument instanceof BegunDeployment begun) {
                return subject(begun.target());
            }
            if (argument instanceof HasMetadata manifest) {
                return subject(ResourceRef.of(manifest));
            }
            if (argument instanceof ListQuery query) {
                return Stream.of(query.kind());
            }
            if (argument instanceof ResourceRef resource) {
                String namespace = resource.namespace();
                return Stream.of(resource.kind(), shortened(namespace == null ? resource.name() : namespace));
            }
            return method.getName().equals("serves") && argument instanceof String text ? Stream.of(text) : Stream.of();
        }

        private String shortened(String namespace) {
            return namespace.replace(environment + "-", "");
        }
    }

    /** A failure that no contract of a port allows. */
    static final class BrokenPort extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenPort(String point) {
            super("Broke at " + point);
        }
    }

    /** Returns port and method of all that can be called. */
    static SortedSet<String> methods() {
        return PORTS.entrySet().stream()
                .flatMap(port -> Arrays.stream(port.getValue().getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .map(method -> port.getKey() + "." + method.getName()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns port and method of a point. */
    static String methodOf(String point) {
        return point.substring(0, point.indexOf(' '));
    }
}

package dev.namespaces.integration;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.FakeClusters;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gateways in front of others. */
final class Gateways {

    private Gateways() {}

    /**
     * Returns a gateway that asks the gateway of a cluster, or the rest. Our user may do everything on a cluster whose
     * gateway cannot review access.
     */
    static ClusterGateway routing(ClusterGateway rest, Map<ClusterId, ClusterGateway> own) {
        return (ClusterGateway) Proxy.newProxyInstance(
                ClusterGateway.class.getClassLoader(),
                new Class<?>[] {AccessReviews.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("extension")) {
                        return Optional.of(proxy).filter(((Class<?>) arguments[0])::isInstance);
                    }
                    boolean isForCluster = arguments[0] instanceof ClusterId;
                    ClusterGateway gateway = isForCluster ? own.getOrDefault((ClusterId) arguments[0], rest) : rest;
                    return method.getName().equals("missingAccess") && !(gateway instanceof AccessReviews)
                            ? List.of()
                            : invoke(gateway, method, arguments);
                });
    }

    /** Returns a gateway to the fake clusters. On the slow one a deletion ends when somebody looks the next time. */
    static ClusterGateway endingDeletionsBeforeTheNextLook(FakeClusters clusters, ClusterId slow) {
        FakeCluster cluster = clusters.cluster(slow);
        return (ClusterGateway) Proxy.newProxyInstance(
                ClusterGateway.class.getClassLoader(),
                new Class<?>[] {ClusterGateway.class},
                (proxy, method, arguments) -> {
                    if (arguments[0].equals(slow)) {
                        switch (method.getName()) {
                            case "list" -> endDeletions(cluster, "");
                            case "find" -> endDeletions(cluster, ((ResourceRef) arguments[1]).name());
                            default -> {}
                        }
                    }
                    return invoke(clusters, method, arguments);
                });
    }

    private static void endDeletions(FakeCluster cluster, String prefix) {
        synchronized (cluster) {
            cluster.objects("Namespace").stream()
                    .map(HasMetadata::getMetadata)
                    .filter(namespace -> namespace.getDeletionTimestamp() != null
                            && namespace.getName().startsWith(prefix))
                    .forEach(namespace -> cluster.finishDeletion(namespace.getName()));
        }
    }

    private static Object invoke(ClusterGateway gateway, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(gateway, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

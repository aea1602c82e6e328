package dev.namespaces.testkit;

import dev.namespaces.model.ResourceRef;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The kinds that a cluster serves: those of every API server, and the custom ones that were installed. */
final class ServedKinds {

    private static final Map<String, String> NAMESPACED = Map.of(
            "v1",
            "ConfigMap Secret Service ServiceAccount Pod PodTemplate ReplicationController PersistentVolumeClaim "
                    + "ResourceQuota LimitRange Endpoints Event",
            "apps/v1",
            "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision",
            "batch/v1",
            "Job CronJob",
            "networking.k8s.io/v1",
            "NetworkPolicy Ingress",
            "rbac.authorization.k8s.io/v1",
            "Role RoleBinding",
            "policy/v1",
            "PodDisruptionBudget",
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "coordination.k8s.io/v1",
            "Lease",
            "discovery.k8s.io/v1",
            "EndpointSlice",
            "cilium.io/v2",
            "CiliumNetworkPolicy");

    private static final Map<String, String> CLUSTER_SCOPED = Map.of(
            "v1",
            "Namespace Node PersistentVolume",
            "networking.k8s.io/v1",
            "IngressClass",
            "rbac.authorization.k8s.io/v1",
            "ClusterRole ClusterRoleBinding",
            "storage.k8s.io/v1",
            "StorageClass",
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "cilium.io/v2",
            "CiliumClusterwideNetworkPolicy");

    private final Map<String, Boolean> namespacedByKind = new ConcurrentHashMap<>();

    ServedKinds() {
        NAMESPACED.forEach(
                (apiVersion, kinds) -> Stream.of(kinds.split(" ", -1)).forEach(kind -> add(apiVersion, kind, true)));
        CLUSTER_SCOPED.forEach(
                (apiVersion, kinds) -> Stream.of(kinds.split(" ", -1)).forEach(kind -> add(apiVersion, kind, false)));
    }

    void add(String apiVersion, String kind, boolean namespaced) {
        namespacedByKind.put(key(apiVersion, kind), namespaced);
    }

    void remove(String apiVersion, String kind) {
        namespacedByKind.remove(key(apiVersion, kind));
    }

    boolean has(String apiVersion, String kind) {
        return namespacedByKind.containsKey(key(apiVersion, kind));
    }

    /** Returns whether its objects are in namespaces; empty if the kind is not served. */
    Optional<Boolean> isNamespaced(ResourceRef resource) {
        return Optional.ofNullable(namespacedByKind.get(key(resource.apiVersion(), resource.kind())));
    }

    private static String key(String apiVersion, String kind) {
        return apiVersion + " " + kind;
    }
}

package dev.namespaces.integration;

import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A random sequence of gateway calls on a few objects, so that calls meet each other's effects. */
final class RandomCalls {

    private static final String SEQUENCE = "example.com/sequence";
    private static final String NO_UID = "00000000-0000-4000-8000-000000000000";
    private static final List<String> MANAGERS = List.of("namespaces.dev", "namespaces.dev", "other.example.com");

    private final Random random;
    private final String sequence;

    /** A call, and its text for people. */
    record Step(String text, ResourceRef resource, boolean writes, ClusterUnderCalls.Call call) {
        @Override
        public String toString() {
            return text;
        }
    }

    /** @param sequence a name that no other sequence has; names of namespaces begin with it */
    RandomCalls(long seed, String sequence) {
        this.random = new Random(seed);
        this.sequence = sequence;
    }

    /** Returns the next call. */
    Step next() {
        int kind = random.nextInt(100);
        if (kind < 30) {
            return create();
        }
        if (kind < 60) {
            return apply();
        }
        if (kind < 68) {
            ResourceRef resource = ResourceRef.of(manifest());
            return new Step("remember " + resource, resource, false, cluster -> cluster.remember(resource));
        }
        if (kind < 76) {
            return list();
        }
        return kind < 88 ? label() : delete();
    }

    private Step create() {
        HasMetadata manifest = manifest();
        CreateOptions options = CreateOptions.as(pick(MANAGERS)).withDryRun(random.nextInt(8) == 0);
        ResourceRef resource = ResourceRef.of(manifest);
        return new Step(
                "create " + shown(manifest) + " as " + options.fieldManager() + dryRun(options.dryRun()),
                resource,
                true,
                cluster -> cluster.gateway().create(cluster.id(), manifest, options));
    }

    private Step apply() {
        HasMetadata manifest = manifest();
        ApplyOptions options = ApplyOptions.as(pick(MANAGERS))
                .withDryRun(random.nextInt(8) == 0)
                .withConflicts(pick(List.of(ApplyOptions.Conflicts.values())))
                .withExtent(pick(List.of(ApplyOptions.Extent.values())));
        Binding binding = pick(Binding.MANY_CURRENT);
        ResourceRef resource = ResourceRef.of(manifest);
        return new Step(
                "apply " + shown(manifest) + " to the object " + binding + " as " + options.fieldManager() + " "
                        + options.conflicts() + " " + options.extent() + dryRun(options.dryRun()),
                resource,
                true,
                cluster -> {
                    ObjectMeta bound = new ObjectMetaBuilder(manifest.getMetadata()).build();
                    Version version = binding.version(cluster, resource);
                    bound.setUid(version.uid());
                    bound.setResourceVersion(version.resourceVersion());
                    GenericKubernetesResource copy = copy((GenericKubernetesResource) manifest);
                    copy.setMetadata(bound);
                    return cluster.gateway().apply(cluster.id(), copy, options);
                });
    }

    private Step list() {
        HasMetadata example = manifest();
        Map<String, String> labels = new LinkedHashMap<>(Map.of(SEQUENCE, sequence));
        if (random.nextBoolean()) {
            labels.put("team", pick(List.of("shop", "till")));
        }
        ListQuery query = ListQuery.of(example.getApiVersion(), example.getKind(), labels)
                .withLimit(pick(List.of(1, ListQuery.DEFAULT_LIMIT)));
        return new Step(
                "list " + query.kind() + " " + query.labels() + " by " + query.limit(),
                ResourceRef.of(example),
                false,
                cluster -> pages(cluster, query));
    }

    /** Returns the objects of all pages: how many pages there are depends on other objects of the cluster. */
    private static List<HasMetadata> pages(ClusterUnderCalls cluster, ListQuery query) {
        List<HasMetadata> all = new ArrayList<>();
        ObjectPage page = cluster.gateway().list(cluster.id(), query);
        all.addAll(page.items());
        while (page.continueToken() != null) {
            page = cluster.gateway().list(cluster.id(), query.withContinueToken(page.continueToken()));
            all.addAll(page.items());
        }
        return all;
    }

    private Step label() {
        ResourceRef resource = ResourceRef.of(manifest());
        String key = pick(List.of("team", "tier"));
        Optional<String> value = pick(List.of(Optional.of("shop"), Optional.of("kubectl"), Optional.empty()));
        return new Step("kubectl label " + resource + " " + key + " " + value, resource, true, cluster -> {
            Optional<HasMetadata> live = cluster.find(resource);
            live.ifPresent(object -> cluster.otherUser().label(object, key, value.orElse(null)));
            return live.isPresent() ? "labelled" : "absent";
        });
    }

    private Step delete() {
        ResourceRef resource = ResourceRef.of(manifest());
        Binding binding = pick(Binding.MANY_CURRENT);
        return new Step("delete " + resource + " " + binding, resource, true, cluster -> {
            Version version = binding.version(cluster, resource);
            return cluster.gateway()
                    .delete(cluster.id(), resource, DeleteOptions.of(version.uid(), version.resourceVersion()));
        });
    }

    private record Version(String uid, String resourceVersion) {

        private static final Version OF_NO_OBJECT = new Version(NO_UID, "1");

        static Version of(Optional<HasMetadata> object) {
            return object.map(HasMetadata::getMetadata)
                    .map(metadata -> new Version(metadata.getUid(), metadata.getResourceVersion()))
                    .orElse(OF_NO_OBJECT);
        }
    }

    /** The version that a write is bound to. */
    private enum Binding {
        AS_IT_IS,
        AS_REMEMBERED,
        WITH_ANOTHER_UID,
        WITH_ANOTHER_VERSION;

        private static final List<Binding> MANY_CURRENT =
                List.of(AS_IT_IS, AS_IT_IS, AS_IT_IS, AS_IT_IS, AS_REMEMBERED, WITH_ANOTHER_UID, WITH_ANOTHER_VERSION);

        Version version(ClusterUnderCalls cluster, ResourceRef resource) {
            Version current = Version.of(this == AS_REMEMBERED ? cluster.remembered(resource) : cluster.find(resource));
            return new Version(
                    this == WITH_ANOTHER_UID ? NO_UID : current.uid(),
                    this == WITH_ANOTHER_VERSION ? "1" : current.resourceVersion());
        }
    }

    private HasMetadata manifest() {
        int kind = random.nextInt(100);
        if (kind < 35) {
            return object("v1", "Namespace", null, pick(List.of(sequence + "-a", sequence + "-b")), Map.of());
        }
        String namespace = pick(List.of(sequence + "-a", sequence + "-a", sequence + "-b", sequence + "-none"));
        if (kind < 55) {
            return object("networking.k8s.io/v1", "NetworkPolicy", namespace, "egress", networkPolicy());
        }
        if (kind < 80) {
            return object("cilium.io/v2", "CiliumNetworkPolicy", namespace, "egress", ciliumPolicy());
        }
        return kind < 97
                ? object(
                        "v1",
                        "ConfigMap",
                        namespace,
                        "settings",
                        Map.of(
                                "data",
                                pick(List.of(
                                        Map.of("a", "1"),
                                        Map.of("a", "2"),
                                        Map.of("a", "1", "b", "2"),
                                        Map.of("b", "3")))))
                : object("example.com/v1", "Nothing", namespace, "nothing", Map.of());
    }

    private Map<String, Object> networkPolicy() {
        Map<String, Object> anywhere = Map.of();
        Map<String, Object> https = Map.of("ports", List.of(Map.of("port", 443, "protocol", "TCP")));
        Map<String, Object> billing =
                Map.of("to", List.of(Map.of("namespaceSelector", Map.of("matchLabels", Map.of("team", "billing")))));
        Map<String, Object> range = Map.of("to", List.of(Map.of("ipBlock", Map.of("cidr", "10.0.0.0/8"))));
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("podSelector", pick(List.of(Map.of(), Map.of("matchLabels", Map.of("app", "web")))));
        spec.put("policyTypes", List.of("Egress"));
        spec.put("egress", pick(List.of(List.of(), List.of(anywhere), List.of(https), List.of(billing, range))));
        return withUnknownField(spec);
    }

    private Map<String, Object> ciliumPolicy() {
        Map<String, Object> cluster = Map.of("toEntities", List.of("cluster"));
        Map<String, Object> domain = Map.of("toFQDNs", List.of(Map.of("matchPattern", "*.example.com")));
        Map<String, Object> range = Map.of("toCIDR", List.of("10.0.0.0/8"));
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("endpointSelector", pick(List.of(Map.of(), Map.of("matchLabels", Map.of("app", "web")))));
        spec.put("egress", pick(List.of(List.of(Map.of()), List.of(cluster), List.of(domain, range), List.of(range))));
        return withUnknownField(spec);
    }

    private Map<String, Object> withUnknownField(Map<String, Object> spec) {
        if (random.nextInt(25) == 0) {
            spec.put("unknown", "field");
        }
        return Map.of("spec", spec);
    }

    private HasMetadata object(
            String apiVersion, String kind, @Nullable String namespace, String name, Map<String, ?> fields) {
        ObjectMetaBuilder metadata =
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).addToLabels(SEQUENCE, sequence);
        if (random.nextBoolean()) {
            metadata.addToLabels("team", pick(List.of("shop", "till")));
        }
        if (random.nextInt(3) == 0) {
            metadata.addToLabels("tier", random.nextInt(8) == 0 ? "not valid" : "gold");
        }
        if (random.nextInt(3) == 0) {
            metadata.addToAnnotations("example.com/note", pick(List.of("one", "two")));
        }
        GenericKubernetesResource object = new GenericKubernetesResource();
        object.setApiVersion(apiVersion);
        object.setKind(kind);
        object.setMetadata(metadata.build());
        object.setAdditionalProperties(new LinkedHashMap<>(fields));
        return object;
    }

    private static GenericKubernetesResource copy(GenericKubernetesResource object) {
        GenericKubernetesResource copy = new GenericKubernetesResource();
        copy.setApiVersion(object.getApiVersion());
        copy.setKind(object.getKind());
        copy.setAdditionalProperties(object.getAdditionalProperties());
        return copy;
    }

    private static String dryRun(boolean isDryRun) {
        return isDryRun ? " as a dry run" : "";
    }

    private static String shown(HasMetadata manifest) {
        return ResourceRef.of(manifest) + " labels " + manifest.getMetadata().getLabels() + " annotations "
                + manifest.getMetadata().getAnnotations() + " "
                + ((GenericKubernetesResource) manifest).getAdditionalProperties();
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}

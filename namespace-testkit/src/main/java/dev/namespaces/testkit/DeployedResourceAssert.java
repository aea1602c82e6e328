package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about an object that was deployed. They are about each object of that kind and name, on every cluster,
 * until {@link #onCluster} or {@link #inNamespace} narrows them down.
 */
public final class DeployedResourceAssert
        extends AbstractAssert<DeployedResourceAssert, Map<ClusterId, List<HasMetadata>>> {

    private final RecordingClusterGatewayAssert origin;
    private final String what;

    DeployedResourceAssert(
            RecordingClusterGatewayAssert origin, String what, Map<ClusterId, List<HasMetadata>> deployed) {
        super(deployed, DeployedResourceAssert.class);
        this.origin = origin;
        this.what = what;
    }

    /** Asserts that it exists on that cluster, and returns assertions about that one only. */
    public DeployedResourceAssert onCluster(String cluster) {
        List<HasMetadata> there = actual.get(new ClusterId(cluster));
        if (there == null) {
            failWithMessage("Expected %s on cluster %s, but it is on %s", what, cluster, actual.keySet());
            throw new AssertionError();
        }
        return new DeployedResourceAssert(
                origin, what + " on cluster " + cluster, Map.of(new ClusterId(cluster), there));
    }

    /** Asserts that it exists in that namespace, and returns assertions about that one only. */
    public DeployedResourceAssert inNamespace(String namespace) {
        Map<ClusterId, List<HasMetadata>> there = new TreeMap<>();
        List<String> namespaces = new ArrayList<>();
        actual.forEach((cluster, manifests) -> manifests.forEach(manifest -> {
            String its = Objects.requireNonNullElse(manifest.getMetadata().getNamespace(), "");
            namespaces.add(its);
            if (its.equals(namespace)) {
                there.computeIfAbsent(cluster, id -> new ArrayList<>()).add(manifest);
            }
        }));
        if (there.isEmpty()) {
            failWithMessage("Expected %s in namespace %s, but it is in %s", what, namespace, namespaces);
        }
        return new DeployedResourceAssert(origin, what + " in namespace " + namespace, there);
    }

    /** Asserts that it was sent with that label. */
    public DeployedResourceAssert withLabel(String key, String value) {
        return has("label", key, value, manifest -> manifest.getMetadata().getLabels());
    }

    /** Asserts that it was sent without a label of that key. */
    public DeployedResourceAssert withoutLabel(String key) {
        return each(manifest -> {
            Map<String, String> labels = manifest.getMetadata().getLabels();
            if (labels != null && labels.containsKey(key)) {
                failWithMessage("Expected %s to have no label %s, but it is %s", what, key, labels.get(key));
            }
        });
    }

    /** Asserts that it was sent with that annotation. */
    public DeployedResourceAssert withAnnotation(String key, String value) {
        return has("annotation", key, value, manifest -> manifest.getMetadata().getAnnotations());
    }

    /** Asserts that its manifest, as it was sent, fulfils the requirements. */
    public DeployedResourceAssert satisfying(Consumer<HasMetadata> requirements) {
        return each(requirements);
    }

    /** Returns the assertions about the gateway, for the next sentence. */
    public RecordingClusterGatewayAssert and() {
        return origin;
    }

    private DeployedResourceAssert has(
            String what, String key, String value, Function<HasMetadata, Map<String, String>> entries) {
        return each(manifest -> {
            Map<String, String> all = Objects.requireNonNullElse(entries.apply(manifest), Map.of());
            if (!value.equals(all.get(key))) {
                failWithMessage("Expected %s to have %s %s=%s, but it has %s", this.what, what, key, value, all);
            }
        });
    }

    private DeployedResourceAssert each(Consumer<HasMetadata> requirements) {
        actual.values().forEach(manifests -> manifests.forEach(requirements));
        return this;
    }
}

package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about a {@link RecordingClusterGateway}: {@code assertThat(gateway).hasDeployed("Namespace",
 * "shop-dev").onCluster("eu-1")}. A failure shows what the gateway has seen.
 */
public final class RecordingClusterGatewayAssert
        extends AbstractAssert<RecordingClusterGatewayAssert, RecordingClusterGateway> {

    RecordingClusterGatewayAssert(RecordingClusterGateway actual) {
        super(actual, RecordingClusterGatewayAssert.class);
    }

    /** Asserts that no call was made since the beginning or the last {@link RecordingClusterGateway#forgetCalls}. */
    public RecordingClusterGatewayAssert hasSeenNoCall() {
        isNotNull();
        if (!actual.calls().isEmpty()) {
            failWithMessage("Expected no call to the cluster gateway, but it has seen:%n%s", shown(actual.calls()));
        }
        return this;
    }

    /** Asserts that no call was made that may change a cluster; dry runs and reads are allowed. */
    public RecordingClusterGatewayAssert hasWrittenNothing() {
        isNotNull();
        List<RecordedCall> writes =
                actual.calls().stream().filter(call -> call.call().writes()).toList();
        if (!writes.isEmpty()) {
            failWithMessage("Expected no write to any cluster, but the gateway has seen:%n%s", shown(writes));
        }
        return this;
    }

    /** Asserts that no object exists on any cluster that was deployed through the gateway. */
    public RecordingClusterGatewayAssert hasDeployedNothing() {
        isNotNull();
        if (!actual.deployedByCluster().isEmpty()) {
            failWithMessage("Expected nothing to be deployed, but there is:%n%s", shown(actual.deployedByCluster()));
        }
        return this;
    }

    /**
     * Asserts that exactly these objects of the kind exist, on all clusters together; a name is given once for each.
     */
    public RecordingClusterGatewayAssert hasDeployedOnly(String kind, String... names) {
        isNotNull();
        List<String> expected = List.of(names).stream().sorted().toList();
        List<String> deployed = actual.deployedResources().getOrDefault(kind, List.of()).stream()
                .map(manifest -> manifest.getMetadata().getName())
                .toList();
        if (!deployed.equals(expected)) {
            failWithMessage("Expected exactly %s of kind %s to be deployed, but there is %s", expected, kind, deployed);
        }
        return this;
    }

    /** Asserts that an object of that kind and name exists on some cluster, and returns assertions about it. */
    public DeployedResourceAssert hasDeployed(String kind, String name) {
        isNotNull();
        Map<ClusterId, List<HasMetadata>> found = only(actual.deployedByCluster(), kind, name);
        if (found.isEmpty()) {
            failWithMessage(
                    "Expected %s %s to be deployed, but there is:%n%s", kind, name, shown(actual.deployedByCluster()));
        }
        return new DeployedResourceAssert(this, kind + " " + name, found);
    }

    /** Asserts that no object of that kind and name exists on any cluster. */
    public RecordingClusterGatewayAssert hasNotDeployed(String kind, String name) {
        isNotNull();
        Map<ClusterId, List<HasMetadata>> found = only(actual.deployedByCluster(), kind, name);
        if (!found.isEmpty()) {
            failWithMessage("Expected no %s %s to be deployed, but it is on %s", kind, name, found.keySet());
        }
        return this;
    }

    /**
     * Asserts that the first object had been applied or created with success before any caller began to write the
     * second, on any cluster.
     */
    public RecordingClusterGatewayAssert hasDeployedInOrder(ResourceRef first, ResourceRef second) {
        isNotNull();
        if (!actual.endedBefore(call -> deploys(call, first), call -> deploys(call, second))) {
            failWithMessage(
                    "Expected %s to be deployed before %s, but the calls were:%n%s",
                    first, second, shown(actual.calls()));
        }
        return this;
    }

    private static boolean deploys(GatewayCall call, ResourceRef resource) {
        return call.writes()
                && ((call instanceof GatewayCall.Apply apply && apply.resource().equals(resource))
                        || (call instanceof GatewayCall.Create create
                                && create.resource().equals(resource)));
    }

    private static Map<ClusterId, List<HasMetadata>> only(
            Map<ClusterId, List<HasMetadata>> deployed, String kind, String name) {
        return deployed.entrySet().stream()
                .map(entry -> Map.entry(
                        entry.getKey(),
                        entry.getValue().stream()
                                .filter(manifest -> manifest.getKind().equals(kind)
                                        && Objects.equals(manifest.getMetadata().getName(), name))
                                .toList()))
                .filter(entry -> !entry.getValue().isEmpty())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String shown(List<RecordedCall> calls) {
        return calls.stream().map(call -> "  " + call).collect(Collectors.joining("\n"));
    }

    private static String shown(Map<ClusterId, List<HasMetadata>> deployed) {
        return deployed.isEmpty()
                ? "  nothing"
                : deployed.entrySet().stream()
                        .flatMap(entry -> entry.getValue().stream()
                                .map(manifest -> "  " + ResourceRef.of(manifest) + " on " + entry.getKey()))
                        .collect(Collectors.joining("\n"));
    }
}

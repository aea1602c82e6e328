package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.created;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.ListQuery;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordingClusterGatewayAssertTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");

    private final RecordingClusterGateway gateway = new RecordingClusterGateway();

    @BeforeEach
    void deploy() {
        created(gateway, EU, namespace("shop", Map.of("team", "a")));
        created(gateway, EU, configMap("shop", "settings"));
        created(gateway, US, namespace("shop", Map.of("team", "b")));
    }

    @Test
    void assertions_that_are_true_pass() {
        assertThat(gateway)
                .hasDeployed("Namespace", "shop")
                .onCluster("eu-1")
                .withLabel("team", "a")
                .withoutLabel("tier")
                .and()
                .hasDeployed("ConfigMap", "settings")
                .inNamespace("shop")
                .satisfying(manifest -> assertThat(manifest.getKind()).isEqualTo("ConfigMap"))
                .and()
                .hasDeployedOnly("Namespace", "shop", "shop")
                .hasNotDeployed("Namespace", "other")
                .hasDeployedInOrder(
                        ResourceRef.namespace("shop"), new ResourceRef("v1", "ConfigMap", "shop", "settings"));
        gateway.forgetCalls();
        assertThat(gateway).hasSeenNoCall().hasWrittenNothing();
    }

    @Test
    void an_assertion_that_is_false_fails_and_shows_the_calls() {
        assertFails(() -> assertThat(gateway).hasSeenNoCall(), "create Namespace shop on eu-1: answered");
        assertFails(() -> assertThat(gateway).hasWrittenNothing(), "create ConfigMap shop/settings on eu-1");
        assertFails(() -> assertThat(gateway).hasDeployedNothing(), "Namespace shop on us-1");
        assertFails(() -> assertThat(gateway).hasDeployedOnly("Namespace", "shop"), "[shop, shop]");
        assertFails(() -> assertThat(gateway).hasDeployed("Namespace", "other"), "Namespace shop on eu-1");
        assertFails(() -> assertThat(gateway).hasNotDeployed("Namespace", "shop"), "eu-1");
        assertFails(
                () -> assertThat(gateway).hasDeployed("ConfigMap", "settings").onCluster("us-1"), "[eu-1]");
        assertFails(
                () -> assertThat(gateway).hasDeployed("ConfigMap", "settings").inNamespace("other"), "shop");
        assertFails(
                () -> assertThat(gateway).hasDeployed("Namespace", "shop").withLabel("team", "a"),
                "Namespace shop",
                "team=a");
        assertFails(
                () -> assertThat(gateway)
                        .hasDeployed("Namespace", "shop")
                        .onCluster("us-1")
                        .withoutLabel("team"),
                "Namespace shop on cluster us-1");
        assertFails(() -> assertThat(gateway).hasDeployed("Namespace", "shop").withAnnotation("note", "x"), "note=x");
        assertFails(
                () -> assertThat(gateway)
                        .hasDeployedInOrder(
                                new ResourceRef("v1", "ConfigMap", "shop", "settings"), ResourceRef.namespace("shop")),
                "ConfigMap shop/settings",
                "before");
    }

    @Test
    void a_dry_run_is_no_write() {
        gateway.forgetCalls();

        gateway.apply(EU, namespace("other"), OURS.withDryRun(true));
        gateway.create(EU, namespace("other"), CreateOptions.as("ours").withDryRun(true));
        gateway.find(EU, ResourceRef.namespace("other"));
        gateway.list(EU, ListQuery.of("v1", "Namespace", Map.of("team", "a")));

        assertThat(gateway).hasWrittenNothing().hasNotDeployed("Namespace", "other");
        assertFails(() -> assertThat(gateway).hasSeenNoCall(), "apply Namespace other on eu-1 (dry run)");
        assertFails(() -> assertThat(gateway).hasSeenNoCall(), "list Namespace with {team=a} on eu-1: answered");
    }

    private static void assertFails(ThrowingCallable assertion, String... words) {
        assertThatExceptionOfType(AssertionError.class).isThrownBy(assertion).withMessageContainingAll(words);
    }
}

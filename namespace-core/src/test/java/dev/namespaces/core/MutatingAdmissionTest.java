package dev.namespaces.core;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.error.PolicyWidenedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.spi.ClusterGateway;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a policy that an admission controller changes while it is stored. */
class MutatingAdmissionTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    private final Platform platform = new Platform();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
    private Consumer<Map<String, Object>> admission = spec -> {};
    private Map<String, String> addedLabels = Map.of();
    private final NamespaceLifecycle lifecycle =
            platform.builder(mutating(), platform.stores.stores()).build();

    @AfterEach
    void close() {
        lifecycle.close();
        platform.lifecycle.close();
    }

    @Test
    void a_failure_is_a_policy_that_admission_widens_when_it_is_created() {
        admission = spec -> egress(spec).add(Map.of("toCIDR", List.of("10.0.0.0/8")));

        assertWidened();

        // The widened object differs from the wanted one, so the next deployment applies it, with the same result.
        assertWidened();

        admission = spec -> {};
        assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void a_failure_is_a_policy_that_admission_applies_to_some_pods_only() {
        lifecycle.deploy(dev.id());
        admission = spec -> spec.put("endpointSelector", Map.of("matchLabels", Map.of("app", "web")));

        assertThatThrownBy(() ->
                        lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true)))
                .isInstanceOf(DeploymentFailedException.class)
                .hasCauseInstanceOf(PolicyWidenedException.class);
    }

    @Test
    void a_note_is_a_change_of_admission_that_allows_no_more_egress() {
        admission = spec -> egress(spec).remove(egress(spec).size() - 1);

        DeploymentReport report = lifecycle.deploy(dev.id());

        assertThat(report.toString())
                .contains("warning: an admission controller changed CiliumNetworkPolicy shop-web/");
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void a_note_is_a_label_that_admission_adds_to_the_policy() {
        addedLabels = Map.of("example.com/added", "1");

        for (int deployment = 1; deployment <= 2; deployment++) {
            DeploymentReport report =
                    lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));

            assertThat(report.succeeded()).isTrue();
            assertThat(report.toString().contains("changed the labels or annotations of CiliumNetworkPolicy shop-web/"))
                    .as("the label is there before the second deployment")
                    .isEqualTo(deployment == 1);
        }
    }

    private void assertWidened() {
        assertThatThrownBy(() -> lifecycle.deploy(dev.id()))
                .isInstanceOf(DeploymentFailedException.class)
                .cause()
                .isInstanceOfSatisfying(
                        PolicyWidenedException.class,
                        e -> assertThat(e.gained()).containsExactly("10.0.0.0/8"));
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @SuppressWarnings("unchecked") // The specification of a policy is JSON.
    private static List<Object> egress(Map<String, Object> spec) {
        return (List<Object>) spec.get("egress");
    }

    private ClusterGateway mutating() {
        return (ClusterGateway) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ClusterGateway.class}, (proxy, method, arguments) -> {
                    Object[] changed = arguments.clone();
                    if (changed[1] instanceof GenericKubernetesResource policy) {
                        changed[1] = admitted(policy);
                    }
                    try {
                        return method.invoke(platform.gateway, changed);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @SuppressWarnings("unchecked") // The specification of a policy is JSON.
    private HasMetadata admitted(GenericKubernetesResource policy) {
        GenericKubernetesResource copy = (GenericKubernetesResource) NamespaceDeployer.copyOf(policy);
        Map<String, Object> spec = new LinkedHashMap<>(
                (Map<String, Object>) policy.getAdditionalProperties().get("spec"));
        spec.put("egress", new ArrayList<>(egress(spec)));
        admission.accept(spec);
        copy.setAdditionalProperties(Map.of("spec", spec));
        copy.getMetadata().getLabels().putAll(addedLabels);
        return copy;
    }
}

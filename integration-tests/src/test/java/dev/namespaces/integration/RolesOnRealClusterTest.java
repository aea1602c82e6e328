package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.testkit.RecordedCall;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** Everything that a lifecycle does on a cluster, with the rights of the shipped role, and with one rule less. */
@OnRealCluster(cilium = true)
@Timeout(120)
class RolesOnRealClusterTest {

    private static KubeApiServer server;
    private static List<PolicyRule> rules;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        rules = server.readClusterRoles(Path.of("..", "docs", "rbac.yaml"))
                .get("namespaces-lifecycle")
                .getRules();
    }

    @Test
    void everything_that_a_lifecycle_does_works_with_the_lifecycle_role() {
        assertThat(failuresWith(rules)).isEqualTo(new Failures(Set.of(), Set.of()));
    }

    /** In every build RolesTest of the adapter does the same for the calls of the gateway. */
    @Tag("long")
    @TestFactory
    Stream<DynamicTest> something_that_a_lifecycle_does_is_forbidden_without_one_rule() {
        return AccessRule.lifecycle(Set.of(PolicyDialect.values())).stream()
                .map(lacking -> DynamicTest.dynamicTest(lacking.toString(), () -> {
                    List<PolicyRule> less = rules.stream()
                            .filter(rule -> !(rule.getVerbs().contains(lacking.verb())
                                    && rule.getApiGroups().contains(lacking.apiGroup())
                                    && rule.getResources().contains(lacking.resource())))
                            .toList();
                    assertThat(less).hasSize(rules.size() - 1);

                    Failures failures = failuresWith(less);

                    assertThat(failures.steps()).isNotEmpty();
                    assertThat(failures.forbidden())
                            .containsExactly(lacking.verb() + " " + lacking.qualifiedResource());
                }));
    }

    /**
     * @param steps those that failed
     * @param forbidden the rights that the API server missed, each as {@code get namespaces}
     */
    private record Failures(Set<String> steps, Set<String> forbidden) {}

    private static Failures failuresWith(List<PolicyRule> rights) {
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(server.config(server.newUser(rights)))
                        .build();
                RealPlatform platform = new RealPlatform(server, client);
                NamespaceLifecycle kubernetes = platform.builder()
                        .egressSettings(cluster -> EgressSettings.defaults()
                                .withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                        .build()) {
            Map<String, Throwable> steps =
                    WholeLifecycle.failures(WholeLifecycle.steps(server, platform, platform.lifecycle, kubernetes));
            return new Failures(
                    steps.keySet(),
                    platform.gateway.calls().stream()
                            .map(RecordedCall::outcome)
                            .filter(RecordedCall.Outcome.Failed.class::isInstance)
                            .map(outcome -> ((RecordedCall.Outcome.Failed) outcome).cause())
                            .filter(ForbiddenException.class::isInstance)
                            .map(ForbiddenException.class::cast)
                            .map(forbidden -> forbidden.verb() + " " + forbidden.resourceType())
                            .collect(Collectors.toSet()));
        }
    }
}

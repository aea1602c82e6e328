package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.guard.AdmissionGuard;
import dev.namespaces.core.guard.GuardGap;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of the guide to the admission guard is this class's code, and its commands run. */
class AdmissionGuardGuideTest {

    private static final GuidePage GUIDE = GuidePage.of("docs/admission-guard.md");
    private static final ClusterId EU = new ClusterId("eu-1");

    private static AdmissionGuard render(NamespaceLifecycle lifecycle, ClusterId cluster) {
        // spotless:off
        // begin: render
        AdmissionGuard guard = lifecycle.admissionGuard(cluster, AdmissionGuard.serviceAccount("platform", "platform"))
                .keys(List.of("stage", "team", "team.example.com/"))
                .allowRelease()
                .build();
        // end: render
        // spotless:on
        return guard;
    }

    private static void git(AdmissionGuard guard, Path repository) throws IOException {
        // spotless:off
        // begin: git
        Files.writeString(repository.resolve("admission-guard.yaml"), guard.toYaml());
        // end: git
        // spotless:on
    }

    private static void apply(AdmissionGuard guard, ClusterGateway administrator, ClusterId cluster) {
        // spotless:off
        // begin: apply
        guard.apply(administrator, cluster);
        // end: apply
        // spotless:on
    }

    private static void missing(AdmissionGuard guard, ClusterGateway gateway, ClusterId cluster) {
        // spotless:off
        // begin: missing
        List<GuardGap> gaps = guard.missing(gateway, cluster);
        if (!gaps.isEmpty()) {
            throw new IllegalStateException("The admission guard of " + cluster + " is not complete: " + gaps);
        }
        // end: missing
        // spotless:on
    }

    @Test
    @OnRealCluster(cilium = true, kubectl = true, namespaceController = true)
    void the_guide_installs_a_complete_guard_from_git_and_through_a_gateway(
            KubeApiServer server, @TempDir Path repository) throws IOException {
        Kubectl kubectl = server.kubectl();
        ClusterRole role = server.client()
                .getKubernetesSerialization()
                .unmarshal(GUIDE.block("yaml: AdmissionGuardGuideTest role"), ClusterRole.class);
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(server.config(server.newUser(role.getRules())))
                        .build();
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(EU, client).build();
                Fabric8ClusterGateway administrator = Fabric8ClusterGateway.builder()
                        .client(EU, server.client())
                        .build();
                NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                                FakeClusters.of("eu-1"), new InMemoryStores().stores())
                        // The guard of this domain judges nothing of other tests.
                        .labels(LabelScheme.ofDomain("guide.example.com"))
                        .build();
                KubeApiServer.NamespaceController controllers =
                        server.startControllersWithAccounts("validatingadmissionpolicy-status-controller")) {
            assertThat(controllers).isNotNull();
            AdmissionGuard guard = render(lifecycle, EU);
            assertThatThrownBy(() -> missing(guard, gateway, EU)).hasMessageContaining("does not exist");

            try {
                git(guard, repository);
                kubectl.run(
                        "apply",
                        "-f",
                        repository.resolve("admission-guard.yaml").toString());
                apply(guard, administrator, EU);

                await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> missing(guard, gateway, EU));
                for (String command : GUIDE.lines("sh: AdmissionGuardGuideTest")) {
                    assertThat(kubectl.tryShell(Path.of(".."), command.replace("namespaces.dev", "guide.example.com"))
                                    .exitCode())
                            .as(command)
                            .isZero();
                }
            } finally {
                guard.objects()
                        .forEach(object -> server.client().resource(object).delete());
            }
        }
    }
}

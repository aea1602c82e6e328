package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program against a real API server with Cilium's kinds. Both clusters of the file are that one, so a namespace on
 * both of them is created for the first and adopted for the second.
 */
@OnRealCluster(cilium = true)
class RealClusterTest {

    @TempDir
    Path temp;

    @Test
    void the_shipped_file_is_deployed_to_a_real_api_server(KubeApiServer server) {
        Kubectl kubectl = server.kubectl();
        Path out = temp.resolve("out");

        Run first = deploy(server, "--adopt", "--out", out.toString());

        assertThat(first.status()).as(first.err() + first.out()).isZero();
        assertThat(first.out()).contains("12 namespaces of 6 environments deployed to 2 clusters");
        assertThat(kubectl.run("get", "namespaces", "-l", "app.kubernetes.io/managed-by", "-o", "name")
                        .lines())
                .hasSize(12)
                .contains("namespace/shop-prod-web", "namespace/lab-notebooks");
        assertThat(kubectl.run("get", "ciliumnetworkpolicies", "-A", "-o", "name")
                        .lines())
                .hasSize(12)
                .containsOnly("ciliumnetworkpolicy.cilium.io/egress.namespaces.dev");
        assertThat(kubectl.run("get", "namespace", "shop-dev-web", "-o", "jsonpath={.metadata.labels.cost-center}"))
                .isEqualTo("0042");
        assertThat(kubectl.run(
                                "apply",
                                "--server-side",
                                "--field-manager=namespaces.dev",
                                "--dry-run=server",
                                "--validate=strict",
                                "-R",
                                "-f",
                                out.toString())
                        .lines())
                .hasSize(30);

        Run second = deploy(server, "--adopt");

        assertThat(second.status()).as(second.err() + second.out()).isZero();
        assertThat(second.out())
                .containsPattern("shop-dev-web +project +unchanged")
                .doesNotContain("warning");
    }

    @Test
    void a_dry_run_on_a_real_api_server_leaves_it_as_it_was(KubeApiServer server) {
        Kubectl kubectl = server.kubectl();
        String before = kubectl.run("get", "namespaces,ciliumnetworkpolicies", "-A", "-o", "name");

        Run run = deploy(server, "--adopt", "--dry-run=server");

        assertThat(run.status()).as(run.err() + run.out()).isZero();
        assertThat(kubectl.run("get", "namespaces,ciliumnetworkpolicies", "-A", "-o", "name"))
                .isEqualTo(before);
    }

    private Run deploy(KubeApiServer server, String... options) {
        String context = server.kubectl().run("config", "current-context").strip();
        String[] fixed = {
            "--file", Run.SHIPPED.toString(),
            "--jdbc-url", Run.h2(temp),
            "--kubeconfig", server.kubeconfigFile().toString(),
            "--context", "eu-1=" + context,
            "--context", "us-1=" + context
        };
        RecordingClusterGateway unused = new RecordingClusterGateway();
        Run run =
                Run.on(unused, Stream.of(fixed, options).flatMap(Arrays::stream).toArray(String[]::new));
        assertThat(unused.calls()).isEmpty();
        return run;
    }
}

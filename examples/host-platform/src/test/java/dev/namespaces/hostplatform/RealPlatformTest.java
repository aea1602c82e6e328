package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnDatabaseServer;
import dev.namespaces.testservers.OnRealCluster;
import dev.namespaces.testservers.PostgresServer;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The platform in the profile "real": PostgreSQL, one real cluster in a kubeconfig, and one that is down. */
@OnRealCluster(namespaceController = true)
@OnDatabaseServer
@Timeout(120)
class RealPlatformTest {

    private static KubeApiServer server;
    private static KubeApiServer.NamespaceController controller;
    private static Platform platform;
    private static Visitor visitor;

    @BeforeAll
    static void start(KubeApiServer cluster, @TempDir Path directory) throws IOException {
        server = cluster;
        controller = server.startNamespaceController();
        DatabaseAddress database = PostgresServer.shared(18).newDatabase();
        String context = server.config().getCurrentContext().getName();
        Path down = directory.resolve("down.yaml");
        Files.writeString(down, server.kubeconfig().replaceAll("server: .*", "server: https://127.0.0.1:1"));
        platform = Platform.by(
                "--spring.profiles.active=real",
                "--namespaces.gateway.call-timeout=5s",
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password(),
                "--namespaces.clusters.eu-1.kubeconfig=" + server.kubeconfigFile(),
                "--namespaces.clusters.eu-1.context=" + context,
                "--namespaces.clusters.us-1.kubeconfig=" + down,
                "--namespaces.clusters.us-1.context=" + context);
        visitor = new Visitor(platform);
    }

    @AfterAll
    static void stop() {
        if (platform != null) {
            platform.close();
        }
        if (controller != null) {
            controller.close();
        }
    }

    @Test
    void a_deployment_is_on_the_cluster_and_its_deletion_too_after_a_restart() {
        assertThat(visitor.deploy("shop-dev").text()).contains("shop-dev-jobs created", "shop-dev-web created");
        assertThat(visitor.open("/environments/shop-dev").text()).containsPattern("eu-1 \\S+ \\S+ UTC");
        assertThat(namespace("shop-dev-web").getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev")
                .containsEntry("namespaces.dev/environment", "shop-dev")
                .containsEntry("example.com/stage", "dev")
                .containsEntry("team.example.com/owner", "web");
        assertThat(policies("shop-dev-web")).containsExactly("egress.namespaces.dev");

        Visitor.Page plan = visitor.plan("shop-dev", "ada");
        assertThat(plan.text()).contains("shop-dev-jobs of shop-dev on eu-1", "shop-dev-web of shop-dev on eu-1");
        assertThat(visitor.approve(plan, "ada").status()).isEqualTo(403);
        assertThat(namespace("shop-dev-web").getMetadata().getDeletionTimestamp())
                .isNull();

        platform.restart();
        assertThat(visitor.open("/deletion-plans").text()).contains("ada 2 nobody yet");
        Visitor.Page approved = visitor.approve(visitor.open(plan.path()), "grace");

        assertThat(approved.text())
                .containsPattern("shop-dev-jobs of shop-dev on eu-1 \\(uid \\S+\\): gone")
                .containsPattern("shop-dev-web of shop-dev on eu-1 \\(uid \\S+\\): gone");
        assertThat(namespace("shop-dev-jobs")).isNull();
        assertThat(namespace("shop-dev-web")).isNull();
    }

    @Test
    void a_cluster_that_is_down_does_not_stop_the_other() {
        Visitor.Page ended = visitor.deploy("shop-prod");

        assertThat(ended.text()).contains("eu-1 shop-prod-web created", "FAILED");
        assertThat(policies("shop-prod-web")).containsExactly("egress.namespaces.dev");
        assertThat(visitor.open("/environments/shop-prod").text()).contains("us-1 never");
    }

    @Test
    void a_namespace_of_others_is_adopted_and_no_plan_deletes_it() {
        platform.add("legacy", "eu-1");
        server.client()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName("legacy-web")
                        .addToLabels("owner", "others")
                        .endMetadata()
                        .build())
                .create();
        assertThat(visitor.deploy("legacy").text()).contains("legacy-web FAILED");
        assertThat(policies("legacy-web")).isEmpty();

        Visitor.Page candidates = visitor.open("/environments/legacy/adoption");
        assertThat(candidates.text()).contains("legacy-web of legacy on eu-1").doesNotContain("legacy-jobs");
        visitor.submit(candidates, "/environments/legacy/adoption");

        assertThat(visitor.awaitEnd("legacy").text()).contains("legacy-web changed, adopted");
        assertThat(namespace("legacy-web").getMetadata().getLabels())
                .containsEntry("owner", "others")
                .containsEntry("namespaces.dev/environment", "legacy");
        assertThat(policies("legacy-web")).containsExactly("egress.namespaces.dev");
        assertThat(visitor.plan("legacy", "ada").text())
                .contains("legacy-web of legacy on eu-1: we adopted it and did not create it");
    }

    @Test
    void the_namespaces_of_an_environment_that_left_are_orphans() {
        platform.add("moved", "eu-1");
        assertThat(visitor.deploy("moved").text()).contains("moved-web created");
        assertThat(visitor.open("/clusters/eu-1/orphans").text()).doesNotContain("moved");
        platform.move("moved", "us-1");

        Visitor.Page orphans = visitor.open("/clusters/eu-1/orphans");
        assertThat(orphans.text()).contains("moved-web on eu-1: its environment has left the cluster");
        Visitor.Page plan = visitor.submit(orphans, "/clusters/eu-1/deletion-plans", "user", "ada");
        assertThat(visitor.approve(plan, "grace").text())
                .containsPattern("moved-web of moved on eu-1 \\(uid \\S+\\): gone");

        assertThat(namespace("moved-web")).isNull();
        assertThat(visitor.open("/clusters/eu-1/orphans").text()).doesNotContain("moved");
    }

    private static Namespace namespace(String name) {
        return server.client().namespaces().withName(name).get();
    }

    private static List<String> policies(String namespace) {
        return server.client().network().v1().networkPolicies().inNamespace(namespace).list().getItems().stream()
                .map(policy -> policy.getMetadata().getName())
                .toList();
    }
}

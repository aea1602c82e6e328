package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The exception for each refusal of an API server. Refusals that the contract covers are not repeated here. */
@OnRealCluster
class RefusalsTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final CreateOptions CREATE = CreateOptions.as(MANAGER);

    private static KubernetesClient admin;
    private static Fabric8ClusterGateway gateway;

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
        gateway = Fabric8ClusterGateway.builder().client(ID, admin).build();
    }

    @Test
    void rejected_is_what_an_admission_policy_denies_for_any_reason() {
        String policy = name("policy");
        // All reasons that a policy may choose.
        List<String> reasons = List.of("Forbidden", "Invalid", "RequestEntityTooLarge");
        String validations = reasons.stream()
                .map(reason -> """
                            - expression: "object.metadata.?labels[?'%s'].orValue('') != '%s'"
                              message: not here
                              reason: %s
                        """.formatted(policy, reason, reason))
                .collect(Collectors.joining());
        admin.load(new ByteArrayInputStream("""
                        apiVersion: admissionregistration.k8s.io/v1
                        kind: ValidatingAdmissionPolicy
                        metadata:
                          name: %1$s
                        spec:
                          failurePolicy: Fail
                          matchConstraints:
                            resourceRules:
                              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [namespaces]}
                          validations:
                        %2$s
                        ---
                        apiVersion: admissionregistration.k8s.io/v1
                        kind: ValidatingAdmissionPolicyBinding
                        metadata:
                          name: %1$s
                        spec:
                          policyName: %1$s
                          validationActions: [Deny]
                        """.formatted(policy, validations).getBytes(StandardCharsets.UTF_8)))
                .create();
        HasMetadata live = createObject(gateway, namespace(name("admission"), Map.of()));
        Namespace absent = namespace(name("admission"), Map.of(policy, "Forbidden"));
        await().until(() -> {
            try {
                gateway.create(ID, absent, CREATE.withDryRun(true));
                return false;
            } catch (ManifestRejectedException e) {
                return true;
            }
        });

        for (String reason : reasons) {
            Map<String, String> labels = Map.of(policy, reason);
            Namespace changed = bound(namespace(live.getMetadata().getName(), labels), live);
            for (Executable write : List.<Executable>of(
                    () -> gateway.create(ID, namespace(absent.getMetadata().getName(), labels), CREATE),
                    () -> gateway.apply(ID, changed, OURS))) {
                assertThatExceptionOfType(ManifestRejectedException.class)
                        .as(reason)
                        .isThrownBy(write::execute)
                        .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.SETTLED))
                        .satisfies(e -> assertThat(e.isRetryable()).isFalse())
                        .withMessageContaining("not here");
            }
        }
    }

    @Test
    void a_user_without_rights_is_told_which_verb_is_lacking_on_what() {
        try (KubernetesClient client = as("a-stranger");
                Fabric8ClusterGateway stranger =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            assertThatExceptionOfType(ForbiddenException.class)
                    .isThrownBy(() -> stranger.apply(ID, unread(name("stranger"), Map.of()), OURS))
                    .withMessageContainingAll("not allowed to patch namespaces", "a-stranger", "on cluster real");
            assertThatExceptionOfType(ForbiddenException.class)
                    .isThrownBy(() -> stranger.find(ID, ResourceRef.namespace("default")))
                    .satisfies(e -> assertThat(e.verb()).isEqualTo("get"));
        }
    }

    @Test
    void credentials_that_nobody_knows_are_unauthorized() {
        Config config = RealCluster.config();
        config.setClientCertFile(null);
        config.setClientKeyFile(null);
        config.setOauthToken("nobody");
        try (KubernetesClient client = HttpModule.VERTX.client(config);
                Fabric8ClusterGateway unknown =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            assertThatExceptionOfType(UnauthorizedException.class)
                    .isThrownBy(() -> unknown.apply(ID, unread(name("unknown"), Map.of()), OURS))
                    .satisfies(e -> assertThat(e.isRetryable()).isFalse());
        }
    }

    @Test
    void a_name_that_would_change_the_path_reaches_no_server() {
        for (String name : List.of("default/finalize", "..", "a%2Fb", "")) {
            assertThatExceptionOfType(ManifestRejectedException.class)
                    .as(name)
                    .isThrownBy(() -> gateway.apply(ID, unread(name, Map.of("a", "1")), OURS));
            assertThat(gateway.find(ID, ResourceRef.namespace(name))).as(name).isEmpty();
        }
    }

    @Test
    void a_long_refusal_is_cut_and_holds_no_manifest() {
        String value = "x".repeat(100_000);
        String name = name("long");
        Namespace manifest =
                bound(namespace(name, Map.of("a", value)), createObject(gateway, namespace(name, Map.of())));

        for (Executable write : List.<Executable>of(
                () -> gateway.create(ID, namespace(name("long"), Map.of("a", value)), CREATE),
                () -> gateway.apply(ID, manifest, OURS))) {
            assertThatExceptionOfType(ManifestRejectedException.class)
                    .isThrownBy(write::execute)
                    .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(2_000));
        }
    }

    /** Returns a manifest that is bound to a UID and a version that no object has. */
    private static Namespace unread(String name, Map<String, String> labels) {
        return bound(namespace(name, labels), RealCluster.NO_UID, "1");
    }

    private static KubernetesClient as(String user) {
        return HttpModule.VERTX.client(KubeApiServer.shared().config(user));
    }
}

package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.ObjectTerminatingException;
import dev.namespaces.error.PolicyWidenedException;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Policy objects that others hold by a finalizer, keep from being created by a quota, or change on admission, on a real
 * API server.
 */
@OnRealCluster(cilium = true)
@Timeout(60)
class PolicyObjectsOnRealClusterTest {

    private static final String HOLD = "example.com/hold";

    private static KubeApiServer server;

    private RealPlatform platform;

    @BeforeAll
    static void use(KubeApiServer cluster) {
        server = cluster;
    }

    @BeforeEach
    void open() {
        platform = new RealPlatform(server);
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void not_deployed_is_a_policy_that_is_deleted_behind_a_finalizer() {
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.CILIUM)) {
            Namespace shop = platform.namespace(platform.environment);
            lifecycle.deploy(platform.environment.id());
            Resource<GenericKubernetesResource> policy = policy(PolicyDialect.CILIUM, shop);
            finalizers(policy, List.of(HOLD));
            policy.delete();

            assertThat(failureOf(lifecycle))
                    .isInstanceOfSatisfying(
                            ObjectTerminatingException.class,
                            e -> assertThat(e.finalizers()).containsExactly(HOLD));
            assertThat(isRecorded()).isFalse();

            finalizers(policy, List.of());
            lifecycle.deploy(platform.environment.id());
            assertThat(policy.get().getMetadata().getDeletionTimestamp()).isNull();
            assertThat(isRecorded()).isTrue();
        }
    }

    @Test
    void not_deployed_is_a_dialect_while_a_finalizer_holds_the_other() {
        try (NamespaceLifecycle before = lifecycle(PolicyDialect.CILIUM);
                NamespaceLifecycle after = lifecycle(PolicyDialect.KUBERNETES)) {
            Namespace shop = platform.namespace(platform.environment);
            before.deploy(platform.environment.id());
            Resource<GenericKubernetesResource> old = policy(PolicyDialect.CILIUM, shop);
            finalizers(old, List.of(HOLD));

            assertThat(failureOf(after)).isInstanceOf(ObjectTerminatingException.class);
            assertThat(isRecorded()).isFalse();

            finalizers(old, List.of());
            after.deploy(platform.environment.id());
            assertThat(old.get()).isNull();
            assertThat(policy(PolicyDialect.KUBERNETES, shop).get()).isNotNull();
            assertThat(isRecorded()).isTrue();
        }
    }

    @Test
    void unfenced_is_a_namespace_whose_quota_allows_no_policy() {
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.KUBERNETES)) {
            Namespace shop = platform.namespace(platform.environment);
            lifecycle.deploy(platform.environment.id());
            allowNoPolicies(shop);
            policy(PolicyDialect.KUBERNETES, shop).delete();

            assertThat(failureOf(lifecycle))
                    .isInstanceOf(ManifestRejectedException.class)
                    .hasMessageContaining("exceeded quota");
            assertThat(isRecorded()).isFalse();
        }
    }

    @Test
    void a_failure_is_a_policy_that_an_admission_controller_widens() {
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.KUBERNETES)) {
            Namespace shop = platform.namespace(platform.environment);
            mutate(shop, """
                    JSONPatch{op: "add", path: "/spec/egress/-", value: Object.spec.egress{}}""");

            for (int attempt = 1; attempt <= 2; attempt++) {
                assertThat(catchThrowable(() -> lifecycle.deploy(platform.environment.id())))
                        .isInstanceOf(DeploymentFailedException.class)
                        .cause()
                        .isInstanceOfSatisfying(
                                PolicyWidenedException.class,
                                e -> assertThat(e.gained()).isNotEmpty());
                assertThat(isRecorded()).isFalse();
            }
            assertThat(egress(policy(PolicyDialect.KUBERNETES, shop).get()))
                    .as("the stored policy was widened")
                    .anyMatch(Map.of()::equals);
        }
    }

    @Test
    void a_note_is_a_label_that_an_admission_controller_adds() {
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.KUBERNETES)) {
            Namespace shop = platform.namespace(platform.environment);
            mutate(shop, """
                    JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/added"), value: "1"}""");

            assertThat(lifecycle.deploy(platform.environment.id()).toString())
                    .contains("an admission controller changed the labels or annotations of NetworkPolicy "
                            + shop.name());
            assertThat(policy(PolicyDialect.KUBERNETES, shop)
                            .get()
                            .getMetadata()
                            .getLabels())
                    .containsKey("example.com/added");
            assertThat(isRecorded()).isTrue();
        }
    }

    /** Has an admission policy change the NetworkPolicies of the namespace, and waits until it does. */
    private void mutate(Namespace namespace, String patch) {
        String probe = server.newName("probe");
        platform.createByHand(probe, Map.of());
        server.client()
                .load(new ByteArrayInputStream("""
                apiVersion: admissionregistration.k8s.io/v1beta1
                kind: MutatingAdmissionPolicy
                metadata:
                  name: NAME
                spec:
                  reinvocationPolicy: Never
                  matchConstraints:
                    resourceRules:
                    - apiGroups: [networking.k8s.io]
                      apiVersions: [v1]
                      operations: [CREATE, UPDATE]
                      resources: [networkpolicies]
                  mutations:
                  - patchType: JSONPatch
                    jsonPatch:
                      expression: '[PATCH]'
                ---
                apiVersion: admissionregistration.k8s.io/v1beta1
                kind: MutatingAdmissionPolicyBinding
                metadata:
                  name: NAME
                spec:
                  policyName: NAME
                  matchResources:
                    namespaceSelector:
                      matchExpressions:
                      - key: kubernetes.io/metadata.name
                        operator: In
                        values: [NAME, NAMESPACE]
                """.replace("NAMESPACE", namespace.name())
                        .replace("NAME", probe)
                        .replace("PATCH", patch)
                        .getBytes(StandardCharsets.UTF_8)))
                .create();
        NetworkPolicy sent = new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("probe")
                .withNamespace(probe)
                .addToLabels("a", "b")
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .endPodSelector()
                .addNewEgress()
                .addNewTo()
                .withNewPodSelector()
                .endPodSelector()
                .endTo()
                .endEgress()
                .endSpec()
                .build();
        await().until(() -> {
            NetworkPolicy stored = server.client().resource(sent).dryRun().create();
            return !stored.getSpec().getEgress().equals(sent.getSpec().getEgress())
                    || !stored.getMetadata()
                            .getLabels()
                            .equals(sent.getMetadata().getLabels());
        });
    }

    private static List<?> egress(GenericKubernetesResource policy) {
        return (List<?>) ((Map<?, ?>) policy.getAdditionalProperties().get("spec")).get("egress");
    }

    private NamespaceLifecycle lifecycle(PolicyDialect dialect) {
        return platform.builder()
                .egressSettings(cluster -> EgressSettings.defaults().withDialect(new DialectChoice.Fixed(dialect)))
                .conflictLimit(Duration.ofSeconds(1))
                .build();
    }

    private NamespaceException failureOf(NamespaceLifecycle lifecycle) {
        NamespaceOutcome outcome = catchThrowableOfType(
                        DeploymentFailedException.class, () -> lifecycle.deploy(platform.environment.id()))
                .report()
                .environments()
                .get(0)
                .clusters()
                .get(0)
                .namespaces()
                .get(0)
                .outcome();
        NamespaceException cause = ((NamespaceOutcome.Failure) outcome).cause();
        assertThat(outcome instanceof NamespaceOutcome.Unfenced).isEqualTo(cause instanceof ManifestRejectedException);
        return cause;
    }

    private boolean isRecorded() {
        return platform.stores.stores().deployments().findByEnvironments(List.of(platform.environment.id())).stream()
                .anyMatch(record -> record.target().clusterId().equals(REAL) && record.isComplete());
    }

    private static Resource<GenericKubernetesResource> policy(PolicyDialect dialect, Namespace namespace) {
        return server.client()
                .genericKubernetesResources(dialect.apiVersion(), dialect.kind())
                .inNamespace(namespace.name())
                .withName("egress.namespaces.dev");
    }

    private static void finalizers(Resource<GenericKubernetesResource> policy, List<String> finalizers) {
        policy.edit(found -> {
            found.getMetadata().setFinalizers(finalizers);
            return found;
        });
    }

    /** Creates a quota together with the status that the quota controller would compute. */
    private static void allowNoPolicies(Namespace namespace) {
        Map<String, Quantity> none = Map.of("count/networkpolicies.networking.k8s.io", new Quantity("0"));
        var quota = new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("no-policies")
                .withNamespace(namespace.name())
                .endMetadata()
                .withNewSpec()
                .withHard(none)
                .endSpec()
                .withNewStatus()
                .withHard(none)
                .withUsed(none)
                .endStatus()
                .build();
        server.client().resource(quota).create();
        server.client().resource(quota).updateStatus();
    }
}

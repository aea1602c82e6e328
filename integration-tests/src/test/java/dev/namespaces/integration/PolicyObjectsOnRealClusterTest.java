package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.ObjectTerminatingException;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Policy objects that others hold by a finalizer, or keep from being created by a quota, on a real API server. */
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

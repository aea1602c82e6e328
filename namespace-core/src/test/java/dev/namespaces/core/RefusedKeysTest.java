package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.deploy.RefusedKeysException;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.KeyPolicy;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusedKeysTest {

    private static final String OVERRIDES =
            "has the key of a label of the environment, which a namespace may replace only if the platform allows it";

    private final Platform platform = new Platform();
    private final Environment dev = platform.environment(
            anEnvironment().id("shop-dev").cluster("eu-1").label("stage", "dev").build());

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void metadata_with_the_key_of_an_environment_label_is_a_violation() {
        Namespace stored = platform.namespace(dev, "shop-web");
        NamespaceRequest request = NamespaceRequest.of(dev.id(), "shop-web").withMetadata("stage", "prod");

        assertThat(violations(() -> platform.lifecycle.update(stored.id(), 1, request)))
                .containsExactly(new Violation("metadata[stage]", OVERRIDES));
        assertThat(violations(() -> platform.lifecycle.create(List.of(
                        NamespaceRequest.of(dev.id(), "shop-api"),
                        NamespaceRequest.of(dev.id(), "shop-db").withMetadata("stage", "dev")))))
                .containsExactly(new Violation("[1].metadata[stage]", OVERRIDES));
        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).containsExactly(stored);
    }

    @Test
    void a_host_can_let_metadata_replace_a_label_of_the_environment() {
        try (NamespaceLifecycle open = platform.builder()
                .keys(KeyPolicy.defaults().overriding("stage"))
                .build()) {
            open.create(NamespaceRequest.of(dev.id(), "shop-web").withMetadata("stage", "prod"));
            open.deploy(dev.id());
        }

        assertThat(platform.labels(EU, "shop-web")).containsEntry("stage", "prod");
    }

    @Test
    void an_environment_label_with_a_reserved_key_is_a_violation_of_each_request() {
        platform.environments.save(dev.withLabels(Map.of("istio-injection", "enabled")));

        assertThat(violations(() -> platform.lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"))))
                .containsExactly(
                        new Violation(
                                "environment.labels[istio-injection]",
                                "has a key that decides if and how Istio takes part in the traffic; only the platform can allow it"));
    }

    @Test
    void a_key_can_be_allowed_for_environments_and_not_for_requests() {
        platform.environments.save(dev.withLabels(Map.of("pod-security.kubernetes.io/enforce", "restricted")));
        KeyPolicy podSecurity = KeyPolicy.defaults().allowing("pod-security.kubernetes.io/*");
        try (NamespaceLifecycle lifecycle =
                platform.builder().environmentKeys(podSecurity).build()) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));
            lifecycle.deploy(dev.id());

            assertThat(platform.labels(EU, "shop-web"))
                    .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
            assertThat(violations(() -> lifecycle.create(NamespaceRequest.of(dev.id(), "shop-api")
                            .withMetadata("pod-security.kubernetes.io/warn", "privileged"))))
                    .hasSize(1);
        }
    }

    @Test
    void a_stored_key_that_is_refused_never_reaches_a_cluster() {
        platform.namespace(dev, "shop-web");
        platform.namespaces.insert(List.of(aNamespace()
                .in(dev)
                .name("shop-imported")
                .metadata("istio-injection", "disabled")
                .metadata("stage", "prod")
                .annotation("services.k8s.aws/owner-account-id", "000000000000")
                .build()));

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> platform.lifecycle.deploy(dev.id()));

        RefusedKeysException refused = refusal(failure.report());
        assertThat(refused)
                .hasMessageContaining("shop-imported")
                .hasMessageContaining("metadata[istio-injection] has a key that decides if and how Istio")
                .hasMessageContaining("allow the key in the key policy");
        assertThat(refused.violations())
                .extracting(Violation::path)
                .containsExactly(
                        "annotations[services.k8s.aws/owner-account-id]",
                        "metadata[istio-injection]",
                        "metadata[stage]");
        assertThat(refused.category()).isEqualTo(ErrorCategory.REFUSED);
        assertThat(refused.isRetryable()).isFalse();
        assertThat(platform.standing().keySet()).noneMatch(object -> object.contains("shop-imported"));
        assertThat(platform.labels(EU, "shop-web")).containsEntry("stage", "dev");
    }

    @Test
    void a_namespace_that_was_stored_under_older_settings_is_refused_at_deploy() {
        platform.namespaces.insert(List.of(
                aNamespace().in(dev).name("shop-web").metadata("team", "web").build()));
        platform.lifecycle.deploy(dev.id());

        try (NamespaceLifecycle strict =
                platform.builder().keys(KeyPolicy.onlyUnder("team.example.com")).build()) {
            assertThatExceptionOfType(DeploymentFailedException.class)
                    .isThrownBy(() -> strict.deploy(dev.id()))
                    .satisfies(failure -> assertThat(refusal(failure.report()).violations())
                            .containsExactly(
                                    new Violation("metadata[team]", "has a key outside of team.example.com/*")));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RENDER", "SERVER"})
    void a_dry_run_says_that_a_key_is_refused(DryRun dryRun) {
        platform.namespaces.insert(List.of(aNamespace()
                .in(dev)
                .name("shop-imported")
                .metadata("control-plane", "x")
                .build()));

        DeploymentFailedException failure = catchThrowableOfType(
                DeploymentFailedException.class,
                () -> platform.lifecycle.deploy(
                        dev.id(), DeployOptions.defaults().withDryRun(dryRun)));

        assertThat(refusal(failure.report()).violations()).hasSize(1);
    }

    private static RefusedKeysException refusal(DeploymentReport report) {
        return report.environments().stream()
                .flatMap(environment -> environment.clusters().stream())
                .flatMap(cluster -> cluster.namespaces().stream())
                .map(NamespaceReport::outcome)
                .filter(NamespaceOutcome.Failed.class::isInstance)
                .map(outcome -> (RefusedKeysException) ((NamespaceOutcome.Failed) outcome).cause())
                .findFirst()
                .orElseThrow();
    }

    private static List<Violation> violations(Runnable call) {
        return catchThrowableOfType(InvalidNamespaceRequestException.class, call::run)
                .violations();
    }
}

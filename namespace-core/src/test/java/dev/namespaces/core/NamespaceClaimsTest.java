package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleEvent.NamespaceClaimedTwice;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.MovableClock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NamespaceClaimsTest {

    private final Platform platform = new Platform();
    private final MovableClock clock = MovableClock.at(Platform.NOW);
    private final NamespaceLifecycle lifecycle = platform.builder().clock(clock).build();
    private final NamespaceInitializer initializer = lifecycle.initializer();

    @AfterEach
    void close() {
        lifecycle.close();
        platform.close();
    }

    private Environment claiming(String id, Duration age) {
        Environment environment = anEnvironment().id(id).project(id).build();
        platform.environments.save(environment);
        platform.namespaces.insert(List.of(aNamespace()
                .in(environment)
                .name("shared")
                .createdAt(Platform.NOW.minus(age))
                .updatedAt(Platform.NOW)
                .build()));
        return environment;
    }

    private List<LifecycleEvent> disputes() {
        return platform.events.stream()
                .filter(NamespaceClaimedTwice.class::isInstance)
                .toList();
    }

    @Test
    void the_oldest_row_is_meant_where_the_namespace_is_absent() {
        claiming("young", Duration.ofDays(1));
        Environment old = claiming("old", Duration.ofDays(2));

        initializer.beforeApply(EU, "shared");

        assertThat(platform.labels(EU, "shared")).containsEntry("namespaces.dev/environment", "old");
        assertThat(disputes())
                .containsExactly(new NamespaceClaimedTwice(
                        EU, "shared", List.of(old.id(), new EnvironmentId("young")), old.id()));
    }

    @Test
    void the_environment_whose_record_has_the_uid_is_meant() {
        Environment young = claiming("young", Duration.ofDays(1));
        lifecycle.deploy(young.id());
        claiming("old", Duration.ofDays(2));
        platform.policies.save(anEgressPolicy()
                .ofProject(young.projectId().value())
                .denyingAll()
                .build());
        platform.gateway.forgetCalls();

        initializer.beforeApply(EU, "shared");

        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isNotEmpty();
        assertThat(platform.labels(EU, "shared")).containsEntry("namespaces.dev/environment", "young");
        assertThat(disputes())
                .extracting(event -> ((NamespaceClaimedTwice) event).meant())
                .containsExactly(young.id());
    }

    @Test
    void the_dispute_is_told_once_in_each_period_of_the_memory() {
        claiming("young", Duration.ofDays(1));
        claiming("old", Duration.ofDays(2));
        for (int i = 0; i < 5; i++) {
            initializer.beforeApply(EU, "shared");
            lifecycle.deploy(new EnvironmentId("old"));
        }
        assertThat(disputes()).hasSize(1);

        clock.advance(Duration.ofSeconds(31));
        initializer.beforeApply(EU, "shared");

        assertThat(disputes()).hasSize(2);
    }

    @Test
    void the_caller_gets_a_failure_where_the_cluster_cannot_say_whose_it_is() {
        claiming("young", Duration.ofDays(1));
        claiming("old", Duration.ofDays(2));
        platform.clusters.faults().on(call -> call instanceof GatewayCall.Find).fail(Failure.unreachable());

        assertThatThrownBy(() -> initializer.beforeApply(EU, "shared"))
                .isInstanceOfSatisfying(
                        DeploymentFailedException.class,
                        e -> assertThat(e.isRetryable()).isTrue());

        assertThat(platform.clusters.cluster(EU).objects()).isEmpty();
    }

    @Test
    void a_name_of_another_environment_on_the_same_cluster_is_a_violation() {
        platform.environment(anEnvironment().id("one").clusters("us-1", "eu-1").build(), "shared");
        Environment two =
                platform.environment(anEnvironment().id("two").clusters("eu-1").build());

        assertThatThrownBy(() -> lifecycle.create(NamespaceRequest.of(two.id(), "shared")))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations())
                                .containsExactly(new Violation(
                                        "name", "is that of a namespace of another environment on cluster eu-1")));

        assertThat(platform.namespaces.findByEnvironments(List.of(two.id()))).isEmpty();
    }

    @Test
    void two_requests_for_one_name_in_overlapping_environments_are_a_violation() {
        Environment one = platform.environment(
                anEnvironment().id("one").clusters("eu-1", "us-1").build());
        Environment two =
                platform.environment(anEnvironment().id("two").clusters("us-1").build());

        assertThatThrownBy(() -> lifecycle.create(
                        List.of(NamespaceRequest.of(one.id(), "shared"), NamespaceRequest.of(two.id(), "shared"))))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations())
                                .containsExactly(new Violation(
                                        "[1].name", "is that of a namespace of another environment on cluster " + US)));
    }

    @Test
    void a_name_that_a_soft_deleted_namespace_had_is_free() {
        Environment one = platform.environment(anEnvironment().id("one").build(), "shared");
        Environment two = platform.environment(anEnvironment().id("two").build());
        platform.namespaces.update(List.of(
                platform.namespaces.findByEnvironments(List.of(one.id())).get(0).deleted(Platform.NOW)));

        assertThat(lifecycle.create(NamespaceRequest.of(two.id(), "shared")).name())
                .isEqualTo("shared");
    }

    @Test
    void a_host_can_allow_shared_names() {
        platform.environment(anEnvironment().id("one").build(), "shared");
        Environment two = platform.environment(anEnvironment().id("two").build());
        try (NamespaceLifecycle sharing = platform.builder().allowSharedNames().build()) {
            assertThat(sharing.create(NamespaceRequest.of(two.id(), "shared")).environmentId())
                    .isEqualTo(two.id());
        }
    }

    @Test
    void after_a_take_over_the_new_owner_is_meant() {
        Environment old = claiming("old", Duration.ofDays(2));
        lifecycle.deploy(old.id());
        Environment young = claiming("young", Duration.ofDays(1));
        lifecycle.deploy(
                young.id(),
                DeployOptions.defaults()
                        .withTakeOverNamespaces(Set.of("shared"))
                        .withTakeOverFields(true));

        initializer.beforeApply(EU, "shared");

        assertThat(platform.labels(EU, "shared")).containsEntry("namespaces.dev/environment", "young");
    }
}

package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.Violation;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EnsureNamespaceExistsTest {

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void an_absent_namespace_is_created_with_the_managed_by_label_and_the_labels_asked_for() {
        EnsureOutcome outcome = lifecycle.ensureNamespaceExists(
                EU, "tools", EnsureOptions.defaults().withLabels(Map.of("team", "platform")));

        assertThat(outcome).isEqualTo(EnsureOutcome.CREATED);
        assertThat(platform.labels(EU, "tools"))
                .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev")
                .containsEntry("team", "platform");
    }

    @Test
    void a_present_namespace_is_left_exactly_as_it_is() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("tools", Map.of("team", "theirs"));
        Map<String, Object> before = platform.standing();

        EnsureOutcome outcome = lifecycle.ensureNamespaceExists(
                EU, "tools", EnsureOptions.defaults().withLabels(Map.of("team", "platform")));

        assertThat(outcome).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);
        assertThat(platform.standing()).isEqualTo(before);
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void our_namespace_is_known_by_its_label_and_one_of_others_is_not_ours() {
        lifecycle.ensureNamespaceExists(EU, "tools");
        platform.clusters
                .cluster(EU)
                .as("helm")
                .createNamespace("charts", Map.of("app.kubernetes.io/managed-by", "Helm"));

        assertThat(lifecycle.ensureNamespaceExists(EU, "tools")).isEqualTo(EnsureOutcome.EXISTED_MANAGED);
        assertThat(lifecycle.ensureNamespaceExists(EU, "charts")).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);
    }

    @Test
    void the_managed_by_label_is_the_hosts_to_choose() {
        try (NamespaceLifecycle own = platform.builder()
                .labels(new LabelScheme("acme.example", "acme.example/run-by", "platform"))
                .build()) {
            own.ensureNamespaceExists(EU, "tools");

            assertThat(platform.labels(EU, "tools"))
                    .containsEntry("acme.example/run-by", "platform")
                    .doesNotContainKey("app.kubernetes.io/managed-by");
            assertThat(own.ensureNamespaceExists(EU, "tools")).isEqualTo(EnsureOutcome.EXISTED_MANAGED);
        }
    }

    @Test
    void a_host_that_may_only_read_is_served_where_the_namespace_exists() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("tools");
        platform.clusters.faults().on(GatewayCall::writes).fail(Failure.forbidden());

        assertThat(lifecycle.ensureNamespaceExists(EU, "tools")).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "other"))
                .isInstanceOfSatisfying(ForbiddenException.class, e -> {
                    assertThat(e.context().cluster()).isEqualTo(EU);
                    assertThat(e.context().namespace()).isEqualTo("other");
                });
    }

    @Test
    void an_absent_namespace_that_must_exist_is_an_error_and_is_not_created() {
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(
                        EU, "tools", EnsureOptions.defaults().requiringExisting()))
                .isInstanceOf(NamespaceAbsentException.class);

        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void a_protected_namespace_that_exists_is_fine_and_an_absent_one_is_never_created() {
        platform.clusters.cluster(EU).as("kubernetes").createNamespace("default");

        assertThat(lifecycle.ensureNamespaceExists(EU, "default")).isEqualTo(EnsureOutcome.EXISTED_UNMANAGED);
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "kube-extra"))
                .isInstanceOf(ProtectedNamespaceException.class);
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void an_event_says_whether_the_namespace_was_created_was_found_or_failed() {
        lifecycle.ensureNamespaceExists(EU, "tools");
        lifecycle.ensureNamespaceExists(EU, "tools");
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "kube-extra"))
                .isInstanceOf(ProtectedNamespaceException.class);

        assertThat(platform.events)
                .startsWith(
                        new LifecycleEvent.NamespaceCreated(EU, "tools"),
                        new LifecycleEvent.NamespaceFound(EU, "tools"))
                .hasSize(3)
                .last()
                .isInstanceOfSatisfying(
                        LifecycleEvent.EnsureFailed.class,
                        failed -> assertThat(failed.cause()).isInstanceOf(ProtectedNamespaceException.class));
    }

    @Test
    void a_name_that_is_none_is_refused_before_any_cluster_is_asked() {
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "Not_A_Name"))
                .isInstanceOf(InvalidNamespaceRequestException.class)
                .hasMessageContaining("name must consist of");
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void many_callers_of_the_same_absent_namespace_all_succeed_and_one_says_created() throws Exception {
        List<CompletableFuture<EnsureOutcome>> callers = IntStream.range(0, 32)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> lifecycle.ensureNamespaceExists(EU, "tools")))
                .toList();
        List<EnsureOutcome> outcomes =
                callers.stream().map(CompletableFuture::join).toList();

        assertThat(outcomes).containsOnlyOnce(EnsureOutcome.CREATED);
        assertThat(outcomes.stream().filter(EnsureOutcome.EXISTED_MANAGED::equals))
                .hasSize(31);
    }

    @Test
    void a_terminating_namespace_is_an_error_that_says_to_wait() {
        terminating("tools");

        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "tools"))
                .isInstanceOfSatisfying(
                        NamespaceTerminatingException.class,
                        e -> assertThat(e.isRetryable()).isTrue());
    }

    @Test
    void a_terminating_namespace_is_created_again_if_it_is_gone_within_the_wait() throws Exception {
        terminating("tools");
        CompletableFuture<EnsureOutcome> ensuring = CompletableFuture.supplyAsync(() -> lifecycle.ensureNamespaceExists(
                EU, "tools", EnsureOptions.defaults().withWaitForTermination(Duration.ofSeconds(30))));
        org.awaitility.Awaitility.await()
                .until(() -> platform.gateway.calls(GatewayCall.Find.class).size() >= 2);

        platform.clusters.cluster(EU).finishDeletion("tools");

        assertThat(ensuring.get(30, TimeUnit.SECONDS)).isEqualTo(EnsureOutcome.CREATED);
    }

    @Test
    void a_wait_for_termination_goes_on_though_the_cluster_cannot_be_asked_for_once() throws Exception {
        terminating("tools");
        Fault unreachable = platform.clusters
                .faults()
                .on(GatewayCall.Find.class::isInstance)
                .skipping(1)
                .once()
                .fail(Failure.unreachable());
        CompletableFuture<EnsureOutcome> ensuring = CompletableFuture.supplyAsync(() -> lifecycle.ensureNamespaceExists(
                EU, "tools", EnsureOptions.defaults().withWaitForTermination(Duration.ofSeconds(30))));
        unreachable.awaitHits(1);

        platform.clusters.cluster(EU).finishDeletion("tools");

        assertThat(ensuring.get(30, TimeUnit.SECONDS)).isEqualTo(EnsureOutcome.CREATED);
    }

    @Test
    void a_wait_for_termination_ends_where_the_cluster_must_be_left_alone_for_longer() {
        terminating("tools");
        Fault throttled = platform.clusters
                .faults()
                .on(GatewayCall.Find.class::isInstance)
                .skipping(1)
                .fail(Failure.throttled(Duration.ofHours(1)));

        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(
                        EU, "tools", EnsureOptions.defaults().withWaitForTermination(Duration.ofSeconds(30))))
                .isInstanceOfSatisfying(
                        ThrottledException.class,
                        e -> assertThat(e.retryAfter()).contains(Duration.ofHours(1)));
        assertThat(throttled.hits()).isEqualTo(1);
    }

    @Test
    void a_namespace_that_somebody_makes_and_deletes_at_the_same_moment_is_terminating_and_not_there() {
        Fault create = platform.clusters
                .faults()
                .on(GatewayCall.Create.class::isInstance)
                .block();
        CompletableFuture<EnsureOutcome> ensuring =
                CompletableFuture.supplyAsync(() -> lifecycle.ensureNamespaceExists(EU, "tools"));
        create.awaitHits(1);
        terminating("tools");

        create.remove();

        assertThatThrownBy(() -> ensuring.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(NamespaceTerminatingException.class);
    }

    @Test
    void a_wait_for_termination_ends_in_the_error_when_its_time_is_up() {
        terminating("tools");

        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(
                        EU, "tools", EnsureOptions.defaults().withWaitForTermination(Duration.ofMillis(1))))
                .isInstanceOf(NamespaceTerminatingException.class);
    }

    @Test
    void an_interrupt_ends_the_wait_and_the_flag_stays_set() {
        terminating("tools");
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(
                            EU, "tools", EnsureOptions.defaults().withWaitForTermination(Duration.ofMinutes(5))))
                    .isInstanceOf(OperationInterruptedException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void an_unknown_cluster_is_an_error_that_lists_the_known_ones() {
        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(new ClusterId("mars"), "tools"))
                .isInstanceOf(UnknownClusterException.class)
                .hasMessageContaining("eu-1")
                .hasMessageContaining("us-1");
    }

    @Test
    void labels_that_would_pass_for_those_of_a_deployment_are_refused() {
        EnsureOptions options = EnsureOptions.defaults()
                .withLabels(Map.of("namespaces.dev/environment", "shop-dev", "namespaces.dev/origin", "created"));

        assertThatThrownBy(() -> lifecycle.ensureNamespaceExists(EU, "shop-web", options))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations())
                                .extracting(Violation::path)
                                .containsExactly(
                                        "labels[namespaces.dev/environment]", "labels[namespaces.dev/origin]"));
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_name_that_a_batch_names_twice_is_ensured_once() {
        assertThat(lifecycle.ensureNamespacesExist(EU, List.of("a", "a"), EnsureOptions.defaults()))
                .containsExactly(Map.entry("a", new EnsureResult.Ensured(EnsureOutcome.CREATED)));
    }

    @Test
    void a_batch_goes_on_after_a_failure_and_says_when_to_look_again() {
        platform.clusters.faults().on(call -> call.name().equals("b")).fail(Failure.throttled(Duration.ofSeconds(7)));
        platform.clusters.faults().on(call -> call.name().equals("c")).fail(Failure.forbidden());

        Map<String, EnsureResult> results =
                lifecycle.ensureNamespacesExist(EU, List.of("a", "b", "c", "d"), EnsureOptions.defaults());

        assertThat(results.keySet()).containsExactly("a", "b", "c", "d");
        assertThat(results.get("a")).isEqualTo(new EnsureResult.Ensured(EnsureOutcome.CREATED));
        assertThat(results.get("b"))
                .isInstanceOfSatisfying(
                        EnsureResult.Failed.class,
                        failed -> assertThat(failed.retryAfter()).isEqualTo(Duration.ofSeconds(7)));
        assertThat(results.get("c"))
                .isInstanceOfSatisfying(
                        EnsureResult.Failed.class,
                        failed -> assertThat(failed.retryAfter()).isEqualTo(Duration.ofMinutes(1)));
        assertThat(results.get("d")).isEqualTo(new EnsureResult.Ensured(EnsureOutcome.CREATED));
    }

    private void terminating(String name) {
        platform.clusters.cluster(EU).as("kubectl").createNamespace(name);
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace(name));
    }
}

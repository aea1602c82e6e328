package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeployedObject;
import dev.namespaces.core.deploy.DeployedObject.Effect;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.PolicyLevel;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceExistsException;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordedCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DeployingTest {

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void nothing_deployed_yet_each_namespace_and_then_its_policy_is_created() {
        Environment dev = platform.environment(
                anEnvironment()
                        .id("shop-dev")
                        .clusters("eu-1", "us-1")
                        .label("stage", "dev")
                        .build(),
                "shop-api",
                "shop-web");

        DeploymentReport report = lifecycle.deploy(dev.id());

        assertThat(report.succeeded()).isTrue();
        for (var cluster : List.of(EU, US)) {
            assertThat(platform.gateway.deployedResources(cluster))
                    .containsOnlyKeys("Namespace", "CiliumNetworkPolicy");
            assertThat(platform.labels(cluster, "shop-web"))
                    .containsEntry("stage", "dev")
                    .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev")
                    .containsEntry("namespaces.dev/environment", "shop-dev")
                    .containsEntry("namespaces.dev/origin", "created");
            assertThat(platform.isRecorded(dev, cluster)).isTrue();
        }
        platform.gateway
                .assertThat()
                .hasDeployedInOrder(ResourceRef.namespace("shop-web"), platform.policy("shop-web"));
        assertThat(outcome(report, 0, 0)).isInstanceOfSatisfying(NamespaceOutcome.Deployed.class, deployed -> {
            assertThat(deployed.origin()).isEqualTo(Origin.CREATED);
            assertThat(deployed.objects())
                    .extracting(DeployedObject::effect)
                    .containsExactly(Effect.CREATED, Effect.CREATED);
        });
        DeploymentRecord deployment =
                platform.deployments.findByEnvironments(List.of(dev.id())).get(0);
        assertThat(deployment.completion()).isNotNull();
        assertThat(deployment.completion().deployedAt()).isEqualTo(Platform.NOW);
        assertThat(deployment.completion().dialect()).isEqualTo(PolicyDialect.CILIUM);
        assertThat(deployment.completion().inputFingerprint()).matches("[0-9a-f]{64}");
        assertThat(deployment.completion().renderedFingerprint()).matches("[0-9a-f]{64}");
    }

    @Test
    void the_report_is_in_input_order_and_reads_as_a_table() {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("us-1", "eu-1").build(), "shop-web", "shop-api");
        platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.name().equals("shop-api"))
                .fail(Failure.forbidden());

        DeploymentReport report = failed(() -> lifecycle.deploy(dev.id())).report();

        assertThat(report.environments().get(0).clusters())
                .extracting(ClusterReport::cluster)
                .containsExactly(US, EU);
        assertThat(report.environments().get(0).clusters().get(0).namespaces())
                .extracting(each -> each.namespace().name())
                .containsExactly("shop-api", "shop-web");
        assertThat(report.toString().replaceAll(" +[0-9]+ ms", " N ms"))
                .startsWith("""
                        ENVIRONMENT  CLUSTER  NAMESPACE  POLICY   OUTCOME  TIME
                        shop-dev     us-1     shop-api   default  created N ms
                        shop-dev     us-1     shop-web   default  created N ms
                        shop-dev     eu-1     shop-api   default  FAILED N ms
                        shop-dev     eu-1     shop-web   default  created N ms
                        """)
                .contains("Namespace shop-api on cluster eu-1", "not allowed to");
    }

    @Test
    void a_namespace_already_on_the_cluster_keeps_its_labels_and_annotations_and_is_marked_adopted() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web", Map.of("team", "web"));
        platform.clusters.cluster(EU).as("kubectl").annotate(ResourceRef.namespace("shop-web"), "note", "theirs");
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        DeploymentReport report = lifecycle.deploy(dev.id());

        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("team", "web")
                .containsEntry("namespaces.dev/origin", "adopted")
                .containsEntry("namespaces.dev/environment", "shop-dev");
        assertThat(platform.live(EU, "shop-web").getMetadata().getAnnotations()).containsEntry("note", "theirs");
        assertThat(outcome(report, 0, 0)).isInstanceOfSatisfying(NamespaceOutcome.Deployed.class, deployed -> {
            assertThat(deployed.origin()).isEqualTo(Origin.ADOPTED);
            assertThat(deployed.objects().get(0).effect()).isEqualTo(Effect.CHANGED);
        });
    }

    @Test
    void what_was_created_or_adopted_stays_so_however_often_it_is_deployed() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-api");
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");

        lifecycle.deploy(dev.id());
        lifecycle.deploy(dev.id());

        assertThat(platform.labels(EU, "shop-api")).containsEntry("namespaces.dev/origin", "adopted");
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/origin", "created");
    }

    @Test
    void a_namespace_that_was_only_ensured_before_is_adopted() {
        lifecycle.ensureNamespaceExists(EU, "shop-web");
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        lifecycle.deploy(dev.id());

        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/origin", "adopted");
    }

    @Test
    void a_namespace_labelled_for_another_environment_is_a_conflict_and_nothing_is_changed() {
        platform.clusters
                .cluster(EU)
                .as("namespaces.dev")
                .createNamespace("shop-web", Map.of("namespaces.dev/environment", "other"));
        Map<String, Object> before = platform.standing();
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

        assertThat(cause(failure)).isInstanceOfSatisfying(NamespaceOwnedByOtherException.class, e -> {
            assertThat(e.owner()).isEqualTo("other");
            assertThat(e.context().cluster()).isEqualTo(EU);
            assertThat(e.context().namespace()).isEqualTo("shop-web");
            assertThat(e.context().environmentId()).isEqualTo(dev.id());
        });
        assertThat(platform.standing()).isEqualTo(before);
        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @Test
    void a_namespace_of_another_environment_is_taken_over_on_purpose_and_counts_as_adopted() {
        platform.clusters
                .cluster(EU)
                .as("namespaces.dev")
                .createNamespace(
                        "shop-web", Map.of("namespaces.dev/environment", "other", "namespaces.dev/origin", "created"));
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        lifecycle.deploy(
                dev.id(),
                DeployOptions.defaults()
                        .withTakeOverNamespaces(Set.of("shop-web"))
                        .withTakeOverFields(true));

        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("namespaces.dev/environment", "shop-dev")
                .containsEntry("namespaces.dev/origin", "adopted");
    }

    @Test
    void two_environments_that_race_for_one_namespace_never_both_get_it() throws Exception {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shared");
        Environment one = platform.environment(anEnvironment().id("one").build(), "shared");
        Environment two = platform.sharing(anEnvironment().id("two").build(), "shared");
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply && call.kind().equals("Namespace"))
                .once()
                .block();
        CompletableFuture<DeploymentFailedException> first =
                CompletableFuture.supplyAsync(() -> failed(() -> lifecycle.deploy(one.id())));
        slow.awaitHits(1);

        lifecycle.deploy(two.id());
        slow.remove();

        assertThat(cause(first.get(30, TimeUnit.SECONDS))).isInstanceOf(NamespaceOwnedByOtherException.class);
        assertThat(platform.labels(EU, "shared")).containsEntry("namespaces.dev/environment", "two");
    }

    @Test
    void a_field_that_another_manager_owns_is_a_conflict_and_is_taken_over_on_purpose_only() {
        platform.clusters
                .cluster(EU)
                .as("helm")
                .createNamespace("shop-web", Map.of("app.kubernetes.io/managed-by", "Helm"));
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");

        assertThat(cause(failed(() -> lifecycle.deploy(dev.id()))))
                .isInstanceOfSatisfying(
                        ApplyConflictException.class,
                        e -> assertThat(e.conflicts())
                                .extracting(ApplyConflictException.FieldConflict::manager)
                                .containsExactly("helm"));

        lifecycle.deploy(dev.id(), DeployOptions.defaults().withTakeOverFields(true));
        assertThat(platform.labels(EU, "shop-web")).containsEntry("app.kubernetes.io/managed-by", "namespaces.dev");
    }

    @Test
    void a_dry_run_by_rendering_reaches_no_cluster_and_stores_nothing() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.events.clear();

        DeploymentReport report =
                lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.RENDER));

        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(platform.deployments.findByEnvironments(List.of(dev.id()))).isEmpty();
        assertThat(platform.events).isEmpty();
        assertThat(outcome(report, 0, 0))
                .isInstanceOfSatisfying(
                        NamespaceOutcome.Planned.class,
                        planned -> assertThat(planned.manifests())
                                .extracting(HasMetadata::getKind)
                                .containsExactly("Namespace", "CiliumNetworkPolicy"));
    }

    @Test
    void a_dry_run_by_the_server_writes_nothing_anywhere() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-api");
        Map<String, Object> before = platform.standing();
        platform.events.clear();

        DeploymentReport report =
                lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER));

        assertThat(report.succeeded()).isTrue();
        assertThat(platform.standing()).isEqualTo(before);
        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(platform.deployments.findByEnvironments(List.of(dev.id()))).isEmpty();
        assertThat(platform.events).isEmpty();
        assertThat(outcome(report, 0, 1))
                .isInstanceOfSatisfying(
                        NamespaceOutcome.Planned.class,
                        planned -> assertThat(planned.manifests()).hasSize(2));
    }

    @Test
    void a_dry_run_by_the_server_reports_what_would_fail() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .fail(Failure.forbidden());

        DeploymentFailedException failure =
                failed(() -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER)));

        assertThat(failure.report().failures()).hasSize(1);
    }

    @Test
    void the_policy_comes_from_the_project_then_from_the_organization_then_from_the_default() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        assertThat(level(lifecycle.deploy(dev.id()))).isEqualTo(PolicyLevel.DEFAULT);

        platform.policies.save(anEgressPolicy()
                .id("org")
                .ofOrganization(dev.organizationId().value())
                .denyingAll()
                .build());
        assertThat(level(lifecycle.deploy(dev.id()))).isEqualTo(PolicyLevel.ORGANIZATION);

        platform.policies.save(anEgressPolicy()
                .id("prj")
                .ofProject(dev.projectId().value())
                .allowingAll()
                .build());
        assertThat(level(lifecycle.deploy(dev.id()))).isEqualTo(PolicyLevel.PROJECT);
    }

    @Test
    void a_soft_deleted_project_policy_counts_as_missing_and_both_soft_deleted_lead_to_the_default() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.policies.save(anEgressPolicy()
                .id("prj")
                .ofProject(dev.projectId().value())
                .allowingAll()
                .deletedAt(Platform.NOW)
                .build());
        platform.policies.save(anEgressPolicy()
                .id("org")
                .ofOrganization(dev.organizationId().value())
                .denyingAll()
                .build());
        assertThat(level(lifecycle.deploy(dev.id()))).isEqualTo(PolicyLevel.ORGANIZATION);

        platform.policies.softDelete(new EgressPolicyId("org"), Platform.NOW);
        assertThat(level(lifecycle.deploy(dev.id()))).isEqualTo(PolicyLevel.DEFAULT);
        assertThat(lifecycle.resolvePolicy(dev.id()).explain()).contains("prj", "org", "deleted");
    }

    @Test
    void a_policy_store_that_fails_is_an_error_and_nothing_is_applied() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        StoreException broken = new StoreException(
                ErrorContext.of(Operation.FIND),
                "egress_policies",
                "project shop",
                Retry.later(),
                "connection lost",
                null);
        try (NamespaceLifecycle failing = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .egressPolicies(owners -> {
                                    throw broken;
                                })
                                .build())
                .build()) {
            assertThatThrownBy(() -> failing.deploy(dev.id())).isSameAs(broken);
            assertThatThrownBy(() -> failing.ensureDeployed(dev.id())).isSameAs(broken);
            assertThatThrownBy(() -> failing.resolvePolicy(dev.id())).isSameAs(broken);
        }
        platform.gateway.assertThat().hasSeenNoCall();
        assertThat(platform.deployments.findByEnvironments(List.of(dev.id()))).isEmpty();
    }

    @Test
    void one_of_three_namespaces_fails_the_others_are_applied_and_nothing_is_recorded() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-a", "shop-b", "shop-c");
        platform.clusters.faults().on(call -> call.name().equals("shop-b")).fail(Failure.status(500));

        DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

        platform.gateway.assertThat().hasDeployedOnly("Namespace", "shop-a", "shop-c");
        assertThat(platform.isRecorded(dev, EU)).isFalse();
        assertThat(failure.report().environments().get(0).clusters().get(0).outcome())
                .isInstanceOf(ClusterOutcome.Incomplete.class);
        assertThat(failure.report().failures()).hasSize(1);
        assertThat(cause(failure)).isInstanceOf(ClusterFailureException.class);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure.getMessage()).contains("shop-dev", "shop-b", "eu-1", "500");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "shop-b"})
    void a_gateway_that_throws_anything_else_has_a_defect(String name) {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-a", "shop-b");
        IllegalStateException thrown = new IllegalStateException("no such field");
        platform.clusters.faults().on(call -> call.name().equals(name)).fail(call -> thrown);

        DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

        assertThat(cause(failure)).isInstanceOf(GatewayContractException.class).hasCause(thrown);
        assertThat(failure.category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContaining("no such field");
    }

    @Test
    void a_namespace_without_its_policy_is_a_failure() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy") && call.writes())
                .fail(Failure.forbidden());

        failed(() -> lifecycle.deploy(dev.id()));

        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @Test
    void unfenced_is_a_namespace_whose_policy_could_not_be_created() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
        Fault fault = platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy")
                        && call.writes()
                        && call.toString().contains("shop-web"))
                .fail(Failure.forbidden());

        for (int attempt = 1; attempt <= 2; attempt++) {
            DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

            assertThat(outcome(failure.report(), 0, 0)).isNotInstanceOf(NamespaceOutcome.Failure.class);
            assertThat(outcome(failure.report(), 0, 1))
                    .isInstanceOfSatisfying(
                            NamespaceOutcome.Unfenced.class,
                            unfenced -> assertThat(unfenced.cause()).isInstanceOf(ForbiddenException.class));
            assertThat(failure.report().toString()).contains("UNFENCED");
            assertThat(platform.isRecorded(dev, EU)).isFalse();
        }
        assertThat(platform.events)
                .filteredOn(LifecycleEvent.NamespaceUnfenced.class::isInstance)
                .hasSize(2)
                .allSatisfy(event -> assertThat(event.toString()).contains("shop-web"));

        fault.remove();
        assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();
    }

    @Test
    void first_is_the_namespace_that_has_no_policy_yet() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
        Fault fault = platform.clusters
                .faults()
                .on(call -> call.kind().equals("CiliumNetworkPolicy")
                        && call.writes()
                        && call.toString().contains("shop-web"))
                .fail(Failure.forbidden());
        failed(() -> lifecycle.deploy(dev.id()));
        fault.remove();
        RecordingClusterGateway gateway = new RecordingClusterGateway(platform.clusters);

        try (NamespaceLifecycle oneWorker = platform.builder(gateway, platform.stores.stores())
                .parallelismPerCluster(1)
                .build()) {
            oneWorker.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));
        }

        assertThat(gateway.calls())
                .filteredOn(call -> call.call().writes())
                .first()
                .satisfies(call -> assertThat(call.toString()).contains("shop-web"));
    }

    @Test
    void created_again_is_a_namespace_that_vanishes_before_its_policy() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        AtomicBoolean once = new AtomicBoolean();
        platform.clusters
                .faults()
                .on(call -> {
                    if (call.kind().equals("CiliumNetworkPolicy") && call.writes() && !once.getAndSet(true)) {
                        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
                        platform.clusters.cluster(EU).finishDeletion("shop-web");
                    }
                    return false;
                })
                .fail(Failure.forbidden());

        assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();

        assertThat(once).isTrue();
        assertThat(platform.clusters.cluster(EU).find(platform.policy("shop-web")))
                .isPresent();
    }

    @Test
    void an_unknown_environment_is_an_error_and_an_empty_id_cannot_even_be_written() {
        assertThatThrownBy(() -> lifecycle.deploy(new EnvironmentId("nowhere")))
                .isInstanceOf(UnknownEnvironmentException.class)
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> lifecycle.ensureDeployed(new EnvironmentId("nowhere")))
                .isInstanceOf(UnknownEnvironmentException.class);
        assertThatThrownBy(() -> new EnvironmentId("")).isInstanceOf(InvalidTextException.class);
        assertThatThrownBy(() -> lifecycle.deploy(List.of(), DeployOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void one_of_two_clusters_is_unreachable_the_other_is_deployed_and_recorded() {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");
        platform.clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());

        DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

        assertThat(cause(failure)).isInstanceOf(ClusterUnreachableException.class);
        assertThat(platform.isRecorded(dev, EU)).isFalse();
        assertThat(platform.isRecorded(dev, US)).isTrue();
        assertThat(platform.labels(US, "shop-web")).isNotEmpty();
        assertThat(failure.report().environments().get(0).clusters().get(1).succeeded())
                .isTrue();
    }

    @Test
    void a_cluster_that_hangs_holds_up_no_other() throws Exception {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU) && call.kind().equals("Namespace"))
                .block();
        CompletableFuture<DeploymentReport> deploying = CompletableFuture.supplyAsync(() -> lifecycle.deploy(dev.id()));
        hang.awaitHits(1);

        org.awaitility.Awaitility.await().until(() -> platform.isRecorded(dev, US));

        assertThat(platform.isRecorded(dev, EU)).isFalse();
        hang.remove();
        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void no_more_namespaces_than_the_bound_are_worked_on_at_once_on_a_cluster() throws Exception {
        Environment dev =
                platform.environment(anEnvironment().id("shop-dev").build(), "a", "b", "c", "d", "e", "f", "g", "h");
        Fault gate = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        try (NamespaceLifecycle narrow =
                platform.builder().parallelismPerCluster(3).build()) {
            CompletableFuture<DeploymentReport> deploying =
                    CompletableFuture.supplyAsync(() -> narrow.deploy(dev.id()));
            gate.awaitHits(3);

            assertThat(platform.gateway.calls(GatewayCall.Create.class)).hasSize(3);
            gate.remove();
            assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        }
    }

    @Test
    void a_stored_namespace_of_a_protected_name_is_never_deployed() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.namespaces.insert(
                List.of(aNamespace().in(dev).name("kube-system").build()));

        DeploymentFailedException failure = failed(() -> lifecycle.deploy(dev.id()));

        assertThat(cause(failure)).isInstanceOf(ProtectedNamespaceException.class);
        platform.gateway.assertThat().hasDeployedOnly("Namespace", "shop-web");
    }

    @Test
    void a_dry_run_by_rendering_says_that_a_protected_name_would_fail() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.namespaces.insert(
                List.of(aNamespace().in(dev).name("kube-system").build()));

        DeploymentFailedException failure =
                failed(() -> lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.RENDER)));

        assertThat(cause(failure)).isInstanceOf(ProtectedNamespaceException.class);
        assertThat(outcome(failure.report(), 0, 1)).isInstanceOf(NamespaceOutcome.Planned.class);
    }

    @Test
    void a_terminating_namespace_is_its_own_error_with_the_reasons_of_the_api_server() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        lifecycle.deploy(dev.id());
        platform.clusters.cluster(EU).as("kubectl").addFinalizer(platform.policy("shop-web"), "example.com/hold");
        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
        platform.clusters.cluster(EU).finishDeletion("shop-web");

        assertThat(cause(failed(() -> lifecycle.deploy(dev.id()))))
                .isInstanceOfSatisfying(NamespaceTerminatingException.class, e -> {
                    assertThat(e.conditions()).isNotEmpty();
                    assertThat(e.isRetryable()).isTrue();
                });
    }

    @Test
    void a_dialect_that_cannot_say_the_policy_is_an_error_and_nothing_is_written() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.policies.save(anEgressPolicy()
                .ofProject(dev.projectId().value())
                .allowing(new EgressRule.ToDomain("api.example.com", List.of()))
                .build());
        try (NamespaceLifecycle kubernetes = platform.builder()
                .egressSettings(cluster ->
                        EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                .build()) {
            assertThat(cause(failed(() -> kubernetes.deploy(dev.id()))))
                    .isInstanceOf(InexpressibleEgressException.class);
        }
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void an_interrupted_caller_stops_promptly_records_nothing_and_keeps_its_flag() throws Exception {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                lifecycle.deploy(dev.id());
            } catch (Throwable e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        caller.start();
        hang.awaitHits(1);

        caller.interrupt();
        caller.join(30_000);

        assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        assertThat(flag.get()).isTrue();
        assertThat(platform.isRecorded(dev, EU)).isFalse();
        hang.remove();
        assertThat(lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
    }

    @Test
    void a_lifecycle_closed_during_a_deployment_says_so_and_does_not_hang() throws Exception {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-a", "shop-b");
        Fault hang = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        NamespaceLifecycle closing = platform.builder().parallelismPerCluster(1).build();
        CompletableFuture<DeploymentFailedException> deploying =
                CompletableFuture.supplyAsync(() -> failed(() -> closing.deploy(dev.id())));
        hang.awaitHits(1);

        closing.close();

        assertThat(deploying.get(30, TimeUnit.SECONDS).report().failures())
                .hasAtLeastOneElementOfType(LifecycleClosedException.class);
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(value = DryRun.class, names = "RENDER", mode = EnumSource.Mode.EXCLUDE)
    void a_lifecycle_that_is_closed_before_the_first_namespace_says_so(DryRun dryRun) {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        AtomicReference<NamespaceLifecycle> closing = new AtomicReference<>();
        AtomicInteger asked = new AtomicInteger();
        closing.set(platform.builder()
                .egressSettings(cluster -> {
                    if (asked.incrementAndGet() == 2) {
                        closing.get().close(Duration.ZERO);
                    }
                    return EgressSettings.defaults();
                })
                .build());

        assertThat(cause(failed(() ->
                        closing.get().deploy(dev.id(), DeployOptions.defaults().withDryRun(dryRun)))))
                .isInstanceOf(LifecycleClosedException.class);
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void another_deployment_that_does_not_end_in_time_is_its_own_error() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        try (Lease held = platform.lock.tryAcquire(new Target(dev.id(), EU)).orElseThrow();
                NamespaceLifecycle hasty =
                        platform.builder().lockWait(Duration.ZERO).build()) {
            assertThat(held.isHeld()).isTrue();
            assertThat(cause(failed(() -> hasty.deploy(dev.id()))))
                    .isInstanceOfSatisfying(
                            DeploymentInProgressException.class,
                            e -> assertThat(e.isRetryable()).isTrue());
        }
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void a_cluster_that_the_environment_leaves_while_its_lock_is_waited_for_is_not_deployed_to() throws Exception {
        Environment dev = platform.environment(
                anEnvironment().id("shop-dev").clusters("eu-1", "us-1").build(), "shop-web");
        CompletableFuture<DeploymentReport> deploying;
        try (Lease held = platform.lock.tryAcquire(new Target(dev.id(), US)).orElseThrow()) {
            assertThat(held.isHeld()).isTrue();
            deploying = CompletableFuture.supplyAsync(() -> lifecycle.deploy(dev.id()));
            // A cluster that is free does not wait for one that is locked.
            org.awaitility.Awaitility.await().until(() -> platform.isRecorded(dev, EU));
            platform.environments.save(
                    anEnvironment().id("shop-dev").clusters("eu-1").build());
        }

        DeploymentReport report = deploying.get(30, TimeUnit.SECONDS);

        assertThat(report.environments().get(0).clusters())
                .extracting(ClusterReport::cluster)
                .containsExactly(EU);
        assertThat(platform.clusters.cluster(US).objects()).isEmpty();
        assertThat(platform.clusters.cluster(EU).objects()).isNotEmpty();
    }

    @Test
    void a_lost_lock_stops_further_writes_and_records_nothing() throws Exception {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .block();
        CompletableFuture<DeploymentFailedException> deploying =
                CompletableFuture.supplyAsync(() -> failed(() -> lifecycle.deploy(dev.id())));
        slow.awaitHits(1);

        platform.lock.revoke(new Target(dev.id(), EU));
        slow.remove();

        assertThat(cause(deploying.get(30, TimeUnit.SECONDS))).isInstanceOf(LeaseLostException.class);
        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isEmpty();
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @Test
    void a_deployment_that_is_overtaken_begins_again_and_ends_in_the_newest_state() throws Exception {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .once()
                .block();
        CompletableFuture<DeploymentReport> deploying = CompletableFuture.supplyAsync(() -> lifecycle.deploy(dev.id()));
        slow.awaitHits(1);

        platform.deployments.forget(new Target(dev.id(), EU));
        platform.namespaces.insert(
                List.of(aNamespace().in(dev).name("shop-late").build()));
        slow.remove();

        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        platform.gateway.assertThat().hasDeployedOnly("Namespace", "shop-late", "shop-web");
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    @Test
    void several_environments_go_in_promotion_order_ties_by_name() {
        Environment prod = platform.environment(
                anEnvironment().id("p").name("prod").promotionOrder(3).build(), "p-1");
        Environment testB = platform.environment(
                anEnvironment().id("a").name("test-b").promotionOrder(2).build(), "t-b");
        Environment testA = platform.environment(
                anEnvironment().id("b").name("test-a").promotionOrder(2).build(), "t-a");

        DeploymentReport report =
                lifecycle.deploy(List.of(prod.id(), testB.id(), testA.id()), DeployOptions.defaults());

        assertThat(report.environments())
                .extracting(each -> each.environment().id())
                .containsExactly(testA.id(), testB.id(), prod.id());
        assertThat(platform.gateway.calls(GatewayCall.Create.class).stream()
                        .filter(call -> call.kind().equals("Namespace"))
                        .map(GatewayCall::name))
                .containsExactly("t-a", "t-b", "p-1");
    }

    @Test
    void promotion_stops_at_the_first_environment_that_fails() {
        Environment dev =
                platform.environment(anEnvironment().id("dev").promotionOrder(1).build(), "d");
        Environment test = platform.environment(
                anEnvironment().id("test").promotionOrder(2).build(), "t");
        Environment prod = platform.environment(
                anEnvironment().id("prod").promotionOrder(3).build(), "p");
        platform.clusters.faults().on(call -> call.name().equals("t")).fail(Failure.unreachable());

        DeploymentFailedException failure =
                failed(() -> lifecycle.deploy(List.of(prod.id(), dev.id(), test.id()), DeployOptions.defaults()));

        platform.gateway.assertThat().hasDeployedOnly("Namespace", "d");
        assertThat(failure.report().environments())
                .extracting(each -> each.environment().id())
                .containsExactly(dev.id(), test.id());
        assertThat(failure.report().notAttempted()).containsExactly(prod.id());
        assertThat(failure.report().toString()).contains("not attempted");
    }

    @Test
    void a_store_that_fails_for_a_later_environment_leaves_the_report_of_the_earlier_ones() {
        Environment dev =
                platform.environment(anEnvironment().id("dev").promotionOrder(1).build(), "d");
        Environment test = platform.environment(
                anEnvironment()
                        .id("test")
                        .project("tested")
                        .clusters("eu-1", "us-1")
                        .promotionOrder(2)
                        .build(),
                "t");
        Environment prod = platform.environment(
                anEnvironment().id("prod").promotionOrder(3).build(), "p");
        StoreException broken = new StoreException(
                ErrorContext.of(Operation.FIND),
                "egress_policies",
                "project tested",
                Retry.later(),
                "connection lost",
                null);
        try (NamespaceLifecycle onFailing = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .egressPolicies(owners -> {
                                    if (owners.contains(test.projectId())) {
                                        throw broken;
                                    }
                                    return platform.policies.findByOwners(owners);
                                })
                                .build())
                .build()) {

            DeploymentFailedException failure =
                    failed(() -> onFailing.deploy(List.of(prod.id(), dev.id(), test.id()), DeployOptions.defaults()));

            assertThat(failure.report().environments())
                    .extracting(each -> each.environment().id(), EnvironmentReport::succeeded)
                    .containsExactly(tuple(dev.id(), true), tuple(test.id(), false));
            assertThat(failure.report().notAttempted()).containsExactly(prod.id());
            assertThat(failure.report().failures()).containsExactly(broken);
            assertThat(failure.isRetryable()).isTrue();
        }
    }

    @Test
    void one_unknown_environment_of_several_deploys_none() {
        Environment dev = platform.environment(anEnvironment().id("dev").build(), "d");

        assertThatThrownBy(() -> lifecycle.deploy(
                        List.of(dev.id(), new EnvironmentId("x"), new EnvironmentId("y")), DeployOptions.defaults()))
                .isInstanceOfSatisfying(
                        UnknownEnvironmentException.class,
                        e -> assertThat(e.ids()).containsExactly(new EnvironmentId("x"), new EnvironmentId("y")));
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void one_namespace_can_be_applied_alone_and_the_environment_counts_as_not_deployed_then() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
        lifecycle.deploy(dev.id());
        var web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        lifecycle.update(
                web.id(),
                web.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "1"));
        platform.gateway.forgetCalls();

        DeploymentReport report = lifecycle.apply(web.id(), DeployOptions.defaults());

        assertThat(report.environments().get(0).clusters().get(0).outcome())
                .isInstanceOf(ClusterOutcome.NotRecorded.class);
        assertThat(platform.gateway.calls())
                .extracting(RecordedCall::call)
                .noneMatch(call -> call.name().equals("shop-api"));
        assertThat(platform.isRecorded(dev, EU)).isFalse();
    }

    @Test
    void create_mode_wants_no_namespace_and_replace_mode_wants_one() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build());
        var web = platform.namespace(dev, "shop-web");
        DeployOptions create = DeployOptions.defaults().withMode(ApplyMode.CREATE);
        DeployOptions replace = DeployOptions.defaults().withMode(ApplyMode.REPLACE);

        assertThat(cause(failed(() -> lifecycle.apply(web.id(), replace))))
                .isInstanceOf(NamespaceAbsentException.class);
        platform.gateway.assertThat().hasDeployedNothing();

        lifecycle.apply(web.id(), create);
        assertThat(cause(failed(() -> lifecycle.apply(web.id(), create)))).isInstanceOf(NamespaceExistsException.class);

        platform.clusters.cluster(EU).as("kubectl").edit(ResourceRef.namespace("shop-web"), object -> {
            @SuppressWarnings("unchecked") // a tree of maps, as the fake hands it out
            Map<String, Object> labels =
                    (Map<String, Object>) ((Map<String, Object>) object.get("metadata")).get("labels");
            labels.put("namespaces.dev/project", "hijacked");
            labels.put("theirs", "kept");
        });
        assertThat(cause(failed(() -> lifecycle.apply(web.id(), DeployOptions.defaults()))))
                .isInstanceOf(ApplyConflictException.class);
        lifecycle.apply(web.id(), replace);
        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("namespaces.dev/project", dev.projectId().value())
                .containsEntry("theirs", "kept");
    }

    @Test
    void a_create_whose_answer_was_lost_is_known_as_ours_by_its_nonce() {
        platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        var web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        // As a client sees it that repeats a create: the first took effect, the second meets it.
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create && call.kind().equals("Namespace"))
                .once()
                .repeat();

        DeploymentReport report =
                lifecycle.apply(web.id(), DeployOptions.defaults().withMode(ApplyMode.CREATE));

        assertThat(outcome(report, 0, 0)).isInstanceOfSatisfying(NamespaceOutcome.Deployed.class, deployed -> {
            assertThat(deployed.objects().get(0).effect()).isEqualTo(Effect.CREATED);
            assertThat(deployed.origin()).isEqualTo(Origin.CREATED);
        });
    }

    @Test
    void a_namespace_with_our_labels_but_without_our_nonce_is_not_ours() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        var web = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        platform.clusters
                .cluster(EU)
                .as("namespaces.dev")
                .createNamespace(
                        "shop-web",
                        Map.of(
                                "namespaces.dev/environment", "shop-dev",
                                "namespaces.dev/namespace-id", web.id().value(),
                                "namespaces.dev/origin", "created"));

        DeployOptions never = DeployOptions.defaults().withAdoption(AdoptionPolicy.NEVER);
        assertThat(cause(failed(() -> lifecycle.deploy(dev.id(), never))))
                .isInstanceOf(NamespaceNotOursException.class);
        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isEmpty();
    }

    @Test
    void a_changed_policy_replaces_the_old_object_whole_and_hand_made_additions_go() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.policies.save(anEgressPolicy()
                .id("broad")
                .ofProject(dev.projectId().value())
                .allowingAll()
                .build());
        lifecycle.deploy(dev.id());
        platform.clusters
                .cluster(EU)
                .as("kubectl")
                .edit(
                        platform.policy("shop-web"),
                        object -> object.put(
                                "specs",
                                List.of(Map.of(
                                        "endpointSelector",
                                        Map.of(),
                                        "egress",
                                        List.of(Map.of("toEntities", List.of("all")))))));

        platform.policies.softDelete(new EgressPolicyId("broad"), Platform.NOW);
        platform.policies.save(anEgressPolicy()
                .id("narrow")
                .ofOrganization(dev.organizationId().value())
                .denyingAll()
                .build());
        lifecycle.ensureDeployed(dev.id());

        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).hasSize(1);
        HasMetadata policy =
                platform.clusters.cluster(EU).find(platform.policy("shop-web")).orElseThrow();
        assertThat(policy.toString()).doesNotContain("toEntities=[all]").doesNotContain("specs");
    }

    @Test
    void the_plan_and_the_report_say_what_the_pods_gain_and_lose() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.policies.save(anEgressPolicy()
                .id("first")
                .ofProject(dev.projectId().value())
                .allowing(new EgressRule.ToDomain("*.example.com", List.of()))
                .build());
        assertThat(changes(lifecycle.deploy(dev.id()))).isEmpty();
        assertThat(changes(lifecycle.deploy(dev.id()))).isEmpty();
        platform.policies.softDelete(new EgressPolicyId("first"), Platform.NOW);
        platform.policies.save(anEgressPolicy()
                .id("second")
                .ofProject(dev.projectId().value())
                .allowing(new EgressRule.ToCidr(new Cidr("10.0.0.0/8"), List.of(), List.of(PortRange.tcp(5432))))
                .build());

        List<String> planned =
                changes(lifecycle.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER)));
        DeploymentReport report = lifecycle.deploy(dev.id());

        assertThat(planned).containsExactly("gains 10.0.0.0/8:5432/TCP", "loses *.example.com");
        assertThat(changes(report)).isEqualTo(planned);
        assertThat(report.toString()).contains("eu-1/shop-web: egress gains 10.0.0.0/8:5432/TCP");
    }

    @Test
    void the_plan_and_the_report_say_what_a_change_of_dialect_opens_and_closes() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.policies.save(anEgressPolicy()
                .id("first")
                .ofProject(dev.projectId().value())
                .allowing(new EgressRule.ToCidr(new Cidr("10.0.0.0/8"), List.of(), List.of(PortRange.tcp(5432))))
                .build());
        lifecycle.deploy(dev.id());
        platform.policies.softDelete(new EgressPolicyId("first"), Platform.NOW);
        platform.policies.save(anEgressPolicy()
                .id("second")
                .ofProject(dev.projectId().value())
                .allowing(new EgressRule.ToCidr(new Cidr("192.0.2.0/24"), List.of(), List.of(PortRange.tcp(443))))
                .build());
        try (NamespaceLifecycle kubernetes = platform.builder()
                .egressSettings(cluster ->
                        EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                .build()) {

            List<String> planned =
                    changes(kubernetes.deploy(dev.id(), DeployOptions.defaults().withDryRun(DryRun.SERVER)));
            assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy"))
                    .hasSize(1);
            DeploymentReport report = kubernetes.deploy(dev.id());

            assertThat(planned).containsExactly("gains 192.0.2.0/24:443/TCP", "loses 10.0.0.0/8:5432/TCP");
            assertThat(changes(report)).isEqualTo(planned);
            assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy"))
                    .isEmpty();
        }
    }

    private static List<String> changes(DeploymentReport report) {
        NamespaceOutcome outcome = outcome(report, 0, 0);
        if (outcome instanceof NamespaceOutcome.Unchanged) {
            return List.of();
        }
        return outcome instanceof NamespaceOutcome.Deployed deployed
                ? deployed.egressChanges()
                : ((NamespaceOutcome.Planned) outcome).egressChanges();
    }

    @Test
    void a_change_of_dialect_removes_our_object_of_the_other_dialect_and_nobody_elses() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        lifecycle.deploy(dev.id());
        try (NamespaceLifecycle kubernetes = platform.builder()
                .egressSettings(cluster ->
                        EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                .build()) {
            kubernetes.ensureDeployed(dev.id());
        }

        assertThat(platform.clusters.cluster(EU).objects("CiliumNetworkPolicy")).isEmpty();
        assertThat(platform.clusters.cluster(EU).objects("NetworkPolicy")).hasSize(1);
        assertThat(platform.deployments
                        .findByEnvironments(List.of(dev.id()))
                        .get(0)
                        .completion()
                        .dialect())
                .isEqualTo(PolicyDialect.KUBERNETES);
    }

    @Test
    void the_other_dialect_is_looked_for_by_a_list_and_by_name_when_all_is_rewritten() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-a", "shop-b");
        lifecycle.deploy(dev.id());
        platform.gateway.forgetCalls();

        lifecycle.deploy(dev.id());
        assertThat(platform.gateway.calls(GatewayCall.ListObjects.class))
                .anyMatch(call -> call.kind().equals("NetworkPolicy"));
        platform.gateway.assertThat().hasWrittenNothing();

        lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));
        assertThat(platform.gateway.calls(GatewayCall.Find.class))
                .anyMatch(call -> call.kind().equals("NetworkPolicy"));
    }

    @Test
    void what_happens_is_told_to_the_listener_and_one_that_throws_harms_nothing() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        try (NamespaceLifecycle noisy = platform.builder()
                .listener(event -> {
                    throw new IllegalStateException("listener");
                })
                .build()) {
            noisy.deploy(dev.id());
        }

        assertThat(platform.events)
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("NamespaceStored", "DeploymentBegun", "NamespaceDeployed", "DeploymentCompleted");
        assertThat(platform.events.get(1))
                .isInstanceOfSatisfying(
                        LifecycleEvent.DeploymentBegun.class,
                        begun -> assertThat(begun.objects()).isEqualTo(2));
    }

    @Test
    void warnings_of_the_api_server_are_in_the_report() {
        Environment dev = platform.environment(anEnvironment().id("shop-dev").build(), "shop-web");
        platform.clusters.cluster(EU).warnAbout(manifest -> manifest.getKind().equals("Namespace"), "beware");

        DeploymentReport report = lifecycle.deploy(dev.id());

        assertThat(outcome(report, 0, 0))
                .isInstanceOfSatisfying(
                        NamespaceOutcome.Deployed.class,
                        deployed -> assertThat(deployed.warnings()).containsExactly("beware"));
        assertThat(report.toString()).contains("eu-1/shop-web: warning: beware");
    }

    private static PolicyLevel level(DeploymentReport report) {
        return namespace(report, 0, 0).policy().level();
    }

    private static NamespaceOutcome outcome(DeploymentReport report, int cluster, int namespace) {
        return namespace(report, cluster, namespace).outcome();
    }

    private static NamespaceReport namespace(DeploymentReport report, int cluster, int namespace) {
        return report.environments().get(0).clusters().get(cluster).namespaces().get(namespace);
    }

    private static DeploymentFailedException failed(org.assertj.core.api.ThrowableAssert.ThrowingCallable deployment) {
        DeploymentFailedException failure = catchThrowableOfType(DeploymentFailedException.class, deployment);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static Throwable cause(DeploymentFailedException failure) {
        return failure.report().failures().get(0);
    }
}

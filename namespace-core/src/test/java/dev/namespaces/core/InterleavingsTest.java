package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import dev.namespaces.testkit.RecordedCall;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deployments that die, lose their lease or run next to others at the worst moment. */
@Timeout(60)
class InterleavingsTest {

    private static final EgressRule RULE =
            new EgressRule.ToCidr(new Cidr("203.0.113.0/24"), List.of(), List.of(PortRange.tcp(443)));

    private final Platform platform = new Platform();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-api", "shop-web");
    private final Target target = new Target(dev.id(), EU);

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    @Test
    void nothing_is_settled_or_completed_if_a_failover_has_lost_the_begin() {
        AtomicBoolean first = new AtomicBoolean(true);
        AtomicBoolean before = new AtomicBoolean(true);
        DeploymentStore lost = new InMemoryDeploymentStore();
        DeploymentStore failingOver = (DeploymentStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DeploymentStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("settle") && before.getAndSet(false)) {
                        // The other replica draws the same revision, because the lost one is not in the database.
                        try (NamespaceLifecycle other = withLockOfItsOwn(UnaryOperator.identity())) {
                            want("deny");
                            other.deploy(dev.id());
                        }
                    }
                    boolean isLost = method.getName().equals("begin") && first.getAndSet(false);
                    try {
                        return method.invoke(isLost ? lost : platform.deployments, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        want("all");
        try (NamespaceLifecycle unlucky = platform.builder(
                        platform.gateway,
                        platform.stores.stores().toBuilder()
                                .deployments(failingOver)
                                .build())
                .build()) {
            assertThat(unlucky.deploy(dev.id()).succeeded()).isTrue();
        }
        assertThat(rows()).hasSize(4).allSatisfy(row -> {
            assertThat(row.open()).isFalse();
            assertThat(row.fingerprint()).isNotNull();
        });
        assertThat(egress("shop-web")).isEqualTo("[{}]");
        assertUnchangedAndComplete();
    }

    @Test
    void a_settle_after_a_lost_lease_leaves_what_a_newer_deployment_found() throws Exception {
        platform.lifecycle.deploy(dev.id());
        want("all");
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply)
                .once()
                .block();
        CompletableFuture<Throwable> overtaken =
                CompletableFuture.supplyAsync(() -> catchThrowable(() -> platform.lifecycle.deploy(dev.id())));
        slow.awaitHits(1);
        assertThat(platform.lock.revoke(target)).isTrue();
        want("deny");
        try (NamespaceLifecycle other = platform.builder().build()) {
            other.deploy(dev.id());
            List<TargetObject> settled = rows();

            slow.remove();

            assertThat(overtaken.get(30, TimeUnit.SECONDS)).isInstanceOf(DeploymentFailedException.class);
            assertThat(rows()).isEqualTo(settled);
        }
    }

    @Test
    void the_next_deployment_removes_a_late_policy_of_the_other_dialect() {
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create
                        && call.kind().equals("CiliumNetworkPolicy")
                        && namespace(call).equals("shop-web"))
                .once()
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        try (NamespaceLifecycle kubernetes =
                platform.builder().egressSettings(cluster -> kubernetes()).build()) {
            kubernetes.ensureDeployed(dev.id());
            assertThat(policies("CiliumNetworkPolicy")).isEmpty();

            assertThat(late.deliver()).hasSize(1);
            assertThat(policies("CiliumNetworkPolicy")).containsExactly("shop-web");
            kubernetes.deploy(dev.id());

            assertThat(policies("CiliumNetworkPolicy")).isEmpty();
            assertThat(policies("NetworkPolicy")).containsExactly("shop-api", "shop-web");
            platform.gateway.forgetCalls();
            kubernetes.deploy(dev.id());
            platform.gateway.assertThat().hasWrittenNothing();
        }
    }

    @Test
    void a_late_create_without_labels_is_found_after_a_change_of_dialect() {
        Fault lost = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create
                        && call.kind().equals("CiliumNetworkPolicy")
                        && namespace(call).equals("shop-web"))
                .once()
                .loseAnswer(Failure.timeout());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        assertThat(lost.hits()).isEqualTo(1);
        strip(platform.policy("shop-web"));

        try (NamespaceLifecycle kubernetes =
                platform.builder().egressSettings(cluster -> kubernetes()).build()) {
            kubernetes.ensureDeployed(dev.id());
        }

        assertThat(policies("CiliumNetworkPolicy")).isEmpty();
        assertThat(policies("NetworkPolicy")).containsExactly("shop-api", "shop-web");
    }

    @Test
    void the_row_of_a_create_that_was_given_up_goes_once_it_can_arrive_no_more() {
        Fault late = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create
                        && call.kind().equals("CiliumNetworkPolicy")
                        && namespace(call).equals("shop-web"))
                .once()
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        assertThat(late.hits()).isEqualTo(1);

        try (NamespaceLifecycle kubernetes = platform.builder()
                        .egressSettings(cluster -> kubernetes())
                        .build();
                NamespaceLifecycle later = platform.builder()
                        .egressSettings(cluster -> kubernetes())
                        .clock(Clock.fixed(Platform.NOW.plus(Duration.ofHours(1)), ZoneOffset.UTC))
                        .build()) {
            kubernetes.deploy(dev.id());
            assertThat(row(platform.policy("shop-web")).open()).isTrue();
            later.deploy(dev.id());
        }

        assertThat(rows()).hasSize(4).noneMatch(row -> row.resource().kind().equals("CiliumNetworkPolicy"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"forbidden", "webhook timeout"})
    void no_other_namespace_is_written_again_if_one_stays_broken(String how) {
        Environment big = platform.environment(
                anEnvironment().id("big").build(),
                IntStream.range(0, 50).mapToObj(i -> "big-" + i).toArray(String[]::new));
        platform.clusters
                .faults()
                .on(call -> call.writes() && namespace(call).equals("big-7"))
                .fail(how.equals("forbidden") ? Failure.forbidden() : Failure.status(500));
        List<NamespaceLifecycle> replicas = List.of(
                platform.builder().build(),
                platform.builder().build(),
                platform.builder().build());
        assertThatThrownBy(() -> replicas.get(0).deploy(big.id())).isInstanceOf(DeploymentFailedException.class);
        platform.gateway.forgetCalls();

        for (int i = 0; i < 20; i++) {
            NamespaceLifecycle replica = replicas.get(i % 3);
            assertThat(catchThrowable(() -> replica.deploy(big.id()))).isInstanceOf(DeploymentFailedException.class);
            assertThat(catchThrowable(() -> replica.ensureDeployed(big.id())))
                    .isInstanceOf(DeploymentFailedException.class);
            replica.initializer().beforeApply(EU, "big-" + (8 + i));
            assertThatThrownBy(() -> replica.initializer().beforeApply(EU, "big-7"))
                    .isInstanceOf(DeploymentFailedException.class);
        }

        assertThat(platform.gateway.calls().stream()
                        .map(RecordedCall::call)
                        .filter(GatewayCall::writes)
                        .map(InterleavingsTest::namespace))
                .isNotEmpty()
                .containsOnly("big-7");
        replicas.forEach(NamespaceLifecycle::close);
    }

    @Test
    void the_former_state_replaces_the_objects_of_a_deployment_that_died() {
        want("list");
        platform.lifecycle.deploy(dev.id());
        String list = egress("shop-web");
        want("all");
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply && call.kind().equals("CiliumNetworkPolicy"))
                .once()
                .loseAnswer(Failure.crash());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(Failure.ProcessDied.class);

        want("list");
        platform.lifecycle.ensureDeployed(dev.id());

        assertThat(egress("shop-web")).isEqualTo(list);
        assertThat(egress("shop-api")).isEqualTo(list.replace("shop-web", "shop-api"));
        assertUnchangedAndComplete();
    }

    @Test
    void an_overtaken_settle_records_no_fingerprint_for_objects_of_the_other() {
        want("list");
        AtomicBoolean first = new AtomicBoolean(true);
        try (NamespaceLifecycle overtaken = platform.builder(
                        platform.gateway, WatchedStores.of(platform.stores.stores(), call -> {
                            if (call.equals("deployments.settle") && first.getAndSet(false)) {
                                applyAllAndDie();
                            }
                        }))
                .build()) {
            assertThat(overtaken.deploy(dev.id()).succeeded()).isTrue();
        }

        assertThat(egress("shop-web")).contains("203.0.113.0/24").doesNotContain("toEntities=[all]");
        assertThat(egress("shop-api")).contains("203.0.113.0/24").doesNotContain("toEntities=[all]");
        assertUnchangedAndComplete();
    }

    /**
     * Applies a broader policy from another replica without a common lock. That replica dies, and the policy is changed
     * back.
     */
    private void applyAllAndDie() {
        want("all");
        AtomicInteger settles = new AtomicInteger();
        try (NamespaceLifecycle dying = withLockOfItsOwn(stores -> WatchedStores.of(stores, call -> {
            if (call.equals("deployments.settle")) {
                settles.incrementAndGet();
                throw new AssertionError("The process dies between write and record");
            }
        }))) {
            assertThatThrownBy(() -> dying.deploy(dev.id())).isInstanceOf(AssertionError.class);
        }
        assertThat(settles.get()).isPositive();
        assertThat(egress("shop-web")).contains("toEntities=[all]");
        want("list");
    }

    @Test
    void a_namespace_whose_create_died_twice_is_ours_and_a_copy_of_it_is_not() {
        try (NamespaceLifecycle never =
                platform.builder().adoption(AdoptionPolicy.NEVER).build()) {
            crashAfter(call -> call instanceof GatewayCall.Create && call.name().equals("shop-web"));
            assertThatThrownBy(() -> never.apply(id("shop-web"), DeployOptions.defaults()))
                    .isInstanceOf(Failure.ProcessDied.class);
            crashAfter(call -> call instanceof GatewayCall.Apply && call.name().equals("shop-web"));
            assertThatThrownBy(() -> never.apply(id("shop-web"), DeployOptions.defaults()))
                    .isInstanceOf(Failure.ProcessDied.class);

            platform.clusters.cluster(EU).as("eve").createNamespace("shop-api", platform.labels(EU, "shop-web"));
            platform.live(EU, "shop-web")
                    .getMetadata()
                    .getAnnotations()
                    .forEach((key, value) -> platform.clusters
                            .cluster(EU)
                            .as("eve")
                            .annotate(ResourceRef.namespace("shop-api"), key, value));
            DeploymentFailedException failure =
                    catchThrowableOfType(DeploymentFailedException.class, () -> never.deploy(dev.id()));

            assertThat(failure.report().failures()).singleElement().isInstanceOf(NamespaceNotOursException.class);
            assertThat(identity("shop-web").origin()).isEqualTo(Origin.CREATED);
            assertThat(rows())
                    .filteredOn(row -> row.resource().equals(ResourceRef.namespace("shop-api")))
                    .allMatch(row -> row.identity() == null);
        }
    }

    @Test
    void a_vanished_namespace_is_ours_after_a_create_with_a_lost_response() {
        platform.lifecycle.deploy(dev.id());
        String before = platform.live(EU, "shop-web").getMetadata().getUid();
        deleteBeforeTheFirstApply("shop-web");
        Fault lost = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create && call.name().equals("shop-web"))
                .once()
                .loseAnswer(Failure.timeout());

        try (NamespaceLifecycle never =
                platform.builder().adoption(AdoptionPolicy.NEVER).build()) {
            DeployOptions rewriteAll = DeployOptions.defaults().withRewriteAll(true);
            assertThatThrownBy(() -> never.deploy(dev.id(), rewriteAll)).isInstanceOf(DeploymentFailedException.class);
            assertThat(lost.hits()).isEqualTo(1);
            assertThat(never.deploy(dev.id()).succeeded()).isTrue();
        }

        assertThat(identity("shop-web").uid())
                .isEqualTo(platform.live(EU, "shop-web").getMetadata().getUid())
                .isNotEqualTo(before);
        assertThat(identity("shop-web").origin()).isEqualTo(Origin.CREATED);
        assertUnchangedAndComplete();
    }

    @Test
    void a_namespace_that_vanished_before_a_write_is_created_by_the_same_call() {
        platform.lifecycle.deploy(dev.id());
        deleteBeforeTheFirstApply("shop-web");

        DeploymentReport report =
                platform.lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));

        assertThat(report.succeeded()).isTrue();
        assertThat(identity("shop-web"))
                .isEqualTo(new ObjectIdentity(
                        platform.live(EU, "shop-web").getMetadata().getUid(), Origin.CREATED));
        assertThat(policies("CiliumNetworkPolicy")).containsExactly("shop-api", "shop-web");
        assertUnchangedAndComplete();
    }

    @Test
    void a_namespace_whose_row_gets_a_late_uid_is_created_by_the_same_call() {
        NamespaceId id =
                platform.namespaces.findByNames(List.of("shop-web")).get(0).id();
        ObjectIntent intent = new ObjectIntent(ResourceRef.namespace("shop-web"), id, WrittenKeys.none(), false);
        BegunDeployment late =
                platform.deployments.begin(target, 0, List.of(intent)).orElseThrow();
        AtomicInteger begins = new AtomicInteger();
        Stores stores = WatchedStores.of(platform.stores.stores(), call -> {
            if (call.equals("deployments.begin") && begins.incrementAndGet() == 1) {
                platform.deployments.settle(late, List.of(createdAndDeleted(late)));
            }
        });

        try (NamespaceLifecycle lifecycle =
                platform.builder(platform.gateway, stores).build()) {
            lifecycle.deploy(dev.id());
        }

        assertThat(begins).hasValue(2);
        assertUnchangedAndComplete();
    }

    private static ObjectResult createdAndDeleted(BegunDeployment begun) {
        return new ObjectResult(
                ResourceRef.namespace("shop-web"),
                begun.attempt(),
                new ObjectIdentity("a-deleted-one", Origin.CREATED),
                new ObjectResult.State.Open());
    }

    @Test
    void a_namespace_that_others_replace_before_each_write_fails_alone() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web");
        AtomicInteger replaced = new AtomicInteger();
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Apply && call.name().equals("shop-web")) {
                        replaced.incrementAndGet();
                        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
                        platform.clusters.cluster(EU).finishDeletion("shop-web");
                        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web");
                    }
                    return false;
                })
                .fail(Failure.unreachable());

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> platform.lifecycle.deploy(dev.id()));

        assertThat(failure.report().failures()).singleElement().isInstanceOf(PreconditionFailedException.class);
        assertThat(policies("CiliumNetworkPolicy")).containsExactly("shop-api");
        assertThat(replaced).hasValue(5);
    }

    private void deleteBeforeTheFirstApply(String namespace) {
        AtomicBoolean first = new AtomicBoolean(true);
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Apply && call.name().equals(namespace) && first.getAndSet(false)) {
                        platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace(namespace));
                        platform.clusters.cluster(EU).finishDeletion(namespace);
                    }
                    return false;
                })
                .fail(Failure.unreachable());
    }

    @Test
    void an_adopted_namespace_never_becomes_created_by_its_annotations() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web");
        platform.lifecycle.deploy(dev.id());
        TargetObject row = row(ResourceRef.namespace("shop-web"));
        platform.clusters
                .cluster(EU)
                .as("eve")
                .annotate(ResourceRef.namespace("shop-web"), "namespaces.dev/created", row.createNonce());

        platform.lifecycle.deploy(dev.id(), DeployOptions.defaults().withRewriteAll(true));

        assertThat(identity("shop-web").origin()).isEqualTo(Origin.ADOPTED);
        assertThat(platform.labels(EU, "shop-web")).containsEntry("namespaces.dev/origin", "adopted");
    }

    @Test
    void an_adoption_that_was_refused_by_the_cluster_proves_nothing_later() {
        platform.clusters.cluster(EU).as("kubectl").createNamespace("shop-web");
        Fault refusal = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply)
                .fail(Failure.forbidden());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        refusal.remove();

        try (NamespaceLifecycle never =
                platform.builder().adoption(AdoptionPolicy.NEVER).build()) {
            DeploymentFailedException failure =
                    catchThrowableOfType(DeploymentFailedException.class, () -> never.deploy(dev.id()));
            assertThat(failure.report().failures()).singleElement().isInstanceOf(NamespaceNotOursException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void objects_without_our_labels_are_found_and_repaired_and_not_duplicated(boolean dialectChanges) {
        platform.lifecycle.deploy(dev.id());
        String uid = platform.live(EU, "shop-web").getMetadata().getUid();
        strip(ResourceRef.namespace("shop-web"));
        strip(platform.policy("shop-web"));

        try (NamespaceLifecycle never = platform.builder()
                .adoption(AdoptionPolicy.NEVER)
                .egressSettings(cluster -> dialectChanges ? kubernetes() : EgressSettings.defaults())
                .build()) {
            assertThat(never.deploy(dev.id()).succeeded()).isTrue();
        }

        String kind = dialectChanges ? "NetworkPolicy" : "CiliumNetworkPolicy";
        assertThat(policies(kind)).containsExactly("shop-api", "shop-web");
        assertThat(policies(dialectChanges ? "CiliumNetworkPolicy" : "NetworkPolicy"))
                .isEmpty();
        assertThat(platform.live(EU, "shop-web").getMetadata().getUid()).isEqualTo(uid);
        assertThat(platform.labels(EU, "shop-web"))
                .containsEntry("namespaces.dev/environment", "shop-dev")
                .containsEntry("namespaces.dev/origin", "created");
        assertThat(platform.clusters.cluster(EU).objects(kind))
                .allSatisfy(policy -> assertThat(policy.getMetadata().getLabels())
                        .containsEntry("app.kubernetes.io/managed-by", "namespaces.dev"));
        assertThat(platform.gateway.calls(GatewayCall.Create.class).stream()
                        .filter(call -> call.kind().equals("Namespace")))
                .hasSize(2);
    }

    @Test
    void rows_settled_without_the_lease_stay_open_for_the_earlier_deployment() {
        want("list");
        platform.lifecycle.deploy(dev.id());
        String list = egress("shop-web");
        want("all");
        Fault onTheWire = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Apply && namespace(call).equals("shop-web"))
                .once()
                .arriveLater(Failure.timeout());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);

        try (NamespaceLifecycle withoutLease = platform.builder()
                .listener(event -> {
                    if (event instanceof LifecycleEvent.DeploymentBegun) {
                        platform.lock.revoke(target);
                    }
                })
                .build()) {
            DeploymentFailedException failure =
                    catchThrowableOfType(DeploymentFailedException.class, () -> withoutLease.deploy(dev.id()));
            assertThat(failure.report().failures()).hasOnlyElementsOfType(LeaseLostException.class);
        }
        assertThat(row(platform.policy("shop-web")).open()).isTrue();

        want("list");
        platform.lifecycle.ensureDeployed(dev.id());
        assertThat(onTheWire.deliver())
                .singleElement()
                .satisfies(call -> assertThat(call.outcome()).isInstanceOf(RecordedCall.Outcome.Failed.class));

        assertThat(egress("shop-web")).isEqualTo(list);
        assertUnchangedAndComplete();
    }

    @Test
    void an_object_whose_status_is_written_often_is_applied_within_the_limit() {
        platform.lifecycle.deploy(dev.id());
        want("deny");
        touchBeforeApplies(6);

        assertThat(platform.lifecycle.deploy(dev.id()).succeeded()).isTrue();

        assertThat(egress("shop-web")).isEqualTo("[{}]");
        assertThat(platform.clusters
                        .cluster(EU)
                        .find(platform.policy("shop-web"))
                        .orElseThrow()
                        .getMetadata()
                        .getAnnotations())
                .containsEntry("touched", "6");
    }

    @Test
    void an_object_that_others_keep_changing_fails_alone_after_the_limit() {
        platform.lifecycle.deploy(dev.id());
        want("deny");
        touchBeforeApplies(Integer.MAX_VALUE);
        try (NamespaceLifecycle hasty =
                platform.builder().conflictLimit(Duration.ofMillis(200)).build()) {
            DeploymentFailedException failure =
                    catchThrowableOfType(DeploymentFailedException.class, () -> hasty.deploy(dev.id()));

            assertThat(failure.report().failures()).singleElement().isInstanceOf(PreconditionFailedException.class);
            assertThat(failure.isRetryable()).isTrue();
        }
        assertThat(egress("shop-api")).isEqualTo("[{}]");
        assertThat(row(platform.policy("shop-web")).open()).isFalse();
        assertThat(row(platform.policy("shop-web")).fingerprint()).isNull();
    }

    @Test
    void conflicts_are_retried_with_pauses_after_a_create_of_an_existing_object() {
        platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create && call.name().equals("shop-web"))
                .once()
                .loseAnswer(Failure.timeout());
        assertThatThrownBy(() -> platform.lifecycle.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        strip(ResourceRef.namespace("shop-web"));
        AtomicInteger touched = new AtomicInteger();
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Apply && call.name().equals("shop-web")) {
                        platform.clusters
                                .cluster(EU)
                                .as("kubectl")
                                .annotate(
                                        ResourceRef.namespace("shop-web"),
                                        "touched",
                                        String.valueOf(touched.incrementAndGet()));
                    }
                    return false;
                })
                .fail(Failure.unreachable());
        try (NamespaceLifecycle hasty =
                platform.builder().conflictLimit(Duration.ofMillis(500)).build()) {
            assertThatThrownBy(() -> hasty.deploy(dev.id())).isInstanceOf(DeploymentFailedException.class);
        }

        // 20 ms, doubled each time: about 5 attempts in half a second; without pauses there are hundreds.
        assertThat(touched.get()).isBetween(2, 12);
    }

    @Test
    void an_object_deleted_since_then_is_created_and_no_write_is_unbound() {
        platform.lifecycle.deploy(dev.id());
        want("deny");
        AtomicBoolean first = new AtomicBoolean(true);
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Apply
                            && namespace(call).equals("shop-web")
                            && first.getAndSet(false)) {
                        platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-web"));
                    }
                    return false;
                })
                .fail(Failure.unreachable());

        assertThat(platform.lifecycle.deploy(dev.id()).succeeded()).isTrue();

        assertThat(first).isFalse();
        assertThat(egress("shop-web")).isEqualTo("[{}]");
        assertThat(platform.gateway.calls(GatewayCall.Apply.class)).isNotEmpty().allSatisfy(apply -> {
            assertThat(apply.manifest().getMetadata().getUid()).isNotNull();
            assertThat(apply.manifest().getMetadata().getResourceVersion()).isNotNull();
        });
        assertUnchangedAndComplete();
    }

    @Test
    void a_single_namespace_locks_begins_and_settles_as_a_deployment_does() {
        List<String> calls = new ArrayList<>();
        try (NamespaceLifecycle lifecycle = platform.builder(
                        platform.gateway, WatchedStores.of(platform.stores.stores(), calls::add))
                .build()) {
            lifecycle.apply(id("shop-web"), DeployOptions.defaults());
        }

        assertThat(calls)
                .containsSubsequence("lock.tryAcquire", "deployments.begin", "deployments.settle")
                .doesNotContain("deployments.complete");
        assertThat(rows()).hasSize(2).allMatch(row -> row.fingerprint() != null && !row.open());
        assertThat(platform.lock.tryAcquire(target)).isPresent();
    }

    @Test
    void a_namespace_that_waits_for_the_lock_is_applied_after_the_deployment() throws Exception {
        Fault slow = platform.clusters
                .faults()
                .on(call -> call instanceof GatewayCall.Create)
                .once()
                .block();
        CompletableFuture<DeploymentReport> deploying =
                CompletableFuture.supplyAsync(() -> platform.lifecycle.deploy(dev.id()));
        slow.awaitHits(1);
        CompletableFuture<DeploymentReport> applying =
                CompletableFuture.supplyAsync(() -> platform.lifecycle.apply(id("shop-web"), DeployOptions.defaults()));

        slow.remove();

        assertThat(deploying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        assertThat(applying.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
        assertThat(platform.gateway.calls(GatewayCall.Create.class)).hasSize(4);
    }

    private void touchBeforeApplies(int times) {
        AtomicInteger touched = new AtomicInteger();
        platform.clusters
                .faults()
                .on(call -> {
                    if (call instanceof GatewayCall.Apply
                            && namespace(call).equals("shop-web")
                            && touched.get() < times) {
                        platform.clusters
                                .cluster(EU)
                                .as("cilium-agent")
                                .annotate(
                                        platform.policy("shop-web"),
                                        "touched",
                                        String.valueOf(touched.incrementAndGet()));
                    }
                    return false;
                })
                .fail(Failure.unreachable());
    }

    private void crashAfter(java.util.function.Predicate<GatewayCall> calls) {
        platform.clusters.faults().on(calls).once().loseAnswer(Failure.crash());
    }

    private void strip(ResourceRef resource) {
        List.of("environment", "project", "organization", "namespace-id", "origin")
                .forEach(key ->
                        platform.clusters.cluster(EU).as("kubectl").removeLabel(resource, "namespaces.dev/" + key));
        platform.clusters.cluster(EU).as("kubectl").removeLabel(resource, "app.kubernetes.io/managed-by");
    }

    private void want(String mode) {
        var policy = anEgressPolicy().id("p").ofProject(dev.projectId().value());
        platform.savePolicy(
                switch (mode) {
                    case "list" -> policy.allowing(RULE);
                    case "deny" -> policy.denyingAll();
                    default -> policy.allowingAll();
                });
    }

    private NamespaceLifecycle withLockOfItsOwn(UnaryOperator<dev.namespaces.spi.Stores> watched) {
        return platform.builder(
                        platform.gateway,
                        watched.apply(platform.stores.stores().toBuilder()
                                .deploymentLock(new InMemoryDeploymentLock())
                                .build()))
                .build();
    }

    private void assertUnchangedAndComplete() {
        platform.gateway.forgetCalls();
        assertThat(platform.lifecycle.ensureDeployed(dev.id()).succeeded()).isTrue();
        platform.gateway.assertThat().hasSeenNoCall();
        Map<String, Object> recorded = platform.standing();
        platform.lifecycle.deploy(dev.id());
        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(platform.standing()).isEqualTo(recorded);
    }

    private NamespaceId id(String name) {
        return platform.namespaces.findByNames(List.of(name)).get(0).id();
    }

    private List<TargetObject> rows() {
        return platform.deployments.findPage(target, null, 100);
    }

    private TargetObject row(ResourceRef resource) {
        return rows().stream()
                .filter(row -> row.resource().equals(resource))
                .findFirst()
                .orElseThrow();
    }

    private ObjectIdentity identity(String namespace) {
        return java.util.Objects.requireNonNull(
                row(ResourceRef.namespace(namespace)).identity());
    }

    private List<String> policies(String kind) {
        return platform.clusters.cluster(EU).objects(kind).stream()
                .map(policy -> policy.getMetadata().getNamespace())
                .toList();
    }

    private String egress(String namespace) {
        HasMetadata policy =
                platform.clusters.cluster(EU).find(platform.policy(namespace)).orElseThrow();
        Map<?, ?> spec = (Map<?, ?>)
                ((GenericKubernetesResource) policy).getAdditionalProperties().get("spec");
        return String.valueOf(spec.get("egress"));
    }

    private static EgressSettings kubernetes() {
        return EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES));
    }

    private static String namespace(GatewayCall call) {
        String namespace = call.context().resource() == null
                ? null
                : call.context().resource().namespace();
        return namespace == null ? call.name() : namespace;
    }
}

package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.bound;
import static dev.namespaces.testkit.Kubernetes.configMap;
import static dev.namespaces.testkit.Kubernetes.created;
import static dev.namespaces.testkit.Kubernetes.delete;
import static dev.namespaces.testkit.Kubernetes.namespace;
import static dev.namespaces.testkit.Kubernetes.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.RecordedCall.Outcome;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FaultsTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");
    private static final CreateOptions CREATE = CreateOptions.as("ours");
    private static final ResourceRef SHOP = ResourceRef.namespace("shop");
    private static final ResourceRef SETTINGS = new ResourceRef("v1", "ConfigMap", "shop", "settings");

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final Faults faults = clusters.faults();

    @Test
    void a_call_that_fails_has_no_effect_and_the_next_one_works() {
        faults.failNext(Failure.unreachable());

        assertThatExceptionOfType(ClusterUnreachableException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE))
                .satisfies(e -> assertThat(e.context().resource()).isEqualTo(SHOP));
        assertThat(clusters.cluster(EU).find(SHOP)).isEmpty();

        clusters.create(EU, namespace("shop"), CREATE);
        assertThat(clusters.cluster(EU).find(SHOP)).isPresent();
    }

    @Test
    void a_call_whose_answer_is_lost_has_taken_effect() {
        faults.loseNextAnswer(Failure.timeout());

        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThatExceptionOfType(ClusterTimeoutException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE));

        assertThat(clusters.create(EU, namespace("shop"), CREATE)).isInstanceOf(CreateResult.AlreadyExists.class);
    }

    @Test
    void a_fault_hits_only_the_calls_that_match() {
        Fault fault = faults.on(call -> call instanceof GatewayCall.Create
                        && call.cluster().equals(EU)
                        && call.kind().equals("Namespace")
                        && call.name().equals("shop"))
                .fail(Failure.status(503));

        clusters.create(US, namespace("shop"), CREATE);
        clusters.create(EU, namespace("other"), CREATE);
        clusters.find(EU, SHOP);
        assertThat(fault.hits()).isZero();

        assertThatExceptionOfType(ClusterFailureException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE))
                .satisfies(e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThatExceptionOfType(ClusterFailureException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE));
        assertThat(fault.hits()).isEqualTo(2);
    }

    @Test
    void lists_of_one_kind_can_be_forbidden() {
        faults.on(call -> call instanceof GatewayCall.ListObjects && call.kind().equals("Namespace"))
                .fail(Failure.forbidden());

        assertThatExceptionOfType(ForbiddenException.class)
                .isThrownBy(() -> clusters.list(EU, ListQuery.of("v1", "Namespace", Map.of())))
                .satisfies(e -> assertThat(e.verb()).isEqualTo("list"))
                .satisfies(e -> assertThat(e.resourceType()).isEqualTo("namespaces"))
                .satisfies(e -> assertThat(e.context().operation()).isEqualTo(Operation.LIST));
        assertThat(clusters.list(EU, ListQuery.of("v1", "ConfigMap", Map.of())).items())
                .isEmpty();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
    }

    @Test
    void a_fault_can_begin_later_and_end_by_itself() {
        Fault fault = faults.on(call -> true).skipping(2).times(2).fail(Failure.throttled(Duration.ofSeconds(3)));

        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(ThrottledException.class)
                    .isThrownBy(() -> clusters.find(EU, SHOP))
                    .satisfies(e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(3)));
        }
        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThat(fault.hits()).isEqualTo(2);
    }

    @Test
    void faults_can_be_ended_one_by_one_and_together() {
        Fault first = faults.on(call -> true).fail(Failure.unauthorized());
        faults.on(call -> true).fail(Failure.forbidden());

        assertThatExceptionOfType(UnauthorizedException.class).isThrownBy(() -> clusters.find(EU, SHOP));
        first.remove();
        assertThatExceptionOfType(ForbiddenException.class)
                .isThrownBy(() -> clusters.find(EU, SHOP))
                .satisfies(e -> assertThat(e.verb()).isEqualTo("get"))
                .satisfies(e -> assertThat(e.resourceType()).isEqualTo("namespaces"));
        faults.clear();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
    }

    @Test
    void every_typed_failure_names_the_call() {
        for (Failure failure : List.of(
                Failure.unreachable(),
                Failure.notConnected(),
                Failure.timeout(),
                Failure.throttled(null),
                Failure.unauthorized(),
                Failure.forbidden(),
                Failure.status(500))) {
            faults.failNext(failure);

            assertThatExceptionOfType(ClusterException.class)
                    .isThrownBy(() -> clusters.delete(EU, SHOP, DeleteOptions.of("uid", "1")))
                    .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(EU))
                    .satisfies(e -> assertThat(e.context().operation()).isEqualTo(Operation.DELETE))
                    .satisfies(e -> assertThat(e.context().resource()).isEqualTo(SHOP));
        }
    }

    @Test
    void a_request_may_still_arrive_unless_the_api_server_answered() {
        for (Failure answered : List.of(
                Failure.notConnected(),
                Failure.throttled(null),
                Failure.unauthorized(),
                Failure.forbidden(),
                Failure.status(400),
                Failure.status(499))) {
            assertThat(arrivalAfter(answered)).isEqualTo(Arrival.SETTLED);
        }
        for (Failure lost : List.of(
                Failure.unreachable(),
                Failure.timeout(),
                Failure.status(302),
                Failure.status(408),
                Failure.status(500),
                Failure.status(503))) {
            assertThat(arrivalAfter(lost)).isEqualTo(Arrival.MAY_STILL_ARRIVE);
        }
    }

    @Test
    void a_crash_is_no_exception_that_anybody_handles() {
        faults.failNext(Failure.crash());

        assertThatExceptionOfType(Failure.ProcessDied.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE))
                .withMessageContaining("create Namespace shop on eu-1");
    }

    @Test
    void any_exception_of_the_tests_own_can_be_thrown() {
        faults.failNext(call -> new IllegalStateException("my own, at " + call));

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> clusters.serves(EU, "v1", "Namespace"))
                .withMessage("my own, at serves Namespace of v1 on eu-1");
    }

    @Test
    void a_blocked_call_takes_effect_once_the_fault_is_removed() throws Exception {
        Fault blocked = faults.on(GatewayCall::writes).block();
        CompletableFuture<CreateResult> call =
                CompletableFuture.supplyAsync(() -> clusters.create(EU, namespace("shop"), CREATE));
        blocked.awaitHits(1);

        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThat(call).isNotDone();

        blocked.remove();
        assertThat(call.get(10, TimeUnit.SECONDS)).isInstanceOf(CreateResult.Created.class);
        assertThat(clusters.find(EU, SHOP)).isPresent();
    }

    @Test
    void a_blocked_call_sends_nothing_once_nothing_may_be_sent() {
        AtomicBoolean maySend = new AtomicBoolean(true);
        Fault blocked = faults.on(GatewayCall::writes).block();
        CompletableFuture<CreateResult> call = CompletableFuture.supplyAsync(
                () -> clusters.create(EU, namespace("shop"), CREATE.withMaySend(maySend::get)));
        blocked.awaitHits(1);

        maySend.set(false);
        blocked.remove();

        assertThatThrownBy(() -> call.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(LeaseLostException.class);
        assertThat(clusters.find(EU, SHOP)).isEmpty();
    }

    @Test
    void a_blocked_call_ends_without_effect_when_it_is_interrupted() throws InterruptedException {
        Fault blocked = faults.on(GatewayCall::writes).block();
        Caller caller = new Caller(() -> clusters.create(EU, namespace("shop"), CREATE));
        blocked.awaitHits(1);

        caller.interrupt();

        caller.assertInterrupted();
        assertThat(blocked.deliver()).isEmpty();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
    }

    @Test
    void a_call_that_hangs_ignores_interrupts() throws InterruptedException {
        Fault hanging = faults.on(GatewayCall::writes).hang();
        Caller caller = new Caller(() -> clusters.create(EU, namespace("shop"), CREATE));
        hanging.awaitHits(1);
        caller.interrupt();
        caller.interrupt();
        assertThat(caller.isAlive()).isTrue();
        assertThat(clusters.find(EU, SHOP)).isEmpty();

        hanging.remove();

        caller.join();
        assertThat(caller.failure()).isNull();
        assertThat(caller.flag()).isTrue();
        assertThat(clusters.find(EU, SHOP)).isPresent();
    }

    @Test
    void a_call_that_hangs_sends_nothing_once_nothing_may_be_sent() throws InterruptedException {
        AtomicBoolean maySend = new AtomicBoolean(true);
        Fault hanging = faults.on(GatewayCall::writes).hang();
        Caller caller = new Caller(() -> clusters.create(EU, namespace("shop"), CREATE.withMaySend(maySend::get)));
        hanging.awaitHits(1);

        maySend.set(false);
        hanging.remove();

        caller.join();
        assertThat(caller.failure()).isInstanceOf(LeaseLostException.class);
        assertThat(clusters.find(EU, SHOP)).isEmpty();
    }

    @Test
    void a_late_create_takes_effect_when_it_is_delivered() {
        Fault late = faults.on(GatewayCall::writes).once().arriveLater(Failure.timeout());

        assertThatExceptionOfType(ClusterTimeoutException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE))
                .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE));
        assertThat(clusters.find(EU, SHOP)).isEmpty();

        List<RecordedCall> delivered = late.deliver();

        assertThat(clusters.find(EU, SHOP)).isPresent();
        assertThat(delivered).singleElement().satisfies(call -> {
            assertThat(call.call()).hasToString("create Namespace shop on eu-1");
            assertThat(call.outcome()).isInstanceOf(Outcome.Answered.class);
        });
        assertThat(late.deliver()).isEmpty();
    }

    @Test
    void a_late_apply_is_refused_if_the_object_has_changed_since() {
        HasMetadata read = created(clusters, EU, namespace("shop"));
        Fault late = faults.on(GatewayCall::writes).once().arriveLater(Failure.timeout());
        assertThatExceptionOfType(ClusterTimeoutException.class)
                .isThrownBy(() -> clusters.apply(EU, bound(namespace("shop", Map.of("team", "late")), read), OURS));
        put(clusters, EU, namespace("shop", Map.of("team", "newer")));

        List<RecordedCall> delivered = late.deliver();

        assertThat(delivered)
                .singleElement()
                .satisfies(call -> assertThat(call.outcome())
                        .isInstanceOfSatisfying(
                                Outcome.Failed.class,
                                failed -> assertThat(failed.cause()).isInstanceOf(PreconditionFailedException.class)));
        assertThat(team()).isEqualTo("newer");
    }

    @Test
    void a_late_apply_changes_an_object_that_nobody_has_changed() {
        HasMetadata read = created(clusters, EU, namespace("shop"));
        HasMetadata manifest = bound(namespace("shop", Map.of("team", "late")), read);
        Fault late = faults.on(GatewayCall::writes).once().arriveLater(Failure.unreachable());
        assertThatExceptionOfType(ClusterUnreachableException.class)
                .isThrownBy(() -> clusters.apply(EU, manifest, OURS));
        manifest.getMetadata().setLabels(Map.of("team", "changed after the call"));

        late.remove();
        late.deliver();

        assertThat(team()).isEqualTo("late");
    }

    @Test
    void late_requests_arrive_in_the_order_in_which_they_were_sent() {
        HasMetadata read = created(clusters, EU, namespace("shop"));
        Fault late = faults.on(GatewayCall::writes).arriveLater(Failure.timeout());
        for (String team : List.of("first", "second")) {
            assertThatExceptionOfType(ClusterTimeoutException.class)
                    .isThrownBy(() -> clusters.apply(EU, bound(namespace("shop", Map.of("team", team)), read), OURS));
        }

        assertThat(late.deliver())
                .extracting(call -> call.outcome().getClass().getSimpleName())
                .containsExactly("Answered", "Failed");
        assertThat(team()).isEqualTo("first");
    }

    @Test
    void a_late_call_is_not_held_if_nothing_may_be_sent() {
        Fault late = faults.on(GatewayCall::writes).arriveLater(Failure.timeout());

        assertThatExceptionOfType(LeaseLostException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE.withMaySend(() -> false)));

        assertThat(late.deliver()).isEmpty();
    }

    @Test
    void the_request_of_an_interrupted_call_can_arrive_later() throws InterruptedException {
        Fault late = faults.on(GatewayCall::writes).arriveLaterIfInterrupted();
        Caller caller = new Caller(() -> clusters.create(EU, namespace("shop"), CREATE));
        late.awaitHits(1);

        caller.interrupt();

        caller.assertInterrupted();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThat(late.deliver()).hasSize(1);
        assertThat(clusters.find(EU, SHOP)).isPresent();
    }

    @Test
    void a_call_that_is_not_interrupted_continues_and_arrives_once() throws Exception {
        Fault late = faults.on(GatewayCall::writes).arriveLaterIfInterrupted();
        CompletableFuture<CreateResult> call =
                CompletableFuture.supplyAsync(() -> clusters.create(EU, namespace("shop"), CREATE));
        late.awaitHits(1);

        late.remove();

        assertThat(call.get(10, TimeUnit.SECONDS)).isInstanceOf(CreateResult.Created.class);
        assertThat(late.deliver()).isEmpty();
    }

    @Test
    void a_repeated_request_may_still_arrive_although_the_call_succeeds() {
        Fault repeated = faults.on(GatewayCall::writes).repeat();

        CreateResult created = clusters.create(EU, namespace("shop"), CREATE);
        CreateResult exists = clusters.create(EU, namespace("shop"), CREATE);
        HasMetadata live = clusters.find(EU, SHOP).orElseThrow();
        ApplyResult applied = clusters.apply(EU, bound(namespace("shop", Map.of("team", "a")), live), OURS);
        repeated.remove();

        assertThat(created.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
        assertThat(created).isInstanceOf(CreateResult.Created.class);
        assertThat(exists).isEqualTo(new CreateResult.AlreadyExists(Arrival.MAY_STILL_ARRIVE));
        assertThat(applied.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
        assertThat(applied.effect()).isEqualTo(ApplyResult.Effect.CHANGED);

        List<RecordedCall> delivered = repeated.deliver();

        assertThat(delivered)
                .extracting(RecordedCall::outcome)
                .satisfiesExactly(
                        outcome -> assertThat(outcome)
                                .isEqualTo(new Outcome.Answered(new CreateResult.AlreadyExists(Arrival.SETTLED))),
                        outcome -> assertThat(outcome)
                                .isEqualTo(new Outcome.Answered(new CreateResult.AlreadyExists(Arrival.SETTLED))),
                        outcome -> assertThat(outcome).isInstanceOf(Outcome.Failed.class));
        assertThat(team()).isEqualTo("a");
    }

    @Test
    void the_second_request_of_a_create_makes_an_object_that_was_deleted_since() {
        created(clusters, EU, namespace("shop"));
        Fault repeated = faults.on(GatewayCall::writes).once().repeat();
        created(clusters, EU, configMap("shop", "settings"));
        assertThat(delete(clusters, EU, SETTINGS)).isEqualTo(DeleteResult.ACCEPTED);

        repeated.deliver();

        assertThat(clusters.find(EU, SETTINGS)).isPresent();
    }

    @Test
    void every_call_of_a_task_can_be_made_to_fail_in_turn() {
        int call = 0;
        while (true) {
            FakeClusters clusters = FakeClusters.of("eu-1");
            Fault fault =
                    clusters.faults().on(any -> true).skipping(call).once().loseAnswer(Failure.unreachable());
            try {
                task(clusters);
            } catch (ClusterUnreachableException e) {
                task(clusters);
            }
            assertThat(clusters.cluster(EU)
                            .find(SHOP)
                            .orElseThrow()
                            .getMetadata()
                            .getLabels())
                    .containsEntry("step", "2");
            if (fault.hits() == 0) {
                break;
            }
            call++;
        }
        assertThat(call).isEqualTo(4);
    }

    private static void task(FakeClusters clusters) {
        put(clusters, EU, namespace("shop", Map.of("step", "1")));
        put(clusters, EU, namespace("shop", Map.of("step", "2")));
    }

    private Arrival arrivalAfter(Failure failure) {
        faults.failNext(failure);
        AtomicReference<Arrival> arrival = new AtomicReference<>();
        assertThatExceptionOfType(ClusterException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), CREATE))
                .satisfies(e -> arrival.set(e.arrival()));
        return arrival.get();
    }

    private String team() {
        return clusters.find(EU, SHOP).orElseThrow().getMetadata().getLabels().get("team");
    }

    /** A thread that calls the gateway once. */
    private static final class Caller {

        private final AtomicReference<NamespaceException> failure = new AtomicReference<>();
        private final AtomicReference<Boolean> flag = new AtomicReference<>();
        private final Thread thread;

        Caller(Runnable call) {
            thread = new Thread(() -> {
                try {
                    call.run();
                } catch (NamespaceException e) {
                    failure.set(e);
                }
                flag.set(Thread.currentThread().isInterrupted());
            });
            thread.start();
        }

        void interrupt() {
            thread.interrupt();
        }

        boolean isAlive() {
            return thread.isAlive();
        }

        void join() throws InterruptedException {
            thread.join(TimeUnit.SECONDS.toMillis(10));
            assertThat(thread.isAlive()).isFalse();
        }

        void assertInterrupted() throws InterruptedException {
            join();
            assertThat(failure.get()).isInstanceOf(OperationInterruptedException.class);
            assertThat(flag.get()).isTrue();
        }

        NamespaceException failure() {
            return failure.get();
        }

        Boolean flag() {
            return flag.get();
        }
    }
}

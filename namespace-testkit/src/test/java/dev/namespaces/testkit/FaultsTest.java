package dev.namespaces.testkit;

import static dev.namespaces.testkit.Kubernetes.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.testkit.Faults.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FaultsTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");
    private static final ApplyOptions OURS = ApplyOptions.as("ours");
    private static final ResourceRef SHOP = ResourceRef.namespace("shop");

    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final Faults faults = clusters.faults();

    @Test
    void a_call_that_fails_has_no_effect_and_the_next_one_works() {
        faults.failNext(Failure.unreachable());

        assertThatExceptionOfType(ClusterUnreachableException.class)
                .isThrownBy(() -> clusters.apply(EU, namespace("shop"), OURS))
                .satisfies(e -> assertThat(e.context().resource()).isEqualTo(SHOP));
        assertThat(clusters.cluster(EU).find(SHOP)).isEmpty();

        clusters.apply(EU, namespace("shop"), OURS);
        assertThat(clusters.cluster(EU).find(SHOP)).isPresent();
    }

    @Test
    void a_call_whose_answer_is_lost_has_taken_effect() {
        faults.loseNextAnswer(Failure.timeout());

        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThatExceptionOfType(ClusterTimeoutException.class)
                .isThrownBy(() -> clusters.create(EU, namespace("shop"), "ours", false));

        assertThat(clusters.create(EU, namespace("shop"), "ours", false))
                .isInstanceOf(CreateResult.AlreadyExists.class);
    }

    @Test
    void a_fault_hits_only_the_calls_that_match() {
        Fault fault = faults.on(call -> call instanceof GatewayCall.Apply
                        && call.cluster().equals(EU)
                        && call.kind().equals("Namespace")
                        && call.name().equals("shop"))
                .fail(Failure.status(503));

        clusters.apply(US, namespace("shop"), OURS);
        clusters.apply(EU, namespace("other"), OURS);
        clusters.find(EU, SHOP);
        assertThat(fault.hits()).isZero();

        assertThatExceptionOfType(ClusterFailureException.class)
                .isThrownBy(() -> clusters.apply(EU, namespace("shop"), OURS))
                .satisfies(e -> assertThat(e.statusCode()).isEqualTo(503));
        assertThatExceptionOfType(ClusterFailureException.class)
                .isThrownBy(() -> clusters.apply(EU, namespace("shop"), OURS));
        assertThat(fault.hits()).isEqualTo(2);
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
                Failure.timeout(),
                Failure.throttled(null),
                Failure.unauthorized(),
                Failure.forbidden(),
                Failure.status(500))) {
            faults.failNext(failure);

            assertThatExceptionOfType(ClusterException.class)
                    .isThrownBy(() -> clusters.delete(EU, SHOP, "uid"))
                    .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(EU))
                    .satisfies(e -> assertThat(e.context().operation()).isEqualTo(Operation.DELETE))
                    .satisfies(e -> assertThat(e.context().resource()).isEqualTo(SHOP));
        }
    }

    @Test
    void a_crash_is_no_exception_that_anybody_handles() {
        faults.failNext(Failure.crash());

        assertThatExceptionOfType(Failure.ProcessDied.class)
                .isThrownBy(() -> clusters.apply(EU, namespace("shop"), OURS))
                .withMessageContaining("apply Namespace shop on eu-1");
    }

    @Test
    void any_exception_of_the_tests_own_can_be_thrown() {
        faults.failNext(call -> new IllegalStateException("my own, at " + call));

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> clusters.serves(EU, "v1", "Namespace"))
                .withMessage("my own, at serves Namespace of v1 on eu-1");
    }

    @Test
    void a_call_that_is_held_takes_effect_once_it_is_let_go() throws Exception {
        Fault held = faults.on(GatewayCall::writes).block();
        CompletableFuture<ApplyResult> call =
                CompletableFuture.supplyAsync(() -> clusters.apply(EU, namespace("shop"), OURS));
        held.awaitHits(1);

        assertThat(clusters.find(EU, SHOP)).isEmpty();
        assertThat(call).isNotDone();

        held.remove();
        assertThat(call.get(10, TimeUnit.SECONDS).effect()).isEqualTo(ApplyResult.Effect.CREATED);
        assertThat(clusters.find(EU, SHOP)).isPresent();
    }

    @Test
    void a_held_call_leaves_when_its_thread_is_interrupted() throws InterruptedException {
        Fault held = faults.on(GatewayCall::writes).block();
        AtomicReference<NamespaceException> thrown = new AtomicReference<>();
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                clusters.apply(EU, namespace("shop"), OURS);
            } catch (NamespaceException e) {
                thrown.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        caller.start();
        held.awaitHits(1);

        caller.interrupt();
        caller.join(TimeUnit.SECONDS.toMillis(10));

        assertThat(thrown.get()).isInstanceOf(OperationInterruptedException.class);
        assertThat(interrupted.get()).isTrue();
        assertThat(clusters.find(EU, SHOP)).isEmpty();
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
        assertThat(call).isEqualTo(3);
    }

    private static void task(FakeClusters clusters) {
        clusters.find(EU, SHOP);
        clusters.apply(EU, namespace("shop", Map.of("step", "1")), OURS);
        clusters.apply(EU, namespace("shop", Map.of("step", "2")), OURS);
    }
}

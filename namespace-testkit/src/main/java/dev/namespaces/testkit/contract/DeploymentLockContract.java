package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DeploymentLock} does. Extend it and hand in the lock; where it works across processes, hand in the
 * lock of a second one too.
 */
public abstract class DeploymentLockContract {

    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration BRIEFLY = Duration.ofMillis(150);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ClusterId CLUSTER = new ClusterId("eu-1");

    private final EnvironmentId environment = newEnvironmentId();

    /** For the test that extends it. */
    protected DeploymentLockContract() {}

    /** The lock under test; the same one each time. */
    protected abstract DeploymentLock lock();

    /** The lock as another replica has it; the same one as {@link #lock()} where a lock ends at its process. */
    protected DeploymentLock lockOfAnotherReplica() {
        return lock();
    }

    /** An environment id that no test has used; overridden where the lock takes ids of a certain form only. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    @Test
    void a_free_lock_is_taken_at_once() {
        try (Lease lease = acquire(lock())) {
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void nobody_else_takes_a_lock_that_is_held() {
        try (Lease lease = acquire(lock())) {
            assertThat(lockOfAnotherReplica().tryAcquire(environment, CLUSTER, AT_ONCE))
                    .isEmpty();
            assertThat(lockOfAnotherReplica().tryAcquire(environment, CLUSTER, BRIEFLY))
                    .isEmpty();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void its_holder_does_not_take_it_twice() {
        try (Lease lease = acquire(lock())) {
            assertThat(lock().tryAcquire(environment, CLUSTER, AT_ONCE)).isEmpty();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_lease_that_was_closed_is_not_held_and_frees_the_lock() {
        Lease first = acquire(lock());

        first.close();

        assertThat(first.isHeld()).isFalse();
        acquire(lockOfAnotherReplica()).close();
    }

    @Test
    void closing_a_lease_again_harms_no_later_holder() {
        Lease first = acquire(lock());
        first.close();
        try (Lease second = acquire(lockOfAnotherReplica())) {
            first.close();

            assertThat(second.isHeld()).isTrue();
            assertThat(lock().tryAcquire(environment, CLUSTER, AT_ONCE)).isEmpty();
        }
    }

    @Test
    void any_thread_may_ask_and_close_a_lease() throws Exception {
        Lease lease = acquire(lock());

        boolean heldElsewhere = CompletableFuture.supplyAsync(() -> {
                    boolean held = lease.isHeld();
                    lease.close();
                    return held;
                })
                .get(LONG.toSeconds(), TimeUnit.SECONDS);

        assertThat(heldElsewhere).isTrue();
        assertThat(lease.isHeld()).isFalse();
        acquire(lockOfAnotherReplica()).close();
    }

    @Test
    void locks_of_other_environments_and_clusters_are_independent() {
        try (Lease lease = acquire(lock());
                Lease otherCluster = acquire(lock(), environment, new ClusterId("us-1"));
                Lease otherEnvironment = acquire(lock(), newEnvironmentId(), CLUSTER)) {
            assertThat(List.of(lease, otherCluster, otherEnvironment)).allMatch(Lease::isHeld);
        }
    }

    @Test
    void ids_that_look_alike_when_joined_are_different_locks() {
        String id = environment.value().substring(0, 20);
        try (Lease one = acquire(lock(), new EnvironmentId(id + "-a"), new ClusterId("b"));
                Lease two = acquire(lock(), new EnvironmentId(id), new ClusterId("a-b"));
                Lease three = acquire(lock(), new EnvironmentId(id + ".a"), new ClusterId("b"));
                Lease four = acquire(lock(), new EnvironmentId(id + "_a"), new ClusterId("b"));
                Lease five = acquire(lock(), new EnvironmentId(id), new ClusterId("A-b"))) {
            assertThat(List.of(one, two, three, four, five)).allMatch(Lease::isHeld);
        }
    }

    @Test
    void the_longest_ids_are_told_apart_by_their_last_character() {
        EnvironmentId longest = new EnvironmentId((environment.value() + "x".repeat(63)).substring(0, 63));
        ClusterId one = new ClusterId("c".repeat(62) + "1");
        ClusterId two = new ClusterId("c".repeat(62) + "2");
        try (Lease first = acquire(lock(), longest, one);
                Lease second = acquire(lock(), longest, two)) {
            assertThat(first.isHeld()).isTrue();
            assertThat(second.isHeld()).isTrue();
            assertThat(lockOfAnotherReplica().tryAcquire(longest, one, AT_ONCE)).isEmpty();
        }
    }

    @Test
    void who_waits_takes_the_lock_once_it_is_free() throws Exception {
        Lease first = acquire(lock());
        CountDownLatch asking = new CountDownLatch(1);
        CompletableFuture<Optional<Lease>> waiting = CompletableFuture.supplyAsync(() -> {
            asking.countDown();
            return lockOfAnotherReplica().tryAcquire(environment, CLUSTER, LONG);
        });
        asking.await();
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> waiting.get(BRIEFLY.toMillis(), TimeUnit.MILLISECONDS));

        first.close();

        try (Lease second = waiting.get(LONG.toSeconds(), TimeUnit.SECONDS).orElseThrow()) {
            assertThat(second.isHeld()).isTrue();
            assertThat(first.isHeld()).isFalse();
        }
    }

    @Test
    void who_is_interrupted_while_waiting_leaves_with_the_flag_set() throws Exception {
        try (Lease lease = acquire(lock())) {
            CompletableFuture<Throwable> left = new CompletableFuture<>();
            AtomicBoolean flag = new AtomicBoolean();
            Thread waiting = new Thread(() -> {
                try {
                    lockOfAnotherReplica().tryAcquire(environment, CLUSTER, LONG);
                    left.complete(new AssertionError("It returned instead of waiting"));
                } catch (RuntimeException e) {
                    flag.set(Thread.currentThread().isInterrupted());
                    left.complete(e);
                }
            });
            waiting.start();

            waiting.interrupt();

            assertThat(left.get(LONG.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(OperationInterruptedException.class);
            assertThat(flag).isTrue();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void the_work_of_many_holders_never_overlaps() {
        AtomicInteger atWork = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();

        List<Concurrently.Outcome<Boolean>> outcomes = Concurrently.run(6, i -> () -> {
            DeploymentLock replica = i % 2 == 0 ? lock() : lockOfAnotherReplica();
            for (int round = 0; round < 5; round++) {
                try (Lease lease =
                        replica.tryAcquire(environment, CLUSTER, LONG).orElseThrow()) {
                    if (atWork.incrementAndGet() > 1 || !lease.isHeld()) {
                        overlaps.incrementAndGet();
                    }
                    assertThat(lock().tryAcquire(environment, CLUSTER, AT_ONCE)).isEmpty();
                    done.incrementAndGet();
                    atWork.decrementAndGet();
                }
            }
            return true;
        });

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
        assertThat(overlaps).hasValue(0);
        assertThat(done).hasValue(30);
    }

    private Lease acquire(DeploymentLock lock) {
        return acquire(lock, environment, CLUSTER);
    }

    private static Lease acquire(DeploymentLock lock, EnvironmentId environment, ClusterId cluster) {
        return lock.tryAcquire(environment, cluster, AT_ONCE)
                .orElseThrow(() -> new AssertionError("The lock of " + environment + " and " + cluster + " is held"));
    }
}

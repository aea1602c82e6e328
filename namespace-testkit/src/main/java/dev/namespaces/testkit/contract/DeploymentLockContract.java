package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DeploymentLock} does. Extend it and hand in the lock; if it works across processes, hand in the
 * lock of a second one too.
 */
public abstract class DeploymentLockContract {

    private static final ClusterId CLUSTER = new ClusterId("eu-1");

    private final EnvironmentId environment = newEnvironmentId();
    private final Target target = new Target(environment, CLUSTER);

    /** Creates the contract for a test that extends it. */
    protected DeploymentLockContract() {}

    /** Returns the lock under test; the same one each time. */
    protected abstract DeploymentLock lock();

    /** Returns the lock as another replica has it; the same one as {@link #lock()} if it ends at its process. */
    protected DeploymentLock lockOfAnotherReplica() {
        return lock();
    }

    /** Returns an environment id that no test has used; overridden where the lock takes ids of a certain form only. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** Returns the longest time that a test waits for a call which should return at once. */
    protected Duration patience() {
        return Duration.ofSeconds(60);
    }

    @Test
    void a_free_lock_is_taken_at_once() {
        try (Lease lease = acquire(lock())) {
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_lock_that_is_held_is_not_taken_by_another_caller() {
        try (Lease lease = acquire(lock())) {
            assertThat(lockOfAnotherReplica().tryAcquire(target)).isEmpty();
            assertThat(lock().tryAcquire(target)).isEmpty();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_refusal_does_not_wait_for_the_holder() throws Exception {
        try (Lease lease = acquire(lock())) {
            Optional<Lease> refused = CompletableFuture.supplyAsync(
                            () -> lockOfAnotherReplica().tryAcquire(target))
                    .get(patience().toMillis(), TimeUnit.MILLISECONDS);

            assertThat(refused).isEmpty();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_refusal_changes_nothing_for_the_next_caller() {
        Lease first = acquire(lock());
        assertThat(lockOfAnotherReplica().tryAcquire(target)).isEmpty();
        first.close();

        acquire(lock()).close();
    }

    @Test
    void a_holder_does_not_take_its_own_lock_twice() {
        try (Lease lease = acquire(lock())) {
            assertThat(lock().tryAcquire(target)).isEmpty();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_closed_lease_is_not_held_and_frees_the_lock() {
        Lease first = acquire(lock());

        first.close();

        assertThat(first.isHeld()).isFalse();
        acquire(lockOfAnotherReplica()).close();
    }

    @Test
    void a_closed_lease_is_not_held_while_another_caller_has_the_lock() {
        Lease first = acquire(lock());
        first.close();

        try (Lease second = acquire(lockOfAnotherReplica())) {
            assertThat(first.isHeld()).isFalse();
            assertThat(second.isHeld()).isTrue();
        }
    }

    @Test
    void a_later_holder_keeps_the_lock_when_a_lease_is_closed_again() {
        Lease first = acquire(lock());
        first.close();
        try (Lease second = acquire(lockOfAnotherReplica())) {
            first.close();

            assertThat(second.isHeld()).isTrue();
            assertThat(lock().tryAcquire(target)).isEmpty();
        }
    }

    @Test
    void a_lease_can_be_asked_and_closed_on_any_thread() throws Exception {
        Lease lease = acquire(lock());

        boolean heldElsewhere = CompletableFuture.supplyAsync(() -> {
                    boolean held = lease.isHeld();
                    lease.close();
                    return held;
                })
                .get(patience().toMillis(), TimeUnit.MILLISECONDS);

        assertThat(heldElsewhere).isTrue();
        assertThat(lease.isHeld()).isFalse();
        acquire(lockOfAnotherReplica()).close();
    }

    @Test
    void the_locks_of_other_environments_and_clusters_are_independent() {
        try (Lease lease = acquire(lock());
                Lease otherCluster = acquire(lock(), new Target(environment, new ClusterId("us-1")));
                Lease otherEnvironment = acquire(lock(), new Target(newEnvironmentId(), CLUSTER))) {
            assertThat(List.of(lease, otherCluster, otherEnvironment)).allMatch(Lease::isHeld);
        }
    }

    @Test
    void ids_that_look_alike_when_joined_are_different_locks() {
        String id = environment.value().substring(0, 20);
        try (Lease one = acquire(lock(), target(id + "-a", "b"));
                Lease two = acquire(lock(), target(id, "a-b"));
                Lease three = acquire(lock(), target(id + ".a", "b"));
                Lease four = acquire(lock(), target(id + "_a", "b"));
                Lease five = acquire(lock(), target(id, "A-b"))) {
            assertThat(List.of(one, two, three, four, five)).allMatch(Lease::isHeld);
        }
    }

    @Test
    void the_longest_ids_are_told_apart_by_their_last_character() {
        String longest = (environment.value() + "x".repeat(63)).substring(0, 63);
        Target one = target(longest, "c".repeat(62) + "1");
        Target two = target(longest, "c".repeat(62) + "2");
        try (Lease first = acquire(lock(), one);
                Lease second = acquire(lock(), two)) {
            assertThat(first.isHeld()).isTrue();
            assertThat(second.isHeld()).isTrue();
            assertThat(lockOfAnotherReplica().tryAcquire(one)).isEmpty();
        }
    }

    @Test
    void one_of_many_concurrent_callers_takes_the_lock() {
        for (int round = 0; round < 5; round++) {
            List<Concurrently.Outcome<Optional<Lease>>> outcomes =
                    Concurrently.run(8, i -> () -> (i % 2 == 0 ? lock() : lockOfAnotherReplica()).tryAcquire(target));

            assertThat(outcomes)
                    .allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
            List<Lease> leases = outcomes.stream()
                    .flatMap(outcome -> Optional.ofNullable(outcome.value()).stream())
                    .flatMap(Optional::stream)
                    .toList();
            assertThat(leases).singleElement().matches(Lease::isHeld);
            leases.forEach(Lease::close);
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
                try (Lease lease = acquireInTheEnd(replica)) {
                    if (atWork.incrementAndGet() > 1 || !lease.isHeld()) {
                        overlaps.incrementAndGet();
                    }
                    assertThat(lock().tryAcquire(target)).isEmpty();
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
        return acquire(lock, target);
    }

    private static Lease acquire(DeploymentLock lock, Target target) {
        return lock.tryAcquire(target).orElseThrow(() -> new AssertionError("The lock of " + target + " is held"));
    }

    private Lease acquireInTheEnd(DeploymentLock lock) {
        long deadline = System.nanoTime() + patience().toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Lease> lease = lock.tryAcquire(target);
            if (lease.isPresent()) {
                return lease.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("The lock of " + target + " was not free within " + patience());
    }

    private static Target target(String environment, String cluster) {
        return new Target(new EnvironmentId(environment), new ClusterId(cluster));
    }
}

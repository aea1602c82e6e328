package dev.namespaces.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InProcessDeploymentLockTest {

    private static final Target SHOP = new Target(new EnvironmentId("shop-dev"), new ClusterId("eu-1"));

    private final DeploymentLock lock = DeploymentLock.inProcess();

    @Test
    void a_lock_that_is_held_is_refused_at_once() {
        Lease lease = lock.tryAcquire(SHOP).orElseThrow();

        assertThat(lock.tryAcquire(SHOP)).isEmpty();
        assertThat(lock.tryAcquire(new Target(SHOP.environmentId(), new ClusterId("us-1"))))
                .isPresent();
        assertThat(lock.tryAcquire(new Target(new EnvironmentId("shop-prod"), SHOP.clusterId())))
                .isPresent();
        assertThat(lease.isHeld()).isTrue();
    }

    @Test
    void two_locks_know_nothing_of_each_other() {
        try (Lease lease = lock.tryAcquire(SHOP).orElseThrow();
                Lease other = DeploymentLock.inProcess().tryAcquire(SHOP).orElseThrow()) {
            assertThat(List.of(lease, other)).allMatch(Lease::isHeld);
        }
    }

    @Test
    void a_lock_is_free_once_its_lease_is_closed() {
        Lease first = lock.tryAcquire(SHOP).orElseThrow();
        first.close();
        assertThat(first.isHeld()).isFalse();

        Lease second = lock.tryAcquire(SHOP).orElseThrow();
        first.close();

        assertThat(first.isHeld()).isFalse();
        assertThat(second.isHeld()).isTrue();
        assertThat(lock.tryAcquire(SHOP)).isEmpty();
    }

    @Test
    void one_of_many_concurrent_callers_gets_the_lease() throws Exception {
        int callers = 8;
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            CountDownLatch start = new CountDownLatch(callers);
            List<Future<Optional<Lease>>> asked = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                asked.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    return lock.tryAcquire(SHOP);
                }));
            }
            int leases = 0;
            for (Future<Optional<Lease>> each : asked) {
                leases += each.get(30, TimeUnit.SECONDS).isPresent() ? 1 : 0;
            }
            assertThat(leases).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }
}

package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testkit.InMemoryStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A deletion of three namespaces on two clusters dies before and after each of its calls to stores and clusters. An
 * {@link Error} from the port, after which no call takes effect, replaces the death; {@code KilledDeletionTest} kills
 * processes.
 */
@Timeout(120)
class DeathOfADeletionTest {

    private final InMemoryStores stores = new InMemoryStores();

    @Test
    void planning_again_finishes_a_deletion_that_died_at_any_call() {
        try (MortalDeletions deletions = new MortalDeletions(stores.stores(), stores.environments()::save)) {
            List<String> moments = deletions.moments();
            assertThat(moments).hasSizeGreaterThan(100);
            for (int i = 0; i < moments.size(); i++) {
                String moment = moments.get(i);
                Environment environment = deletions.deployed("dev" + i);
                DeletionPlan plan = deletions.plan(environment);
                Death death = new Death(moment);

                assertThat(run(deletions, environment, plan, death)).as(moment).isNotNull();

                assertThat(death.isDead).as(moment).isTrue();
                deletions.assertFinishedByPlanningAgain(environment, plan, moment);
            }
            deletions.assertNothingElseWasTouched();
        }
    }

    private static Throwable run(MortalDeletions deletions, Environment environment, DeletionPlan plan, Death death) {
        PortCalls calls = new PortCalls(environment.id().value(), death);
        try (NamespaceLifecycle mortal = NamespaceLifecycle.builder(
                        calls.of(deletions.gateway),
                        calls.of(deletions.stores.toBuilder()
                                .deploymentLock(death.lock(deletions.stores.deploymentLock()))
                                .build()))
                .build()) {
            return catchThrowable(() -> mortal.delete(plan, MortalDeletions.LONG));
        }
    }

    /** Ends a process at a moment. The leases of a process that died end in time; here they end at once. */
    private static final class Death implements Consumer<String> {

        private final String moment;
        private final List<Lease> leases = new ArrayList<>();
        private boolean isDead;

        Death(String moment) {
            this.moment = moment;
        }

        @Override
        public void accept(String now) {
            if (!isDead && now.equals(moment)) {
                isDead = true;
                leases.forEach(Lease::close);
            }
            if (isDead) {
                throw new Error("The process died " + moment);
            }
        }

        DeploymentLock lock(DeploymentLock lock) {
            return new DeploymentLock() {
                @Override
                public Optional<Lease> tryAcquire(Target target) {
                    Optional<Lease> lease = lock.tryAcquire(target);
                    lease.ifPresent(leases::add);
                    return lease;
                }
            };
        }
    }
}

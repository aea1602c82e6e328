package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.DeploymentStore.CompleteResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DeploymentStore} does. Extend it and hand in the store; it may hold other data, and keep what the
 * tests leave behind.
 */
public abstract class DeploymentStoreContract {

    private static final ClusterId CLUSTER = new ClusterId("eu-1");
    private static final Deployment.Completion COMPLETION = new Deployment.Completion(
            "0123456789abcdef".repeat(4), PolicyDialect.CILIUM, Instant.parse("2026-03-29T01:30:00.123456Z"));
    private static final Deployment.Completion OTHER_COMPLETION = new Deployment.Completion(
            "fedcba9876543210".repeat(4), PolicyDialect.KUBERNETES, Instant.parse("2026-10-25T00:30:00.000001Z"));

    private final EnvironmentId environment = newEnvironmentId();

    /** For the test that extends it. */
    protected DeploymentStoreContract() {}

    /** The store under test; called many times in a test, and each time answering the same data. */
    protected abstract DeploymentStore store();

    /** An environment id that no test has used; overridden where the store takes ids of a certain form only. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    @Test
    void an_environment_that_was_never_deployed_has_no_deployments() {
        assertThat(store().findByEnvironment(environment)).isEmpty();
    }

    @Test
    void a_deployment_that_was_begun_is_found_without_a_completion() {
        Deployment begun = store().begin(environment, CLUSTER);

        assertThat(begun.environmentId()).isEqualTo(environment);
        assertThat(begun.clusterId()).isEqualTo(CLUSTER);
        assertThat(begun.isComplete()).isFalse();
        assertThat(store().findByEnvironment(environment)).containsExactly(begun);
    }

    @Test
    void a_deployment_that_was_completed_is_found_with_what_was_applied() {
        Deployment begun = store().begin(environment, CLUSTER);

        assertThat(store().complete(begun, COMPLETION)).isEqualTo(CompleteResult.COMPLETED);

        assertThat(store().findByEnvironment(environment)).containsExactly(complete(begun, COMPLETION));
    }

    @Test
    void each_revision_is_higher_than_every_one_before() {
        Deployment first = store().begin(environment, CLUSTER);
        Deployment second = store().begin(environment, CLUSTER);
        store().complete(second, COMPLETION);
        Deployment third = store().begin(environment, CLUSTER);

        assertThat(second.revision()).isGreaterThan(first.revision());
        assertThat(third.revision()).isGreaterThan(second.revision());
    }

    @Test
    void beginning_forgets_what_was_applied() {
        store().complete(store().begin(environment, CLUSTER), COMPLETION);

        Deployment begun = store().begin(environment, CLUSTER);

        assertThat(begun.isComplete()).isFalse();
        assertThat(store().findByEnvironment(environment)).containsExactly(begun);
    }

    @Test
    void a_deployment_that_was_overtaken_is_not_completed() {
        Deployment overtaken = store().begin(environment, CLUSTER);
        Deployment newest = store().begin(environment, CLUSTER);

        assertThat(store().complete(overtaken, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(store().findByEnvironment(environment)).containsExactly(newest);
    }

    @Test
    void a_deployment_that_was_overtaken_does_not_replace_the_completion_of_the_newer_one() {
        Deployment overtaken = store().begin(environment, CLUSTER);
        Deployment newest = store().begin(environment, CLUSTER);
        store().complete(newest, COMPLETION);

        assertThat(store().complete(overtaken, OTHER_COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(store().findByEnvironment(environment)).containsExactly(complete(newest, COMPLETION));
    }

    @Test
    void completing_again_records_the_later_completion() {
        Deployment begun = store().begin(environment, CLUSTER);
        store().complete(begun, COMPLETION);

        assertThat(store().complete(begun, OTHER_COMPLETION)).isEqualTo(CompleteResult.COMPLETED);

        assertThat(store().findByEnvironment(environment)).containsExactly(complete(begun, OTHER_COMPLETION));
    }

    @Test
    void a_completion_without_a_begin_is_not_recorded() {
        Deployment neverBegun = new Deployment(environment, CLUSTER, 1, null);

        assertThat(store().complete(neverBegun, COMPLETION)).isEqualTo(CompleteResult.OVERTAKEN);

        assertThat(store().findByEnvironment(environment)).isEmpty();
    }

    @Test
    void deployments_to_other_clusters_and_of_other_environments_are_left_alone() {
        Deployment here = store().begin(environment, CLUSTER);
        store().complete(here, COMPLETION);

        Deployment otherCluster = store().begin(environment, new ClusterId("us-1"));
        store().begin(newEnvironmentId(), CLUSTER);
        store().complete(otherCluster, OTHER_COMPLETION);

        assertThat(store().findByEnvironment(environment))
                .containsExactly(complete(here, COMPLETION), complete(otherCluster, OTHER_COMPLETION));
    }

    @Test
    void an_environments_deployments_are_in_the_order_of_their_clusters() {
        List<ClusterId> clusters = List.of("z1", "a_b", "A1", "a.b", "a-b", "a0", "B").stream()
                .map(ClusterId::new)
                .toList();
        clusters.forEach(cluster -> store().begin(environment, cluster));

        assertThat(store().findByEnvironment(environment))
                .extracting(Deployment::clusterId)
                .isEqualTo(clusters.stream().sorted().toList());
    }

    @Test
    void what_the_time_of_a_completion_has_below_the_microsecond_is_cut_off() {
        Deployment begun = store().begin(environment, CLUSTER);

        store().complete(
                        begun,
                        new Deployment.Completion(
                                COMPLETION.fingerprint(),
                                COMPLETION.dialect(),
                                COMPLETION.deployedAt().plusNanos(999)));

        assertThat(store().findByEnvironment(environment)).containsExactly(complete(begun, COMPLETION));
    }

    @Test
    void of_concurrent_deployments_the_newest_one_completes() {
        List<Deployment> begun = new ArrayList<>();
        for (Concurrently.Outcome<Deployment> outcome :
                Concurrently.run(8, i -> () -> store().begin(environment, CLUSTER))) {
            assertThat(outcome.failure()).isNull();
            begun.add(outcome.value());
        }
        assertThat(begun).extracting(Deployment::revision).doesNotHaveDuplicates();
        long newest = begun.stream().mapToLong(Deployment::revision).max().orElseThrow();

        List<Concurrently.Outcome<CompleteResult>> outcomes =
                Concurrently.run(8, i -> () -> store().complete(begun.get(i), COMPLETION));

        for (int i = 0; i < begun.size(); i++) {
            assertThat(outcomes.get(i).value())
                    .isEqualTo(begun.get(i).revision() == newest ? CompleteResult.COMPLETED : CompleteResult.OVERTAKEN);
        }
        assertThat(store().findByEnvironment(environment))
                .containsExactly(new Deployment(environment, CLUSTER, newest, COMPLETION));
    }

    private static Deployment complete(Deployment begun, Deployment.Completion completion) {
        return new Deployment(begun.environmentId(), begun.clusterId(), begun.revision(), completion);
    }
}

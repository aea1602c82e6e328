package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.CreateOptions;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** What a replica does with the three namespaces of an environment on two clusters while a fault happens to it. */
enum Work {

    /** Nothing of the environment exists before. */
    FIRST_DEPLOYMENT {
        @Override
        Consumer<NamespaceLifecycle> prepare(Installation installation, EnvironmentId id) {
            installation.environment(id);
            try (NamespaceLifecycle lifecycle = installation.replica().build()) {
                create(lifecycle, id, NAMES);
            }
            return Work::nothingElse;
        }

        @Override
        End run(NamespaceLifecycle lifecycle, EnvironmentId id) {
            return end(lifecycle.deploy(id).succeeded());
        }
    },

    /**
     * One namespace is new in the store and exists on one cluster, where it is adopted. One namespace has changed, and
     * the policy of all has changed. One cluster now serves Cilium, so its policies are replaced by policies of the
     * other kind.
     */
    CHANGE {
        @Override
        Consumer<NamespaceLifecycle> prepare(Installation installation, EnvironmentId id) {
            installation.environment(id);
            EgressPolicy policy = anEgressPolicy()
                    .id(id.value())
                    .ofProject(id.value())
                    .denyingAll()
                    .build();
            installation.policy(policy);
            try (NamespaceLifecycle lifecycle = installation
                    .replica()
                    .egressSettings(cluster -> EgressSettings.defaults()
                            .withDialect(
                                    cluster.equals(Installation.EU)
                                            ? new DialectChoice.Fixed(PolicyDialect.KUBERNETES)
                                            : new DialectChoice.Detect()))
                    .build()) {
                create(lifecycle, id, NAMES.subList(1, NAMES.size()));
                lifecycle.deploy(id);
                create(lifecycle, id, NAMES.subList(0, 1));
                installation.gateway.create(
                        Installation.EU,
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(id + "-a")
                                .addToLabels("owner", "somebody")
                                .endMetadata()
                                .build(),
                        CreateOptions.as("kubectl"));
                Namespace changed = installation.stores.namespaces().findByEnvironments(List.of(id)).stream()
                        .filter(namespace -> namespace.name().endsWith("-b"))
                        .findFirst()
                        .orElseThrow();
                lifecycle.update(
                        changed.id(),
                        changed.version(),
                        NamespaceRequest.of(id, changed.name()).withMetadata("team", "payments"));
            }
            installation.policy(anEgressPolicy()
                    .id(id.value())
                    .ofProject(id.value())
                    .allowing()
                    .version(2)
                    .build());
            return Work::nothingElse;
        }

        @Override
        End run(NamespaceLifecycle lifecycle, EnvironmentId id) {
            return end(lifecycle
                    .deploy(id, DeployOptions.defaults().withAdoption(AdoptionPolicy.ALWAYS))
                    .succeeded());
        }
    },

    /** The same as the first deployment, by the call for the whole fleet. */
    FLEET {
        @Override
        Consumer<NamespaceLifecycle> prepare(Installation installation, EnvironmentId id) {
            return FIRST_DEPLOYMENT.prepare(installation, id);
        }

        @Override
        End run(NamespaceLifecycle lifecycle, EnvironmentId id) {
            return end(lifecycle
                    .deployAll(
                            FleetOptions.defaults()
                                    .withFilter(FleetFilter.all().withProjects(List.of(new ProjectId(id.value())))),
                            DeployOptions.defaults(),
                            report -> {})
                    .succeeded());
        }
    },

    /** All namespaces of the environment, by a plan. */
    DELETION {
        @Override
        Consumer<NamespaceLifecycle> prepare(Installation installation, EnvironmentId id) {
            FIRST_DEPLOYMENT.prepare(installation, id);
            try (NamespaceLifecycle lifecycle = installation.replica().build()) {
                lifecycle.deploy(id);
                DeletionPlan earlier = lifecycle.planDeletion(id);
                assertThat(earlier.deletions()).hasSize(6);
                List<String> planned = earlier.deletions().stream()
                        .map(DeletionPlan.Deletion::uid)
                        .toList();
                return last -> {
                    assertThatThrownBy(() -> last.delete(earlier, Duration.ZERO))
                            .isInstanceOf(DeletionPlanUnusableException.class);
                    assertThat(installation.deletes(id)).allSatisfy(call -> {
                        assertThat(call.kind()).isEqualTo("Namespace");
                        assertThat(planned).contains(call.options().uid());
                    });
                };
            }
        }

        @Override
        End run(NamespaceLifecycle lifecycle, EnvironmentId id) {
            DeletionReport report = lifecycle.delete(lifecycle.planDeletion(id), WAIT);
            return report.isComplete() && !report.storeFailures().isEmpty()
                    ? End.COMPLETE_ON_CLUSTERS
                    : end(report.isComplete());
        }

        @Override
        void assertNothingLeft(NamespaceLifecycle lifecycle, EnvironmentId id) {
            assertThat(lifecycle.planDeletion(id).deletions()).isEmpty();
        }
    };

    /** What the call says about its end. A call that throws has not ended. */
    enum End {
        INCOMPLETE,
        /** Nothing is left to do on the clusters; the stores failed. */
        COMPLETE_ON_CLUSTERS,
        COMPLETE
    }

    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final Duration WAIT = Duration.ofSeconds(60);

    /**
     * Brings the environment to the state before the work.
     *
     * @return what else must be true once the work is done
     */
    abstract Consumer<NamespaceLifecycle> prepare(Installation installation, EnvironmentId id);

    /** Does the work, as a platform does it again after a failure. */
    abstract End run(NamespaceLifecycle lifecycle, EnvironmentId id);

    private static void nothingElse(NamespaceLifecycle lifecycle) {}

    /** Asserts that the work has nothing left to do. */
    void assertNothingLeft(NamespaceLifecycle lifecycle, EnvironmentId id) {
        assertThat(run(lifecycle, id)).isEqualTo(End.COMPLETE);
    }

    private static void create(NamespaceLifecycle lifecycle, EnvironmentId id, List<String> names) {
        names.forEach(name -> lifecycle.create(NamespaceRequest.of(id, id + "-" + name)));
    }

    private static End end(boolean isComplete) {
        return isComplete ? End.COMPLETE : End.INCOMPLETE;
    }
}

package dev.namespaces.testkit.contract;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Stores with one mistake each. */
final class BrokenDeploymentStores {

    private BrokenDeploymentStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends DeploymentStoreContract implements DeploymentStore {

        final InMemoryDeploymentStore correct = new InMemoryDeploymentStore();

        @Override
        protected DeploymentStore store() {
            return this;
        }

        @Override
        public List<Deployment> findByEnvironment(EnvironmentId environmentId) {
            return correct.findByEnvironment(environmentId);
        }

        @Override
        public Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
            return correct.begin(environmentId, clusterId);
        }

        @Override
        public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
            return correct.complete(begun, completion);
        }

        Deployment newest(Deployment begun) {
            return correct.findByEnvironment(begun.environmentId()).stream()
                    .filter(deployment -> deployment.clusterId().equals(begun.clusterId()))
                    .findFirst()
                    .orElse(begun);
        }
    }

    static class CompletesAnOvertakenRevision extends Broken {
        @Override
        public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
            return correct.complete(newest(begun), completion);
        }
    }

    static class ReplacesANewerCompletion extends Broken {
        @Override
        public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
            Deployment newest = newest(begun);
            return correct.complete(newest.isComplete() ? newest : begun, completion);
        }
    }

    static class RecordsThoughItSaysOvertaken extends Broken {
        @Override
        public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
            CompleteResult result = correct.complete(begun, completion);
            correct.complete(newest(begun), completion);
            return result;
        }
    }

    static class KeepsTheCompletionWhenBegun extends Broken {
        @Override
        public Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
            List<Deployment> before = correct.findByEnvironment(environmentId);
            Deployment begun = correct.begin(environmentId, clusterId);
            before.stream()
                    .filter(deployment -> deployment.clusterId().equals(clusterId) && deployment.isComplete())
                    .forEach(deployment -> correct.complete(begun, deployment.completion()));
            return begun;
        }
    }

    static class RepeatsARevision extends Broken {
        @Override
        public Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
            Deployment begun = correct.begin(environmentId, clusterId);
            return new Deployment(environmentId, clusterId, Math.min(begun.revision(), 2), null);
        }
    }

    static class ListsInAnyOrder extends Broken {
        @Override
        public List<Deployment> findByEnvironment(EnvironmentId environmentId) {
            List<Deployment> found = new ArrayList<>(correct.findByEnvironment(environmentId));
            Collections.reverse(found);
            return found;
        }
    }

    static class CountsClustersTogether extends Broken {
        @Override
        public Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
            correct.findByEnvironment(environmentId)
                    .forEach(deployment -> correct.begin(environmentId, deployment.clusterId()));
            return correct.begin(environmentId, clusterId);
        }
    }

    static class CompletesWhatWasNeverBegun extends Broken {
        @Override
        public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
            if (correct.findByEnvironment(begun.environmentId()).isEmpty()) {
                correct.begin(begun.environmentId(), begun.clusterId());
            }
            return correct.complete(begun, completion);
        }
    }
}

package dev.namespaces.hostplatform;

import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import java.util.List;

/**
 * What the pods of a namespace gain and lose.
 *
 * @param namespace the namespace and its cluster
 * @param sentences the library's sentences
 */
record EgressChange(String namespace, List<String> sentences) {

    /** Returns the changes that a deployment has made, or that a dry run would make. */
    static List<EgressChange> of(DeploymentReport report) {
        return report.environments().stream()
                .flatMap(environment -> environment.clusters().stream())
                .flatMap(cluster -> cluster.namespaces().stream()
                        .map(each -> new EgressChange(
                                each.namespace().name() + " on " + cluster.cluster(), sentences(each.outcome()))))
                .filter(change -> !change.sentences().isEmpty())
                .toList();
    }

    private static List<String> sentences(NamespaceOutcome outcome) {
        if (outcome instanceof NamespaceOutcome.Deployed deployed) {
            return deployed.egressChanges();
        }
        return outcome instanceof NamespaceOutcome.Planned planned ? planned.egressChanges() : List.of();
    }
}

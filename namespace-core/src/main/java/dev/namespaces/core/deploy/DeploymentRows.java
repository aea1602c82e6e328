package dev.namespaces.core.deploy;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lists what a report says, line by line. */
final class DeploymentRows {

    private DeploymentRows() {}

    static List<DeploymentRow> of(DeploymentReport report) {
        List<DeploymentRow> rows = new ArrayList<>();
        for (EnvironmentReport environment : report.environments()) {
            EnvironmentId id = environment.environment().id();
            for (ClusterReport cluster : environment.clusters()) {
                if (cluster.namespaces().isEmpty() || cluster.outcome() instanceof ClusterOutcome.Failed) {
                    rows.add(of(id, cluster));
                }
                cluster.namespaces().forEach(namespace -> rows.add(of(id, cluster, namespace)));
            }
        }
        report.notAttempted()
                .forEach(id -> rows.add(
                        new DeploymentRow(id, null, null, null, "not attempted", false, Duration.ZERO, List.of())));
        return rows;
    }

    private static DeploymentRow of(EnvironmentId id, ClusterReport cluster) {
        List<String> notes = cluster.outcome() instanceof ClusterOutcome.Failed failed
                ? List.of(String.valueOf(failed.cause().getMessage()))
                : List.of();
        return new DeploymentRow(
                id, cluster.cluster(), null, null, word(cluster.outcome()), !cluster.succeeded(), Duration.ZERO, notes);
    }

    private static DeploymentRow of(EnvironmentId id, ClusterReport cluster, NamespaceReport namespace) {
        return new DeploymentRow(
                id,
                cluster.cluster(),
                namespace.namespace().name(),
                namespace.policy().level(),
                word(namespace.outcome()),
                namespace.outcome() instanceof NamespaceOutcome.Failure,
                namespace.elapsed(),
                notes(namespace.outcome()));
    }

    private static String word(ClusterOutcome outcome) {
        if (outcome instanceof ClusterOutcome.Deployed) {
            return "deployed";
        }
        if (outcome instanceof ClusterOutcome.Unchanged) {
            return "unchanged";
        }
        return outcome instanceof ClusterOutcome.NotRecorded ? "planned" : "FAILED";
    }

    private static String word(NamespaceOutcome outcome) {
        if (outcome instanceof NamespaceOutcome.Deployed deployed) {
            String effect = effect(deployed);
            return deployed.origin() == Origin.ADOPTED ? effect + ", adopted" : effect;
        }
        if (outcome instanceof NamespaceOutcome.Planned) {
            return "planned";
        }
        if (outcome instanceof NamespaceOutcome.Unchanged) {
            return "unchanged";
        }
        if (outcome instanceof NamespaceOutcome.Unfenced) {
            return "UNFENCED";
        }
        return outcome instanceof NamespaceOutcome.NotAttempted ? "not attempted" : "FAILED";
    }

    /**
     * Returns what happened to the namespace as a whole: that to the Namespace itself, unless only another object
     * changed.
     */
    private static String effect(NamespaceOutcome.Deployed deployed) {
        DeployedObject.Effect first = deployed.objects().get(0).effect();
        boolean changed =
                deployed.objects().stream().anyMatch(each -> each.effect() != DeployedObject.Effect.UNCHANGED);
        return (first == DeployedObject.Effect.UNCHANGED && changed ? DeployedObject.Effect.CHANGED : first)
                .name()
                .toLowerCase(Locale.ROOT);
    }

    private static List<String> notes(NamespaceOutcome outcome) {
        List<String> notes = new ArrayList<>();
        if (outcome instanceof NamespaceOutcome.Deployed deployed) {
            deployed.egressChanges().forEach(change -> notes.add("egress " + change));
            deployed.warnings().forEach(warning -> notes.add("warning: " + warning));
            deployed.omissions().forEach(omission -> notes.add("left out: " + omission));
        } else if (outcome instanceof NamespaceOutcome.Planned planned) {
            planned.egressChanges().forEach(change -> notes.add("egress " + change));
            planned.warnings().forEach(warning -> notes.add("warning: " + warning));
            planned.omissions().forEach(omission -> notes.add("left out: " + omission));
        } else if (outcome instanceof NamespaceOutcome.Failure failed) {
            notes.add(String.valueOf(failed.cause().getMessage()));
        }
        return notes;
    }
}

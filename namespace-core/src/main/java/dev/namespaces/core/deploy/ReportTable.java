package dev.namespaces.core.deploy;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A report as a table for people. */
final class ReportTable {

    private static final List<String> HEAD =
            List.of("ENVIRONMENT", "CLUSTER", "NAMESPACE", "POLICY", "OUTCOME", "TIME");

    private ReportTable() {}

    static String of(DeploymentReport report) {
        List<List<String>> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        rows.add(HEAD);
        for (EnvironmentReport environment : report.environments()) {
            String id = environment.environment().id().value();
            for (ClusterReport cluster : environment.clusters()) {
                if (cluster.namespaces().isEmpty()) {
                    rows.add(List.of(id, cluster.cluster().value(), "-", "-", word(cluster.outcome()), "-"));
                }
                for (NamespaceReport namespace : cluster.namespaces()) {
                    rows.add(List.of(
                            id,
                            cluster.cluster().value(),
                            namespace.namespace().name(),
                            namespace.policy().level().name().toLowerCase(Locale.ROOT),
                            word(namespace.outcome()),
                            namespace.elapsed().isZero()
                                    ? "-"
                                    : namespace.elapsed().toMillis() + " ms"));
                    notes(namespace.outcome())
                            .forEach(note -> notes.add(cluster.cluster() + "/"
                                    + namespace.namespace().name() + ": " + note));
                }
                cluster.failures().forEach(failure -> notes.add(failure.getMessage()));
            }
        }
        for (EnvironmentId id : report.notAttempted()) {
            rows.add(List.of(id.value(), "-", "-", "-", "not attempted", "-"));
        }
        String table = layOut(rows);
        return notes.isEmpty() ? table : table + "\n" + String.join("\n", notes) + "\n";
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
        return outcome instanceof NamespaceOutcome.NotAttempted ? "not attempted" : "FAILED";
    }

    /** What happened to the namespace as a whole: that to the Namespace itself, unless only another object changed. */
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
        }
        return notes;
    }

    private static String layOut(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream()
                .map(row -> {
                    StringBuilder line = new StringBuilder();
                    for (int i = 0; i < widths.length; i++) {
                        line.append(row.get(i))
                                .append(" ".repeat(widths[i] - row.get(i).length() + 2));
                    }
                    return line.toString().stripTrailing() + "\n";
                })
                .collect(Collectors.joining());
    }
}

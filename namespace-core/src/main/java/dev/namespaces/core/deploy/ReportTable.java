package dev.namespaces.core.deploy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A report as a table for people. */
final class ReportTable {

    private static final List<String> HEAD =
            List.of("ENVIRONMENT", "CLUSTER", "NAMESPACE", "POLICY", "OUTCOME", "TIME");

    private ReportTable() {}

    static String of(DeploymentReport report) {
        List<DeploymentRow> rows = report.rows();
        List<List<String>> lines = new ArrayList<>();
        Set<String> notes = new LinkedHashSet<>();
        lines.add(HEAD);
        for (DeploymentRow row : rows) {
            if (row.namespace() != null || !hasNamespaces(row, rows)) {
                lines.add(cells(row));
            }
            // A failure's message names its place; other notes do not.
            String place = row.failed() || row.namespace() == null ? "" : row.cluster() + "/" + row.namespace() + ": ";
            row.notes().forEach(note -> notes.add(place + note));
        }
        report.environments().forEach(environment -> environment
                .leftBehind()
                .forEach(each -> notes.add(each + " was left behind; release it, or delete it as an orphan")));
        String table = layOut(lines);
        return notes.isEmpty() ? table : table + "\n" + String.join("\n", notes) + "\n";
    }

    private static boolean hasNamespaces(DeploymentRow row, List<DeploymentRow> rows) {
        return rows.stream()
                .anyMatch(other -> other.namespace() != null
                        && other.environment().equals(row.environment())
                        && other.cluster() != null
                        && other.cluster().equals(row.cluster()));
    }

    private static List<String> cells(DeploymentRow row) {
        return List.of(
                row.environment().value(),
                row.cluster() == null ? "-" : row.cluster().value(),
                row.namespace() == null ? "-" : row.namespace(),
                row.policy() == null ? "-" : row.policy().name().toLowerCase(Locale.ROOT),
                row.outcome(),
                row.elapsed().isZero() ? "-" : row.elapsed().toMillis() + " ms");
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

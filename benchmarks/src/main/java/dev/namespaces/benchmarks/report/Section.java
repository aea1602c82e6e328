package dev.namespaces.benchmarks.report;

import java.util.List;

/**
 * The result of one measurement.
 *
 * @param rows the measured values, grouped by work
 * @param goals the goals, met or not
 * @param charts the charts below the table
 * @param notes sentences in Markdown: the compared work, settings, explanations
 */
record Section(List<Row> rows, List<Goal> goals, List<Chart> charts, List<String> notes) {

    Section {
        rows = List.copyOf(rows);
        goals = List.copyOf(goals);
        charts = List.copyOf(charts);
        notes = List.copyOf(notes);
    }
}

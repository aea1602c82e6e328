package dev.namespaces.benchmarks.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** The report in Markdown, and its charts. */
final class Report {

    private static final String CHARTS = "charts";

    private final Machine machine;
    private final List<SavedSection> sections;

    Report(Machine machine, List<SavedSection> sections) {
        this.machine = machine;
        this.sections = List.copyOf(sections);
    }

    /** Writes {@code REPORT.md} and the charts to that directory. */
    void write(Path directory) {
        for (SavedSection saved : sections) {
            saved.section().charts().forEach(chart -> chart.draw(directory.resolve(CHARTS)));
        }
        try {
            Files.writeString(directory.resolve("REPORT.md"), markdown());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String markdown() {
        StringBuilder text = new StringBuilder("""
                # Measurements

                The command in [README.md](README.md) writes this file. A value is the median of the repetitions, its spread their standard
                deviation. All sides of a comparison do the same work in the same run. Read the ratios: numbers of other machines differ.
                Stolen time is what a virtual machine's host gave to other machines; where it is more than a few percent, measure again.

                """);
        table(
                text,
                List.of("", ""),
                List.of(
                        List.of("machine", machine.hardware()),
                        List.of("Java", machine.java()),
                        List.of("system", machine.system()),
                        List.of("versions", machine.versions())));
        text.append("\n## Goals\n\n");
        table(
                text,
                List.of("", "goal", "measured", ""),
                sections.stream().flatMap(Report::goals).toList());
        sections.forEach(section -> append(text, section));
        return text.toString();
    }

    private static Stream<List<String>> goals(SavedSection saved) {
        if (saved.notMeasured() != null) {
            return Stream.of(List.of(saved.id(), saved.title(), "**not measured**", ""));
        }
        return saved.section().goals().stream()
                .map(goal -> List.of(saved.id(), goal.text(), measured(goal), goal.met() ? "met" : "**not met**"));
    }

    /** Returns the measured value, with one more digit if it would look like the goal that it does not reach. */
    private static String measured(Goal goal) {
        String number = number(goal.measured());
        boolean looksMet = !goal.met() && goal.text().split(" ", -1)[1].equals(number);
        return looksMet ? String.format(Locale.ROOT, "%.3f", goal.measured()) : number;
    }

    private static void append(StringBuilder text, SavedSection saved) {
        text.append("\n## ")
                .append(saved.id())
                .append(": ")
                .append(saved.title())
                .append("\n\n");
        if (saved.notMeasured() != null) {
            text.append("**Not measured: ").append(saved.notMeasured()).append("**\n");
            return;
        }
        text.append(saved.effort() == Effort.QUICK ? "A quick run" : "A full run")
                .append(" of ")
                .append(count(saved.seconds()))
                .append(" s on ")
                .append(saved.date())
                .append(", commit ")
                .append(saved.commit());
        if (saved.stolen() != null) {
            text.append("; ").append(number(100 * saved.stolen())).append(" % of the machine's time was stolen");
        }
        text.append(".\n\n");
        Section section = saved.section();
        table(
                text,
                List.of("work", "side", "value", "spread", "unit", "ours : this"),
                section.rows().stream().map(row -> cells(row, section.rows())).toList());
        for (Chart chart : section.charts()) {
            text.append("\n![")
                    .append(chart.title())
                    .append("](")
                    .append(CHARTS)
                    .append('/')
                    .append(chart.name())
                    .append(".svg)\n");
        }
        if (!section.notes().isEmpty()) {
            text.append('\n');
            section.notes().forEach(note -> text.append("- ").append(note).append('\n'));
        }
    }

    private static List<String> cells(Row row, List<Row> rows) {
        OptionalDouble ours = rows.stream()
                .filter(other -> other.work().equals(row.work()) && other.side().equals(Row.OURS))
                .mapToDouble(Row::value)
                .findFirst();
        boolean compared = ours.isPresent() && row.value() != 0 && !row.side().equals(Row.OURS);
        return List.of(
                row.work(),
                row.side(),
                number(row.value()),
                row.spread() == 0 ? "" : "± " + number(row.spread()),
                row.unit(),
                compared ? number(ours.getAsDouble() / row.value()) : "");
    }

    private static void table(StringBuilder text, List<String> heading, List<List<String>> rows) {
        appendRow(text, heading);
        appendRow(text, heading.stream().map(cell -> "---").toList());
        rows.forEach(row -> appendRow(text, row));
    }

    private static void appendRow(StringBuilder text, List<String> cells) {
        cells.forEach(cell -> text.append("| ")
                .append(Objects.requireNonNull(cell).replace("|", "\\|"))
                .append(' '));
        text.append("|\n");
    }

    /** Returns the count with its digits in groups of three. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Returns the number with three significant digits at least, and no exponent. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f", value);
    }
}

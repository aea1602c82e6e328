package dev.namespaces.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    private static final Machine MACHINE = new Machine("2 cores", "JDK 17", "Linux", "H2 2.5");

    private final SavedSection deploy = saved(
            "P1",
            null,
            new Section(
                    List.of(
                            new Row("20 ms", Row.OURS, 90, 1.5, "requests/s"),
                            new Row("20 ms", "limit raw HTTP", 100, 2, "requests/s")),
                    List.of(Goal.atLeast(0.95, " of the limit at 20 ms", 0.9), Goal.atMost(3, " ×", 2.5)),
                    List.of(
                            new LineChart(
                                    "deploy",
                                    "Deployments by round trip",
                                    "round trip, ms",
                                    "requests/s",
                                    true,
                                    List.of(new LineChart.Series(Row.OURS, List.of(1.0, 20.0), List.of(500.0, 90.0)))),
                            new ShareChart(
                                    "cpu",
                                    "CPU of a request",
                                    "ms",
                                    List.of(Row.OURS, "limit raw HTTP"),
                                    List.of(new ShareChart.Part("servers", List.of(2.0, 1.0))))),
                    List.of("The proxy adds the round trip.")));

    @TempDir
    private Path directory;

    private static SavedSection saved(String id, String notMeasured, Section section) {
        return new SavedSection(
                id, "title of " + id, Effort.QUICK, "0bdc063", "2026-11-26", 1043, 0.034, notMeasured, section);
    }

    @Test
    void values_appear_with_spread_and_ratio_of_ours_to_each_side() {
        assertThat(new Report(MACHINE, List.of(deploy)).markdown())
                .contains("| 20 ms | ours | 90 | ± 1.50 | requests/s |  |\n")
                .contains("| 20 ms | limit raw HTTP | 100 | ± 2 | requests/s | 0.90 |\n");
    }

    @Test
    void goals_appear_as_met_and_as_not_met() {
        assertThat(new Report(MACHINE, List.of(deploy)).markdown())
                .contains("| P1 | ≥ 0.95 of the limit at 20 ms | 0.90 | **not met** |\n")
                .contains("| P1 | ≤ 3 × | 2.50 | met |\n");
    }

    @Test
    void a_goal_that_is_just_missed_does_not_look_as_if_it_was_met() {
        SavedSection missed = saved(
                "P1",
                null,
                new Section(
                        List.of(),
                        List.of(Goal.atLeast(0.9, " of the limit", 0.8964), Goal.atMost(1.1, " ×", 1.1021)),
                        List.of(),
                        List.of()));
        assertThat(new Report(MACHINE, List.of(missed)).markdown())
                .contains("| P1 | ≥ 0.90 of the limit | 0.896 | **not met** |\n")
                .contains("| P1 | ≤ 1.10 × | 1.102 | **not met** |\n");
    }

    @Test
    void a_section_without_values_says_why() {
        SavedSection missing =
                saved("P7", "No kube-apiserver", new Section(List.of(), List.of(), List.of(), List.of()));
        assertThat(new Report(MACHINE, List.of(missing)).markdown())
                .contains("| P7 | title of P7 | **not measured** |  |\n")
                .contains("**Not measured: No kube-apiserver**\n")
                .doesNotContain("| work |");
    }

    @Test
    void each_chart_is_an_svg_file_that_the_report_shows() {
        new Report(MACHINE, List.of(deploy)).write(directory);
        assertThat(directory.resolve("REPORT.md"))
                .content()
                .contains("![Deployments by round trip](charts/deploy.svg)")
                .contains("- The proxy adds the round trip.\n")
                .contains(
                        "A quick run of 1,043 s on 2026-11-26, commit 0bdc063; 3.40 % of the machine's time was stolen.");
        assertThat(directory.resolve("charts/deploy.svg")).content().contains("<svg", "<ellipse");
        assertThat(directory.resolve("charts/cpu.svg")).content().contains("<svg", "<path");
    }

    @Test
    void sections_of_earlier_runs_are_kept_unless_they_run_again() {
        SavedSections sections = new SavedSections(directory);
        SavedSection second = saved("P2", "No kubectl", new Section(List.of(), List.of(), List.of(), List.of()));
        sections.save(saved("P1", "No kubectl", second.section()));
        sections.save(second);
        sections.save(deploy);
        assertThat(sections.all()).containsExactly(deploy, second);
    }

    @Test
    void numbers_have_the_digits_that_matter() {
        assertThat(List.of(12345.6, 64.0, 45.67, 2.345, 0.0123))
                .extracting(Report::number)
                .containsExactly("12,346", "64", "45.7", "2.35", "0.0123");
    }
}

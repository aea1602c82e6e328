package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code benchmarks/README.md}, in a copy of the checkout, since one of them writes to it. */
@Tag("long")
class BenchmarkCommandsTest {

    private static final GuidePage PAGE = GuidePage.of("benchmarks/README.md");

    private static Commands commands;
    private static Path checkout;

    @BeforeAll
    static void copy(@TempDir Path folder) throws Exception {
        commands = new Commands(folder, Map.of());
        checkout = commands.checkout("checkout");
    }

    @Test
    void the_first_command_reports_each_measurement_of_the_page() throws Exception {
        Path report = checkout.resolve("benchmarks/REPORT.md");
        Files.delete(report);

        commands.run(checkout, PAGE.block("sh: BenchmarkCommandsTest report"));

        String text = Files.readString(report);
        assertThat(ids("## (P\\d+): ", text)).isNotEmpty().isEqualTo(ids("\\| (P\\d+) \\| ", PAGE.text()));
        assumeThat(text).as("all servers are there").doesNotContain("**not measured**");
    }

    @Test
    void the_second_command_prints_the_scores_that_it_asks_for() throws Exception {
        String output = commands.run(checkout, PAGE.block("sh: BenchmarkCommandsTest jmh"));

        assertThat(output)
                .containsPattern("RenderingBenchmark\\.yaml +avgt .* us/op")
                .containsPattern("ValidationBenchmark\\.valid +avgt .* us/op");
    }

    private static List<String> ids(String lineStart, String text) {
        return Pattern.compile("(?m)^" + lineStart)
                .matcher(text)
                .results()
                .map(line -> line.group(1))
                .toList();
    }
}

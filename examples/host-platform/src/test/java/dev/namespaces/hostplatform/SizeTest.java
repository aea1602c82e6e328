package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README counts what a host writes. */
class SizeTest {

    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Set<String> DOMAIN = Set.of("Catalog.java", "Person.java");
    private static final int MOST_LINES = 300;

    @Test
    void the_lines_of_each_file_are_in_the_readme_and_few() throws IOException {
        Map<String, Long> counted = new TreeMap<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                counted.put(file.getFileName().toString(), lines(file));
            }
        }
        counted.remove("package-info.java");
        Map<String, Long> documented = new TreeMap<>();
        String readme = Files.readString(Path.of("README.md"));
        Pattern.compile("\\| `(\\w+\\.java)` \\| (\\d+) \\|")
                .matcher(readme)
                .results()
                .forEach(row -> documented.put(row.group(1), Long.valueOf(row.group(2))));

        assertThat(documented).isEqualTo(counted);
        counted.keySet().removeAll(DOMAIN);
        long sum = counted.values().stream().mapToLong(Long::longValue).sum();
        assertThat(readme).contains("\n" + sum + " lines of Java in addition to its own domain");
        assertThat(sum).isLessThanOrEqualTo(MOST_LINES);
    }

    /** Counts the lines that are not blank, an import or a comment. */
    private static long lines(Path file) throws IOException {
        return Pattern.compile("/\\*\\*.*?\\*/", Pattern.DOTALL)
                .matcher(Files.readString(file))
                .replaceAll("")
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty()
                        && !line.startsWith("import ")
                        && !line.startsWith("package ")
                        && !line.startsWith("//"))
                .count();
    }
}

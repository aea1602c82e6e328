package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The public API of the published modules is in a file, so that every change of it is seen in a review. The first line
 * of the file counts types and methods.
 */
class PublicApiTest {

    private static final Path SNAPSHOT = Path.of("src/test/resources/api.txt");

    @Test
    void the_public_api_is_the_one_in_the_snapshot() throws IOException {
        PublicApi api = PublicApi.ofPublishedModules();
        assertThat(api.types()).isGreaterThan(100);
        if (Boolean.getBoolean("api.write")) {
            Files.writeString(SNAPSHOT, api.text());
        }
        List<String> expected = Files.readAllLines(SNAPSHOT);
        List<String> actual = api.text().lines().toList();
        if (!actual.equals(expected)) {
            fail(
                    "The public API is not the one in integration-tests/%s:%n%s%nIf that is meant, run this, and review"
                            + " the file:%n./mvnw -pl integration-tests -am test -Dtest=PublicApiTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dapi.write=true",
                    SNAPSHOT, difference(expected, actual));
        }
    }

    private static String difference(List<String> expected, List<String> actual) {
        Set<String> lines = new TreeSet<>();
        expected.stream().filter(line -> !actual.contains(line)).forEach(line -> lines.add(line + "\0-"));
        actual.stream().filter(line -> !expected.contains(line)).forEach(line -> lines.add(line + "\0+"));
        return lines.stream()
                .map(line -> line.charAt(line.length() - 1) + " " + line.substring(0, line.length() - 2) + "\n")
                .collect(Collectors.joining());
    }
}

package dev.namespaces.integration;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each link of each page leads somewhere, and a test runs each block. The code of a block is a region of a test's
 * source. A region that is not called does not compile, because Error Prone refuses private methods that nobody calls.
 */
class DocsTest {

    private static final Path ROOT = GuidePage.of("").file();

    private static final String DEPENDENCIES = "dependencies: DocsTest";

    /**
     * The fault suite takes most of an hour, so no test runs its command. This class checks the names in the command.
     */
    private static final String NOT_RUN = "sh: DocsTest not-run";

    private static final Pattern MARKER = Pattern.compile("([a-z]+): (\\w+)(?: (.+))?");
    private static final Pattern REGION = Pattern.compile("(?m)^ *// begin: (\\S+)\\n((?:.*\\n)*?.*)\\n *// end: \\1$");

    /** Properties that Maven's own plugins read. */
    private static final Set<String> OF_PLUGINS = Set.of(
            "altDeploymentRepository",
            "exec.args",
            "maven.test.skip",
            "skipTests",
            "surefire.failIfNoSpecifiedTests",
            "test");

    /** The sources of all tests, by the name of their class. */
    private static final Map<String, String> TESTS =
            GuidePage.files(file -> file.toString().matches(".*/src/test/java/.*\\.java")).stream()
                    .collect(toMap(DocsTest::className, GuidePage::read, (one, other) -> one + other));

    static List<GuidePage> pages() {
        return GuidePage.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_link_leads_to_a_file_and_to_a_heading_of_it(GuidePage page) {
        assertThat(page.links())
                .filteredOn(target -> !target.matches("[a-z]+:.*"))
                .allSatisfy(target -> {
                    String[] parts = target.split("#", 2);
                    Path file = parts[0].isEmpty() ? page.file() : page.file().resolveSibling(parts[0]);
                    assertThat(file).exists();
                    if (parts.length == 2) {
                        assertThat(new GuidePage(file).anchors()).contains(parts[1]);
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_block_names_the_test_that_reads_it(GuidePage page) {
        assertThat(page.fences()).isEqualTo(2L * page.blocks().size());
        assertThat(page.blocks()).allSatisfy(block -> {
            MatchResult marker = marker(block);
            if (block.language().equals("java")) {
                assertThat(marker.group(1)).isEqualTo("code");
                return;
            }
            String test = TESTS.getOrDefault(marker.group(2), "");
            assertThat(Stream.of(
                            "\"" + block.marker() + "\"",
                            block.marker() + " -->",
                            // The test itself asserts that the page has no other blocks of that kind.
                            "\"" + marker.group(1) + ": " + marker.group(2) + " \" + "))
                    .as("a test that reads \"%s\"", block.marker())
                    .anyMatch(test::contains);
        });
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_block_of_java_is_code_of_a_test(GuidePage page) {
        for (GuidePage.Block block : page.blocks()) {
            MatchResult marker = marker(block);
            if (marker.group(1).equals("code")) {
                page.assertBlock(block.marker(), code(marker.group(2), marker.group(3)));
            }
        }
    }

    @Test
    void each_region_of_a_test_is_on_a_page() {
        Set<String> shown = pages().stream()
                .flatMap(page -> page.blocks().stream())
                .map(GuidePage.Block::marker)
                .collect(toSet());

        TESTS.forEach((test, source) -> assertThat(REGION.matcher(source).results())
                .extracting(region -> "code: " + test + " " + region.group(1))
                .allSatisfy(marker -> assertThat(shown).contains(marker)));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_dependency_is_a_module_or_a_managed_version_of_the_build(GuidePage page) {
        String build = GuidePage.read(ROOT.resolve("pom.xml"));
        for (String dependency : String.join("\n", page.lines(DEPENDENCIES))
                .replaceAll("<!--.*?-->", "")
                .split("</dependency>\\s*", -1)) {
            if (dependency.isBlank()) {
                continue;
            }
            String artifact = element(dependency, "artifactId");
            if (element(dependency, "groupId").equals("dev.namespaces")) {
                assertThat(ROOT.resolve(artifact)).isDirectory();
                assertThat(element(dependency, "version")).isEqualTo(element(build, "version"));
            } else {
                assertThat(element(dependency, "version")).isEqualTo(element(build, artifact + ".version"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_maven_command_names_modules_profiles_and_tests_that_exist(GuidePage page) {
        Stream.concat(page.blocks().stream().flatMap(block -> block.text().lines()), page.codeSpans().stream())
                .filter(command -> command.startsWith("./mvnw "))
                .forEach(command -> assertThat(mistakes(command)).as(command).isEmpty());
    }

    @Test
    void only_the_fault_suite_is_marked_as_not_run() {
        assertThat(pages())
                .flatExtracting(page -> page.lines(NOT_RUN))
                .singleElement(as(STRING))
                .contains("-Dtest=KilledProcessTest ");
    }

    private static MatchResult marker(GuidePage.Block block) {
        var marker = MARKER.matcher(block.marker());
        assertThat(marker.matches())
                .as("a marker <!-- KIND: TEST NAME --> above%n%s", block.text())
                .isTrue();
        return marker.toMatchResult();
    }

    /** Returns the code between {@code // begin: NAME} and {@code // end: NAME}, or the whole source without a name. */
    private static String code(String test, String region) {
        assertThat(TESTS).containsKey(test);
        if (region == null) {
            return TESTS.get(test);
        }
        return REGION.matcher(TESTS.get(test))
                .results()
                .filter(match -> match.group(1).equals(region))
                .map(match -> match.group(2).stripIndent() + "\n")
                .findFirst()
                .orElseThrow(() -> new AssertionError(test + " has no region " + region));
    }

    /** Returns the names in a Maven command that do not exist. */
    private static List<String> mistakes(String command) {
        List<String> mistakes = new ArrayList<>();
        String build = GuidePage.read(ROOT.resolve("pom.xml"));
        Path module = ROOT.resolve(option(command, "-pl ").findFirst().orElse("."));
        if (!Files.exists(module.resolve("pom.xml"))) {
            return List.of(module + " is no module");
        }
        String poms = build + GuidePage.read(module.resolve("pom.xml"));
        option(command, "-P")
                .flatMap(profiles -> Stream.of(profiles.split(",", -1)))
                .filter(profile -> !poms.contains("<id>" + profile + "</id>"))
                .forEach(mistakes::add);
        option(command, "-Dtest=")
                .filter(test -> !test.contains("*") && !TESTS.containsKey(test))
                .forEach(mistakes::add);
        option(command, "-D")
                .map(property -> property.replaceFirst("=.*", ""))
                .filter(property -> !OF_PLUGINS.contains(property) && !poms.contains("${" + property + "}"))
                .forEach(mistakes::add);
        option(command, "exec@")
                .filter(execution -> !poms.contains("<id>" + execution + "</id>"))
                .forEach(mistakes::add);
        return mistakes;
    }

    private static Stream<String> option(String command, String option) {
        return Pattern.compile("(?<=[ :])" + option + "[\"']?([^ \"']+)")
                .matcher(command)
                .results()
                .map(match -> match.group(1));
    }

    private static String element(String xml, String name) {
        return Pattern.compile("<" + Pattern.quote(name) + ">([^<]+)</")
                .matcher(xml)
                .results()
                .map(match -> match.group(1))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is missing in " + xml));
    }

    private static String className(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}

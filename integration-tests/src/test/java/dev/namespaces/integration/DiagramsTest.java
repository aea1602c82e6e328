package dev.namespaces.integration;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The diagrams of the pages: GitHub can draw them, and they agree with the build and with each other. */
class DiagramsTest {

    private static final GuidePage ARCHITECTURE = GuidePage.of("ARCHITECTURE.md");
    private static final String DIAGRAM = "diagram: DiagramsTest";
    private static final String MODULES = "diagram: DiagramsTest modules";

    static Stream<GuidePage.Block> diagrams() {
        return GuidePage.all().stream()
                .flatMap(page -> page.blocks().stream())
                .filter(block -> block.language().equals("mermaid"));
    }

    @ParameterizedTest
    @MethodSource("diagrams")
    void each_line_of_a_diagram_is_in_the_language_of_its_first_line(GuidePage.Block diagram) {
        String first = diagram.text().lines().findFirst().orElseThrow();

        assertThat(Mermaid.values())
                .extracting(language -> language.begins(first))
                .containsOnlyOnce(true);
        for (Mermaid language : Mermaid.values()) {
            if (language.begins(first)) {
                assertThat(diagram.text().lines().skip(1).map(String::strip)).allMatch(language::has);
            }
        }
    }

    @Test
    void the_modules_have_the_dependencies_of_their_poms() {
        String diagram = ARCHITECTURE.block(MODULES);
        Map<String, String> modules = Pattern.compile("(\\w+)\\[\"(namespace-[\\w-]+)<br/>")
                .matcher(diagram)
                .results()
                .collect(toMap(node -> node.group(1), node -> node.group(2)));
        Map<String, Set<String>> shown = modules.keySet().stream()
                .collect(toMap(
                        modules::get,
                        node -> Pattern.compile("(?m)^ +" + node + "(?:\\[.*])? (?:-->|-\\. optional \\.->) (\\w+)$")
                                .matcher(diagram)
                                .results()
                                .map(edge -> modules.get(edge.group(1)))
                                .collect(toCollection(TreeSet::new))));

        assertThat(shown.keySet()).containsExactlyInAnyOrderElementsOf(publishedJars());
        shown.forEach((module, dependencies) -> {
            assertThat(dependenciesOfPom(module)).as(module).containsAll(dependencies);
            assertThat(reachable(shown, module)).as(module).containsAll(dependenciesOfPom(module));
        });
    }

    @Test
    void the_states_of_a_namespace_in_the_guide_are_those_of_the_architecture() {
        assertThat(transitions(GuidePage.of("docs/namespaces.md"))).isNotEmpty().isSubsetOf(transitions(ARCHITECTURE));
    }

    private static Set<String> publishedJars() {
        return Pattern.compile("<module>(namespace-[\\w-]+)</module>")
                .matcher(GuidePage.of("pom.xml").text())
                .results()
                .map(module -> module.group(1))
                .filter(module -> !module.equals("namespace-bom"))
                .collect(toCollection(TreeSet::new));
    }

    /** Returns the modules that a host of the module gets, or may add. */
    private static Set<String> dependenciesOfPom(String module) {
        return Pattern.compile("(?s)<dependency>(.*?)</dependency>")
                .matcher(GuidePage.of(module + "/pom.xml").text())
                .results()
                .map(dependency -> dependency.group(1))
                .filter(dependency -> dependency.contains("<groupId>dev.namespaces</groupId>")
                        && !dependency.contains("<scope>test</scope>"))
                .map(dependency -> dependency.replaceFirst("(?s).*?<artifactId>(.*?)</.*", "$1"))
                .collect(toCollection(TreeSet::new));
    }

    private static Set<String> reachable(Map<String, Set<String>> dependencies, String module) {
        return dependencies.get(module).stream()
                .flatMap(next -> Stream.concat(Stream.of(next), reachable(dependencies, next).stream()))
                .collect(toCollection(TreeSet::new));
    }

    /** Returns the transitions between the states of a namespace, without the calls that cause them. */
    private static Set<String> transitions(GuidePage page) {
        return page.blocks().stream()
                .filter(block -> block.marker().equals(DIAGRAM) && block.text().contains("foreign --> adopted"))
                .flatMap(block -> block.text().lines())
                .filter(line -> line.contains(" --> "))
                .map(line -> line.strip().replaceFirst(":.*", ""))
                .collect(toCollection(TreeSet::new));
    }

    /** The part of each language of Mermaid that the pages use. */
    private enum Mermaid {
        FLOWCHART("flowchart (TD|BT|LR)", flowchart()),
        SEQUENCE(
                "sequenceDiagram",
                "|participant \\w+( as .+)?|\\w+--?>>\\w+: .+|(loop|alt|else|par|opt) .+|end"
                        + "|Note (over|left of|right of) \\w+(,\\w+)?: .+"),
        STATES("stateDiagram-v2", "(\\w+|\\[\\*]) --> (\\w+|\\[\\*])(: .+)?|note (left|right) of \\w+: .+"),
        ENTITIES(
                "erDiagram",
                "|\\w+ [|}][|o](--|\\.\\.)[|o][|{] \\w+ : \"[^\"]+\"|\\w+ \\{|}"
                        + "|\\w+ \\w+( [PFU]K(, [PFU]K)*)?( \"[^\"]*\")?");

        private final Pattern firstLine;
        private final Pattern line;

        Mermaid(String firstLine, String line) {
            this.firstLine = Pattern.compile(firstLine);
            this.line = Pattern.compile(line);
        }

        private static String flowchart() {
            String node = "\\w+(\\[\"[^\"]+\"]|\\[\\(\"[^\"]+\"\\)]|\\{\"[^\"]+\"}|\\[[\\w ]+])?";
            String nodes = node + "( & " + node + ")*";
            String edge = "(-->|-- (\\w+|\"[^\"]+\") -->|-\\. \\w+ \\.->)";
            return "subgraph \\w+|end|" + nodes + "( " + edge + " " + nodes + ")*";
        }

        boolean begins(String first) {
            return firstLine.matcher(first).matches();
        }

        boolean has(String other) {
            return line.matcher(other).matches();
        }
    }
}

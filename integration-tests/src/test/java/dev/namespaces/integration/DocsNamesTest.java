package dev.namespaces.integration;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The names of types, members and files that pages have between backticks or in diagrams exist. */
class DocsNamesTest {

    /** A name of two words or more, or of a method: {@code DeployOptions}, {@code NOT_FOUND}, {@code deploy(}. */
    private static final Pattern NAME =
            Pattern.compile("(?<!-)\\b(?:[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+|[A-Z]+(?:_[A-Z0-9]+)+|[a-z]\\w*\\()");

    private static final Pattern MEMBER = Pattern.compile("\\b([A-Z]\\w+)\\.(\\w+)(…?)");
    private static final String FILE = "(\\.ci|docs|examples|benchmarks)/[\\w./-]+|namespace-[a-z0-9-]+";

    /** Names of Jakarta Persistence, Spring, Quartz and Temporal, which no code here uses. */
    private static final Set<String> OF_OTHERS =
            Set.of("EntityManager", "JpaTransactionManager", "DisallowConcurrentExecution", "ApplicationFailure");

    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?<!:)//[^\\n]*");

    private static final Map<Path, String> SOURCES =
            GuidePage.files(file -> file.toString().matches(".*(\\.(java|xml|ya?ml|sql|json)|/\\.ci/\\w+)")).stream()
                    .collect(toMap(
                            file -> file,
                            file -> COMMENT.matcher(GuidePage.read(file)).replaceAll("")));

    private static final Set<String> NAMES =
            SOURCES.values().stream().flatMap(DocsNamesTest::names).collect(toSet());

    private static final Map<String, String> TYPES = SOURCES.entrySet().stream()
            .filter(source -> source.getKey().toString().endsWith(".java"))
            .collect(toMap(
                    source -> source.getKey().getFileName().toString().replace(".java", ""),
                    Map.Entry::getValue,
                    (one, other) -> one + other));

    /** Returns the pages about the present. Decisions and the changelog also name what was replaced. */
    static List<GuidePage> pages() {
        return GuidePage.all().stream()
                .filter(page -> !page.toString().matches("CHANGELOG.md|docs/decisions/.*"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_name_of_a_page_is_a_name_of_the_code(GuidePage page) {
        Stream<String> diagrams = page.blocks().stream()
                .filter(block -> block.language().equals("mermaid"))
                .map(GuidePage.Block::text);
        Set<String> named = Stream.concat(page.codeSpans().stream(), diagrams)
                .flatMap(DocsNamesTest::names)
                .filter(name -> !OF_OTHERS.contains(name))
                .collect(toCollection(TreeSet::new));

        assertThat(NAMES).containsAll(named);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_member_is_one_of_its_type(GuidePage page) {
        assertThat(page.codeSpans().stream()
                        .flatMap(span -> MEMBER.matcher(span).results())
                        .filter(member -> TYPES.containsKey(member.group(1))
                                && !member.group(2).equals("java")))
                .allSatisfy(member -> assertThat(TYPES.get(member.group(1)))
                        .as(member.group())
                        .containsPattern(
                                "\\b" + member.group(2) + (member.group(3).isEmpty() ? "\\b" : "\\w")));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void each_file_and_each_module_exists(GuidePage page) {
        assertThat(page.codeSpans())
                .filteredOn(span -> span.matches(FILE))
                .allSatisfy(span -> assertThat(GuidePage.of(span).file()).exists());
    }

    private static Stream<String> names(String text) {
        return NAME.matcher(text).results().map(MatchResult::group);
    }
}

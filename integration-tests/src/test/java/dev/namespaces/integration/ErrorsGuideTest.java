package dev.namespaces.integration;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.StoreException;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of the guide to errors say of each exception what the exception itself says. */
class ErrorsGuideTest {

    private static final GuidePage GUIDE = GuidePage.of("docs/errors.md");
    private static final Pattern CATEGORY_ROW = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| (\\d+) \\| ");
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    // spotless:off
    // begin: status
    static int httpStatus(NamespaceException failure) {
        return switch (failure.category()) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case REFUSED -> 422;
            case MISCONFIGURED, INTERNAL -> 500;
            case UNAVAILABLE -> 503;
        };
    }
    // end: status
    // spotless:on

    /** A row of the tables of exceptions. */
    private record Row(Set<String> categories, String status, String again, Set<String> facts) {}

    static Stream<Class<?>> types() {
        return PublicApi.publishedTypes().stream()
                .filter(type -> Exception.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers()));
    }

    @Test
    void the_tables_have_every_exception_once_and_no_other() {
        assertThat(exceptionsOfTheTables())
                .containsExactlyInAnyOrderElementsOf(
                        types().map(Class::getSimpleName).toList());
    }

    @Test
    void the_table_of_categories_has_each_in_its_order_with_its_status() throws Exception {
        List<String> expected = new ArrayList<>();
        for (ErrorCategory category : ErrorCategory.values()) {
            expected.add(category + " " + httpStatus(failureOf(category)));
        }

        assertThat(CATEGORY_ROW.matcher(GUIDE.text()).results().map(row -> row.group(1) + " " + row.group(2)))
                .containsExactlyElementsOf(expected);
    }

    @ParameterizedTest
    @MethodSource("types")
    void the_table_says_what_the_exception_itself_says(Class<?> type) throws Exception {
        Row row = rows().get(type.getSimpleName());
        assertThat(row.facts()).isEqualTo(facts(type));
        if (row.categories().isEmpty()) {
            assertThat(row.facts().contains("report()") || type == StoreException.class)
                    .as("has the category of its causes")
                    .isTrue();
            assertThat(row).extracting(Row::status, Row::again).containsExactly("of its category", "if every cause is");
            return;
        }
        Set<String> categories = new TreeSet<>();
        Set<String> statuses = new TreeSet<>();
        Set<Boolean> retryable = new TreeSet<>();
        for (NamespaceException sample : samples(type)) {
            categories.add(sample.category().name());
            statuses.add(String.valueOf(httpStatus(sample)));
            retryable.add(sample.isRetryable());
        }
        assertThat(row.categories()).isEqualTo(categories);
        assertThat(List.of(row.status().split(" or "))).containsExactlyInAnyOrderElementsOf(statuses);
        assertThat(row.again())
                .matches(retryable.size() == 2 ? "(if|unless) .*" : retryable.contains(true) ? "yes" : "no");
    }

    private static List<NamespaceException> samples(Class<?> type) throws ReflectiveOperationException {
        Samples samples = new Samples("");
        List<NamespaceException> created = new ArrayList<>();
        for (Executable creator : Samples.creators(type)) {
            try {
                created.add((NamespaceException) samples.create(creator, part -> false, 1));
            } catch (InvocationTargetException refused) {
                // Another creator takes the sample values.
            }
        }
        return created;
    }

    private static NamespaceException failureOf(ErrorCategory category) throws ReflectiveOperationException {
        for (Class<?> type : types().toList()) {
            for (NamespaceException sample : samples(type)) {
                if (sample.category() == category) {
                    return sample;
                }
            }
        }
        throw new AssertionError("no exception has the category " + category);
    }

    /** Returns the facts that the type adds. */
    private static Set<String> facts(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())
                        && !Modifier.isStatic(method.getModifiers())
                        && !method.isSynthetic()
                        && method.getParameterCount() == 0
                        && !ClusterException.class.isAssignableFrom(method.getReturnType()))
                .map(Method::getName)
                .map(name -> name + "()")
                .collect(toCollection(TreeSet::new));
    }

    private static Set<String> code(String cell) {
        return CODE.matcher(cell).results().map(match -> match.group(1)).collect(toCollection(TreeSet::new));
    }

    private static List<String> exceptionsOfTheTables() {
        return cells().map(cells -> cells.get(0)).toList();
    }

    private static Map<String, Row> rows() {
        Map<String, Row> rows = new TreeMap<>();
        cells().forEach(cells ->
                rows.put(cells.get(0), new Row(code(cells.get(1)), cells.get(2), cells.get(3), code(cells.get(4)))));
        return rows;
    }

    private static Stream<List<String>> cells() {
        return GUIDE.text()
                .lines()
                .filter(line -> line.matches("\\| `\\w+Exception` \\|.*"))
                .map(line ->
                        Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
                .map(cells -> {
                    assertThat(cells).as(cells.toString()).hasSize(9);
                    return List.of(
                            cells.get(1).replace("`", ""), cells.get(2), cells.get(3), cells.get(4), cells.get(5));
                });
    }
}

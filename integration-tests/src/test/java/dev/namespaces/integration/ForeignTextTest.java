package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.egress.DnsProfile;
import dev.namespaces.egress.SpecialRange;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.jdbc.TableNames;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ListQuery;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Text from outside reaches no message and no log as it is. The test creates each exception and each public value of
 * the library that has its own text, with hostile text in each of its parts in turn, and looks at the text that
 * results.
 */
class ForeignTextTest {

    private static final Samples SAMPLES = new Samples("a\nFORGED\r\u001b[31m\u202e\u2028\u0085" + "x".repeat(1_500));

    /** The host writes these texts, in its code and its settings. */
    private static final Set<Class<?>> OF_THE_HOST = Set.of(
            AccessRule.class,
            ApplyOptions.class,
            CreateOptions.class,
            DeleteOptions.class,
            DeployOptions.class,
            DnsProfile.DnsServer.Pods.class,
            FleetFilter.class,
            FleetOptions.class,
            LabelScheme.class,
            ListQuery.class,
            PlanOptions.class,
            ProtectedNames.class,
            TableNames.class);

    /** The library's own tables. */
    private static final Set<Class<?>> OF_THE_LIBRARY = Set.of(SpecialRange.class);

    private static final int MANY = 200;

    private static final int LONGEST_MESSAGE = 10_100;

    static Stream<Class<?>> types() {
        return PublicApi.publishedTypes().stream()
                .filter(type -> !type.getName().startsWith("dev.namespaces.testkit."))
                .filter(type -> !OF_THE_HOST.contains(type) && !OF_THE_LIBRARY.contains(type))
                .filter(type -> !Modifier.isAbstract(type.getModifiers()) && !type.isEnum())
                .filter(type -> type.isRecord() || NamespaceException.class.isAssignableFrom(type) || hasText(type));
    }

    @ParameterizedTest
    @MethodSource("types")
    void escaped_is_hostile_text_in_each_part_of_a_value(Class<?> type) throws Exception {
        int created = 0;
        for (Executable creator : Samples.creators(type)) {
            for (int part = 0; part < Math.max(1, creator.getParameterCount()); part++) {
                int hostile = part;
                Object value;
                try {
                    value = SAMPLES.create(creator, i -> i == hostile, MANY);
                } catch (InvocationTargetException refused) {
                    assertShown(type, String.valueOf(refused.getCause().getMessage()));
                    assertThat(refused.getCause().getMessage()).hasSizeLessThan(LONGEST_MESSAGE);
                    created++;
                    continue;
                }
                assertShown(type, value.toString());
                if (value instanceof Exception exception) {
                    assertThat(exception.getMessage()).hasSizeLessThan(LONGEST_MESSAGE);
                }
                created++;
            }
        }
        assertThat(created).isPositive();
    }

    private static void assertShown(Class<?> type, String text) {
        Supplier<String> description = () -> type.getName() + " shows " + text.replaceAll("x{9,}", "xxx");
        assertThat(text.lines().filter(line -> line.startsWith("FORGED")))
                .as(description)
                .isEmpty();
        assertThat(text.codePoints()
                        .filter(c -> c != '\n' && (Character.isISOControl(c) || "\u202e\u2028".indexOf(c) >= 0)))
                .as(description)
                .isEmpty();
    }

    private static boolean hasText(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals("toString") && method.getParameterCount() == 0);
    }
}

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
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.jdbc.TableNames;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
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

    private static final String HOSTILE = "a\nFORGED\r\u001b[31m\u202e\u2028\u0085" + "x".repeat(1_500);

    /** The library makes these texts itself, or checks them as names before it uses them. */
    private static final Set<String> OWN_PARTS = Set.of(
            "attempt",
            "formerAttempt",
            "createNonce",
            "fingerprint",
            "inputFingerprint",
            "renderedFingerprint",
            "namespace",
            "outcome");

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
        for (Executable creator : creators(type)) {
            for (int part = 0; part < Math.max(1, creator.getParameterCount()); part++) {
                int hostile = part;
                Object value;
                try {
                    value = create(
                            creator,
                            i -> i == hostile && !OWN_PARTS.contains(creator.getParameters()[i].getName()),
                            MANY);
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

    private static List<Executable> creators(Class<?> type) {
        List<Executable> creators = new ArrayList<>();
        Collections.addAll(creators, type.getDeclaredConstructors());
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isStatic(method.getModifiers())
                    && Modifier.isPublic(method.getModifiers())
                    && method.getReturnType() == type) {
                creators.add(method);
            }
        }
        return creators;
    }

    private static Object create(Executable creator, IntPredicate hostileParts, int count)
            throws ReflectiveOperationException {
        Type[] types = creator.getGenericParameterTypes();
        Object[] parts = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            boolean own = OWN_PARTS.contains(creator.getParameters()[i].getName());
            parts[i] = part(types[i], !own && hostileParts.test(i), count);
        }
        creator.setAccessible(true);
        return creator instanceof Constructor<?> constructor
                ? constructor.newInstance(parts)
                : ((Method) creator).invoke(null, parts);
    }

    private static Object part(Type type, boolean hostile, int count) throws ReflectiveOperationException {
        String text = hostile ? HOSTILE : "a";
        if (type instanceof ParameterizedType generic) {
            Type first = generic.getActualTypeArguments()[0];
            Class<?> raw = (Class<?>) generic.getRawType();
            if (raw == Map.class || raw == SortedMap.class) {
                return new TreeMap<>(
                        Map.of(part(first, hostile, 1), part(generic.getActualTypeArguments()[1], hostile, 1)));
            }
            if (Collection.class.isAssignableFrom(raw)) {
                List<Object> many = Collections.nCopies(count, part(first, hostile, 1));
                return Set.class.isAssignableFrom(raw) ? new LinkedHashSet<>(many) : many;
            }
            return part(raw, hostile, count);
        }
        if (type instanceof WildcardType wildcard) {
            return part(wildcard.getUpperBounds()[0], hostile, count);
        }
        if (type instanceof TypeVariable<?>) {
            return text;
        }
        Class<?> raw = (Class<?>) type;
        if (raw == String.class || raw == Object.class || raw == CharSequence.class) {
            return text;
        }
        if (raw == int.class || raw == Integer.class) {
            return 1;
        }
        if (raw == long.class || raw == Long.class) {
            return 1L;
        }
        if (raw == double.class) {
            return 0.5;
        }
        if (raw == boolean.class) {
            return true;
        }
        if (raw == Instant.class) {
            return Instant.EPOCH;
        }
        if (raw == Duration.class) {
            return Duration.ofSeconds(1);
        }
        if (raw == Clock.class) {
            return Clock.systemUTC();
        }
        if (raw == EgressEntity.class) {
            return EgressEntity.CLUSTER; // the first one is a range
        }
        if (raw.isEnum()) {
            return raw.getEnumConstants()[0];
        }
        if (raw == ErrorContext.class) {
            return ErrorContext.of(Operation.APPLY, new ClusterId("eu-1")).withNamespace(text);
        }
        if (Throwable.class.isAssignableFrom(raw)) {
            return raw.isAssignableFrom(ClusterFailureException.class) && raw != Throwable.class
                    ? new ClusterFailureException(
                            ErrorContext.of(Operation.APPLY, new ClusterId("eu-1")), 503, text, null)
                    : new IOException(text);
        }
        if (raw == Cidr.class) {
            return Cidr.masking("10.0.0.0/8");
        }
        if (raw == InetAddress.class) {
            return InetAddress.getLoopbackAddress();
        }
        if (raw.isArray()) {
            return Array.newInstance(raw.getComponentType(), 0);
        }
        if (raw == HasMetadata.class) {
            return new NamespaceBuilder()
                    .withNewMetadata()
                    .withName(text)
                    .addToLabels(text, text)
                    .endMetadata()
                    .build();
        }
        if (raw.isSealed()) {
            Class<?>[] kinds = raw.getPermittedSubclasses();
            return part(kinds[kinds.length - 1], hostile, count);
        }
        if (raw.isInterface()) {
            return Proxy.newProxyInstance(
                    raw.getClassLoader(), new Class<?>[] {raw}, (proxy, method, arguments) -> null);
        }
        for (Executable creator : creators(raw)) {
            try {
                return create(creator, i -> hostile, 1);
            } catch (InvocationTargetException refused) {
                // Another creator may take the text, or none does.
            }
        }
        if (hostile) {
            return part(raw, false, count);
        }
        throw new IllegalStateException("no sample of " + raw);
    }
}

package dev.namespaces.integration;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressEntity;
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
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** Creates a value of any public type of the library. */
final class Samples {

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

    private final String hostileText;

    /** @param hostileText the text of the parts that are to be hostile */
    Samples(String hostileText) {
        this.hostileText = hostileText;
    }

    /** Returns the constructors and the static methods that create the type. */
    static List<Executable> creators(Class<?> type) {
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

    /** Returns a value without hostile text. */
    Object of(Class<?> type) throws ReflectiveOperationException {
        return Throwable.class.isAssignableFrom(type) ? firstOf(type, false).orElseThrow() : part(type, false, 1);
    }

    /**
     * Creates a value.
     *
     * @param hostileParts which parameters get hostile text
     * @param count the number of elements of each list
     */
    Object create(Executable creator, IntPredicate hostileParts, int count) throws ReflectiveOperationException {
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

    private Object part(Type type, boolean hostile, int count) throws ReflectiveOperationException {
        String text = hostile ? hostileText : "a";
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
        if (raw == Throwable.class || raw == Exception.class) {
            return new IOException(text);
        }
        if (raw.isAssignableFrom(ClusterFailureException.class)) {
            return new ClusterFailureException(
                    ErrorContext.of(Operation.APPLY, new ClusterId("eu-1")), 503, text, null);
        }
        if (Throwable.class.isAssignableFrom(raw)) {
            return raw.getConstructor(String.class).newInstance(text);
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
        Optional<Object> created = firstOf(raw, hostile);
        if (created.isPresent()) {
            return created.get();
        }
        if (hostile) {
            return part(raw, false, count);
        }
        throw new IllegalStateException("no sample of " + raw);
    }

    private Optional<Object> firstOf(Class<?> type, boolean hostile) throws ReflectiveOperationException {
        // An exception of a range, for example, must not be the whole range: then the list is empty.
        for (int elements : List.of(1, 0)) {
            for (Executable creator : creators(type)) {
                try {
                    return Optional.of(create(creator, i -> hostile, elements));
                } catch (InvocationTargetException refused) {
                    // Another creator may take the text, or none does.
                }
            }
        }
        return Optional.empty();
    }
}

package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.EgressPolicyOwner;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a failure as its kind, category, message, context, whether and when to retry, and the facts that its type
 * adds. The stack trace and the cause are left out: they are for the host's own log.
 */
final class ErrorSerializer extends StdSerializer<NamespaceException> {

    private static final long serialVersionUID = 1L;

    private static final Set<String> METHODS_OF_EVERY_THROWABLE =
            Arrays.stream(Throwable.class.getMethods()).map(Method::getName).collect(Collectors.toUnmodifiableSet());

    /** The methods of each type that return its own facts, in the order of their names. */
    private static final ClassValue<List<Method>> FACTS = new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
            return Stream.<Class<?>>iterate(type, each -> each != NamespaceException.class, Class::getSuperclass)
                    .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                    .filter(ErrorSerializer::isFact)
                    // The class of a host's own failure need not be public.
                    .filter(Method::trySetAccessible)
                    .sorted(Comparator.comparing(Method::getName))
                    .toList();
        }
    };

    ErrorSerializer() {
        super(NamespaceException.class);
    }

    @Override
    public void serialize(NamespaceException failure, JsonGenerator generator, SerializerProvider provider)
            throws IOException {
        generator.writeStartObject();
        generator.writeStringField(Form.TYPE, Form.typeName(failure.getClass()).replaceFirst("-exception$", ""));
        generator.writeStringField("category", failure.category().name());
        generator.writeStringField("message", failure.getMessage());
        provider.defaultSerializeField("context", failure.context(), generator);
        generator.writeBooleanField("retryable", failure.isRetryable());
        generator.writeFieldName("retryAfterSeconds");
        Optional<Duration> retryAfter = failure.retryAfter();
        if (retryAfter.isPresent()) {
            generator.writeNumber(roundedUp(retryAfter.get()));
        } else {
            generator.writeNull();
        }
        generator.writeObjectFieldStart("facts");
        for (Method fact : FACTS.get(failure.getClass())) {
            generator.writeFieldName(fact.getName());
            Object value = value(failure, fact);
            if (value instanceof EgressPolicyOwner owner && fact.getReturnType() == EgressPolicyOwner.class) {
                new OwnerJson.Serializer().serialize(owner, generator, provider);
            } else {
                provider.defaultSerializeValue(value, generator);
            }
        }
        generator.writeEndObject();
        generator.writeEndObject();
    }

    private static long roundedUp(Duration wait) {
        return wait.plusNanos(999_999_999).toSeconds();
    }

    private static boolean isFact(Method method) {
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && !method.isSynthetic()
                && method.getParameterCount() == 0
                && !METHODS_OF_EVERY_THROWABLE.contains(method.getName())
                // A method such as settled(), which marks a failure and returns it.
                && !NamespaceException.class.isAssignableFrom(method.getReturnType());
    }

    private static @Nullable Object value(NamespaceException failure, Method fact) throws IOException {
        Object value;
        try {
            value = fact.invoke(failure);
        } catch (ReflectiveOperationException e) {
            throw new IOException("Cannot read " + fact, e);
        }
        if (value instanceof Optional<?> optional) {
            value = optional.orElse(null);
        }
        return value instanceof Instant || value instanceof Duration ? value.toString() : value;
    }
}

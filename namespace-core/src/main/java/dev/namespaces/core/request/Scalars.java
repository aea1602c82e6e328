package dev.namespaces.core.request;

import dev.namespaces.model.KubernetesSyntax;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The one conversion of a request's values to text, done when a namespace is created and never again. */
final class Scalars {

    private Scalars() {}

    /** Why the value has no text, or empty where it has. */
    static Optional<String> problem(@Nullable Object value) {
        if (value == null) {
            return Optional.of("must not be null");
        }
        if (value instanceof Map) {
            return Optional.of("must be a single value, not a map");
        }
        if (value instanceof Collection || value.getClass().isArray()) {
            return Optional.of("must be a single value, not a list");
        }
        if ((value instanceof Double number && !Double.isFinite(number))
                || (value instanceof Float single && !Float.isFinite(single))) {
            return Optional.of("must be a finite number");
        }
        if (value instanceof BigDecimal decimal
                && Math.abs((long) decimal.scale()) > KubernetesSyntax.MAX_ANNOTATIONS_BYTES) {
            return Optional.of("must be a number of fewer digits");
        }
        if (value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Enum
                || value instanceof Character
                || value instanceof UUID) {
            return Optional.empty();
        }
        return Optional.of("must be a string, number, boolean, enum, character or UUID, not a "
                + value.getClass().getSimpleName());
    }

    /** Why the value has no text, or why the text is refused. */
    static Optional<String> problem(@Nullable Object value, Function<String, Optional<String>> textProblem) {
        Optional<String> problem = problem(value);
        return problem.isPresent() || value == null ? problem : textProblem.apply(text(value));
    }

    /** The text of a value that has no {@link #problem}. */
    static String text(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Double || value instanceof Float) {
            return new BigDecimal(value.toString()).toPlainString();
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        return value.toString();
    }
}

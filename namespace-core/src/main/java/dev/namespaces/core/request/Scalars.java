package dev.namespaces.core.request;

import dev.namespaces.model.Shown;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The one conversion of a request's values to text, done when a request is created and never again. */
final class Scalars {

    /** More digits than any label value has characters, and few enough to be written at once. */
    private static final int MAX_DIGITS = 1000;

    /** The bits of a number of that many digits, rounded down. */
    private static final int MAX_BITS = 3321;

    /** No annotation is longer. */
    private static final int MAX_CHARACTERS = 256 * 1024;

    private Scalars() {}

    /** A value that has no text. */
    record Unreadable(String problem) {

        @Override
        public String toString() {
            return "a value that " + problem;
        }
    }

    /** Returns the text of the value, null for null, or an {@link Unreadable}. Never throws, even if the value does. */
    static @Nullable Object read(@Nullable Object value) {
        if (value == null || value instanceof String || value instanceof Unreadable) {
            return value;
        }
        try {
            return text(value);
        } catch (Exception | StackOverflowError e) {
            return new Unreadable("could not be read, it failed with a " + className(e));
        }
    }

    private static Object text(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        if (value instanceof Boolean || value instanceof Character || value instanceof UUID) {
            return value.toString();
        }
        if (value instanceof Number number) {
            return text(number);
        }
        if (value instanceof CharSequence text) {
            return text(text);
        }
        if (value instanceof Map) {
            return new Unreadable("must be a single value, not a map");
        }
        if (value instanceof Collection || value.getClass().isArray()) {
            return new Unreadable("must be a single value, not a list");
        }
        return unknown(value);
    }

    /** Calls no method of a class that is not Java's own, because it may use any amount of time and memory. */
    private static Object text(Number number) {
        if (number instanceof Double || number instanceof Float) {
            return Double.isFinite(number.doubleValue())
                    ? new BigDecimal(number.toString()).toPlainString()
                    : new Unreadable("must be a finite number");
        }
        if (number.getClass() == BigInteger.class) {
            return ((BigInteger) number).bitLength() > MAX_BITS ? tooLong() : number.toString();
        }
        if (number.getClass() == BigDecimal.class) {
            BigDecimal decimal = (BigDecimal) number;
            boolean fits =
                    decimal.unscaledValue().bitLength() <= MAX_BITS && Math.abs((long) decimal.scale()) <= MAX_DIGITS;
            return fits ? decimal.toPlainString() : tooLong();
        }
        boolean known = number instanceof Integer
                || number instanceof Long
                || number instanceof Short
                || number instanceof Byte
                || number.getClass() == AtomicInteger.class
                || number.getClass() == AtomicLong.class;
        return known ? number.toString() : unknown(number);
    }

    private static Unreadable tooLong() {
        return new Unreadable("must be a number of at most " + MAX_DIGITS + " digits");
    }

    /** Asks for the length once, and for each character once. */
    private static Object text(CharSequence text) {
        int length = text.length();
        if (length > MAX_CHARACTERS) {
            return new Unreadable("must have at most " + MAX_CHARACTERS + " characters");
        }
        StringBuilder copy = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            copy.append(text.charAt(i));
        }
        return copy.toString();
    }

    private static Unreadable unknown(Object value) {
        return new Unreadable("must be a string, number, boolean, enum, character or UUID, not a " + className(value));
    }

    /** Returns the name of the class without what a class file can have in a name and the Java language cannot. */
    static String className(Object value) {
        String name = value.getClass().getSimpleName().replaceAll("[^A-Za-z0-9_]", "");
        return name.isEmpty() ? "value of a class without a name" : Shown.name(name);
    }
}

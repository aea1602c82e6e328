package dev.namespaces.egress.check;

import dev.namespaces.egress.check.PolicyVerdict.Outcome;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says whether Go's {@code regexp} package, with which Cilium's agent checks the paths and methods of HTTP rules, takes
 * a regular expression. It differs from Java's: no backreference, no look-around, no possessive repetition.
 *
 * @see <a href="https://github.com/google/re2/wiki/Syntax">RE2: syntax</a>
 */
final class GoRegex {

    private static final int MAX_LENGTH = 1000;
    private static final int MAX_REPEAT = 1000;
    private static final int MAX_CODE_POINT = 0x10FFFF;
    private static final int END = -1;
    private static final Pattern GROUP_NAME = Pattern.compile("[A-Za-z0-9_]+");
    private static final Set<String> NAMED_CLASSES = Set.of(
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit");
    private static final Set<String> CATEGORIES =
            Set.of("L", "Ll", "Lu", "M", "N", "Nd", "P", "S", "Z", "Greek", "Latin");

    private final int[] text;
    private final Set<String> groupNames = new HashSet<>();
    private int at;
    private int open;
    private long repeats = 1;

    private GoRegex(String text) {
        this.text = text.codePoints().toArray();
    }

    /**
     * The result of reading an expression.
     *
     * @param outcome {@code NOT_CHECKED} where it has a part that is not known here
     * @param reason why it is not valid, or which part was not checked; else empty
     */
    record Result(Outcome outcome, String reason) {}

    static Result parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return new Result(Outcome.NOT_CHECKED, "it is longer than " + MAX_LENGTH + " characters");
        }
        try {
            new GoRegex(text).expression();
            return new Result(Outcome.VALID, "");
        } catch (Broken broken) {
            return new Result(broken.outcome, broken.reason);
        }
    }

    /** Ends the reading; never leaves this class. */
    private static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final Outcome outcome;
        private final String reason;

        private Broken(Outcome outcome, String reason) {
            super(reason, null, false, false);
            this.outcome = outcome;
            this.reason = reason;
        }
    }

    private static Broken broken(String reason) {
        return new Broken(Outcome.INVALID, reason);
    }

    private static Broken notChecked(String reason) {
        return new Broken(Outcome.NOT_CHECKED, reason);
    }

    private int peek() {
        return peek(0);
    }

    private int peek(int offset) {
        return at + offset < text.length ? text[at + offset] : END;
    }

    private int next() {
        return at < text.length ? text[at++] : END;
    }

    private boolean skip(String prefix) {
        for (int i = 0; i < prefix.length(); i++) {
            if (peek(i) != prefix.charAt(i)) {
                return false;
            }
        }
        at += prefix.length();
        return true;
    }

    /** Reads up to the token and past it; returns null, and reads nothing, where the token does not follow. */
    private @Nullable String until(String token) {
        int start = at;
        StringBuilder read = new StringBuilder();
        while (at < text.length) {
            if (skip(token)) {
                return read.toString();
            }
            read.appendCodePoint(next());
        }
        at = start;
        return null;
    }

    private void expression() {
        boolean operand = false;
        boolean repeated = false;
        while (at < text.length) {
            boolean wasRepeated = repeated;
            repeated = false;
            switch (peek()) {
                case '(' -> operand = group(operand);
                case ')' -> {
                    at++;
                    if (--open < 0) {
                        throw broken("')' without '('");
                    }
                    operand = true;
                }
                case '|' -> {
                    at++;
                    operand = false;
                }
                case '[' -> {
                    characterClass();
                    operand = true;
                }
                case '*', '+', '?' -> {
                    at++;
                    repeat(operand, wasRepeated);
                    repeated = true;
                }
                case '{' -> {
                    repeated = isCount();
                    if (repeated) {
                        repeat(operand, wasRepeated);
                    } else {
                        at++;
                        operand = true;
                    }
                }
                case '\\' -> operand = backslash(operand);
                default -> {
                    at++;
                    operand = true;
                }
            }
        }
        if (open > 0) {
            throw broken("'(' without ')'");
        }
    }

    private void repeat(boolean operand, boolean wasRepeated) {
        if (!operand) {
            throw broken("a repetition of nothing");
        }
        if (wasRepeated) {
            throw broken("a repetition of a repetition");
        }
        skip("?");
    }

    /** Reads {@code {2}}, {@code {2,}} or {@code {2,3}}; anything else is the character itself. */
    private boolean isCount() {
        int start = at;
        at++;
        int min = number();
        int max = min;
        if (min >= 0 && skip(",")) {
            max = peek() == '}' ? min : number();
        }
        if (min < 0 || max < 0 || !skip("}")) {
            at = start;
            return false;
        }
        if (min > MAX_REPEAT || max > MAX_REPEAT || min > max) {
            throw broken("a repetition of more than " + MAX_REPEAT + " times, or of a maximum below its minimum");
        }
        repeats *= Math.max(1, max);
        if (repeats > MAX_REPEAT) {
            throw notChecked("its repetitions, which may multiply");
        }
        return true;
    }

    /** Reads a number; returns one over the maximum where it is larger, and -1 where there is none. */
    private int number() {
        if (peek() < '0' || peek() > '9' || (peek() == '0' && peek(1) >= '0' && peek(1) <= '9')) {
            return -1;
        }
        int number = 0;
        while (peek() >= '0' && peek() <= '9') {
            number = Math.min(MAX_REPEAT + 1, number * 10 + next() - '0');
        }
        return number;
    }

    /** Returns whether there is something to repeat; flags change nothing about it. */
    private boolean group(boolean operand) {
        at++;
        if (!skip("?")) {
            open++;
            return false;
        }
        if (skip("P<") || skip("<")) {
            String name = until(">");
            if (name == null || !GROUP_NAME.matcher(name).matches() || !groupNames.add(name)) {
                throw broken("a group's name that is not one, or is used twice");
            }
            open++;
            return false;
        }
        boolean negative = false;
        boolean flag = false;
        while (true) {
            int c = next();
            switch (c) {
                case 'i', 'm', 's', 'U' -> flag = true;
                case '-' -> {
                    if (negative) {
                        throw broken("a group with unknown flags");
                    }
                    negative = true;
                    flag = false;
                }
                case ':', ')' -> {
                    if (negative && !flag) {
                        throw broken("a group with unknown flags");
                    }
                    if (c == ':') {
                        open++;
                        return false;
                    }
                    return operand;
                }
                default -> throw broken("a group that looks around, or with unknown flags");
            }
        }
    }

    private boolean backslash(boolean operand) {
        if (skip("\\Q")) {
            String quoted = until("\\E");
            if (quoted == null) {
                quoted = new String(text, at, text.length - at);
                at = text.length;
            }
            return !quoted.isEmpty() || operand;
        }
        if (!skip("\\A") && !skip("\\b") && !skip("\\B") && !skip("\\z") && !isPerlClass() && !isUnicodeClass()) {
            escape();
        }
        return true;
    }

    private boolean isPerlClass() {
        return skip("\\d") || skip("\\D") || skip("\\s") || skip("\\S") || skip("\\w") || skip("\\W");
    }

    private boolean isUnicodeClass() {
        if (!skip("\\p") && !skip("\\P")) {
            return false;
        }
        String name = skip("{") ? until("}") : peek() == END ? null : Character.toString(next());
        if (name == null || !CATEGORIES.contains(name)) {
            throw notChecked("the Unicode class " + name);
        }
        return true;
    }

    /** Reads a backslash with what follows, and returns the character that it means. */
    private int escape() {
        at++;
        int c = next();
        if (c >= '1' && c <= '7' && !isOctal(peek())) {
            throw broken("a backreference");
        }
        if (isOctal(c)) {
            int code = c - '0';
            for (int i = 0; i < 2 && isOctal(peek()); i++) {
                code = code * 8 + next() - '0';
            }
            return code;
        }
        return switch (c) {
            case 'x' -> hexadecimal();
            case 'a' -> 7;
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 11;
            default -> {
                if (c == END || c > 0x7F || Character.isLetterOrDigit(c)) {
                    throw broken("a backslash that escapes nothing");
                }
                yield c;
            }
        };
    }

    private int hexadecimal() {
        boolean braces = skip("{");
        int code = 0;
        int digits = 0;
        while ((braces || digits < 2) && Character.digit(peek(), 16) >= 0 && peek() <= 0x7F) {
            code = code * 16 + Character.digit(next(), 16);
            digits++;
            if (code > MAX_CODE_POINT) {
                throw broken("a character that does not exist");
            }
        }
        if (braces ? digits == 0 || !skip("}") : digits < 2) {
            throw broken("a '\\x' without its digits");
        }
        return code;
    }

    private static boolean isOctal(int c) {
        return c >= '0' && c <= '7';
    }

    private void characterClass() {
        at++;
        skip("^");
        boolean first = true;
        while (first || peek() != ']') {
            first = false;
            if (peek() == END) {
                throw broken("'[' without ']'");
            }
            if (isNamedClass() || isPerlClass() || isUnicodeClass()) {
                continue;
            }
            int low = classCharacter();
            if (peek() == '-' && peek(1) != ']' && peek(1) != END) {
                at++;
                if (classCharacter() < low) {
                    throw broken("a range of characters that ends before it begins");
                }
            }
        }
        at++;
    }

    private boolean isNamedClass() {
        int start = at;
        String name = skip("[:") ? until(":]") : null;
        if (name == null) {
            at = start;
            return false;
        }
        if (!NAMED_CLASSES.contains(name.startsWith("^") ? name.substring(1) : name)) {
            throw broken("an unknown class '[:" + name + ":]'");
        }
        return true;
    }

    private int classCharacter() {
        return peek() == '\\' ? escape() : next();
    }
}

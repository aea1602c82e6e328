package dev.namespaces.egress.check;

import dev.namespaces.model.Shown;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of a port as Cilium's agent reads it: a service name, else an integer literal of the Go language.
 *
 * @param text what was written
 * @param number 0 to 65535, or null where it is a name or neither
 * @param name whether it is a service name
 */
public record CiliumPort(String text, @Nullable Integer number, boolean name) {

    private static final int MAX_NAME_LENGTH = 15;
    /** Far more than a port needs, with the zeros and underscores that Go allows. */
    private static final int MAX_LENGTH = 64;

    private static final int MAX_PORT = 65535;
    // RFC 6335, section 5.1.
    private static final Pattern NAME = Pattern.compile("(?=.*[A-Za-z])[A-Za-z0-9]+(-[A-Za-z0-9]+)*");
    private static final Pattern DECIMAL = Pattern.compile("[1-9][0-9]*(_[0-9]+)*|0");
    private static final Pattern OCTAL = Pattern.compile("0(_?[0-7])+");
    private static final Pattern PLAIN = Pattern.compile("[1-9][0-9]*|0");

    /** Returns what the agent makes of the text, which may be no number and no name. */
    public static CiliumPort parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return new CiliumPort(text, null, false);
        }
        if (text.length() <= MAX_NAME_LENGTH && NAME.matcher(text).matches()) {
            return new CiliumPort(text, null, true);
        }
        if (DECIMAL.matcher(text).matches()) {
            return number(text, 10);
        }
        return OCTAL.matcher(text).matches() ? number(text, 8) : new CiliumPort(text, null, false);
    }

    /** Returns the text. */
    @Override
    public String toString() {
        return Shown.name(text);
    }

    /** Returns whether it reads as a decimal number, so that people and the agent take it for the same. */
    boolean isPlain() {
        return PLAIN.matcher(text).matches();
    }

    private static CiliumPort number(String text, int radix) {
        String digits = text.replace("_", "").replaceFirst("^0+(?=.)", "");
        boolean tooLong = digits.length() > 6;
        int number = tooLong ? MAX_PORT + 1 : Integer.parseInt(digits, radix);
        return new CiliumPort(text, number > MAX_PORT ? null : number, false);
    }
}

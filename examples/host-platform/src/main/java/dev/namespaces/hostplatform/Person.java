package dev.namespaces.hostplatform;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * A person, by the name in a form. Names that look the same are of the same person, so that nobody approves a plan of
 * their own with a character that no page shows.
 *
 * @param name without characters that a page does not show
 */
record Person(String name) {

    private static final Pattern BLANKS = Pattern.compile("[\\p{IsWhite_Space}\\p{Z}]+");

    /** Control and format characters, and the letters, marks and symbols that are drawn as nothing or as a blank. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{C}\\x{34f}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}"
            + "\\x{180b}-\\x{180f}\\x{2800}\\x{fe00}-\\x{fe0f}\\x{e0100}-\\x{e01ef}]");

    private static final Pattern LETTER_OR_DIGIT = Pattern.compile("[\\p{L}\\p{N}]");
    private static final Pattern PUNCTUATION = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]");

    Person {
        String blanks = BLANKS.matcher(normalized(name)).replaceAll(" ");
        // What is not seen may have kept a letter and its accent apart.
        name = normalized(INVISIBLE.matcher(blanks).replaceAll("")).strip();
        if (!LETTER_OR_DIGIT.matcher(name).find()) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "The name of a person needs a letter or a digit");
        }
    }

    /** Returns whether the other name is of this person, however it is written. */
    boolean isAlso(@Nullable String other) {
        return other != null && letters().equals(new Person(other).letters());
    }

    private static String normalized(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC);
    }

    private String letters() {
        // The German sharp s, for example, is equal to "ss" only in upper case.
        return PUNCTUATION.matcher(name).replaceAll("").toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }
}

package dev.namespaces.error;

import dev.namespaces.model.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Text that came from outside, such as an id, a name or an address range that a person typed, is not valid. A mistake
 * in the calling code is an {@link IllegalArgumentException} instead.
 */
public final class InvalidTextException extends NamespaceException {

    private final String what;
    private final String problem;

    /**
     * @param what what the text is meant to be, such as {@code cluster id}
     * @param text the text, of which the message repeats at most 80 characters, or null for a value that no message may
     *     repeat, such as that of an annotation
     * @param problem why the text is not valid, as words that follow it, such as {@code must not be empty}
     */
    public InvalidTextException(String what, @Nullable String text, String problem) {
        super(
                ErrorContext.of(Operation.PARSE),
                ErrorCategory.INVALID,
                "the " + what + (text == null ? "" : " '" + Shown.name(text) + "'") + " " + problem,
                Retry.never(),
                null);
        this.what = what;
        this.problem = problem;
    }

    /** Returns what the text was meant to be, such as {@code cluster id}. */
    public String what() {
        return what;
    }

    /** Returns why the text is not valid, as words that follow it. */
    public String problem() {
        return problem;
    }
}

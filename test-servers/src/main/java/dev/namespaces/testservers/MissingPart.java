package dev.namespaces.testservers;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A server or a program that tests need and this machine does not have. Its text is the reason of every skipped test,
 * so that {@link SkippedTestsListener} can count the tests by part.
 *
 * @param part the name of the server or the program
 * @param problem why it is not available
 */
record MissingPart(String part, String problem) {

    private static final Pattern REASON = Pattern.compile("(?s)No ([^:]+): (.*)");

    /** Skips the calling test. Works on the thread of the test only. */
    void abort() {
        Assumptions.abort(toString());
    }

    /** Reads the reason of a skipped test; empty if the test was skipped for another reason. */
    static Optional<MissingPart> parse(String reason) {
        Matcher matcher = REASON.matcher(reason);
        return matcher.matches() ? Optional.of(new MissingPart(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    @Override
    public String toString() {
        return "No " + part + ": " + problem;
    }
}

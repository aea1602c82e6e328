package dev.namespaces.core.request;

import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One thing that is wrong with a request.
 *
 * @param path where, such as {@code name} or {@code metadata[team.example.com/owner]}; in a list of requests it begins
 *     with the position, as {@code [2].name}
 * @param message why, as a sentence that follows the path; it never repeats the value
 */
public record Violation(String path, String message) implements Serializable {

    private static final int MAX_LISTED = 20;

    /** Returns text such as {@code name must not be empty}. */
    @Override
    public String toString() {
        return Shown.sentence(path + " " + message);
    }

    /** Returns the same violation, of the request at that position of a list. */
    public Violation at(String position) {
        return new Violation(position + path, message);
    }

    /** Returns the first 20 violations as one text, and how many more there are. */
    public static String listed(List<Violation> violations) {
        return violations.stream().limit(MAX_LISTED).map(Violation::toString).collect(Collectors.joining("; "))
                + (violations.size() > MAX_LISTED ? "; and " + (violations.size() - MAX_LISTED) + " more" : "");
    }
}

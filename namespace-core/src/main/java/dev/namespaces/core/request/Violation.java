package dev.namespaces.core.request;

import dev.namespaces.model.Shown;
import java.io.Serializable;

/**
 * One thing that is wrong with a request.
 *
 * @param path where, such as {@code name} or {@code metadata[team.example.com/owner]}; in a list of requests it begins
 *     with the position, as {@code [2].name}
 * @param message why, as a sentence that follows the path; it never repeats the value
 */
public record Violation(String path, String message) implements Serializable {

    /** As {@code name must not be empty}. */
    @Override
    public String toString() {
        return Shown.sentence(path + " " + message);
    }
}

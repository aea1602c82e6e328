package dev.namespaces.dbscheduler;

import dev.namespaces.model.Shown;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The data of a task whose target has failed: since when, and the last reason. It is stored as one text, which every
 * serializer of db-scheduler can write and read.
 */
record FailureNote(Instant since, String error) {

    /** Returns the note of a failure, which keeps the time of the first one. */
    static FailureNote of(Throwable failure, @Nullable FailureNote former, Instant now) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return new FailureNote(
                former == null ? now.truncatedTo(ChronoUnit.MICROS) : former.since(), Shown.sentence(message));
    }

    /**
     * Reads the data of a task. Data that cannot be read, such as that of another serializer, is a failure at the given
     * time.
     *
     * @return the note, or null if the task has no data
     */
    static @Nullable FailureNote read(Supplier<@Nullable String> data, Instant otherwise) {
        try {
            String text = data.get();
            return text == null ? null : parse(text, otherwise);
        } catch (RuntimeException e) {
            return new FailureNote(otherwise, Shown.sentence("The reason cannot be read: " + e));
        }
    }

    /** Reads a stored note; a text that is no note is the reason of a failure at the given time. */
    private static FailureNote parse(String text, Instant otherwise) {
        int space = text.indexOf(' ');
        try {
            return new FailureNote(Instant.parse(text.substring(0, Math.max(space, 0))), text.substring(space + 1));
        } catch (DateTimeException e) {
            return new FailureNote(otherwise, Shown.sentence(text));
        }
    }

    String text() {
        return since + " " + error;
    }
}

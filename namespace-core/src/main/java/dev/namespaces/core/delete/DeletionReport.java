package dev.namespaces.core.delete;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.DeletionCondition;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What became of a deletion.
 *
 * @param results one for each deletion of the plan, in its order
 */
public record DeletionReport(List<Result> results) implements Serializable {

    public DeletionReport {
        results = List.copyOf(results);
    }

    /** Whether all that was planned is gone. */
    public boolean isComplete() {
        return results.stream().allMatch(result -> result.outcome() instanceof Outcome.Gone);
    }

    /** A line for each result. */
    @Override
    public String toString() {
        return results.stream()
                .map(result -> result.deletion() + ": " + result.outcome())
                .collect(Collectors.joining("\n"));
    }

    /**
     * What became of one deletion.
     *
     * @param deletion what was planned
     * @param outcome what became of it
     */
    public record Result(DeletionPlan.Deletion deletion, Outcome outcome) implements Serializable {}

    /** What became of one deletion. */
    public sealed interface Outcome extends Serializable {

        /** It is gone, or was gone already. */
        record Gone() implements Outcome {
            /** As {@code gone}. */
            @Override
            public String toString() {
                return "gone";
            }
        }

        /**
         * The API server accepted the deletion, and it had not ended when the wait was over. It goes on by itself.
         *
         * @param conditions what the API server says holds it up; empty where it says nothing
         */
        record Terminating(List<DeletionCondition> conditions) implements Outcome {
            public Terminating {
                conditions = List.copyOf(conditions);
            }

            /** As {@code terminating, held by [...]}. */
            @Override
            public String toString() {
                return conditions.isEmpty() ? "terminating" : "terminating, held by " + conditions;
            }
        }

        /**
         * It was not deleted.
         *
         * @param cause why
         */
        record Failed(NamespaceException cause) implements Outcome {
            /** As {@code failed: ...}. */
            @Override
            public String toString() {
                return "failed: " + cause.getMessage();
            }
        }
    }
}

package dev.namespaces.core.delete;

import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The result of a deletion.
 *
 * @param results one for each deletion of the plan, in its order; then one for each namespace that the plan has as
 *     absent and that was created since
 * @param notAsked the clusters that could not be asked when the plan was made, or that did not answer at the deletion
 *     although the plan has nothing to delete there; nothing on them was deleted
 * @param storeFailures failures of the stores after the clusters were told to delete. They leave rows of objects that
 *     no longer exist, which the next deletion of the environment removes
 */
public record DeletionReport(List<Result> results, List<Unreachable> notAsked, List<NamespaceException> storeFailures)
        implements Serializable {

    public DeletionReport {
        results = List.copyOf(results);
        notAsked = List.copyOf(notAsked);
        storeFailures = List.copyOf(storeFailures);
    }

    /**
     * Returns whether everything that the plan deletes is gone, and every cluster was asked. What the plan keeps is not
     * part of it.
     */
    public boolean isComplete() {
        return notAsked.isEmpty() && results.stream().allMatch(result -> result.outcome() instanceof Outcome.Gone);
    }

    /** Returns the causes of the deletions that failed, in the order of the results. */
    public List<NamespaceException> failures() {
        return results.stream()
                .map(Result::outcome)
                .filter(Outcome.Failed.class::isInstance)
                .map(outcome -> ((Outcome.Failed) outcome).cause())
                .distinct()
                .toList();
    }

    /**
     * Returns a line for each result, one for each cluster that was not asked, and one for each failure of a store. The
     * first line says so if there was nothing to delete and every cluster was asked.
     */
    @Override
    public String toString() {
        Stream<String> clusters = results.isEmpty() && notAsked.isEmpty()
                ? Stream.of("no cluster had anything to delete")
                : Stream.concat(
                        results.stream().map(Result::toString),
                        notAsked.stream().map(each -> "not asked: " + each));
        return Stream.concat(clusters, storeFailures.stream().map(each -> "store failed: " + each.getMessage()))
                .collect(Collectors.joining("\n"));
    }

    /**
     * The result of one deletion.
     *
     * @param deletion what was planned
     * @param outcome what became of it
     */
    public record Result(DeletionPlan.Deletion deletion, Outcome outcome) implements Serializable {
        /** Returns text such as {@code shop-web of shop-dev on eu-1 (uid 1234): gone}. */
        @Override
        public String toString() {
            return deletion + ": " + outcome;
        }
    }

    /** The result of one deletion. */
    public sealed interface Outcome extends Serializable {

        /** The namespace does not exist any more. */
        record Gone() implements Outcome {
            /** Returns {@code gone}. */
            @Override
            public String toString() {
                return "gone";
            }
        }

        /**
         * The API server accepted the deletion, and it had not ended when the wait was over. It continues by itself.
         *
         * @param conditions what the API server says holds the namespace, and its own finalizers; empty if nothing is
         *     known
         */
        record Terminating(List<DeletionCondition> conditions) implements Outcome {
            public Terminating {
                conditions = List.copyOf(conditions);
            }

            /** Returns text such as {@code terminating, held by [...]}. */
            @Override
            public String toString() {
                return conditions.isEmpty() ? "terminating" : "terminating, held by " + Shown.list(conditions);
            }
        }

        /**
         * The namespace was not deleted.
         *
         * @param cause why
         */
        record Failed(NamespaceException cause) implements Outcome {
            /** Returns text such as {@code failed: ...}. */
            @Override
            public String toString() {
                return "failed: " + cause.getMessage();
            }
        }

        /** The deletion ended before the cluster was asked for this namespace. */
        record NotAttempted() implements Outcome {
            /** Returns {@code not attempted}. */
            @Override
            public String toString() {
                return "not attempted";
            }
        }
    }
}

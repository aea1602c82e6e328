package dev.namespaces.core.adopt;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The result of a release.
 *
 * @param results one for each namespace on each cluster, ordered by environment, cluster and name
 */
public record ReleaseReport(List<Result> results) implements Serializable {

    public ReleaseReport {
        results = List.copyOf(results);
    }

    /** Returns whether nothing failed. */
    public boolean isComplete() {
        return failures().isEmpty();
    }

    /** Returns every cause of failure, in the order of the results. */
    public List<NamespaceException> failures() {
        return results.stream()
                .map(Result::outcome)
                .filter(Outcome.Failed.class::isInstance)
                .map(outcome -> ((Outcome.Failed) outcome).cause())
                .distinct()
                .toList();
    }

    /** Returns a line for each result. */
    @Override
    public String toString() {
        return results.stream().map(Result::toString).collect(Collectors.joining("\n"));
    }

    /**
     * The result of one namespace on one cluster.
     *
     * @param namespace the stored namespace
     * @param cluster the cluster
     * @param outcome what became of it
     */
    public record Result(Namespace namespace, ClusterId cluster, Outcome outcome) implements Serializable {
        /** Returns text such as {@code shop-web of shop-dev on eu-1: released}. */
        @Override
        public String toString() {
            return namespace.name() + " of " + namespace.environmentId() + " on " + cluster + ": " + outcome;
        }
    }

    /** The result of one namespace on one cluster. */
    public sealed interface Outcome extends Serializable {

        /**
         * The namespace is no longer ours. It exists, without our labels, annotations and objects.
         *
         * @param deleted our objects that were deleted
         * @param restored the labels and annotations that have the value again that adoption overwrote
         * @param remaining what stays although it was ours, and why, as sentences
         */
        record Released(List<ResourceRef> deleted, List<String> restored, List<String> remaining) implements Outcome {
            public Released {
                deleted = List.copyOf(deleted);
                restored = Shown.sentences(restored);
                remaining = Shown.sentences(remaining);
            }

            /** Returns {@code released}, and what stays. */
            @Override
            public String toString() {
                return remaining.isEmpty() ? "released" : "released; " + String.join("; ", remaining);
            }
        }

        /** There is no such namespace on the cluster. */
        record Absent() implements Outcome {
            /** Returns {@code absent}. */
            @Override
            public String toString() {
                return "absent";
            }
        }

        /** No record proves that the namespace is ours, so nothing was written to it. */
        record NotOurs() implements Outcome {
            /** Returns {@code not ours}. */
            @Override
            public String toString() {
                return "not ours";
            }
        }

        /**
         * The namespace was released in part, or not at all.
         *
         * @param cause why
         * @param recordCleared whether no record proves any more that the namespace is ours, so that no plan deletes
         *     it. Release it again in either case: the record keeps what is left to remove and to write back
         */
        record Failed(NamespaceException cause, boolean recordCleared) implements Outcome {
            /** Returns text such as {@code failed: ...}. */
            @Override
            public String toString() {
                return "failed: " + cause.getMessage();
            }
        }
    }
}

package dev.namespaces.core.deploy;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.ClusterId;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;

/**
 * The result of an environment on one cluster.
 *
 * @param cluster the cluster
 * @param outcome what became of it as a whole
 * @param namespaces what became of each namespace, ordered by name
 */
public record ClusterReport(ClusterId cluster, ClusterOutcome outcome, List<NamespaceReport> namespaces)
        implements Serializable {

    public ClusterReport {
        namespaces = List.copyOf(namespaces);
    }

    /** Returns whether nothing failed. */
    public boolean succeeded() {
        return !(outcome instanceof ClusterOutcome.Failed || outcome instanceof ClusterOutcome.Incomplete);
    }

    /** Returns every cause of failure, the cluster's own first. */
    public List<NamespaceException> failures() {
        Stream<NamespaceException> own =
                outcome instanceof ClusterOutcome.Failed failed ? Stream.of(failed.cause()) : Stream.empty();
        return Stream.concat(
                        own,
                        namespaces.stream()
                                .map(NamespaceReport::outcome)
                                .filter(NamespaceOutcome.Failure.class::isInstance)
                                .map(failure -> ((NamespaceOutcome.Failure) failure).cause()))
                .toList();
    }
}

package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.integration.Work.End;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A run without a fault: its calls, and the state that it leads to. After a fault, a plain rerun must lead to the same
 * state.
 *
 * @param points the calls of the run
 * @param clusters the objects on the clusters afterwards
 * @param stores what the stores have afterwards
 */
record CleanRun(Work work, SortedSet<String> points, List<String> clusters, List<String> stores) {

    private static final PortCalls AS_THEY_ARE = new PortCalls("", PortCalls.Call::proceed);

    /** Does the work in an environment that is prepared for it. */
    static CleanRun of(Work work, Installation installation, EnvironmentId id) {
        Set<String> points = new ConcurrentSkipListSet<>();
        PortCalls calls = new PortCalls(id.value(), call -> {
            points.add(call.point());
            return call.proceed();
        });
        try (NamespaceLifecycle lifecycle = installation.replica(calls).build()) {
            assertThat(work.run(lifecycle, id)).isEqualTo(End.COMPLETE);
        }
        return new CleanRun(
                work,
                Collections.unmodifiableSortedSet(new TreeSet<>(points)),
                installation.clusterState(id),
                installation.storeState(id));
    }

    /** Asserts that a run that had a fault does not report a success that it did not have. */
    void assertIsTrue(End end, Installation installation, EnvironmentId id) {
        if (end != End.INCOMPLETE) {
            assertSame("clusters after a success", installation.clusterState(id), clusters);
        }
        if (end == End.COMPLETE) {
            assertSame("stores after a success", ofExisting(installation.storeState(id)), stores);
        }
    }

    /**
     * Asserts that a target whose record says that all was deployed is in the state of the clean run.
     *
     * @param before the records from before the run, which say nothing about it
     */
    void assertRecordsAreTrue(Installation installation, EnvironmentId id, List<DeploymentRecord> before) {
        List<String> live = installation.clusterState(id);
        Set<String> ofTheRun = installation.stores.deployments().findByEnvironments(List.of(id)).stream()
                .filter(record -> !before.contains(record))
                .map(record -> record.target().clusterId().value())
                .collect(Collectors.toSet());
        installation.storeState(id).stream()
                .filter(line -> Installation.isCompleteRecord(line) && stores.contains(line))
                .filter(line -> ofTheRun.stream().anyMatch(cluster -> line.contains(" on " + cluster + " ")))
                .forEach(record -> {
                    Predicate<String> isThere = object -> record.contains(" on " + object.split(" ", 2)[0] + " ");
                    assertSame(
                            "cluster of the " + record,
                            live.stream().filter(isThere).toList(),
                            clusters.stream().filter(isThere).toList());
                });
    }

    /**
     * Asserts that a plain rerun by another replica leads to the state of the clean run. Rows of objects that do not
     * exist may stay in the stores, because a request of the first run may still create the objects. One more look,
     * when no request can arrive any more, removes these rows. Then nothing is left to write.
     *
     * @param late lets the requests arrive that are still on the way after the rerun
     */
    void assertRerunConverges(Installation installation, EnvironmentId id, Runnable late) {
        try (NamespaceLifecycle again = installation.replica().build()) {
            assertThat(work.run(again, id)).as("the rerun").isEqualTo(End.COMPLETE);
        }
        assertSame("clusters after the rerun", installation.clusterState(id), clusters);
        assertSame("stores after the rerun", ofExisting(installation.storeState(id)), stores);
        late.run();
        try (NamespaceLifecycle later = installation.laterReplica(AS_THEY_ARE)) {
            assertThat(work.run(later, id)).as("one more look").isEqualTo(End.COMPLETE);
        }
        assertSame("clusters after one more look", installation.clusterState(id), clusters);
        assertSame("stores after one more look", installation.storeState(id), stores);
        ConcurrentLinkedQueue<String> writes = new ConcurrentLinkedQueue<>();
        PortCalls calls = new PortCalls(id.value(), call -> {
            if (call.writes()) {
                writes.add(call.point());
            }
            return call.proceed();
        });
        try (NamespaceLifecycle last = installation.laterReplica(calls)) {
            work.assertNothingLeft(last, id);
        }
        assertThat(writes).as("writes of the last run").isEmpty();
    }

    /** Returns the state without the rows of objects that do not exist. */
    private static List<String> ofExisting(List<String> state) {
        return state.stream()
                .filter(line -> !Installation.isOfAbsentObject(line))
                .toList();
    }

    private static void assertSame(String what, List<String> actual, List<String> expected) {
        Set<String> missing = new HashSet<>(expected);
        actual.forEach(missing::remove);
        List<String> unexpected = new ArrayList<>(actual);
        unexpected.removeAll(expected);
        assertThat(unexpected).as("%s; missing: %s", what, missing).isEmpty();
        assertThat(missing).as(what).isEmpty();
        assertThat(actual).as(what).hasSameSizeAs(expected);
    }
}

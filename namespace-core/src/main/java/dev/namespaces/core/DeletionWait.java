package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import io.fabric8.kubernetes.api.model.Namespace;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Waits for namespaces that are terminating, without a lock. It looks at each cluster at least once. Only the caller's
 * thread uses it.
 */
final class DeletionWait {

    private static final Duration FIRST_POLL = Duration.ofMillis(100);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(2);

    private final Engine engine;
    private final StopSignal stop;
    private final Collection<DeletionPart> parts;
    private final Consumer<DeletionPart> onChange;
    private final WorkQueue looks;
    private final Backoff backoff;
    private final Map<ClusterId, Long> nextLook = new HashMap<>();
    private final Map<ClusterId, Integer> lookedAt = new HashMap<>();

    /**
     * @param limit how long to wait
     * @param onChange receives each namespace that does not exist any more, or whose deletion something else delays now
     */
    DeletionWait(
            Engine engine,
            StopSignal stop,
            Collection<DeletionPart> parts,
            Duration limit,
            Consumer<DeletionPart> onChange) {
        this.engine = engine;
        this.stop = stop;
        this.parts = parts;
        this.onChange = onChange;
        this.looks = new WorkQueue(engine, null, cluster -> stop.why());
        this.backoff = new Backoff(FIRST_POLL, LONGEST_POLL, limit);
    }

    /** Waits until no namespace is terminating any more, the limit has passed, or the call is stopped. */
    void run() {
        if (stop.isStopped() || terminating().isEmpty()) {
            return;
        }
        try {
            poll();
        } catch (RuntimeException | Error e) {
            looks.interrupt();
            looks.drain(e);
            throw e;
        }
        looks.interrupt();
        looks.drain();
    }

    private void poll() {
        while (!terminating().isEmpty() && !stop.isStopped()) {
            Set<ClusterId> clusters =
                    terminating().stream().map(DeletionPart::cluster).collect(Collectors.toCollection(TreeSet::new));
            boolean isOver = backoff.isOver();
            if (isOver && clusters.stream().allMatch(cluster -> lookedAt.getOrDefault(cluster, 0) > 0)) {
                return;
            }
            for (ClusterId cluster : clusters) {
                boolean isFirst = !nextLook.containsKey(cluster);
                boolean isDue =
                        isFirst || (!isOver && Objects.requireNonNull(nextLook.get(cluster)) - System.nanoTime() <= 0);
                if (isDue && looks.isIdle(cluster)) {
                    nextLook.put(cluster, System.nanoTime() + backoff.next().toNanos());
                    look(cluster);
                }
            }
            // After the limit, only the looks that are running count.
            stop.step(looks, isOver ? Long.MAX_VALUE : Math.max(1, nanosUntilNextLook(clusters)));
        }
    }

    private List<DeletionPart> terminating() {
        return parts.stream().filter(DeletionPart::isTerminating).toList();
    }

    private List<DeletionPart> terminatingOn(ClusterId cluster) {
        return terminating().stream()
                .filter(part -> part.cluster().equals(cluster))
                .toList();
    }

    private long nanosUntilNextLook(Set<ClusterId> clusters) {
        long now = System.nanoTime();
        return clusters.stream()
                .filter(looks::isIdle)
                .mapToLong(cluster -> Objects.requireNonNull(nextLook.get(cluster)) - now)
                .reduce(Long.MAX_VALUE, Math::min);
    }

    private void look(ClusterId cluster) {
        List<Spot> spots =
                terminatingOn(cluster).stream().map(DeletionPart::spot).toList();
        looks.submit(
                cluster,
                gateway -> {
                    Map<String, Namespace> live =
                            NamespaceLook.at(engine.clusters().with(gateway), cluster, spots);
                    return () -> seen(cluster, live);
                },
                failure -> () -> notSeen(cluster, failure));
    }

    private void seen(ClusterId cluster, Map<String, Namespace> live) {
        lookedAt.merge(cluster, 1, Integer::sum);
        for (DeletionPart part : terminatingOn(cluster)) {
            Namespace found = live.get(part.spot().name());
            if (found == null
                    || !found.getMetadata().getUid().equals(part.deletion().uid())) {
                part.end(new Outcome.Gone());
                onChange.accept(part);
            } else {
                List<DeletionCondition> conditions = LiveNamespaces.deletionConditions(found);
                boolean isSame = conditions.equals(((Outcome.Terminating) part.outcome()).conditions());
                part.end(new Outcome.Terminating(conditions));
                if (!isSame) {
                    onChange.accept(part);
                }
            }
        }
    }

    /**
     * Handles a failed look. The deletion was accepted and continues, so only a failure without a retry ends the wait
     * for the cluster.
     */
    private void notSeen(ClusterId cluster, NamespaceException failure) {
        lookedAt.merge(cluster, 1, Integer::sum);
        if (failure instanceof OperationInterruptedException || failure instanceof LifecycleClosedException) {
            return;
        }
        if (!failure.isRetryable()) {
            terminatingOn(cluster).forEach(part -> part.end(new Outcome.Failed(failure)));
        }
        failure.retryAfter()
                .ifPresent(after ->
                        nextLook.merge(cluster, System.nanoTime() + TimeUnit.NANOSECONDS.convert(after), Math::max));
    }
}

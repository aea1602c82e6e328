package dev.namespaces.core;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.fleet.FailureLimit;
import dev.namespaces.core.fleet.FleetCounts;
import dev.namespaces.core.fleet.FleetEnd;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.core.fleet.FleetProgress;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.fleet.TargetReport;
import dev.namespaces.error.ClusterSetAsideException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One call that deploys many environments. The caller's thread serves the runs of many targets at once, and alone calls
 * the stores. Each target has a run of its own, so that one cluster delays no other; the targets of one cluster that
 * are not under way yet wait in its lane. The memory of the call does not grow with the fleet: it reads pages while few
 * targets wait. A cluster that is so slow that others would wait for it is left behind: its further targets are
 * skipped, and read again once the targets of the others have ended.
 */
final class FleetRun {

    /** Pages are read until so many targets wait or are under way. A slow cluster has room for that many. */
    private static final int WINDOW = 2 * FleetPages.SIZE;

    private static final int SLOWEST = 10;
    private static final int STEPS_BETWEEN_LOOKS = 256;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * After this time without a new page, the slowest cluster is left behind if another one has nothing to do. A
     * cluster that ends no target in this time is left behind at the first reading in any case: the pages that follow
     * may have targets of other clusters.
     */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Engine engine;
    private final FleetTargets targets;
    private final FleetOptions options;
    private final FleetObserver observer;
    private final FleetPages pages;
    private final long start = System.nanoTime();

    private final NavigableSet<Integer> waves = new TreeSet<>();
    private final FleetPlaces places;
    private final Map<ClusterId, Lane> lanes = new TreeMap<>();
    private final Set<Running> running = new LinkedHashSet<>();
    private final BlockingQueue<Running> ready = new LinkedBlockingQueue<>();
    private @Nullable Integer wave;
    private @Nullable EnvironmentId readUntil;
    private long readAt = System.nanoTime();
    private boolean exhausted;

    /** For each cluster that was left behind, the first environment whose target was skipped. */
    private final Map<ClusterId, EnvironmentId> skipped = new TreeMap<>();

    /** The skipped targets that are read again now, as in {@link #skipped}; null at the first reading. */
    private @Nullable Map<ClusterId, EnvironmentId> readAgain;

    private int waiting;
    private long total;
    private long tickedAt = System.nanoTime();
    private long reportedAt = System.nanoTime();
    private @Nullable Long stopDeadline;
    private boolean interrupted;
    private boolean stopped;

    private @Nullable FleetEnd end;
    private FleetCounts counts = FleetCounts.none();
    private final Map<ClusterId, FleetCounts> clusterCounts = new TreeMap<>();
    private final List<TargetReport> failures = new ArrayList<>();
    private final PriorityQueue<FleetReport.Slow> slowest =
            new PriorityQueue<>(Comparator.comparing(FleetReport.Slow::elapsed));

    FleetRun(Engine engine, FleetTargets targets, FleetOptions options, FleetObserver observer) {
        this.engine = engine;
        this.targets = targets;
        this.options = options;
        this.observer = new NotWaiting(observer);
        this.pages = new FleetPages(engine.stores().stores().environments(), options.filter());
        this.places = new FleetPlaces(options.start());
        this.readUntil = options.start().after();
    }

    /** The host's observer, whose calls of the lifecycle do not wait for the targets that its own thread serves. */
    private record NotWaiting(FleetObserver observer) implements FleetObserver {

        @Override
        public void ended(TargetReport report) {
            OwnCalls.whileObserving(() -> observer.ended(report));
        }

        @Override
        public void progressed(FleetProgress progress) {
            OwnCalls.whileObserving(() -> observer.progressed(progress));
        }

        @Override
        public boolean isStopRequested() {
            AtomicBoolean requested = new AtomicBoolean();
            OwnCalls.whileObserving(() -> requested.set(observer.isStopRequested()));
            return requested.get();
        }
    }

    private record Waiting(FleetTargets.Work work, FleetPlaces.Place place) {}

    private static final class Lane {

        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private int running;
        private boolean isBehind;
        private long endedAt = System.nanoTime();

        int size() {
            return waiting.size() + running;
        }

        boolean isStuck() {
            return System.nanoTime() - endedAt >= PATIENCE_NANOS;
        }
    }

    private static final class Running {

        private final Waiting target;
        private final EnvironmentRun run;
        private final long start = System.nanoTime();

        Running(Waiting target, EnvironmentRun run) {
            this.target = target;
            this.run = run;
        }
    }

    FleetReport run() {
        engine.enter(Operation.DEPLOY);
        try {
            count();
            serve();
        } catch (RuntimeException | Error e) {
            endAfter(e);
            throw e;
        } finally {
            engine.leave();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        FleetEnd why = end == null ? new FleetEnd.AllDone() : end;
        observer.progressed(progress());
        return new FleetReport(
                why,
                counts,
                clusterCounts,
                failures,
                slowest.stream().sorted(slowest.comparator().reversed()).toList(),
                why instanceof FleetEnd.AllDone ? null : places.position(),
                Duration.ofNanos(System.nanoTime() - start));
    }

    /** Counts the environments, and finds out which waves there are. */
    private void count() {
        EnvironmentId after =
                options.inPromotionOrder() ? null : options.start().after();
        while (end == null) {
            try {
                List<EnvironmentId> page = pages.idsAfter(after);
                if (page.isEmpty()) {
                    break;
                }
                count(page);
                after = page.get(page.size() - 1);
            } catch (NamespaceException e) {
                readOneByOneOrEnd(e);
            }
            lookForEnd();
        }
        exhausted = options.inPromotionOrder();
    }

    private void count(List<EnvironmentId> page) {
        if (!options.inPromotionOrder()) {
            total += page.size();
            return;
        }
        pages.environments(page).stream().filter(this::isAtOrAfterStart).forEach(environment -> {
            waves.add(environment.promotionOrder());
            total++;
        });
    }

    private void readOneByOneOrEnd(NamespaceException failure) {
        if (!pages.readOneByOne()) {
            end = new FleetEnd.StoreFailed(failure);
        }
    }

    private boolean isAtOrAfterStart(Environment environment) {
        Integer wave = options.start().promotionOrder();
        EnvironmentId after = options.start().after();
        if (wave == null || environment.promotionOrder() > wave) {
            return true;
        }
        return environment.promotionOrder() == wave
                && (after == null || environment.id().compareTo(after) > 0);
    }

    /** Begins the next wave, once the one before has ended. Returns whether there is one. */
    private boolean beginNextWave() {
        wave = waves.pollFirst();
        if (wave == null) {
            return false;
        }
        readAgain = null;
        leaveNoneBehind();
        FleetPosition position = places.position();
        readUntil = wave.equals(position.promotionOrder()) ? position.after() : null;
        places.begin(new FleetPosition(wave, readUntil));
        exhausted = false;
        return true;
    }

    /** Begins to read the skipped targets, once all others have ended. Returns whether there are any. */
    private boolean beginSkipped() {
        if (skipped.isEmpty()) {
            return false;
        }
        readAgain = Map.copyOf(skipped);
        skipped.clear();
        leaveNoneBehind();
        readUntil = places.position().after();
        places.begin(places.position());
        exhausted = false;
        return true;
    }

    private void leaveNoneBehind() {
        lanes.values().forEach(lane -> lane.isBehind = false);
    }

    private void serve() {
        while (true) {
            lookForEnd();
            if (end == null && mayRead()) {
                readPage();
            } else if (end == null && !exhausted) {
                leaveSlowestBehind();
            }
            if (end != null) {
                forgetWaiting();
            }
            if (!running.isEmpty() || waiting > 0) {
                takeSteps(end == null && mayRead() ? 0 : TICK_NANOS);
            } else if (end != null || (exhausted && !beginSkipped() && !beginNextWave())) {
                return;
            }
        }
    }

    private boolean mayRead() {
        int waitedFor = lanes.values().stream()
                .filter(lane -> !lane.isBehind)
                .mapToInt(Lane::size)
                .sum();
        return !exhausted && waitedFor <= WINDOW - FleetPages.SIZE;
    }

    private void leaveSlowestBehind() {
        if (System.nanoTime() - readAt < PATIENCE_NANOS) {
            return;
        }
        // The clusters whose targets have all ended wait for nothing.
        List<Lane> waitedFor = lanes.entrySet().stream()
                .filter(lane -> readAgain == null || readAgain.containsKey(lane.getKey()))
                .map(Map.Entry::getValue)
                .filter(lane -> !lane.isBehind)
                .toList();
        boolean othersWait = waitedFor.stream().anyMatch(lane -> lane.size() < options.targetsPerCluster());
        waitedFor.stream()
                .max(Comparator.comparing(Lane::size))
                .filter(slowest -> othersWait || (readAgain == null && slowest.isStuck()))
                .ifPresent(slowest -> {
                    slowest.isBehind = true;
                    readAt = System.nanoTime();
                });
    }

    private void lookForEnd() {
        if (Thread.interrupted()) {
            interrupt();
        }
        if (end == null && engine.isClosed()) {
            end = new FleetEnd.Closed();
        }
        // A stop also ends the targets that are still under way after the call has ended for another reason.
        if (stopDeadline == null && observer.isStopRequested()) {
            stopDeadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(options.stopWait());
            end = end == null ? new FleetEnd.Stopped() : end;
        }
        if (stopDeadline != null && System.nanoTime() - stopDeadline >= 0) {
            stopRunning();
        }
    }

    private void interrupt() {
        interrupted = true;
        end = new FleetEnd.Interrupted();
        stopRunning();
    }

    private void stopRunning() {
        if (!stopped) {
            stopped = true;
            running.forEach(each -> each.run.stop(context -> new OperationInterruptedException(context, null)));
        }
    }

    private void forgetWaiting() {
        lanes.values().forEach(lane -> lane.waiting.clear());
        waiting = 0;
    }

    private void readPage() {
        readAt = System.nanoTime();
        List<EnvironmentId> ids;
        List<FleetTargets.Work> works;
        List<Environment> environments;
        try {
            ids = pages.idsAfter(readUntil);
            environments = ids.isEmpty() ? List.of() : pages.environments(ids);
            works = targets.of(environments.stream().filter(this::isMeant).toList(), this::isReadNow);
        } catch (NamespaceException e) {
            readOneByOneOrEnd(e);
            return;
        }
        if (ids.isEmpty()) {
            exhausted = true;
            return;
        }
        readUntil = ids.get(ids.size() - 1);
        Map<EnvironmentId, List<FleetTargets.Work>> ofEnvironments = new TreeMap<>();
        works.forEach(work -> ofEnvironments
                .computeIfAbsent(work.environment().id(), id -> new ArrayList<>())
                .add(work));
        for (Environment environment : environments) {
            if (wave != null && environment.promotionOrder() > wave) {
                // The wave is a new one if the environment has changed since the count.
                waves.add(environment.promotionOrder());
            } else if (isInWave(environment)) {
                add(environment, ofEnvironments.getOrDefault(environment.id(), List.of()));
            }
        }
        int unknown = wave == null ? ids.size() - environments.size() : 0;
        places.addEnded(new FleetPosition(wave, readUntil), unknown);
        lanes.values().forEach(this::startWaiting);
    }

    private boolean isMeant(Environment environment) {
        return isInWave(environment) && options.filter().matches(environment);
    }

    private boolean isInWave(Environment environment) {
        return wave == null || environment.promotionOrder() == wave;
    }

    private boolean isReadNow(Environment environment, ClusterId cluster) {
        return isLeft(environment, cluster) && !isBehind(cluster);
    }

    /** Returns whether the target was not read before. */
    private boolean isLeft(Environment environment, ClusterId cluster) {
        if (readAgain == null) {
            return true;
        }
        EnvironmentId first = readAgain.get(cluster);
        return first != null && first.compareTo(environment.id()) <= 0;
    }

    private boolean isBehind(ClusterId cluster) {
        Lane lane = lanes.get(cluster);
        return lane != null && lane.isBehind;
    }

    /** Notes the environment if it is the first whose target on a cluster is skipped. The position stays before it. */
    private boolean isFirstSkipped(Environment environment) {
        return isMeant(environment)
                && environment.clusters().stream()
                                .filter(options.filter()::matches)
                                .filter(cluster -> isLeft(environment, cluster) && isBehind(cluster))
                                .filter(cluster -> skipped.putIfAbsent(cluster, environment.id()) == null)
                                .count()
                        > 0;
    }

    private void add(Environment environment, List<FleetTargets.Work> works) {
        FleetPosition position = new FleetPosition(wave, environment.id());
        int unread = isFirstSkipped(environment) ? 1 : 0;
        if (works.isEmpty() && unread == 0) {
            places.addEnded(position, 1);
            return;
        }
        FleetPlaces.Place place = places.add(position, works.size() + unread);
        for (FleetTargets.Work work : works) {
            Waiting target = new Waiting(work, place);
            ClusterReport unchanged = work.unchanged();
            if (unchanged != null) {
                ended(target, unchanged, Duration.ZERO);
            } else {
                lanes.computeIfAbsent(work.cluster(), id -> new Lane()).waiting.add(target);
                waiting++;
            }
        }
    }

    private void startWaiting(Lane lane) {
        while (end == null && lane.running < options.targetsPerCluster() && !lane.waiting.isEmpty()) {
            Waiting target = lane.waiting.remove();
            waiting--;
            Optional<ClusterSetAsideException> setAside =
                    engine.clusters().setAside(target.work().target());
            if (setAside.isPresent()) {
                ended(target, failed(target, setAside.get()), Duration.ZERO);
            } else {
                start(lane, target);
            }
        }
    }

    private void start(Lane lane, Waiting target) {
        Running started = new Running(target, targets.run(target.work()));
        try {
            started.run.begin(() -> ready.add(started));
        } catch (LifecycleClosedException e) {
            end = new FleetEnd.Closed();
            return;
        }
        lane.running++;
        running.add(started);
        ready.add(started);
    }

    private void takeSteps(long nanos) {
        try {
            Running next = ready.poll(nanos, TimeUnit.NANOSECONDS);
            for (int steps = 0; next != null; steps++) {
                advance(next);
                next = steps < STEPS_BETWEEN_LOOKS ? ready.poll() : null;
            }
        } catch (InterruptedException e) {
            interrupt();
        }
        long now = System.nanoTime();
        if (now - tickedAt >= TICK_NANOS) {
            tickedAt = now;
            List.copyOf(running).forEach(this::advance);
        }
        if (now - reportedAt >= PROGRESS_NANOS) {
            reportedAt = now;
            observer.progressed(progress());
        }
    }

    private void advance(Running each) {
        if (!running.contains(each)) {
            return;
        }
        EnvironmentReport whole = null;
        ClusterReport report = null;
        try {
            if (!each.run.advance()) {
                return;
            }
            whole = each.run.report();
            // The environment may have left the cluster while the run waited for the lock.
            report = whole.clusters().isEmpty() ? null : whole.clusters().get(0);
        } catch (UnknownEnvironmentException e) {
            // The environment was deleted, so there is nothing to report.
        } catch (NamespaceException e) {
            report = failed(each.target, e);
        } catch (RuntimeException | Error e) {
            remove(each, null);
            throw e;
        }
        // Outside of the block above, because the observer may throw a NamespaceException of its own.
        end(each, whole, report);
    }

    private static ClusterReport failed(Waiting target, NamespaceException cause) {
        return new ClusterReport(target.work().cluster(), new ClusterOutcome.Failed(cause), List.of());
    }

    private void remove(Running ended, @Nullable EnvironmentReport report) {
        running.remove(ended);
        targets.ended(ended.target.work(), report);
    }

    private void end(Running run, @Nullable EnvironmentReport whole, @Nullable ClusterReport report) {
        remove(run, whole);
        Lane lane = lanes.computeIfAbsent(run.target.work().cluster(), id -> new Lane());
        lane.running--;
        lane.endedAt = System.nanoTime();
        ended(run.target, report, Duration.ofNanos(System.nanoTime() - run.start));
        startWaiting(lane);
    }

    /**
     * Counts a target that has ended, and reports it to the observer.
     *
     * @param cluster the result of the target, or null if the target no longer exists
     */
    private void ended(Waiting target, @Nullable ClusterReport cluster, Duration elapsed) {
        TargetReport report =
                cluster == null ? null : new TargetReport(target.work().environment(), cluster, elapsed);
        boolean again = report != null && !report.succeeded() && (stopped || engine.isClosed());
        if (!again) {
            target.place().targetEnded();
        }
        if (report != null) {
            note(report);
            observer.ended(report);
        }
    }

    private void note(TargetReport report) {
        counts = counts.plus(report);
        clusterCounts.merge(
                report.cluster().cluster(), FleetCounts.none().plus(report), (former, one) -> former.plus(report));
        if (!report.succeeded() && !report.isSetAside() && failures.size() < options.failuresKept()) {
            failures.add(report);
        }
        FailureLimit limit = options.failureLimit();
        long tried = counts.targets() - counts.setAside();
        if (end == null && !engine.isClosed() && limit != null && limit.isExceeded(counts.failed(), tried)) {
            end = new FleetEnd.TooManyFailures();
        }
        if (!report.elapsed().isZero()) {
            slowest.add(new FleetReport.Slow(report.target(), report.elapsed()));
            if (slowest.size() > SLOWEST) {
                slowest.remove();
            }
        }
    }

    private FleetProgress progress() {
        return new FleetProgress(
                places.done(), Math.max(total, places.done()), counts, clusterCounts, places.position());
    }

    /** Stops all targets after an error, and waits for them. */
    private void endAfter(Throwable error) {
        end = new FleetEnd.Stopped();
        forgetWaiting();
        stopRunning();
        while (!running.isEmpty()) {
            for (Running each : List.copyOf(running)) {
                try {
                    if (each.run.advance()) {
                        remove(each, null);
                    }
                } catch (RuntimeException | Error e) {
                    remove(each, null);
                    if (e != error) {
                        error.addSuppressed(e);
                    }
                }
            }
            try {
                ready.poll(TICK_NANOS, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}

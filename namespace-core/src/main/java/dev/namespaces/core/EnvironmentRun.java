package dev.namespaces.core;

import dev.namespaces.core.TargetDeployment.Begun;
import dev.namespaces.core.TargetDeployment.Looked;
import dev.namespaces.core.TargetDeployment.Order;
import dev.namespaces.core.TargetDeployment.Read;
import dev.namespaces.core.TargetDeployment.Settled;
import dev.namespaces.core.TargetFlight.Landing;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.LeftBehind;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.RecordedUid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call that deploys an environment to some of its clusters. The caller's thread runs a queue of steps, and only
 * that thread calls the stores; workers call the clusters. Targets are independent: a held lock, a cluster that hangs
 * or a failure of one target does not delay another target.
 *
 * <p>While a call waits for a lock, another process may deploy the state that the call wants. {@code ensureDeployed}
 * asks whether the stored state was deployed. So it ends as soon as a completed record has the fingerprint of the state
 * that is stored now. {@code deploy} must look at the cluster after the call began. A record does not say when its
 * deployment looked: a deployment that held the lock when the call began may have looked before. So {@code deploy}
 * always takes the lock and looks, or shares a {@linkplain Flights flight} of this process that has not read yet.
 */
final class EnvironmentRun {

    /** How often an overtaken target begins again. */
    private static final int MAX_ROUNDS = 3;

    /** How often the work on a namespace begins again because others have created or deleted the namespace. */
    private static final int MAX_REPLACEMENTS = 5;

    private static final Duration FIRST_LOCK_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_LOCK_PAUSE = Duration.ofSeconds(1);
    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PASSENGER_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Engine engine;
    private final Environment asked;
    private final Order order;
    private final boolean allClusters;
    private final Map<ClusterId, TargetRun> targets = new LinkedHashMap<>();
    private final WorkQueue queue;
    private final long start;
    private List<LeftBehind> leftBehind = List.of();
    private boolean interrupted;
    private @Nullable Function<ErrorContext, NamespaceException> stopped;
    private volatile boolean mayNotSend;

    /**
     * @param environment the environment as the caller has read it
     * @param clusters where to deploy
     * @param allClusters whether a cluster that the environment gains while the call waits is deployed to as well
     */
    EnvironmentRun(
            Engine engine, Environment environment, Collection<ClusterId> clusters, boolean allClusters, Order order) {
        this(engine, environment, clusters, allClusters, order, System.nanoTime());
    }

    /** @param start the {@link System#nanoTime} at which the call began, from which its waits are counted */
    EnvironmentRun(
            Engine engine,
            Environment environment,
            Collection<ClusterId> clusters,
            boolean allClusters,
            Order order,
            long start) {
        this.engine = engine;
        this.asked = environment;
        this.order = order;
        this.allClusters = allClusters;
        this.start = start;
        this.queue = new WorkQueue(engine, environment.id(), this::whyStopped);
        clusters.forEach(cluster -> targets.put(cluster, new TargetRun(new Target(environment.id(), cluster))));
    }

    EnvironmentReport run() {
        begin(() -> {});
        try {
            boolean ended = false;
            while (!ended) {
                if (Thread.interrupted()) {
                    stopInterrupted(null);
                }
                ended = advance(this::awaitStep);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (interrupted) {
            throw new OperationInterruptedException(ErrorContext.of(Operation.DEPLOY, asked.id()), null);
        }
        return report();
    }

    /**
     * Begins the run, for a caller that serves several at once. {@link #advance()} has to be called once for each step,
     * and also every few milliseconds, for locks, deadlines and gateway calls that hang.
     *
     * @param onStep is called, on any thread, when there is one more step
     */
    void begin(Runnable onStep) {
        engine.enter(Operation.DEPLOY);
        queue.onStep(onStep);
    }

    /**
     * Does what can be done without a wait.
     *
     * @return whether the run has ended; an exception ends it as well
     */
    boolean advance() {
        return advance(queue::step);
    }

    private boolean advance(Runnable step) {
        boolean ended = true;
        try {
            stopIfDue();
            List<TargetRun> locked = tryLocks();
            while (!locked.isEmpty()) {
                read(locked);
                locked = tryLocks();
            }
            if (!isFinished()) {
                step.run();
            }
            ended = isFinished();
        } catch (RuntimeException | Error e) {
            stop(context -> new OperationInterruptedException(context, null));
            endAfter(e);
            throw e;
        } finally {
            if (ended) {
                leave();
            }
        }
        return ended;
    }

    private void leave() {
        try {
            targets.values().forEach(TargetRun::leave);
        } finally {
            engine.leave();
        }
    }

    private void awaitStep() {
        try {
            queue.await(nanosUntilNextLook());
        } catch (InterruptedException e) {
            stopInterrupted(e);
        }
    }

    /** Returns the report of a run that has ended. */
    EnvironmentReport report() {
        return new EnvironmentReport(
                asked, targets.values().stream().map(TargetRun::report).toList(), leftBehind);
    }

    private boolean isFinished() {
        return targets.values().stream().allMatch(TargetRun::isFinished);
    }

    /**
     * Stops the run. The interrupt flag stays clear until the end, so that the stores can still store the results of
     * the writes.
     */
    private void stopInterrupted(@Nullable InterruptedException cause) {
        interrupted = true;
        stop(context -> new OperationInterruptedException(context, cause));
    }

    private long nanosUntilNextLook() {
        long now = System.nanoTime();
        if (targets.values().stream().allMatch(target -> target.isFinished() || target.isPassenger())) {
            // The leaders of the flights wake this call.
            Duration timeout = order.options().timeout();
            return timeout == null ? PASSENGER_NANOS : Math.max(0, start + nanos(timeout) - now);
        }
        return Math.max(
                0,
                targets.values().stream()
                        .filter(target -> target.isWaiting() && !target.isPassenger())
                        .mapToLong(target -> target.nextTry - now)
                        .reduce(WATCH_NANOS, Math::min));
    }

    /** Returns the duration in nanoseconds, at most {@link Long#MAX_VALUE}. */
    private static long nanos(Duration duration) {
        return Math.min(TimeUnit.NANOSECONDS.convert(duration), Long.MAX_VALUE / 4);
    }

    private void stopIfDue() {
        Duration timeout = order.options().timeout();
        if (timeout != null && System.nanoTime() - start > nanos(timeout)) {
            stop(context -> new ClusterTimeoutException(context, timeout, null));
        } else if (engine.isClosed()) {
            stop(LifecycleClosedException::new);
        }
    }

    /** Sends no more requests, and ends every target for that reason. */
    void stop(Function<ErrorContext, NamespaceException> reason) {
        if (stopped == null) {
            stopped = reason;
            mayNotSend = true;
            queue.interrupt();
        }
    }

    private boolean isStopped() {
        return stopped != null || engine.isClosed();
    }

    private NamespaceException whyStopped(ClusterId cluster) {
        return whyStopped(ErrorContext.of(Operation.DEPLOY, cluster).withEnvironment(asked.id()));
    }

    private NamespaceException whyStopped(ErrorContext context) {
        Function<ErrorContext, NamespaceException> reason = stopped;
        return reason == null ? new LifecycleClosedException(context) : reason.apply(context);
    }

    /** Stops all work of the call after an error, and stores the results of the writes. */
    private void endAfter(Throwable error) {
        queue.drain(error);
        targets.values().forEach(target -> target.settleAfter(error));
        targets.values().forEach(target -> target.landAfter(error));
    }

    private List<TargetRun> tryLocks() {
        List<TargetRun> locked = new ArrayList<>();
        List<TargetRun> refused = new ArrayList<>();
        for (TargetRun target : targets.values()) {
            if (target.isWaiting() && stopped != null) {
                target.fail(stopped.apply(target.context(Operation.DEPLOY)));
            } else if (target.isWaiting() && target.isDue()) {
                (target.tryLock() ? locked : refused).add(target);
            }
        }
        if (!refused.isEmpty()) {
            try {
                finishThoseThatOthersHaveDeployed(
                        refused.stream().filter(TargetRun::isWaiting).toList());
            } catch (NamespaceException e) {
                throwIfNothingHasBegun(e);
                refused.stream().filter(TargetRun::isWaiting).forEach(target -> target.fail(e));
            }
            refused.stream().filter(TargetRun::isWaiting).forEach(TargetRun::pause);
        }
        return locked;
    }

    /**
     * Ends the targets whose records say that another process has deployed the state that is stored now, unless the
     * call must look at the cluster. If the leader of a flight reads it, the result counts for all calls that had
     * boarded before.
     */
    private void finishThoseThatOthersHaveDeployed(List<TargetRun> waiting) {
        long boarded = engine.flights().mark();
        try {
            Map<ClusterId, DeploymentRecord> records =
                    order.onlyIfChanged() ? engine.stores().records(asked.id()) : Map.of();
            for (TargetRun target : waiting) {
                DeploymentRecord record = target.recordIn(records);
                target.looked(boarded, record, target.mayBeDone(record) ? stateIfDone(target, records) : null);
            }
        } catch (NamespaceException e) {
            if (targets.values().stream().noneMatch(TargetRun::hasBegun)) {
                throw e;
            }
            waiting.forEach(target -> target.fail(e));
        }
    }

    /** Returns the state that is stored now, if the target's records say that it is deployed. */
    private @Nullable DesiredState stateIfDone(TargetRun target, Map<ClusterId, DeploymentRecord> records) {
        Environment environment = engine.stores().environment(asked.id(), Operation.DEPLOY);
        if (order.only() == null) {
            DesiredState state = engine.stores().desired(environment);
            if (!Records.isCurrent(target.recordIn(records), state, engine.settings())) {
                return null;
            }
            leftBehind = engine.stores().leftBehind(environment, records);
            return state;
        }
        DesiredState state = engine.stores().desired(environment, order.only());
        List<TargetObject> rows =
                engine.stores().objects(target.target, state.namespaces().get(0).name());
        return ObjectRows.areCurrent(rows, state, target.target.clusterId(), engine.settings()) ? state : null;
    }

    /** Reads the state once for all targets whose locks were taken together. */
    private void read(List<TargetRun> locked) {
        DesiredState state;
        Map<ClusterId, DeploymentRecord> records;
        List<TargetRun> here;
        locked.forEach(TargetRun::depart);
        try {
            Environment environment = engine.stores().environment(asked.id(), Operation.DEPLOY);
            here = locked.stream()
                    .filter(target -> environment.clusters().contains(target.target.clusterId()))
                    .toList();
            follow(environment, locked);
            state = order.only() == null
                    ? engine.stores().desired(environment)
                    : engine.stores().desired(environment, order.only());
            records = engine.stores().records(environment.id());
            if (order.only() == null) {
                leftBehind = engine.stores().leftBehind(environment, records);
            }
        } catch (NamespaceException e) {
            throwIfNothingHasBegun(e);
            locked.forEach(target -> target.fail(e));
            return;
        }
        for (TargetRun target : here) {
            target.read(state, target.recordIn(records));
        }
    }

    /** Throws the failure of a store, unless the call has a target to report on. */
    private void throwIfNothingHasBegun(NamespaceException failure) {
        if (targets.values().stream().noneMatch(TargetRun::hasBegun)) {
            throw failure;
        }
    }

    /** Follows the clusters of the environment, which may have left or gained one while the call waited for a lock. */
    private void follow(Environment environment, List<TargetRun> locked) {
        for (TargetRun target : locked) {
            if (!environment.clusters().contains(target.target.clusterId())) {
                target.leave();
                targets.remove(target.target.clusterId());
            }
        }
        if (allClusters) {
            environment.clusters().stream()
                    .filter(cluster -> !targets.containsKey(cluster))
                    .forEach(cluster -> targets.put(cluster, new TargetRun(new Target(environment.id(), cluster))));
        }
    }

    private static List<NamespaceReport> reports(DesiredState state, NamespaceOutcome outcome) {
        return state.namespaces().stream()
                .map(namespace -> new NamespaceReport(namespace, state.policy(), outcome, Duration.ZERO))
                .toList();
    }

    private static boolean succeeded(NamespaceReport report) {
        return !(report.outcome() instanceof NamespaceOutcome.Failure
                || report.outcome() instanceof NamespaceOutcome.NotAttempted);
    }

    /** One target in this call. Only the caller's thread touches it. */
    private final class TargetRun {

        private final Target target;
        private final Duration lockWait;
        private final Backoff lockBackoff;
        private final Map<String, NamespaceReport> reports = new LinkedHashMap<>();
        private final List<ObjectResult> results = new ArrayList<>();
        private final Map<String, Integer> replacements = new HashMap<>();
        private long nextTry = System.nanoTime();
        private int round = 1;
        private @Nullable Lease lease;
        private @Nullable Read read;
        private @Nullable Begun begun;
        private @Nullable ClusterReport report;
        private boolean lockRefused;
        private boolean began;
        private boolean repeated;
        private volatile boolean released;
        private Flights<TargetFlight, Landing>.@Nullable Passenger passenger;
        private UnderWay.@Nullable Work work;
        private long completeRevision = -1;

        TargetRun(Target target) {
            this.target = target;
            Duration wait = order.options().lockWait();
            this.lockWait = wait == null ? engine.settings().lockWait() : wait;
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            Duration left = lockWait.compareTo(elapsed) > 0 ? lockWait.minus(elapsed) : Duration.ZERO;
            this.lockBackoff =
                    new Backoff(FIRST_LOCK_PAUSE, LONGEST_LOCK_PAUSE, engine.mayWaitFor(target) ? left : Duration.ZERO);
        }

        /** Boards a flight first, so that the calls of this process that want the same deployment share one. */
        boolean isDue() {
            if (passenger == null && engine.mayWaitFor(target)) {
                passenger = engine.flights()
                        .board(TargetFlight.of(target, order), false, start + nanos(lockWait), queue::wake);
            }
            adoptResult();
            return isWaiting() && !isPassenger() && nextTry - System.nanoTime() <= 0;
        }

        /** Returns whether another call does the work for this one. */
        boolean isPassenger() {
            return report == null && passenger != null && !passenger.leads();
        }

        /** Takes the result of the flight, if it has ended for this call. */
        private void adoptResult() {
            Landing landing = passenger == null ? null : passenger.result();
            if (landing instanceof Landing.Shared shared) {
                report = shared.report();
                if (leftBehind.isEmpty()) {
                    leftBehind = shared.leftBehind();
                }
            } else if (landing instanceof Landing.Thrown thrown) {
                failOrThrow(thrown.cause());
            } else if (landing instanceof Landing.WaitOver) {
                fail(new DeploymentInProgressException(context(Operation.DEPLOY), lockWait));
            }
        }

        private void failOrThrow(NamespaceException failure) {
            if (targets.values().stream().noneMatch(TargetRun::hasBegun)) {
                throw failure;
            }
            fail(failure);
        }

        /**
         * Ends the flight after an error. The calls that share it get the same error, unless only this call causes it.
         */
        void landAfter(Throwable error) {
            if (passenger != null
                    && error instanceof NamespaceException failure
                    && !Failures.liesInCaller(List.of(failure))) {
                release();
                passenger.land(new Landing.Thrown(failure));
            }
        }

        void depart() {
            if (passenger != null) {
                passenger.depart();
            }
        }

        void leave() {
            release();
            if (passenger != null) {
                passenger.leave();
            }
        }

        DeploymentRecord recordIn(Map<ClusterId, DeploymentRecord> records) {
            return records.getOrDefault(target.clusterId(), DeploymentRecord.none(target));
        }

        /** Returns whether the record may say that nothing is left to do for a call that waits. */
        boolean mayBeDone(DeploymentRecord record) {
            if (!order.onlyIfChanged()) {
                return false;
            }
            if (order.only() != null) {
                return true;
            }
            // While the deployment of that revision is running, the call sees its record incomplete.
            boolean isNews = record.isComplete() && record.revision() != completeRevision;
            completeRevision = record.isComplete() ? record.revision() : completeRevision;
            return isNews;
        }

        /**
         * Handles a refused lock. The records were read if they may end the call.
         *
         * @param boarded a mark of the flights from before the records were read
         * @param done the state that the records say is deployed, or null if it is not
         */
        void looked(long boarded, DeploymentRecord record, @Nullable DesiredState done) {
            ClusterReport unchanged = done == null
                    ? null
                    : new ClusterReport(
                            target.clusterId(),
                            new ClusterOutcome.Unchanged(record),
                            reports(done, new NamespaceOutcome.Unchanged()));
            if (passenger == null) {
                if (unchanged != null) {
                    report = unchanged;
                } else if (lockBackoff.isOver()) {
                    fail(new DeploymentInProgressException(context(Operation.DEPLOY), lockWait));
                }
                return;
            }
            long now = System.nanoTime();
            passenger.settle(boarded, each -> {
                if (unchanged != null) {
                    return new Landing.Shared(unchanged, leftBehind);
                }
                return each.deadline() - now <= 0 ? new Landing.WaitOver() : null;
            });
            adoptResult();
            if (report != null && report.outcome() instanceof ClusterOutcome.Unchanged) {
                engine.events().publish(new LifecycleEvent.DeploymentUnchanged(record));
            }
        }

        boolean isWaiting() {
            return lease == null && report == null;
        }

        boolean isFinished() {
            return report != null;
        }

        boolean hasBegun() {
            return began;
        }

        ClusterReport report() {
            return Objects.requireNonNull(report);
        }

        ErrorContext context(Operation operation) {
            return ErrorContext.of(operation, target.clusterId()).withEnvironment(target.environmentId());
        }

        boolean tryLock() {
            try {
                lease = engine.stores()
                        .stores()
                        .deploymentLock()
                        .tryAcquire(target)
                        .orElse(null);
                if (lease != null && lockRefused) {
                    engine.events()
                            .publish(new LifecycleEvent.LockAwaited(
                                    target, Duration.ofNanos(System.nanoTime() - start)));
                }
                lockRefused |= lease == null;
                return lease != null;
            } catch (NamespaceException e) {
                failOrThrow(e);
                return false;
            }
        }

        void pause() {
            nextTry = System.nanoTime() + lockBackoff.next().toNanos();
        }

        void release() {
            released = true;
            if (work != null) {
                work.end();
            }
            if (lease != null) {
                lease.close();
            }
        }

        private boolean maySend() {
            Lease held = lease;
            return held != null && !released && held.isHeld() && !mayNotSend && !engine.isClosed();
        }

        void read(DesiredState state, DeploymentRecord record) {
            List<TargetObject> rows;
            try {
                rows = order.only() == null
                        ? engine.stores().objects(target)
                        : engine.stores()
                                .objects(target, state.namespaces().get(0).name());
                LabelDomains.requireSame(rows, engine.settings().scheme(), context(Operation.DEPLOY));
            } catch (NamespaceException e) {
                fail(e);
                return;
            }
            if (work != null) {
                work.end();
            }
            work = engine.underWay().begin(target, state);
            Order now = round == 1 ? order : new Order(order.options(), false, order.only());
            read = TargetDeployment.locked(target, Objects.requireNonNull(lease), now)
                    .read(state, record, rows);
            reports.clear();
            results.clear();
            reports(state, new NamespaceOutcome.NotAttempted())
                    .forEach(each -> reports.put(each.namespace().name(), each));
            Optional<DeploymentRecord> unchanged = read.unchanged(engine.settings());
            if (unchanged.isPresent()) {
                unchanged(unchanged.get(), state);
                return;
            }
            Read input = read;
            queue.submit(
                    target,
                    gateway -> {
                        Looked looked = input.look(engine.clusters().with(gateway));
                        return () -> looked(looked);
                    },
                    failure -> () -> fail(failure));
        }

        private void looked(Looked looked) {
            Optional<DeploymentRecord> unchanged = looked.unchanged();
            if (unchanged.isPresent()) {
                unchanged(unchanged.get(), Objects.requireNonNull(read).state());
                return;
            }
            if (!maySend()) {
                fail(
                        isStopped()
                                ? whyStopped(context(Operation.DEPLOY))
                                : new LeaseLostException(context(Operation.DEPLOY)));
                return;
            }
            Optional<Begun> next;
            try {
                next = looked.begin(engine.stores().stores().deployments());
            } catch (NamespaceException e) {
                fail(e);
                return;
            }
            if (next.isEmpty()) {
                overtaken();
                return;
            }
            begun = next.get();
            began = true;
            engine.events()
                    .publish(new LifecycleEvent.DeploymentBegun(
                            target,
                            begun.deployment().revision(),
                            begun.deployment().objects().size()));
            for (NamespaceWork work : begun.works()) {
                if (work.isDone()) {
                    report(work, new NamespaceOutcome.Unchanged(), Duration.ZERO);
                } else {
                    deploy(work, null);
                }
            }
            if (queue.isIdle(target.clusterId())) {
                written();
            }
        }

        private void deploy(NamespaceWork work, NamespaceDeployer.@Nullable Permit permit) {
            Begun current = Objects.requireNonNull(begun);
            List<BegunDeployment.Entry> entries = current.entries(work);
            String managed = current.managedNamespace().orElse(null);
            long began = System.nanoTime();
            queue.submit(
                    target,
                    gateway -> {
                        NamespaceDeployer.Result result = new NamespaceDeployer(
                                        engine.clusters().with(gateway),
                                        target,
                                        order.options(),
                                        work,
                                        entries,
                                        permit,
                                        managed,
                                        this::maySend)
                                .run();
                        return () -> ended(work, result, began);
                    },
                    failure -> () -> ended(work, notRun(failure, entries), began));
        }

        private NamespaceDeployer.Result notRun(NamespaceException failure, List<BegunDeployment.Entry> entries) {
            if (failure instanceof GatewayContractException) {
                // It is unknown which requests were sent, so the rows stay open.
                return new NamespaceDeployer.Result.Finished(new NamespaceOutcome.Failed(failure), List.of(), true);
            }
            return new NamespaceDeployer.Result.Finished(
                    failure instanceof WorkRejectedException
                            ? new NamespaceOutcome.Failed(failure)
                            : new NamespaceOutcome.NotAttempted(),
                    entries.stream()
                            .map(entry -> new ObjectTrail(entry).result(""))
                            .toList(),
                    false);
        }

        private void ended(NamespaceWork work, NamespaceDeployer.Result result, long began) {
            if (result instanceof NamespaceDeployer.Result.Unproven unproven) {
                judge(work, unproven, began);
            } else if (result instanceof NamespaceDeployer.Result.Gone gone) {
                goOn(work.gone(), null, gone.objects(), began);
            } else if (result instanceof NamespaceDeployer.Result.Finished finished) {
                results.addAll(finished.objects());
                repeated |= finished.repeated();
                report(work, inTheirWords(finished.outcome()), Duration.ofNanos(System.nanoTime() - began));
            }
            if (queue.isIdle(target.clusterId()) && report == null) {
                written();
            }
        }

        /** Returns the outcome for the report. A stopped worker only knows that it was stopped; the report says why. */
        private NamespaceOutcome inTheirWords(NamespaceOutcome outcome) {
            boolean stoppedIt = outcome instanceof NamespaceOutcome.Failure failed
                    && (failed.cause() instanceof LeaseLostException
                            || failed.cause() instanceof OperationInterruptedException)
                    && isStopped();
            if (!stoppedIt) {
                return outcome;
            }
            NamespaceException why = whyStopped(context(Operation.DEPLOY));
            return outcome instanceof NamespaceOutcome.Unfenced
                    ? new NamespaceOutcome.Unfenced(why)
                    : new NamespaceOutcome.Failed(why);
        }

        /** Decides about a namespace that exists and is not provably ours, by the records of its UID in the stores. */
        private void judge(NamespaceWork work, NamespaceDeployer.Result.Unproven unproven, long began) {
            io.fabric8.kubernetes.api.model.Namespace live = unproven.live();
            Optional<NamespaceDeployer.Permit> permit;
            try {
                permit = permit(work, live);
            } catch (NamespaceException e) {
                endHere(work, e, unproven.objects(), began);
                return;
            }
            if (permit.isPresent()) {
                boolean adopts = permit.get().takenFrom() == null;
                goOn(work.met(live, adopts), permit.get(), unproven.objects(), began);
            } else {
                NamespaceException refusal = NamespaceDeployer.notOurs(standing(work, live), namespaceContext(work));
                endHere(work, refusal, unproven.objects(), began);
            }
        }

        /**
         * Continues with a namespace that has changed since the look, after the deployment has begun again for it.
         *
         * @param objects the results to store about its objects, if the deployment of the namespace ends here
         */
        private void goOn(
                NamespaceWork work, NamespaceDeployer.@Nullable Permit permit, List<ObjectResult> objects, long began) {
            if (replacements.merge(work.desired().namespace().name(), 1, Integer::sum) > MAX_REPLACEMENTS) {
                NamespaceException replaced = new PreconditionFailedException(
                                namespaceContext(work),
                                "others created and deleted it " + MAX_REPLACEMENTS + " times",
                                null)
                        .settled();
                endHere(work, replaced, objects, began);
                return;
            }
            try {
                if (Objects.requireNonNull(begun)
                        .beginAgain(engine.stores().stores().deployments(), work)) {
                    deploy(work, permit);
                } else {
                    endHere(work, new DeploymentOvertakenException(context(Operation.DEPLOY)), objects, began);
                }
            } catch (NamespaceException e) {
                endHere(work, e, objects, began);
            }
        }

        private void endHere(NamespaceWork work, NamespaceException failure, List<ObjectResult> objects, long began) {
            results.addAll(objects);
            report(work, new NamespaceOutcome.Failed(failure), Duration.ofNanos(System.nanoTime() - began));
        }

        private Optional<NamespaceDeployer.Permit> permit(
                NamespaceWork work, io.fabric8.kubernetes.api.model.Namespace live) {
            String uid = live.getMetadata().getUid();
            List<RecordedUid> recorded =
                    engine.stores().stores().targetObjects().findByUids(target.clusterId(), List.of(uid));
            requireNotOfAnother(work, recorded);
            boolean ensured = recorded.stream()
                    .map(RecordedUid::identity)
                    .map(ObjectIdentity::origin)
                    .anyMatch(Origin.ENSURED::equals);
            Decision decision = Decision.on(
                    standing(work, live),
                    new Decision.Wish(
                            order.options().mode(),
                            order.options().adoption() == null
                                    ? engine.settings().adoption()
                                    : order.options().adoption(),
                            order.options()
                                    .takeOverNamespaces()
                                    .contains(work.desired().namespace().name()),
                            target.environmentId()),
                    ensured);
            if (decision instanceof Decision.TakeOver takeOver) {
                return Optional.of(new NamespaceDeployer.Permit(uid, Origin.ADOPTED, takeOver.formerEnvironment()));
            }
            return decision instanceof Decision.Adopt
                    ? Optional.of(new NamespaceDeployer.Permit(uid, Origin.ADOPTED, null))
                    : Optional.empty();
        }

        /** Throws if another environment has a record of the UID. Such a record is a stronger claim than any label. */
        private void requireNotOfAnother(NamespaceWork work, List<RecordedUid> recorded) {
            recorded.stream()
                    .map(RecordedUid::target)
                    .filter(owner -> owner != null && !owner.equals(target))
                    .findFirst()
                    .ifPresent(owner -> {
                        throw new NamespaceOwnedByOtherException(
                                        namespaceContext(work),
                                        owner.environmentId().value())
                                .settled();
                    });
        }

        private Standing standing(NamespaceWork work, io.fabric8.kubernetes.api.model.Namespace live) {
            return Standing.of(
                    live,
                    work.namespaceRow(),
                    target.environmentId(),
                    engine.settings().scheme());
        }

        private ErrorContext namespaceContext(NamespaceWork work) {
            return context(Operation.DEPLOY)
                    .withNamespace(work.desired().namespace().name());
        }

        private void report(NamespaceWork work, NamespaceOutcome outcome, Duration elapsed) {
            Namespace namespace = work.desired().namespace();
            if (outcome instanceof NamespaceOutcome.Deployed || outcome instanceof NamespaceOutcome.Unchanged) {
                Objects.requireNonNull(this.work).done(namespace.name());
            }
            reports.put(
                    namespace.name(),
                    new NamespaceReport(
                            namespace, Objects.requireNonNull(read).state().policy(), outcome, elapsed));
            if (outcome instanceof NamespaceOutcome.Failure failed) {
                engine.events()
                        .publish(new LifecycleEvent.NamespaceFailed(
                                target.clusterId(), namespace, failed.cause(), elapsed));
                if (failed instanceof NamespaceOutcome.Unfenced) {
                    engine.events()
                            .publish(new LifecycleEvent.NamespaceUnfenced(
                                    target.clusterId(), namespace, failed.cause()));
                }
            } else if (outcome instanceof NamespaceOutcome.Deployed) {
                engine.events().publish(new LifecycleEvent.NamespaceDeployed(target.clusterId(), namespace, elapsed));
            }
        }

        /** Stores the results of all pieces of work, which have ended, and completes the record if all succeeded. */
        private void written() {
            Begun begun = Objects.requireNonNull(this.begun);
            Settled settled;
            try {
                settled = begun.written(results)
                        .settle(
                                engine.stores().stores().deployments(),
                                Objects.requireNonNull(lease).isHeld());
            } catch (NamespaceException e) {
                fail(e);
                return;
            }
            long revision = begun.deployment().revision();
            this.begun = null;
            boolean completes = order.only() == null
                    && Objects.requireNonNull(lease).isHeld()
                    && reports.values().stream().allMatch(EnvironmentRun::succeeded);
            if (repeated && !completes) {
                forgetIfOvertaken(revision);
            }
            if (!Objects.requireNonNull(lease).isHeld()) {
                fail(new LeaseLostException(context(Operation.DEPLOY)));
            } else if (has(NamespaceOutcome.NotAttempted.class)) {
                fail(whyStopped(context(Operation.DEPLOY)));
            } else if (has(NamespaceOutcome.Failure.class)) {
                finish(
                        isStopped()
                                ? new ClusterOutcome.Failed(whyStopped(context(Operation.DEPLOY)))
                                : new ClusterOutcome.Incomplete());
            } else if (order.only() != null) {
                finish(new ClusterOutcome.NotRecorded(settled.dialect()));
            } else {
                complete(settled);
            }
        }

        /**
         * Forgets the record if our lock did not stop a newer deployment. Our write that was repeated after a conflict
         * may have overwritten its objects, so its record proves nothing.
         */
        private void forgetIfOvertaken(long revision) {
            try {
                DeploymentRecord record =
                        engine.stores().records(target.environmentId()).get(target.clusterId());
                if (record != null && record.revision() != revision) {
                    engine.stores().stores().deployments().forget(target);
                }
            } catch (NamespaceException e) {
                reports.replaceAll((name, each) -> withSuppressed(each, e));
            }
        }

        private NamespaceReport withSuppressed(NamespaceReport each, NamespaceException failure) {
            if (each.outcome() instanceof NamespaceOutcome.Failure failed) {
                failed.cause().addSuppressed(failure);
            }
            return each;
        }

        private void complete(Settled settled) {
            try {
                settled.complete(
                                engine.stores().stores().deployments(),
                                engine.settings().now())
                        .ifPresentOrElse(record -> finish(new ClusterOutcome.Deployed(record)), this::overtaken);
            } catch (NamespaceException e) {
                fail(e);
            }
        }

        /** Deploys again. We may have overwritten the deployment that overtook us, so its record proves nothing. */
        private void overtaken() {
            begun = null;
            if (round == MAX_ROUNDS) {
                fail(new DeploymentOvertakenException(context(Operation.DEPLOY)));
            } else {
                round++;
                EnvironmentRun.this.read(List.of(this));
            }
        }

        private boolean has(Class<? extends NamespaceOutcome> type) {
            return reports.values().stream().map(NamespaceReport::outcome).anyMatch(type::isInstance);
        }

        void fail(NamespaceException cause) {
            finish(new ClusterOutcome.Failed(cause));
        }

        void unchanged(DeploymentRecord record, DesiredState state) {
            reports.clear();
            reports(state, new NamespaceOutcome.Unchanged())
                    .forEach(each -> reports.put(each.namespace().name(), each));
            finish(new ClusterOutcome.Unchanged(record));
        }

        /** Keeps the report, releases the lock at once, and publishes. */
        private void finish(ClusterOutcome outcome) {
            if (report != null) {
                return;
            }
            ClusterReport ended = new ClusterReport(target.clusterId(), outcome, List.copyOf(reports.values()));
            report = ended;
            release();
            if (passenger != null) {
                boolean liesInCall = stopped != null || Failures.liesInCaller(ended.failures());
                if (!liesInCall || engine.isClosed()) {
                    passenger.land(new Landing.Shared(ended, leftBehind));
                } else {
                    passenger.leave();
                }
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            if (outcome instanceof ClusterOutcome.Deployed deployed) {
                engine.events().publish(new LifecycleEvent.DeploymentCompleted(deployed.deployment(), elapsed));
            } else if (outcome instanceof ClusterOutcome.Unchanged same) {
                engine.events().publish(new LifecycleEvent.DeploymentUnchanged(same.deployment()));
            } else if (!report.succeeded()) {
                engine.events()
                        .publish(new LifecycleEvent.DeploymentFailed(
                                target, report.failures().get(0), elapsed));
            }
        }

        /** Stores the results of the writes of a target that an error has ended. */
        void settleAfter(Throwable error) {
            if (report != null || begun == null) {
                return;
            }
            try {
                begun.written(results)
                        .settle(
                                engine.stores().stores().deployments(),
                                Objects.requireNonNull(lease).isHeld());
            } catch (RuntimeException e) {
                // The rows stay open, which is always safe.
                error.addSuppressed(e);
            }
        }
    }
}

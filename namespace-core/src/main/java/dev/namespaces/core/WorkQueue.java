package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The work of one call: pieces that run on workers, and the steps that follow them on the caller's thread. The queue
 * interrupts a gateway call that does not return within its limit, and gives it up if the interrupt does not end it.
 * Only the caller's thread uses the queue.
 */
final class WorkQueue {

    /** The longest time that a gateway has to react to an interrupt. Then its thread is given up. */
    private static final Duration LONGEST_GRACE = Duration.ofSeconds(5);

    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long IDLE_WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Engine engine;
    private final @Nullable EnvironmentId environmentId;
    private final Function<ClusterId, ErrorContext> context;
    private final Function<ClusterId, NamespaceException> whyAbandoned;
    private final BlockingQueue<Runnable> steps = new LinkedBlockingQueue<>();
    private volatile Runnable onStep = () -> {};
    private final Set<Piece> pieces = new LinkedHashSet<>();
    private final Map<ClusterId, Integer> piecesOfClusters = new HashMap<>();
    private long watchedAt = System.nanoTime();
    private @Nullable Long interruptedAt;

    /**
     * @param environmentId the environment that the call is for, or null if it is for several
     * @param whyAbandoned says why a piece for a cluster that never began was abandoned
     */
    WorkQueue(
            Engine engine,
            @Nullable EnvironmentId environmentId,
            Function<ClusterId, NamespaceException> whyAbandoned) {
        this(engine, environmentId, cluster -> context(cluster, environmentId), whyAbandoned);
    }

    private WorkQueue(
            Engine engine,
            @Nullable EnvironmentId environmentId,
            Function<ClusterId, ErrorContext> context,
            Function<ClusterId, NamespaceException> whyAbandoned) {
        this.engine = engine;
        this.environmentId = environmentId;
        this.context = context;
        this.whyAbandoned = whyAbandoned;
    }

    private static ErrorContext context(ClusterId cluster, @Nullable EnvironmentId environmentId) {
        ErrorContext context = ErrorContext.of(Operation.DEPLOY, cluster);
        return environmentId == null ? context : context.withEnvironment(environmentId);
    }

    /** Creates the queue of a call that only asks a cluster, and that belongs to no environment. */
    static WorkQueue ofQuestions(Engine engine, ErrorContext context) {
        return new WorkQueue(engine, null, cluster -> context, cluster -> new LifecycleClosedException(context));
    }

    /** Hands a piece of work for a target to a worker; see {@link #submit(ClusterId, Function, Function)}. */
    void submit(
            Target target, Function<WatchedGateway, Runnable> work, Function<NamespaceException, Runnable> onFailure) {
        submit(target.clusterId(), target, work, onFailure);
    }

    /**
     * Hands a piece of work that belongs to no single target to a worker.
     *
     * @param work runs on the worker, and returns the step that follows on the caller's thread
     * @param onFailure returns the step that follows if the work throws, never begins, or does not return
     */
    void submit(
            ClusterId cluster,
            Function<WatchedGateway, Runnable> work,
            Function<NamespaceException, Runnable> onFailure) {
        submit(cluster, null, work, onFailure);
    }

    private void submit(
            ClusterId cluster,
            @Nullable Target target,
            Function<WatchedGateway, Runnable> work,
            Function<NamespaceException, Runnable> onFailure) {
        Piece piece = new Piece(cluster, onFailure);
        ClusterWorkers.Task task = engine.workers()
                .submit(
                        cluster,
                        target,
                        environmentId == null ? this : environmentId,
                        () -> piece.end(piece.run(work)),
                        () -> piece.end(() ->
                                onFailure.apply(whyAbandoned.apply(cluster)).run()),
                        failure -> piece.end(
                                failure instanceof RejectedExecutionException rejected
                                        ? onFailure.apply(new WorkRejectedException(context.apply(cluster), rejected))
                                        : () -> rethrow(failure)));
        piece.task = task;
        pieces.add(piece);
        piecesOfClusters.merge(cluster, 1, Integer::sum);
        if (interruptedAt != null) {
            task.abandon();
        }
    }

    private static void rethrow(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) failure;
    }

    /** Returns whether no piece of work is left. */
    boolean isIdle() {
        return pieces.isEmpty();
    }

    /** Returns whether no piece of work for the cluster is left. */
    boolean isIdle(ClusterId cluster) {
        return !piecesOfClusters.containsKey(cluster);
    }

    /** Waits for a step for at most that time, runs it, and interrupts gateway calls that do not return. */
    void await(long nanos) throws InterruptedException {
        run(steps.poll(nanos, TimeUnit.NANOSECONDS));
    }

    /** Does the same as {@link #await} without a wait. */
    void step() {
        run(steps.poll());
    }

    private void run(@Nullable Runnable step) {
        if (step != null) {
            step.run();
        }
        long now = System.nanoTime();
        if (now - watchedAt >= WATCH_NANOS) {
            watchedAt = now;
            List.copyOf(pieces).forEach(Piece::watch);
        }
    }

    /** Sets what is called when there is one more step. Any thread may call it. */
    void onStep(Runnable onStep) {
        this.onStep = onStep;
    }

    private void add(Runnable step) {
        steps.add(step);
        onStep.run();
    }

    /**
     * Waits until no piece of work is left.
     *
     * @throws OperationInterruptedException if the thread is interrupted; the running pieces are interrupted as well
     */
    void awaitIdle(ErrorContext interrupted) {
        try {
            while (!isIdle()) {
                await(IDLE_WATCH_NANOS);
            }
        } catch (InterruptedException e) {
            OperationInterruptedException failure = new OperationInterruptedException(interrupted, e);
            interrupt();
            drain(failure);
            Thread.currentThread().interrupt();
            throw failure;
        } catch (RuntimeException | Error e) {
            interrupt();
            drain(e);
            throw e;
        }
    }

    /** Wakes the caller's thread, so that it looks again. Any thread may call it. */
    void wake() {
        add(() -> {});
    }

    /** Interrupts the pieces that run and abandons those that have not begun. */
    void interrupt() {
        interruptedAt = System.nanoTime();
        List.copyOf(pieces).forEach(piece -> Objects.requireNonNull(piece.task).abandon());
    }

    /**
     * Waits after {@link #interrupt()} until each piece of this call has ended or was given up.
     *
     * @param error receives the exceptions of the last steps
     */
    void drain(Throwable error) {
        boolean interrupted = false;
        while (!pieces.isEmpty()) {
            try {
                await(WATCH_NANOS);
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (RuntimeException | Error e) {
                if (e != error) {
                    error.addSuppressed(e);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Does the same as {@link #drain(Throwable)} if no exception was thrown yet. Throws the first exception of the last
     * steps.
     */
    void drain() {
        Throwable thrown = new Throwable();
        drain(thrown);
        for (Throwable first : thrown.getSuppressed()) {
            if (first instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) first;
        }
    }

    private final class Piece {

        private final ClusterId cluster;
        private final Function<NamespaceException, Runnable> onFailure;
        private final WatchedGateway gateway =
                new WatchedGateway(engine.clusters().gateway(), environmentId);
        private ClusterWorkers.@Nullable Task task;
        private boolean ended;
        private boolean warned;
        private boolean givenUp;

        Piece(ClusterId cluster, Function<NamespaceException, Runnable> onFailure) {
            this.cluster = cluster;
            this.onFailure = onFailure;
        }

        Runnable run(Function<WatchedGateway, Runnable> work) {
            try {
                return work.apply(gateway);
            } catch (OperationInterruptedException e) {
                // The worker knows only that it was interrupted, and not why.
                return () -> onFailure
                        .apply(interruptedAt != null || engine.isClosed() ? whyAbandoned.apply(cluster) : e)
                        .run();
            } catch (NamespaceException e) {
                return onFailure.apply(e);
            } catch (RuntimeException e) {
                return onFailure.apply(GatewayContractException.threw(context.apply(cluster), e));
            } catch (Error e) {
                return () -> {
                    throw e;
                };
            }
        }

        /** Runs the step on the caller's thread, unless the piece was given up before. */
        void end(Runnable step) {
            add(() -> {
                if (!ended) {
                    ended = true;
                    pieces.remove(this);
                    piecesOfClusters.computeIfPresent(cluster, (id, count) -> count == 1 ? null : count - 1);
                    step.run();
                }
            });
        }

        void watch() {
            Duration limit = engine.settings().callLimit();
            long grace = Math.min(nanos(limit), nanos(LONGEST_GRACE));
            long inCall = gateway.nanosInCall();
            Long interrupted = interruptedAt;
            boolean ignoresInterrupt = interrupted != null && inCall > 0 && System.nanoTime() - interrupted > grace;
            if (givenUp) {
                return;
            }
            if (inCall - nanos(limit) > grace || ignoresInterrupt) {
                giveUp(limit, Duration.ofNanos(inCall));
            } else if (inCall > nanos(limit) && !warned) {
                warned = true;
                gateway.exceeded(limit);
                Objects.requireNonNull(task).abandon();
            }
        }

        private void giveUp(Duration limit, Duration waited) {
            givenUp = true;
            Objects.requireNonNull(task).giveUp();
            engine.events().publish(new LifecycleEvent.GatewayCallAbandoned(cluster, null, waited));
            end(onFailure.apply(GatewayContractException.didNotReturn(context.apply(cluster), limit)));
        }

        /** Returns the duration in nanoseconds, at most {@link Long#MAX_VALUE}. */
        private static long nanos(Duration duration) {
            return TimeUnit.NANOSECONDS.convert(duration);
        }
    }
}

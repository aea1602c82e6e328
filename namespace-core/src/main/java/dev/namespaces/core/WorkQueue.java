package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The work of one call: pieces that run on workers, and the steps that follow them on the caller's thread. A gateway
 * call that does not return within its bound is interrupted, and given up if that does not help. Only the caller's
 * thread uses the queue.
 */
final class WorkQueue {

    /** How long a gateway has to react to an interrupt before its thread is given up. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Engine engine;
    private final EnvironmentId environmentId;
    private final Supplier<NamespaceException> whyAbandoned;
    private final BlockingQueue<Runnable> steps = new LinkedBlockingQueue<>();
    private final List<Piece> pieces = new ArrayList<>();
    private @Nullable Long interruptedAt;

    /** @param whyAbandoned says why a piece that never began was abandoned */
    WorkQueue(Engine engine, EnvironmentId environmentId, Supplier<NamespaceException> whyAbandoned) {
        this.engine = engine;
        this.environmentId = environmentId;
        this.whyAbandoned = whyAbandoned;
    }

    /**
     * Hands a piece of work to a worker.
     *
     * @param work runs on the worker, and returns the step that follows on the caller's thread
     * @param onFailure returns the step that follows if the work throws, never begins, or does not return
     */
    void submit(
            ClusterId cluster,
            Function<WatchedGateway, Runnable> work,
            Function<NamespaceException, Runnable> onFailure) {
        Piece piece = new Piece(cluster, onFailure);
        pieces.add(piece);
        piece.task = engine.workers()
                .submit(
                        cluster,
                        this,
                        () -> piece.end(piece.run(work)),
                        () -> piece.end(
                                () -> onFailure.apply(whyAbandoned.get()).run()));
    }

    /** Returns whether no piece of work for the cluster is left. */
    boolean isIdle(ClusterId cluster) {
        return pieces.stream().noneMatch(piece -> piece.cluster.equals(cluster));
    }

    /** Waits for a step at most that long, runs it, and looks after gateway calls that do not return. */
    void await(long nanos) throws InterruptedException {
        Runnable step = steps.poll(nanos, TimeUnit.NANOSECONDS);
        if (step != null) {
            step.run();
        }
        List.copyOf(pieces).forEach(Piece::watch);
    }

    /** Has the caller's thread look again. Any thread may call it. */
    void wake() {
        steps.add(() -> {});
    }

    /** Interrupts what runs and abandons what has not begun. */
    void interrupt() {
        interruptedAt = System.nanoTime();
        List.copyOf(pieces).forEach(piece -> Objects.requireNonNull(piece.task).abandon());
    }

    /** After {@link #interrupt()}, waits until nothing of this call runs any more, or was given up. */
    void drain() {
        boolean interrupted = false;
        while (!pieces.isEmpty()) {
            try {
                await(TimeUnit.MILLISECONDS.toNanos(100));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
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
                        .apply(interruptedAt != null || engine.isClosed() ? whyAbandoned.get() : e)
                        .run();
            } catch (NamespaceException e) {
                return onFailure.apply(e);
            } catch (RuntimeException e) {
                return onFailure.apply(GatewayContractException.threw(context(), e));
            } catch (Error e) {
                return () -> {
                    throw e;
                };
            }
        }

        /** Has the step run on the caller's thread, unless the piece was given up before. */
        void end(Runnable step) {
            steps.add(() -> {
                if (!ended) {
                    ended = true;
                    pieces.remove(this);
                    step.run();
                }
            });
        }

        void watch() {
            Duration limit = engine.settings().callLimit();
            long inCall = gateway.nanosInCall();
            Long interrupted = interruptedAt;
            boolean ignoresInterrupt =
                    interrupted != null && inCall > 0 && System.nanoTime() - interrupted > GRACE.toNanos();
            if (inCall > limit.plus(GRACE).toNanos() || ignoresInterrupt) {
                giveUp(limit, Duration.ofNanos(inCall));
            } else if (inCall > limit.toNanos() && !warned) {
                warned = true;
                Objects.requireNonNull(task).abandon();
            }
        }

        private void giveUp(Duration limit, Duration waited) {
            Objects.requireNonNull(task).giveUp();
            engine.events().publish(new LifecycleEvent.GatewayCallAbandoned(cluster, null, waited));
            end(onFailure.apply(GatewayContractException.didNotReturn(context(), limit)));
        }

        private ErrorContext context() {
            return ErrorContext.of(Operation.DEPLOY, cluster).withEnvironment(environmentId);
        }
    }
}

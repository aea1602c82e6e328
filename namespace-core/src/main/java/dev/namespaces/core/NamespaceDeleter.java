package dev.namespaces.core;

import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionReport.Outcome;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import io.fabric8.kubernetes.api.model.Namespace;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Deletes one namespace of a plan, on a worker. It judges the namespace just before the request, which is bound to the
 * UID and the version of that look. On a conflict it looks and judges again until the deadline.
 */
final class NamespaceDeleter {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final ClusterSide side;
    private final KeepReasons reasons;
    private final ConcurrentMap<ClusterId, NamespaceException> silent;
    private final DeletionPart part;
    private final Supplier<Optional<NamespaceException>> refusal;

    /**
     * @param silent the clusters that do not answer, each with its first failure; shared by all namespaces
     * @param refusal returns before each request why the worker must not send it, or empty if it may
     */
    NamespaceDeleter(
            ClusterSide side,
            KeepReasons reasons,
            ConcurrentMap<ClusterId, NamespaceException> silent,
            DeletionPart part,
            Supplier<Optional<NamespaceException>> refusal) {
        this.side = side;
        this.reasons = reasons;
        this.silent = silent;
        this.part = part;
        this.refusal = refusal;
    }

    /**
     * Deletes the namespace.
     *
     * @param first the namespace of that name at the first look, or null if there was none
     */
    Outcome run(@Nullable Namespace first) {
        Backoff backoff =
                new Backoff(FIRST_PAUSE, LONGEST_PAUSE, side.settings().conflictLimit());
        Namespace live = first;
        while (true) {
            if (live == null) {
                return new Outcome.Gone();
            }
            Optional<Outcome> judged = judge(live);
            if (judged.isPresent()) {
                return judged.get();
            }
            try {
                return delete(live);
            } catch (PreconditionFailedException e) {
                part.failed(e);
                if (backoff.isOver()) {
                    return new Outcome.Failed(e);
                }
            } catch (OperationInterruptedException e) {
                part.failed(e);
                throw e;
            } catch (NamespaceException e) {
                part.failed(e);
                if (isSilence(e)) {
                    silent.putIfAbsent(part.cluster(), e);
                }
                return new Outcome.Failed(e);
            }
            backoff.pause(Duration.ZERO, part.context());
            live = (Namespace)
                    side.gateway().find(part.cluster(), part.resource()).orElse(null);
        }
    }

    private Outcome delete(Namespace live) {
        DeleteOptions options = DeleteOptions.of(
                        live.getMetadata().getUid(), live.getMetadata().getResourceVersion())
                .withMaySend(() -> refusal.get().isEmpty());
        DeleteResult result = side.gateway().delete(part.cluster(), part.resource(), options);
        part.moved();
        return result == DeleteResult.GONE ? new Outcome.Gone() : new Outcome.Terminating(java.util.List.of());
    }

    /** Returns the outcome, or empty if the worker should delete the namespace. */
    private Optional<Outcome> judge(Namespace live) {
        if (!live.getMetadata().getUid().equals(part.deletion().uid())) {
            return refused("another namespace has this name now");
        }
        Optional<Reason> reason = reasons.of(part.spot(), live);
        if (reason.isPresent()) {
            return refused("the namespace must be kept: " + reason.get().text());
        }
        if (LiveNamespaces.isTerminating(live)) {
            part.moved();
            return Optional.of(new Outcome.Terminating(LiveNamespaces.deletionConditions(live)));
        }
        return Optional.ofNullable(silent.get(part.cluster())).or(refusal).map(Outcome.Failed::new);
    }

    private Optional<Outcome> refused(String why) {
        return Optional.of(new Outcome.Failed(new PreconditionFailedException(part.context(), why, null).settled()));
    }

    /** Returns whether the cluster as a whole does not answer, so the run does not call it for its other namespaces. */
    private static boolean isSilence(NamespaceException failure) {
        return failure instanceof ClusterTimeoutException
                || failure instanceof ClusterUnreachableException
                || failure instanceof GatewayContractException;
    }
}

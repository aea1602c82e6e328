package dev.namespaces.core;

import dev.namespaces.core.Claims.Claim;
import dev.namespaces.core.InitializerMemory.ClusterNamespace;
import dev.namespaces.core.InitializerMemory.Doubt;
import dev.namespaces.core.InitializerMemory.Question;
import dev.namespaces.core.UnderWay.Progress;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Deploys a namespace that an environment claims before anything is applied in it. A namespace that was found deployed
 * a short time ago costs one look-up in memory. Otherwise one caller finds out, and the others of this process share
 * its answer.
 */
final class EnvironmentInitializer implements NamespaceInitializer {

    /** How often the claim is read again because it was gone when the target's lock was held. */
    private static final int MAX_ROUNDS = 3;

    private final Engine engine;
    private final Deployments deployments;
    private final InitializerMemory memory;
    private final Claims claims;
    private final Flights<ClusterNamespace, Outcome> flights = new Flights<>();

    EnvironmentInitializer(Engine engine, Deployments deployments) {
        this.engine = engine;
        this.deployments = deployments;
        this.memory = engine.memory();
        this.claims = new Claims(engine);
    }

    /** The result for a namespace. */
    private sealed interface Outcome {

        /** It is deployed. */
        record Deployed() implements Outcome {}

        /** No environment claims it. */
        record Unclaimed() implements Outcome {}

        /** It could not be deployed. */
        record Failed(EnvironmentReport report) implements Outcome {}

        /** It could not be found out, such as when a store fails. */
        record Unknown(NamespaceException cause) implements Outcome {}
    }

    @Override
    public void beforeApply(ClusterId cluster, HasMetadata manifest) {
        if (manifest.getMetadata() == null) {
            return;
        }
        String namespace = manifest.getMetadata().getNamespace();
        boolean isNamespace = "Namespace".equals(manifest.getKind()) && "v1".equals(manifest.getApiVersion());
        if (isNamespace || namespace == null || namespace.isEmpty()) {
            return;
        }
        if (!isSentByUs(cluster, namespace, manifest)) {
            beforeApply(cluster, namespace);
        }
    }

    /** A gateway may send what it is given on a thread that we cannot know. */
    private boolean isSentByUs(ClusterId cluster, String namespace, HasMetadata manifest) {
        LabelScheme scheme = engine.settings().scheme();
        return scheme.policyName().equals(manifest.getMetadata().getName())
                && Look.policies(namespace, scheme).contains(ResourceRef.of(manifest))
                && engine.underWay().of(cluster, namespace) != Progress.NONE;
    }

    @Override
    public void beforeApply(ClusterId cluster, String namespace) {
        ClusterNamespace key = new ClusterNamespace(cluster, namespace);
        if ((memory.isDeployed(key) && !engine.isClosed()) || OwnCalls.isUnderWay()) {
            return;
        }
        engine.requireOpen(Operation.INITIALIZE);
        if (isPartOfItsOwnDeployment(key)) {
            return;
        }
        EnvironmentReport failure = memory.failure(key);
        if (failure != null) {
            throw failed(key, failure);
        }
        long start = System.nanoTime();
        // The host's transaction has a view of its own, and may hold what the others wait for.
        Outcome outcome = engine.isInHostTransaction() ? find(key, start) : findTogether(key, start);
        engine.events().publish(new LifecycleEvent.InitializerMissed(cluster, namespace));
        if (outcome instanceof Outcome.Failed failed) {
            throw failed(key, failed.report());
        } else if (outcome instanceof Outcome.Unknown unknown) {
            throw unknown.cause();
        }
    }

    @Override
    public void namespaceWasAbsent(ClusterId cluster, String namespace) {
        memory.doubt(new ClusterNamespace(cluster, namespace));
    }

    /**
     * Returns whether the call comes from inside of the deployment of its namespace, so it must not wait for that.
     *
     * @throws DeploymentInProgressException if a listener asks for a namespace that is not deployed yet
     */
    private boolean isPartOfItsOwnDeployment(ClusterNamespace key) {
        if (!OwnCalls.mayBePartOfDeployment()) {
            return false;
        }
        Progress progress = engine.underWay().of(key.cluster(), key.namespace());
        if (progress == Progress.RUNNING && OwnCalls.isTelling()) {
            throw new DeploymentInProgressException(context(key), Duration.ZERO);
        }
        return progress != Progress.NONE;
    }

    /** Leads the flight for the namespace, or waits for what its leader finds. */
    private Outcome findTogether(ClusterNamespace key, long start) {
        long deadline = start + engine.settings().lockWait().toNanos();
        boolean evenIfDeparted = true;
        while (true) {
            Thread caller = Thread.currentThread();
            Flights<ClusterNamespace, Outcome>.Passenger passenger =
                    flights.board(key, evenIfDeparted, deadline, () -> LockSupport.unpark(caller));
            try {
                if (await(key, passenger)) {
                    return lead(key, start, passenger);
                }
                Outcome outcome = Objects.requireNonNull(passenger.result());
                if (!(outcome instanceof Outcome.Unclaimed && passenger.isLate())) {
                    return outcome;
                }
                // An environment may have claimed it after the leader had read the stores.
                evenIfDeparted = false;
            } finally {
                passenger.leave();
            }
        }
    }

    /** Waits until the passenger leads, and returns true, or has its result. */
    private boolean await(ClusterNamespace key, Flights<ClusterNamespace, Outcome>.Passenger passenger) {
        while (!passenger.leads() && passenger.result() == null) {
            LockSupport.park(flights);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException(context(key), null);
            }
        }
        return passenger.result() == null;
    }

    private Outcome lead(ClusterNamespace key, long start, Flights<ClusterNamespace, Outcome>.Passenger passenger) {
        passenger.depart();
        Outcome outcome;
        try {
            outcome = find(key, start);
        } catch (NamespaceException e) {
            outcome = new Outcome.Unknown(e);
        }
        if (Failures.isOfWait(failures(outcome))) {
            // Those whose wait is over have seen the records with the leader's eyes; the others go on.
            long now = System.nanoTime();
            Outcome over = outcome;
            passenger.settle(Long.MAX_VALUE, each -> each == passenger || each.deadline() - now <= 0 ? over : null);
        } else if (!Failures.liesInCaller(failures(outcome)) || engine.isClosed()) {
            passenger.land(outcome);
        }
        return outcome;
    }

    private static List<NamespaceException> failures(Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed) {
            return new DeploymentReport(List.of(failed.report()), List.of()).failures();
        }
        return outcome instanceof Outcome.Unknown unknown ? List.of(unknown.cause()) : List.of();
    }

    private Outcome find(ClusterNamespace key, long start) {
        for (int round = 1; round < MAX_ROUNDS; round++) {
            Optional<Outcome> outcome = findOnce(key, start);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        return findOnce(key, start).orElseGet(Outcome.Unclaimed::new);
    }

    /** Returns empty if the claim was gone when it came to a deployment. */
    private Optional<Outcome> findOnce(ClusterNamespace key, long start) {
        try (Question question = memory.ask(key)) {
            Optional<Claim> claim = claims.find(key);
            if (claim.isEmpty()) {
                return Optional.of(new Outcome.Unclaimed());
            }
            Environment environment = claim.get().environment();
            Namespace namespace = claim.get().namespace();
            question.concerns(environment.id());
            Doubt doubt = memory.doubtAbout(key);
            Recorded recorded = doubt == null ? recorded(key, environment, namespace) : Recorded.IN_DOUBT;
            if (recorded == Recorded.DEPLOYED) {
                question.deployed();
                return Optional.of(new Outcome.Deployed());
            }
            engine.requireNoHostTransaction(context(key).withEnvironment(environment.id()));
            EnvironmentReport report = deployments.initialize(
                    environment, key.cluster(), namespace, recorded == Recorded.OTHERWISE, start);
            if (recorded == Recorded.IN_DOUBT && report.succeeded()) {
                memory.looked(key);
            }
            return Optional.ofNullable(outcome(question, report, doubt));
        } catch (Claims.UndecidedException e) {
            return Optional.of(undecided(key, e));
        }
    }

    /** What the rows of a namespace say. */
    private enum Recorded {
        /** It is deployed. */
        DEPLOYED,
        /** It is not deployed, or was deployed from something else. */
        OTHERWISE,
        /** They may be wrong, so the cluster has to be looked at. */
        IN_DOUBT
    }

    private Recorded recorded(ClusterNamespace key, Environment environment, Namespace namespace) {
        DesiredState state = new DesiredState(
                environment, List.of(namespace), engine.stores().policy(environment));
        Target target = new Target(environment.id(), key.cluster());
        List<TargetObject> rows = engine.stores().objects(target, namespace.name());
        if (!ObjectRows.areCurrent(rows, state, key.cluster(), engine.settings())) {
            return Recorded.OTHERWISE;
        }
        return isTooOld(key, rows) ? Recorded.IN_DOUBT : Recorded.DEPLOYED;
    }

    /** A look that changes nothing writes no row, so it is remembered here. */
    private boolean isTooOld(ClusterNamespace key, List<TargetObject> rows) {
        Duration greatestAge = engine.settings().greatestAge();
        if (greatestAge == null) {
            return false;
        }
        Instant earliest = engine.settings().now().minus(greatestAge);
        return rows.stream().anyMatch(row -> row.attemptedAt().isBefore(earliest))
                && memory.lookedAt(key).isBefore(earliest);
    }

    private @Nullable Outcome outcome(Question question, EnvironmentReport report, @Nullable Doubt doubt) {
        if (report.clusters().isEmpty()) {
            return null;
        }
        if (!report.succeeded()) {
            Outcome.Failed failed = new Outcome.Failed(report);
            if (Failures.areOfCluster(failures(failed))) {
                question.failed(report);
            }
            return failed;
        }
        if (doubt != null) {
            doubt.settle();
        }
        question.deployed();
        return new Outcome.Deployed();
    }

    private Outcome undecided(ClusterNamespace key, Claims.UndecidedException undecided) {
        Environment oldest = undecided.oldest().environment();
        EnvironmentReport report = new EnvironmentReport(
                oldest,
                List.of(new ClusterReport(key.cluster(), new ClusterOutcome.Failed(undecided.failure()), List.of())));
        if (Failures.areOfCluster(List.of(undecided.failure()))) {
            try (Question question = memory.ask(key)) {
                question.concerns(oldest.id());
                question.failed(report);
            }
        }
        return new Outcome.Failed(report);
    }

    private static DeploymentFailedException failed(ClusterNamespace key, EnvironmentReport report) {
        return new DeploymentFailedException(
                context(key).withEnvironment(report.environment().id()),
                new DeploymentReport(List.of(report), List.of()));
    }

    private static ErrorContext context(ClusterNamespace key) {
        return ErrorContext.of(Operation.INITIALIZE, key.cluster()).withNamespace(key.namespace());
    }
}

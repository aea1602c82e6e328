package dev.namespaces.core;

import dev.namespaces.core.DesiredState.Desired;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** One deployment of a state to one cluster: its namespaces, each its own piece of work, and what became of them. */
final class ClusterRun {

    private final Settings settings;
    private final DesiredState state;
    private final ClusterId cluster;
    private final PolicyDialect dialect;
    private final DeployOptions options;
    private final BooleanSupplier mayWrite;
    private final List<Desired> desired;
    private final NamespaceApplier applier;
    private final List<NamespaceReport> reports;

    /**
     * @throws dev.namespaces.core.policy.InexpressibleEgressException if the dialect cannot say what the policy wants
     */
    ClusterRun(
            Settings settings,
            DesiredState state,
            ClusterId cluster,
            PolicyDialect dialect,
            DeployOptions options,
            boolean otherDialectMayStand,
            BooleanSupplier mayWrite) {
        this.settings = settings;
        this.state = state;
        this.cluster = cluster;
        this.dialect = dialect;
        this.options = options;
        this.mayWrite = mayWrite;
        this.desired = state.render(cluster, dialect, settings);
        this.applier = new NamespaceApplier(settings, cluster, options, dialect, otherDialectMayStand, mayWrite);
        this.reports = new ArrayList<>(notAttempted(state));
    }

    ClusterId cluster() {
        return cluster;
    }

    PolicyDialect dialect() {
        return dialect;
    }

    int size() {
        return desired.size();
    }

    boolean mayWrite() {
        return mayWrite.getAsBoolean();
    }

    String fingerprint() {
        return DesiredState.fingerprint(desired, dialect);
    }

    /** The pieces of work; none of them throws. */
    List<Runnable> work() {
        List<Runnable> work = new ArrayList<>(desired.size());
        for (int i = 0; i < desired.size(); i++) {
            int index = i;
            work.add(() -> deploy(index));
        }
        return work;
    }

    /**
     * Whether something was not attempted although it might have been: the caller's end, or the lifecycle's, came
     * first.
     */
    boolean wasCutShort() {
        synchronized (reports) {
            return reports.stream().anyMatch(report -> report.outcome() instanceof NamespaceOutcome.NotAttempted);
        }
    }

    boolean allSucceeded() {
        synchronized (reports) {
            return reports.stream()
                    .map(NamespaceReport::outcome)
                    .noneMatch(outcome -> outcome instanceof NamespaceOutcome.Failed
                            || outcome instanceof NamespaceOutcome.NotAttempted);
        }
    }

    ClusterReport report(ClusterOutcome outcome) {
        synchronized (reports) {
            return new ClusterReport(cluster, outcome, reports);
        }
    }

    /** The report of a cluster where nothing was attempted. */
    static ClusterReport failed(ClusterId cluster, DesiredState state, NamespaceException cause) {
        return new ClusterReport(cluster, new ClusterOutcome.Failed(cause), notAttempted(state));
    }

    private static List<NamespaceReport> notAttempted(DesiredState state) {
        return reports(state, new NamespaceOutcome.NotAttempted());
    }

    static List<NamespaceReport> reports(DesiredState state, NamespaceOutcome outcome) {
        return state.namespaces().stream()
                .map(namespace -> new NamespaceReport(namespace, state.policy(), outcome, Duration.ZERO))
                .toList();
    }

    private void deploy(int index) {
        if (!mayWrite.getAsBoolean()) {
            return;
        }
        Desired each = desired.get(index);
        long start = System.nanoTime();
        NamespaceOutcome outcome = Deployer.atWork(() -> attempt(each));
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        synchronized (reports) {
            reports.set(index, new NamespaceReport(each.namespace(), state.policy(), outcome, elapsed));
        }
        publish(each.namespace(), outcome, elapsed);
    }

    private NamespaceOutcome attempt(Desired each) {
        ErrorContext context = ErrorContext.of(
                        Operation.DEPLOY,
                        cluster,
                        ResourceRef.namespace(each.namespace().name()))
                .withEnvironment(state.environment().id());
        if (settings.protectedNames().contains(each.namespace().name())) {
            return new NamespaceOutcome.Failed(
                    new ProtectedNamespaceException(context, each.namespace().name()));
        }
        try {
            return applier.apply(each);
        } catch (NamespaceException e) {
            return new NamespaceOutcome.Failed(e);
        } catch (RuntimeException e) {
            // A gateway that breaks its contract must not take the other namespaces with it.
            return new NamespaceOutcome.Failed(GatewayContractException.threw(context, e));
        }
    }

    private void publish(Namespace namespace, NamespaceOutcome outcome, Duration elapsed) {
        if (options.dryRun() != DryRun.NONE) {
            return;
        }
        settings.events()
                .publish(
                        outcome instanceof NamespaceOutcome.Failed failed
                                ? new LifecycleEvent.NamespaceFailed(cluster, namespace, failed.cause(), elapsed)
                                : new LifecycleEvent.NamespaceDeployed(cluster, namespace, elapsed));
    }
}

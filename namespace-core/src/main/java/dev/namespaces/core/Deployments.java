package dev.namespaces.core;

import dev.namespaces.core.InitializerMemory.ClusterNamespace;
import dev.namespaces.core.InitializerMemory.Doubt;
import dev.namespaces.core.TargetDeployment.Order;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.fleet.FleetFilter;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Deploys environments and single namespaces. Every way in ends in one of three: a run, or one of the two dry runs. */
final class Deployments {

    private final Engine engine;

    Deployments(Engine engine) {
        this.engine = engine;
    }

    /** Deploys several environments in promotion order, stopping at the first that fails. */
    DeploymentReport deploy(Collection<EnvironmentId> ids, DeployOptions options) {
        return inPromotionOrder(ids, environment -> run(environment, null, options));
    }

    /** Deploys several environments in promotion order, except those that their records call unchanged. */
    DeploymentReport ensureDeployed(Collection<EnvironmentId> ids) {
        return inPromotionOrder(ids, this::ensureDeployed);
    }

    /**
     * Deploys one target, except if its record calls it unchanged.
     *
     * @return the report, or empty if the environment does not exist or is not on the cluster
     */
    Optional<ClusterReport> ensureDeployed(Target target) {
        FleetTargets targets = new EnsuredFleet(FleetFilter.all().withClusters(Set.of(target.clusterId())));
        try {
            Environment environment = engine.stores().environment(target.environmentId(), Operation.DEPLOY);
            Optional<FleetTargets.Work> work = targets.of(List.of(environment), (each, cluster) -> true).stream()
                    .findFirst();
            return work.isEmpty() ? Optional.empty() : ensureDeployed(targets, work.get());
        } catch (UnknownEnvironmentException e) {
            return Optional.empty();
        }
    }

    private Optional<ClusterReport> ensureDeployed(FleetTargets targets, FleetTargets.Work work) {
        if (work.unchanged() != null) {
            return Optional.of(work.unchanged());
        }
        engine.requireNoHostTransaction(
                ErrorContext.of(Operation.DEPLOY, work.environment().id()));
        engine.clusters().setAside(work.target()).ifPresent(setAside -> {
            throw setAside;
        });
        EnvironmentReport report = null;
        try {
            report = targets.run(work).run();
        } finally {
            targets.ended(work, report);
        }
        if (!report.succeeded()) {
            throw failed(List.of(work.environment()), List.of(), report);
        }
        // The environment may have left the cluster while the run waited for the lock.
        return report.clusters().stream().findFirst();
    }

    /** Deploys every target of a fleet. */
    FleetReport deployAll(FleetOptions fleet, DeployOptions options, FleetObserver observer) {
        engine.requireNoHostTransaction(ErrorContext.of(Operation.DEPLOY_ALL));
        return new FleetRun(engine, new DeployedFleet(fleet.filter(), options), fleet, observer).run();
    }

    /** Deploys every target of a fleet, except those that their records call unchanged. */
    FleetReport ensureAll(FleetOptions fleet, FleetObserver observer) {
        engine.requireNoHostTransaction(ErrorContext.of(Operation.ENSURE_ALL));
        return new FleetRun(engine, new EnsuredFleet(fleet.filter()), fleet, observer).run();
    }

    private class DeployedFleet implements FleetTargets {

        private final FleetFilter filter;
        private final DeployOptions options;

        DeployedFleet(FleetFilter filter, DeployOptions options) {
            this.filter = filter;
            this.options = options;
        }

        List<ClusterId> clusters(Environment environment, BiPredicate<Environment, ClusterId> isMeant) {
            return environment.clusters().stream()
                    .filter(cluster -> filter.matches(cluster) && isMeant.test(environment, cluster))
                    .toList();
        }

        @Override
        public List<Work> of(List<Environment> environments, BiPredicate<Environment, ClusterId> isMeant) {
            Order order = new Order(options, false, null);
            return environments.stream()
                    .flatMap(environment -> clusters(environment, isMeant).stream()
                            .map(cluster -> new Work(environment, cluster, order, null)))
                    .toList();
        }

        @Override
        public EnvironmentRun run(Work work) {
            return new EnvironmentRun(engine, work.environment(), List.of(work.cluster()), false, work.order());
        }

        @Override
        public void ended(Work work, @Nullable EnvironmentReport report) {
            settleMemory(work.environment(), work.order(), report);
        }
    }

    private final class EnsuredFleet extends DeployedFleet {

        EnsuredFleet(FleetFilter filter) {
            super(filter, DeployOptions.defaults());
        }

        /** Reads the stores once for the whole page. */
        @Override
        public List<Work> of(List<Environment> environments, BiPredicate<Environment, ClusterId> isMeant) {
            if (environments.isEmpty()) {
                return List.of();
            }
            try {
                return read(environments, isMeant);
            } catch (NamespaceException e) {
                if (environments.size() > 1) {
                    throw e;
                }
                // Its deployment fails, too, and says so in its own report.
                return super.of(environments, isMeant);
            }
        }

        private List<Work> read(List<Environment> environments, BiPredicate<Environment, ClusterId> isMeant) {
            Map<EnvironmentId, Map<ClusterId, DeploymentRecord>> records =
                    engine.stores().records(environments);
            List<Work> works = new ArrayList<>();
            for (DesiredState state : engine.stores().desired(environments)) {
                boolean doubtful = isDoubtful(state);
                Order order = new Order(DeployOptions.defaults(), !doubtful, null);
                for (ClusterId cluster : clusters(state.environment(), isMeant)) {
                    DeploymentRecord record = records.getOrDefault(
                                    state.environment().id(), Map.of())
                            .get(cluster);
                    works.add(new Work(
                            state.environment(),
                            cluster,
                            order,
                            doubtful || record == null || !Records.isCurrent(record, state, engine.settings())
                                    ? null
                                    : unchanged(state, cluster, record)));
                }
            }
            return works;
        }
    }

    /** Deploys one stored namespace to all clusters of its environment. */
    DeploymentReport apply(NamespaceId id, DeployOptions options) {
        Namespace namespace = engine.stores().liveNamespace(id, Operation.APPLY);
        Environment environment = engine.stores().environment(namespace.environmentId(), Operation.APPLY);
        DeploymentReport report = new DeploymentReport(List.of(run(environment, id, options)), List.of());
        if (!report.succeeded()) {
            throw new DeploymentFailedException(
                    ErrorContext.of(Operation.APPLY, environment.id()).withNamespace(namespace.name()), report);
        }
        return report;
    }

    /**
     * Deploys one namespace of the environment to one cluster, for the initializer.
     *
     * @param onlyIfChanged whether nothing is done where the namespace's rows say that it is deployed
     * @param start the {@link System#nanoTime} from which the wait for the lock is counted
     * @return the report, without a cluster if the environment has left it
     * @throws dev.namespaces.error.UnknownNamespaceException if the environment no longer has the namespace
     */
    EnvironmentReport initialize(
            Environment environment, ClusterId cluster, Namespace namespace, boolean onlyIfChanged, long start) {
        return new EnvironmentRun(
                        engine,
                        environment,
                        List.of(cluster),
                        false,
                        new Order(DeployOptions.defaults(), onlyIfChanged, namespace.id()),
                        start)
                .run();
    }

    /** Runs a deployment. */
    private EnvironmentReport run(Environment environment, Order order) {
        EnvironmentReport report = null;
        try {
            report = new EnvironmentRun(engine, environment, environment.clusters(), true, order).run();
            return report;
        } finally {
            settleMemory(environment, order, report);
        }
    }

    /**
     * Clears what the initializer remembers of the environment, and settles doubts about namespaces that were looked
     * at.
     */
    private void settleMemory(Environment environment, Order order, @Nullable EnvironmentReport report) {
        engine.memory().forget(environment.id());
        if (report != null) {
            report.clusters().forEach(cluster -> forget(cluster, order));
        }
    }

    private void forget(ClusterReport report, Order order) {
        List<ClusterNamespace> keys = new ArrayList<>();
        for (NamespaceReport each : report.namespaces()) {
            ClusterNamespace key =
                    new ClusterNamespace(report.cluster(), each.namespace().name());
            keys.add(key);
            Doubt doubt = engine.memory().doubtAbout(key);
            boolean isLookedAt = !order.onlyIfChanged() && report.succeeded();
            if (doubt != null && isLookedAt) {
                doubt.settle();
            }
        }
        engine.memory().forget(keys);
    }

    private EnvironmentReport run(Environment environment, @Nullable NamespaceId only, DeployOptions options) {
        if (options.dryRun() == DryRun.RENDER) {
            return new RenderPlan(engine.stores(), engine.settings()).of(environment, environment.clusters(), only);
        }
        if (options.dryRun() == DryRun.SERVER) {
            return new ServerPlan(engine, environment, environment.clusters(), only, options).run();
        }
        engine.requireNoHostTransaction(ErrorContext.of(Operation.DEPLOY, environment.id()));
        new TakeOver(engine, environment).moveRecords(options.takeOverNamespaces());
        return run(environment, new Order(options, false, only));
    }

    private EnvironmentReport ensureDeployed(Environment environment) {
        DesiredState state = engine.stores().desired(environment);
        Map<ClusterId, DeploymentRecord> records = engine.stores().records(environment.id());
        boolean doubtful = isDoubtful(state);
        boolean unchanged = !doubtful
                && environment.clusters().stream()
                        .allMatch(cluster -> records.containsKey(cluster)
                                && Records.isCurrent(records.get(cluster), state, engine.settings()));
        if (unchanged) {
            return unchanged(state, records);
        }
        engine.requireNoHostTransaction(ErrorContext.of(Operation.DEPLOY, environment.id()));
        return run(environment, new Order(DeployOptions.defaults(), !doubtful, null));
    }

    /** Returns whether a write was answered as if one of the namespaces did not exist, in spite of the records. */
    private boolean isDoubtful(DesiredState state) {
        return engine.memory().hasDoubts()
                && state.environment().clusters().stream()
                        .anyMatch(cluster -> state.namespaces().stream()
                                .anyMatch(namespace ->
                                        engine.memory().doubtAbout(new ClusterNamespace(cluster, namespace.name()))
                                                != null));
    }

    private EnvironmentReport unchanged(DesiredState state, Map<ClusterId, DeploymentRecord> records) {
        return new EnvironmentReport(
                state.environment(),
                state.environment().clusters().stream()
                        .map(cluster -> unchanged(
                                state,
                                cluster,
                                Optional.ofNullable(records.get(cluster)).orElseThrow()))
                        .toList(),
                engine.stores().leftBehind(state.environment(), records));
    }

    private ClusterReport unchanged(DesiredState state, ClusterId cluster, DeploymentRecord record) {
        engine.events().publish(new LifecycleEvent.DeploymentUnchanged(record));
        List<NamespaceReport> namespaces = state.namespaces().stream()
                .map(namespace ->
                        new NamespaceReport(namespace, state.policy(), new NamespaceOutcome.Unchanged(), Duration.ZERO))
                .toList();
        return new ClusterReport(cluster, new ClusterOutcome.Unchanged(record), namespaces);
    }

    private DeploymentReport inPromotionOrder(
            Collection<EnvironmentId> ids, Function<Environment, EnvironmentReport> deployment) {
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("No environment id is given");
        }
        List<Environment> environments =
                Environment.inPromotionOrder(engine.stores().environments(new LinkedHashSet<>(ids), Operation.DEPLOY));
        List<EnvironmentReport> reports = new ArrayList<>();
        for (Environment environment : environments) {
            EnvironmentReport report;
            try {
                report = deployment.apply(environment);
            } catch (OperationInterruptedException e) {
                if (!reports.isEmpty()) {
                    // The caller gets the same exception in every environment, and what was done before it as well.
                    e.addSuppressed(failed(environments, reports, EnvironmentReport.failed(environment, e)));
                }
                throw e;
            } catch (HostTransactionException e) {
                // The environments before it are unchanged, so nothing has happened.
                throw e;
            } catch (NamespaceException e) {
                if (reports.isEmpty()) {
                    throw e;
                }
                report = EnvironmentReport.failed(environment, e);
            }
            if (!report.succeeded()) {
                throw failed(environments, reports, report);
            }
            reports.add(report);
        }
        return new DeploymentReport(reports, List.of());
    }

    private static DeploymentFailedException failed(
            List<Environment> environments, List<EnvironmentReport> succeeded, EnvironmentReport failed) {
        List<EnvironmentReport> reports = new ArrayList<>(succeeded);
        reports.add(failed);
        List<EnvironmentId> notAttempted =
                environments.stream().skip(reports.size()).map(Environment::id).toList();
        return new DeploymentFailedException(
                ErrorContext.of(Operation.DEPLOY, failed.environment().id()),
                new DeploymentReport(reports, notAttempted));
    }
}

package dev.namespaces.core;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.RecordedUid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The dry run that asks each API server what it would do. It takes no lock, writes nothing, and records nothing. */
final class ServerPlan {

    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Engine engine;
    private final Environment environment;
    private final DeployOptions options;
    private final DesiredState state;
    private final WorkQueue queue;
    private final Map<ClusterId, ClusterPlan> plans = new LinkedHashMap<>();

    ServerPlan(
            Engine engine,
            Environment environment,
            Collection<ClusterId> clusters,
            @Nullable NamespaceId only,
            DeployOptions options) {
        this.engine = engine;
        this.environment = environment;
        this.options = options;
        this.state = only == null
                ? engine.stores().desired(environment)
                : engine.stores().desired(environment, only);
        this.queue = new WorkQueue(
                engine,
                environment.id(),
                cluster -> new LifecycleClosedException(
                        ErrorContext.of(Operation.PLAN_DEPLOYMENT, cluster).withEnvironment(environment.id())));
        clusters.forEach(cluster -> plans.put(cluster, new ClusterPlan(new Target(environment.id(), cluster))));
    }

    EnvironmentReport run() {
        engine.enter(Operation.PLAN_DEPLOYMENT);
        try {
            plans.values().forEach(ClusterPlan::look);
            while (!plans.values().stream().allMatch(ClusterPlan::isFinished)) {
                queue.await(WATCH_NANOS);
            }
        } catch (InterruptedException e) {
            OperationInterruptedException failure =
                    new OperationInterruptedException(ErrorContext.of(Operation.PLAN_DEPLOYMENT, environment.id()), e);
            queue.interrupt();
            queue.drain(failure);
            Thread.currentThread().interrupt();
            throw failure;
        } catch (RuntimeException | Error e) {
            queue.interrupt();
            queue.drain(e);
            throw e;
        } finally {
            engine.leave();
        }
        return new EnvironmentReport(
                environment, plans.values().stream().map(ClusterPlan::report).toList());
    }

    private record Looked(Rendered rendered, Look look, Map<ResourceRef, TargetObject> rows) {}

    /** One cluster in this dry run. */
    private final class ClusterPlan {

        private final Target target;
        private final Map<String, NamespaceReport> reports = new LinkedHashMap<>();
        private @Nullable PolicyDialect dialect;
        private @Nullable ClusterOutcome outcome;

        ClusterPlan(Target target) {
            this.target = target;
            state.namespaces()
                    .forEach(namespace -> reports.put(
                            namespace.name(),
                            new NamespaceReport(
                                    namespace, state.policy(), new NamespaceOutcome.NotAttempted(), Duration.ZERO)));
        }

        boolean isFinished() {
            return outcome != null;
        }

        ClusterReport report() {
            return new ClusterReport(
                    target.clusterId(), Objects.requireNonNull(outcome), List.copyOf(reports.values()));
        }

        void look() {
            List<TargetObject> rows = state.namespaces().size() == 1
                    ? engine.stores().objects(target, state.namespaces().get(0).name())
                    : engine.stores().objects(target);
            Map<ResourceRef, TargetObject> byResource = new HashMap<>();
            rows.forEach(row -> byResource.put(row.resource(), row));
            queue.submit(
                    target,
                    gateway -> {
                        ClusterSide side = engine.clusters().with(gateway);
                        Settings settings = side.settings();
                        PolicyDialect chosen = Dialects.choose(
                                settings.egressOn(target.clusterId()).dialect(), gateway, target.clusterId());
                        Rendered rendered = Rendered.of(state, target.clusterId(), chosen, settings);
                        Look look = Look.at(side, target, List.copyOf(reports.keySet()), rows, chosen, true);
                        return () -> looked(new Looked(rendered, look, byResource));
                    },
                    failure -> () -> outcome = new ClusterOutcome.Failed(failure));
        }

        private void looked(Looked looked) {
            dialect = looked.rendered.dialect();
            Set<String> ensured = ensuredByUs(looked);
            for (Rendered.Entry entry : looked.rendered.namespaces()) {
                NamespaceWork work = NamespaceWork.of(entry, looked.look, looked.rows, options);
                long start = System.nanoTime();
                queue.submit(
                        target,
                        gateway -> {
                            NamespaceOutcome planned = new NamespacePlanner(
                                            engine.clusters().with(gateway), target, options, ensured)
                                    .plan(work);
                            return () -> planned(entry, planned, start);
                        },
                        failure -> () -> planned(
                                entry,
                                failure instanceof LifecycleClosedException
                                        ? new NamespaceOutcome.NotAttempted()
                                        : new NamespaceOutcome.Failed(failure),
                                start));
            }
            endIfDone();
        }

        private Set<String> ensuredByUs(Looked looked) {
            List<String> uids = new ArrayList<>();
            reports.keySet().forEach(name -> {
                io.fabric8.kubernetes.api.model.Namespace live = looked.look.namespace(name);
                if (live != null) {
                    uids.add(live.getMetadata().getUid());
                }
            });
            return uids.isEmpty()
                    ? Set.of()
                    : engine.stores().stores().targetObjects().findByUids(target.clusterId(), uids).stream()
                            .map(RecordedUid::identity)
                            .filter(identity -> identity.origin() == Origin.ENSURED)
                            .map(identity -> identity.uid())
                            .collect(Collectors.toSet());
        }

        private void planned(Rendered.Entry entry, NamespaceOutcome planned, long start) {
            reports.put(
                    entry.namespace().name(),
                    new NamespaceReport(
                            entry.namespace(),
                            state.policy(),
                            inTheirWords(planned),
                            Duration.ofNanos(System.nanoTime() - start)));
            endIfDone();
        }

        /** A worker that was interrupted because of a close knows only that it was interrupted. */
        private NamespaceOutcome inTheirWords(NamespaceOutcome outcome) {
            return outcome instanceof NamespaceOutcome.Failure failed
                            && failed.cause() instanceof OperationInterruptedException
                            && engine.isClosed()
                    ? new NamespaceOutcome.NotAttempted()
                    : outcome;
        }

        private void endIfDone() {
            if (!queue.isIdle(target.clusterId())) {
                return;
            }
            if (has(NamespaceOutcome.NotAttempted.class)) {
                outcome = new ClusterOutcome.Failed(new LifecycleClosedException(context()));
            } else {
                outcome = has(NamespaceOutcome.Failure.class)
                        ? new ClusterOutcome.Incomplete()
                        : new ClusterOutcome.NotRecorded(Objects.requireNonNull(dialect));
            }
        }

        private boolean has(Class<? extends NamespaceOutcome> type) {
            return reports.values().stream().map(NamespaceReport::outcome).anyMatch(type::isInstance);
        }

        private ErrorContext context() {
            EnvironmentId id = target.environmentId();
            return ErrorContext.of(Operation.PLAN_DEPLOYMENT, target.clusterId())
                    .withEnvironment(id);
        }
    }
}

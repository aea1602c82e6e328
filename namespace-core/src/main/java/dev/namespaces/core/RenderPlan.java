package dev.namespaces.core;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The dry run that renders and asks no cluster. */
final class RenderPlan {

    private final StoreSide stores;
    private final Settings settings;

    RenderPlan(StoreSide stores, Settings settings) {
        this.stores = stores;
        this.settings = settings;
    }

    EnvironmentReport of(Environment environment, Collection<ClusterId> clusters, @Nullable NamespaceId only) {
        DesiredState state = only == null ? stores.desired(environment) : stores.desired(environment, only);
        Map<ClusterId, DeploymentRecord> records = stores.records(environment.id());
        return new EnvironmentReport(
                environment,
                clusters.stream()
                        .map(cluster -> of(state, cluster, records.get(cluster)))
                        .toList());
    }

    private ClusterReport of(DesiredState state, ClusterId cluster, @Nullable DeploymentRecord record) {
        try {
            PolicyDialect dialect = dialect(cluster, record);
            List<NamespaceReport> namespaces = Rendered.of(state, cluster, dialect, settings).namespaces().stream()
                    .map(entry -> new NamespaceReport(
                            entry.namespace(), state.policy(), outcome(cluster, entry), Duration.ZERO))
                    .toList();
            boolean anyFailed =
                    namespaces.stream().anyMatch(each -> each.outcome() instanceof NamespaceOutcome.Failure);
            return new ClusterReport(
                    cluster,
                    anyFailed ? new ClusterOutcome.Incomplete() : new ClusterOutcome.NotRecorded(dialect),
                    namespaces);
        } catch (NamespaceException e) {
            return new ClusterReport(
                    cluster,
                    new ClusterOutcome.Failed(e),
                    state.namespaces().stream()
                            .map(namespace -> new NamespaceReport(
                                    namespace, state.policy(), new NamespaceOutcome.NotAttempted(), Duration.ZERO))
                            .toList());
        }
    }

    private NamespaceOutcome outcome(ClusterId cluster, Rendered.Entry entry) {
        if (entry.refused()) {
            ResourceRef resource = ResourceRef.namespace(entry.namespace().name());
            try {
                settings.requireDeployable(
                        entry.environment(),
                        entry.namespace(),
                        ErrorContext.of(Operation.PLAN_DEPLOYMENT, cluster, resource)
                                .withEnvironment(entry.environment().id()));
            } catch (NamespaceException e) {
                return new NamespaceOutcome.Failed(e);
            }
        }
        return new NamespaceOutcome.Planned(
                List.of(entry.manifest(Origin.CREATED), entry.egress().manifest()),
                List.of(),
                List.of(),
                entry.egress().omissions());
    }

    /** Chooses a dialect without asking the cluster: the best guess is the dialect that was found there last. */
    private PolicyDialect dialect(ClusterId cluster, @Nullable DeploymentRecord record) {
        DialectChoice choice = settings.egressOn(cluster).dialect();
        if (choice instanceof DialectChoice.Fixed fixed) {
            return fixed.dialect();
        }
        return record == null || record.completion() == null
                ? PolicyDialect.CILIUM
                : record.completion().dialect();
    }
}

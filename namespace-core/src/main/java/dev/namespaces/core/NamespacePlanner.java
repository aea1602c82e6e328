package dev.namespaces.core;

import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceExistsException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks one API server what it would do about one namespace and its policy. Writes nothing. */
final class NamespacePlanner {

    private final ClusterGateway gateway;
    private final Settings settings;
    private final LabelScheme scheme;
    private final Target target;
    private final DeployOptions options;
    private final Set<String> ensured;

    /** @param ensured the UIDs of namespaces that our own ensure created */
    NamespacePlanner(ClusterSide side, Target target, DeployOptions options, Set<String> ensured) {
        this.gateway = side.gateway();
        this.settings = side.settings();
        this.scheme = settings.scheme();
        this.target = target;
        this.options = options;
        this.ensured = ensured;
    }

    NamespaceOutcome plan(NamespaceWork work) {
        try {
            settings.requireDeployable(
                    work.desired().environment(), work.desired().namespace(), context(Operation.PLAN_DEPLOYMENT, work));
            List<String> warnings = new ArrayList<>();
            HasMetadata namespace = planNamespace(work, warnings);
            HasMetadata policy = planPolicy(work, warnings);
            return new NamespaceOutcome.Planned(
                    List.of(namespace, policy),
                    egressChanges(work),
                    warnings,
                    work.desired().egress().omissions());
        } catch (NamespaceException e) {
            return new NamespaceOutcome.Failed(e);
        }
    }

    private HasMetadata planNamespace(NamespaceWork work, List<String> warnings) {
        Namespace live = work.live();
        Standing standing = Standing.of(live, work.namespaceRow(), target.environmentId(), scheme);
        Decision decision = Decision.on(
                standing,
                new Decision.Wish(
                        options.mode(),
                        options.adoption() == null ? settings.adoption() : options.adoption(),
                        options.takeOverNamespaces()
                                .contains(work.desired().namespace().name()),
                        target.environmentId()),
                live != null && ensured.contains(live.getMetadata().getUid()));
        if (decision instanceof Decision.Refuse refuse) {
            throw refusal(work, standing, refuse.reason());
        }
        if (live == null) {
            return create(work, work.desired().manifest(Origin.CREATED), warnings);
        }
        Origin origin = decision instanceof Decision.Update update ? update.origin() : Origin.ADOPTED;
        Namespace manifest = work.desired().manifest(origin);
        boolean takeOver = options.takeOverFields() || options.mode() == ApplyMode.REPLACE;
        return apply(
                manifest,
                live,
                work.namespaceMetadata(origin),
                origin == Origin.CREATED,
                ApplyOptions.as(scheme.fieldManager()).withConflicts(takeOver ? Conflicts.TAKE_OVER : Conflicts.FAIL),
                warnings);
    }

    private HasMetadata planPolicy(NamespaceWork work, List<String> warnings) {
        HasMetadata manifest = work.desired().egress().manifest();
        HasMetadata live = work.livePolicy();
        return live == null
                ? create(work, manifest, warnings)
                : apply(
                        NamespaceDeployer.copyOf(manifest),
                        live,
                        work.policyMetadata(),
                        false,
                        ApplyOptions.as(scheme.fieldManager())
                                .withConflicts(Conflicts.TAKE_OVER)
                                .withExtent(Extent.WHOLE_OBJECT),
                        warnings);
    }

    private HasMetadata create(NamespaceWork work, HasMetadata manifest, List<String> warnings) {
        CreateResult result = gateway.create(
                target.clusterId(),
                manifest,
                CreateOptions.as(scheme.fieldManager()).withDryRun(true));
        if (result instanceof CreateResult.Created created) {
            warnings.addAll(created.warnings());
            return created.live();
        }
        throw new PreconditionFailedException(
                context(Operation.PLAN_DEPLOYMENT, work), "it was created by others just now; plan again", null);
    }

    private HasMetadata apply(
            HasMetadata manifest,
            HasMetadata live,
            WantedMetadata wanted,
            boolean ours,
            ApplyOptions apply,
            List<String> warnings) {
        warnings.addAll(
                wanted.putInto(manifest, live, LiveMetadata.annotations(live).get(scheme.attemptKey()), ours, scheme));
        manifest.getMetadata().setUid(live.getMetadata().getUid());
        manifest.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
        ApplyResult result = gateway.apply(target.clusterId(), manifest, apply.withDryRun(true));
        warnings.addAll(result.warnings());
        return result.live();
    }

    private List<String> egressChanges(NamespaceWork work) {
        @Nullable
        HasMetadata former = work.livePolicy() != null
                ? work.livePolicy()
                : work.unwanted().stream().findFirst().orElse(null);
        return former == null
                ? List.of()
                : EgressChanges.between(former, work.desired().egress().manifest());
    }

    private NamespaceException refusal(NamespaceWork work, Standing standing, Decision.Reason reason) {
        return switch (reason) {
            case ABSENT -> new NamespaceAbsentException(context(Operation.REPLACE, work));
            case EXISTS -> new NamespaceExistsException(context(Operation.CREATE, work));
            case TERMINATING ->
                new NamespaceTerminatingException(
                        context(Operation.PLAN_DEPLOYMENT, work),
                        LiveNamespaces.deletionConditions(((Standing.Terminating) standing).live()),
                        null);
            case CLAIMED, NOT_OURS -> NamespaceDeployer.notOurs(standing, context(Operation.PLAN_DEPLOYMENT, work));
        };
    }

    private ErrorContext context(Operation operation, NamespaceWork work) {
        return ErrorContext.of(
                        operation,
                        target.clusterId(),
                        ResourceRef.namespace(work.desired().namespace().name()))
                .withEnvironment(target.environmentId());
    }
}

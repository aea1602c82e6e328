package dev.namespaces.core;

import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.Origin;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceExistsException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateResult;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Brings one namespace and its policy to the desired state on one cluster. */
final class NamespaceApplier {

    /** How often a namespace that changes under our hands is read again. */
    private static final int MAX_READS = 5;

    private final ClusterGateway gateway;
    private final LabelScheme scheme;
    private final ClusterId cluster;
    private final DeployOptions options;
    private final PolicyDialect dialect;
    private final boolean otherDialectMayStand;
    private final BooleanSupplier mayWrite;

    /**
     * @param otherDialectMayStand whether a policy object of another dialect may be left from before
     * @param mayWrite asked before every write
     */
    NamespaceApplier(
            Settings settings,
            ClusterId cluster,
            DeployOptions options,
            PolicyDialect dialect,
            boolean otherDialectMayStand,
            BooleanSupplier mayWrite) {
        this.gateway = settings.gateway();
        this.scheme = settings.scheme();
        this.cluster = cluster;
        this.options = options;
        this.dialect = dialect;
        this.otherDialectMayStand = otherDialectMayStand;
        this.mayWrite = mayWrite;
    }

    NamespaceOutcome apply(DesiredState.Desired desired) {
        AppliedNamespace namespace = applyNamespace(desired);
        // A namespace that was just created has no policy yet.
        boolean stood = namespace.effect == Effect.CONFIGURED;
        List<HasMetadata> ofOtherDialects = stood && otherDialectMayStand ? findOfOtherDialects(desired) : List.of();
        List<String> egressChanges = stood ? egressChanges(desired, ofOtherDialects) : List.of();
        requireMayWrite(desired);
        ApplyResult policy = gateway.apply(
                cluster,
                desired.egress().manifest(),
                ApplyOptions.as(scheme.fieldManager())
                        .withDryRun(isDryRun())
                        .with(Conflicts.TAKE_OVER)
                        .with(Extent.WHOLE_OBJECT));
        if (!isDryRun()) {
            delete(desired, ofOtherDialects);
        }
        List<String> warnings = new ArrayList<>(namespace.warnings);
        warnings.addAll(policy.warnings());
        return isDryRun()
                ? new NamespaceOutcome.Planned(
                        List.of(namespace.live, policy.live()),
                        egressChanges,
                        warnings,
                        desired.egress().omissions())
                : new NamespaceOutcome.Deployed(
                        namespace.origin,
                        namespace.effect,
                        policy.effect(),
                        egressChanges,
                        warnings,
                        desired.egress().omissions());
    }

    private List<String> egressChanges(DesiredState.Desired desired, List<HasMetadata> ofOtherDialects) {
        HasMetadata manifest = desired.egress().manifest();
        return gateway.find(cluster, ResourceRef.of(manifest))
                .or(() -> ofOtherDialects.stream().findFirst())
                .map(before -> EgressChanges.between(before, manifest))
                .orElse(List.of());
    }

    private record AppliedNamespace(HasMetadata live, Origin origin, Effect effect, List<String> warnings) {}

    private AppliedNamespace applyNamespace(DesiredState.Desired desired) {
        ResourceRef resource = ResourceRef.namespace(desired.namespace().name());
        EnvironmentId environmentId = desired.environment().id();
        boolean triedToCreate = false;
        for (int read = 1; ; read++) {
            Optional<HasMetadata> found = gateway.find(cluster, resource);
            if (found.isEmpty()) {
                if (options.mode() == ApplyMode.REPLACE) {
                    throw new NamespaceAbsentException(context(Operation.REPLACE, desired));
                }
                requireMayWrite(desired);
                CreateResult result =
                        gateway.create(cluster, desired.manifest(Origin.CREATED), scheme.fieldManager(), isDryRun());
                if (result instanceof CreateResult.Created created) {
                    return new AppliedNamespace(created.live(), Origin.CREATED, Effect.CREATED, created.warnings());
                }
                triedToCreate = true;
            } else {
                Namespace live = (Namespace) found.get();
                LiveNamespaces.requireNotTerminating(live, context(Operation.APPLY, desired));
                boolean ours = isLabelledFor(environmentId, live);
                boolean lostAnswer = triedToCreate && ours && hasId(desired, live);
                if (options.mode() == ApplyMode.CREATE && !lostAnswer) {
                    throw new NamespaceExistsException(context(Operation.CREATE, desired));
                }
                Optional<String> owner = LiveNamespaces.label(live, scheme.environmentKey());
                if (owner.isPresent() && !ours && !options.takeOver()) {
                    throw new NamespaceOwnedByOtherException(context(Operation.APPLY, desired), owner.get());
                }
                // What bears our environment's label but no origin that we know was not provably made by us.
                Origin origin = ours
                        ? LiveNamespaces.label(live, scheme.originKey())
                                .flatMap(Origin::ofLabel)
                                .orElse(Origin.ADOPTED)
                        : Origin.ADOPTED;
                requireMayWrite(desired);
                try {
                    ApplyResult result =
                            gateway.apply(cluster, asRead(desired.manifest(origin), live), namespaceOptions());
                    return new AppliedNamespace(
                            result.live(), origin, lostAnswer ? Effect.CREATED : Effect.CONFIGURED, result.warnings());
                } catch (PreconditionFailedException e) {
                    if (read >= MAX_READS) {
                        throw e;
                    }
                }
            }
            if (read >= MAX_READS) {
                throw new PreconditionFailedException(
                        context(Operation.APPLY, desired),
                        "the namespace was created and deleted repeatedly while it was applied; gave up after "
                                + MAX_READS + " reads",
                        null);
            }
        }
    }

    /** Ties the apply to the object that was looked at, so that nobody's label is overwritten unseen. */
    private static Namespace asRead(Namespace manifest, Namespace live) {
        manifest.getMetadata().setUid(live.getMetadata().getUid());
        manifest.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
        return manifest;
    }

    private ApplyOptions namespaceOptions() {
        boolean takeOver = options.takeOver() || options.mode() == ApplyMode.REPLACE;
        return ApplyOptions.as(scheme.fieldManager())
                .withDryRun(isDryRun())
                .with(takeOver ? Conflicts.TAKE_OVER : Conflicts.FAIL);
    }

    private List<HasMetadata> findOfOtherDialects(DesiredState.Desired desired) {
        return Arrays.stream(PolicyDialect.values())
                .filter(other -> other != dialect)
                .map(other -> new ResourceRef(
                        other.apiVersion(), other.kind(), desired.namespace().name(), scheme.policyName()))
                .flatMap(resource -> gateway.find(cluster, resource).stream())
                .filter(this::isManaged)
                .toList();
    }

    /** Policies add up: a broad one of another dialect would keep open what the new one closes. */
    private void delete(DesiredState.Desired desired, List<HasMetadata> ofOtherDialects) {
        for (HasMetadata old : ofOtherDialects) {
            requireMayWrite(desired);
            gateway.delete(cluster, ResourceRef.of(old), old.getMetadata().getUid());
        }
    }

    private boolean isManaged(HasMetadata live) {
        return LiveNamespaces.label(live, scheme.managedByKey())
                .filter(scheme.managedByValue()::equals)
                .isPresent();
    }

    private boolean isLabelledFor(EnvironmentId environmentId, HasMetadata live) {
        return LiveNamespaces.label(live, scheme.environmentKey())
                .filter(environmentId.value()::equals)
                .isPresent();
    }

    private boolean hasId(DesiredState.Desired desired, HasMetadata live) {
        return LiveNamespaces.label(live, scheme.namespaceIdKey())
                .filter(desired.namespace().id().value()::equals)
                .isPresent();
    }

    private boolean isDryRun() {
        return options.dryRun() != DryRun.NONE;
    }

    private void requireMayWrite(DesiredState.Desired desired) {
        if (!mayWrite.getAsBoolean()) {
            throw new LeaseLostException(context(Operation.DEPLOY, desired));
        }
    }

    private ErrorContext context(Operation operation, DesiredState.Desired desired) {
        return ErrorContext.of(
                        operation,
                        cluster,
                        ResourceRef.namespace(desired.namespace().name()))
                .withEnvironment(desired.environment().id());
    }
}

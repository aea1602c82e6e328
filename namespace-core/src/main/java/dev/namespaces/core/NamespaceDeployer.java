package dev.namespaces.core;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeployedObject;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceExistsException;
import dev.namespaces.error.NamespaceNotOursException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.ObjectTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PolicyWidenedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ObjectResult;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Brings one namespace and its policy to the desired state on one cluster, on a worker thread. Every write is bound to
 * the UID and the version that was read, or creates; after a conflict the object is read and judged again.
 */
final class NamespaceDeployer {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** The result for the namespace in this pass. */
    sealed interface Result {

        /**
         * The work on the namespace has ended, with success or with a failure.
         *
         * @param objects the results to store about its objects
         * @param repeated whether a write was sent again after a conflict, so that it may have changed what a newer
         *     deployment had written
         */
        record Finished(NamespaceOutcome outcome, List<ObjectResult> objects, boolean repeated) implements Result {}

        /**
         * The namespace exists, and the worker has no proof that it is ours. The caller reads the records of the UID
         * from the store, and decides. The worker wrote nothing to the namespace.
         *
         * @param objects the results to store about its objects, if the deployment of the namespace ends here
         */
        record Unproven(Namespace live, List<ObjectResult> objects) implements Result {}

        /**
         * The namespace has a recorded UID and was deleted since the look. Its create nonce proves nothing any more, so
         * a namespace that a create with a lost response has created could not be recognized. The caller begins again,
         * with a new nonce.
         *
         * @param objects the results to store about its objects, if the deployment of the namespace ends here
         */
        record Gone(List<ObjectResult> objects) implements Result {}
    }

    /**
     * The caller's decision about a namespace that is not provably ours.
     *
     * @param uid the UID of the namespace that was judged
     * @param origin the origin that it gets
     * @param takenFrom the environment that it may be taken from, or null if it may only be adopted
     */
    record Permit(String uid, Origin origin, @Nullable String takenFrom) {}

    private final ClusterSide side;
    private final ClusterGateway gateway;
    private final @Nullable String managed;
    private final Settings settings;
    private final LabelScheme scheme;
    private final Target target;
    private final DeployOptions options;
    private final BooleanSupplier maySend;
    private final NamespaceWork work;
    private final @Nullable Permit permit;
    private final Map<ResourceRef, ObjectTrail> trails = new LinkedHashMap<>();
    private final Map<ResourceRef, BegunDeployment.Entry> begun = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<DeployedObject> objects = new ArrayList<>();
    private @Nullable String namespaceUid;
    private boolean unfenced;
    private boolean conflict;
    private boolean repeated;

    /**
     * @param begun the rows of the objects that the work may send requests for
     * @param permit the caller's permission to take a namespace that is not provably ours, or null without one
     * @param managed a namespace that we manage on the cluster already, or null if none is known
     * @param maySend asked before every request that could write
     */
    NamespaceDeployer(
            ClusterSide side,
            Target target,
            DeployOptions options,
            NamespaceWork work,
            List<BegunDeployment.Entry> begun,
            @Nullable Permit permit,
            @Nullable String managed,
            BooleanSupplier maySend) {
        this.side = side;
        this.managed = managed;
        this.gateway = side.gateway();
        this.settings = side.settings();
        this.scheme = settings.scheme();
        this.target = target;
        this.options = options;
        this.maySend = maySend;
        this.work = work;
        this.permit = permit;
        begun.forEach(entry -> {
            this.begun.put(entry.object().resource(), entry);
            trails.put(entry.object().resource(), new ObjectTrail(entry));
        });
    }

    /** Deploys the namespace. Failures are outcomes; only errors are thrown. */
    Result run() {
        try {
            settings.requireDeployable(
                    work.desired().environment(), work.desired().namespace(), context(Operation.DEPLOY));
            Origin origin = work.writesNamespace() ? writeNamespace() : unchangedNamespace();
            HasMetadata before = writePolicy();
            deleteUnwanted();
            return new Result.Finished(
                    new NamespaceOutcome.Deployed(
                            origin,
                            objects,
                            egressChanges(before),
                            notes,
                            work.desired().egress().omissions()),
                    results(),
                    repeated);
        } catch (UnprovenException e) {
            return new Result.Unproven(e.live, results());
        } catch (GoneException e) {
            return new Result.Gone(results());
        } catch (NamespaceException e) {
            // No pod can be created in a terminating namespace.
            return new Result.Finished(
                    unfenced && !(e instanceof NamespaceTerminatingException)
                            ? new NamespaceOutcome.Unfenced(e)
                            : new NamespaceOutcome.Failed(e),
                    results(),
                    repeated);
        }
    }

    private List<ObjectResult> results() {
        return trails.values().stream()
                .map(trail -> trail.result(work.desired().fingerprint()))
                .toList();
    }

    private Origin unchangedNamespace() {
        objects.add(new DeployedObject(ResourceRef.namespace(name()), DeployedObject.Effect.UNCHANGED));
        ObjectIdentity identity = Objects.requireNonNull(
                Objects.requireNonNull(work.namespaceRow()).identity());
        namespaceUid = identity.uid();
        return identity.origin();
    }

    /** Thrown within this class only, if a namespace is not provably ours. */
    private static final class UnprovenException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient Namespace live;

        UnprovenException(Namespace live) {
            super(null, null, false, false);
            this.live = live;
        }
    }

    /** Thrown within this class only, if a create would have a nonce that proves nothing. */
    private static final class GoneException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        GoneException() {
            super(null, null, false, false);
        }
    }

    private Origin writeNamespace() {
        ResourceRef resource = ResourceRef.namespace(name());
        BegunDeployment.Entry entry = Objects.requireNonNull(begun.get(resource));
        ObjectTrail trail = Objects.requireNonNull(trails.get(resource));
        Backoff backoff = backoff();
        Namespace live = work.live();
        boolean met = false;
        while (true) {
            Standing standing = Standing.of(live, entry.object(), work.environmentId(), scheme);
            Decision decision = decide(standing);
            boolean create = decision instanceof Decision.Create;
            if (create) {
                Optional<Origin> done = create(resource, entry, trail);
                if (done.isPresent()) {
                    return done.get();
                }
                met = true;
            } else {
                Origin origin = decision instanceof Decision.Update update
                        ? update.origin()
                        : Objects.requireNonNull(permit).origin();
                Namespace ours = Objects.requireNonNull(live);
                boolean answerWasLost = met && standing instanceof Standing.Ours byNonce && byNonce.provenByNonce();
                try {
                    apply(resource, entry, trail, ours, origin, answerWasLost);
                    return origin;
                } catch (PreconditionFailedException e) {
                    conflict = true;
                    if (backoff.isOver()) {
                        throw e;
                    }
                }
            }
            requireMaySend();
            live = (Namespace) gateway.find(target.clusterId(), resource).orElse(null);
            if (live == null || !create) {
                giveUpIfOver(backoff, resource);
                backoff.pause(Duration.ZERO, context(Operation.APPLY));
            }
        }
    }

    private Optional<Origin> create(ResourceRef resource, BegunDeployment.Entry entry, ObjectTrail trail) {
        if (entry.object().identity() != null) {
            throw new GoneException();
        }
        requireMaySend();
        requirePolicyPossible();
        Namespace manifest = work.desired().manifest(Origin.CREATED);
        annotate(manifest, scheme.createdKey(), entry.object().createNonce());
        annotate(manifest, scheme.attemptKey(), entry.object().attempt());
        CreateResult result;
        try {
            result = gateway.create(target.clusterId(), manifest, createOptions());
        } catch (RuntimeException e) {
            trail.failed(e);
            throw e;
        }
        if (!(result instanceof CreateResult.Created created)) {
            trail.unchanged(result.arrival());
            return Optional.empty();
        }
        trail.moved(created.arrival());
        namespaceUid = created.live().getMetadata().getUid();
        trail.identified(new ObjectIdentity(namespaceUid, Origin.CREATED));
        // The new object has no values of others, in contrast to a former object of the row.
        trail.applied(work.namespaceMetadata(Origin.CREATED).keysToSet(null, scheme));
        noteChanged(work.namespaceMetadata(Origin.CREATED), (Namespace) created.live());
        notes.addAll(created.warnings());
        objects.add(new DeployedObject(resource, DeployedObject.Effect.CREATED));
        return Optional.of(Origin.CREATED);
    }

    private void requirePolicyPossible() {
        ResourceRef policy = ResourceRef.of(work.desired().egress().manifest());
        ErrorContext context =
                ErrorContext.of(Operation.CREATE, target.clusterId(), policy).withEnvironment(target.environmentId());
        PolicyDialect dialect = Stream.of(PolicyDialect.values())
                .filter(each -> each.kind().equals(policy.kind()))
                .findFirst()
                .orElseThrow();
        // The choice of the dialect has asked for its kind, unless the dialect is fixed.
        if (settings.egressOn(target.clusterId()).dialect() instanceof DialectChoice.Fixed) {
            side.policyRights().requireKind(gateway, dialect, context, target.clusterId());
        }
        if (managed != null) {
            side.policyRights().requireCreate(gateway, dialect, managed, context, target.clusterId());
        }
    }

    private void apply(
            ResourceRef resource,
            BegunDeployment.Entry entry,
            ObjectTrail trail,
            Namespace live,
            Origin origin,
            boolean answerWasLost) {
        requireMaySend();
        WantedMetadata wanted = WantedMetadata.of(work.desired().manifest(origin), entry.object());
        Namespace manifest = work.desired().manifest(origin);
        boolean ours = origin == Origin.CREATED;
        List<String> kept = wanted.putInto(manifest, live, entry.object().attempt(), ours, scheme);
        bind(manifest, live);
        boolean takeOver = options.takeOverFields() || options.mode() == ApplyMode.REPLACE;
        ApplyResult result = apply(
                manifest, trail, origin, applyOptions().withConflicts(takeOver ? Conflicts.TAKE_OVER : Conflicts.FAIL));
        namespaceUid = live.getMetadata().getUid();
        // A begin from before the namespace was met could not know the values that its adoption overwrites.
        boolean adopts = permit != null && permit.takenFrom() == null;
        trail.applied(
                adopts
                        ? wanted.keysToSet(live, scheme).plus(wanted.keysAfterwards(scheme))
                        : wanted.keysAfterwards(scheme));
        noteChanged(wanted, (Namespace) result.live());
        notes.addAll(kept);
        notes.addAll(result.warnings());
        objects.add(
                new DeployedObject(resource, answerWasLost ? DeployedObject.Effect.CREATED : effect(result.effect())));
    }

    /** Returns the policy object as it was before, if there was one that changed. */
    private @Nullable HasMetadata writePolicy() {
        HasMetadata desired = work.desired().egress().manifest();
        ResourceRef resource = ResourceRef.of(desired);
        if (!work.writesPolicy()) {
            objects.add(new DeployedObject(resource, DeployedObject.Effect.UNCHANGED));
            return null;
        }
        BegunDeployment.Entry entry = Objects.requireNonNull(begun.get(resource));
        ObjectTrail trail = Objects.requireNonNull(trails.get(resource));
        WantedMetadata wanted = WantedMetadata.of(desired, entry.object());
        Backoff backoff = backoff();
        HasMetadata live = work.livePolicy();
        HasMetadata before = live;
        while (true) {
            unfenced = live == null && work.unwanted().isEmpty();
            requireMaySend();
            if (live == null) {
                HasMetadata manifest = copyOf(desired);
                annotate(manifest, scheme.createdKey(), entry.object().createNonce());
                annotate(manifest, scheme.attemptKey(), entry.object().attempt());
                CreateResult result;
                try {
                    result = gateway.create(target.clusterId(), manifest, createOptions());
                } catch (NamespaceAbsentException e) {
                    trail.failed(e);
                    requireNamespace();
                    if (backoff.isOver()) {
                        throw e;
                    }
                    backoff.pause(Duration.ZERO, context(Operation.CREATE));
                    continue;
                } catch (RuntimeException e) {
                    trail.failed(e);
                    throw e;
                }
                if (result instanceof CreateResult.Created created) {
                    trail.moved(created.arrival());
                    trail.identified(
                            new ObjectIdentity(created.live().getMetadata().getUid(), Origin.CREATED));
                    unfenced = false;
                    requireNotWidened(manifest, null, created.live());
                    trail.applied(wanted.keysAfterwards(scheme));
                    notes.addAll(created.warnings());
                    objects.add(new DeployedObject(resource, DeployedObject.Effect.CREATED));
                    return before;
                }
                trail.unchanged(result.arrival());
            } else if (LiveNamespaces.isTerminating(live)) {
                // The API server may delete it at any moment, so it does not count as the policy.
                if (backoff.isOver()) {
                    throw terminating(live).settled();
                }
            } else {
                HasMetadata manifest = copyOf(desired);
                Origin origin = originOfPolicy(entry.object(), live);
                List<String> kept =
                        wanted.putInto(manifest, live, entry.object().attempt(), origin == Origin.CREATED, scheme);
                bind(manifest, live);
                try {
                    ApplyResult result = apply(
                            manifest,
                            trail,
                            origin,
                            applyOptions().withConflicts(Conflicts.TAKE_OVER).withExtent(Extent.WHOLE_OBJECT));
                    requireNotWidened(manifest, live, result.live());
                    trail.applied(wanted.keysAfterwards(scheme));
                    notes.addAll(kept);
                    notes.addAll(result.warnings());
                    objects.add(new DeployedObject(resource, effect(result.effect())));
                    return before == null ? live : before;
                } catch (PreconditionFailedException e) {
                    conflict = true;
                    if (backoff.isOver()) {
                        throw e;
                    }
                }
            }
            boolean met = live == null;
            requireMaySend();
            live = gateway.find(target.clusterId(), resource).orElse(null);
            if (live == null || !met) {
                giveUpIfOver(backoff, resource);
                backoff.pause(Duration.ZERO, context(Operation.APPLY));
            }
        }
    }

    /**
     * Compares the policy that the API server stored with the one that was sent. Admission controllers may change it,
     * and most of their changes are harmless, so only egress that it gains is a failure.
     */
    private void requireNotWidened(HasMetadata sent, @Nullable HasMetadata before, HasMetadata stored) {
        ResourceRef resource = ResourceRef.of(stored);
        if (!LiveMetadata.isOf(sent, before, stored)) {
            notes.add("an admission controller changed the labels or annotations of " + resource);
        }
        if (ManifestContent.isSame(sent, stored)) {
            return;
        }
        List<String> gained = EgressChanges.gained(sent, stored);
        if (!gained.isEmpty()) {
            throw new PolicyWidenedException(
                            ErrorContext.of(Operation.APPLY, target.clusterId(), resource)
                                    .withEnvironment(target.environmentId()),
                            gained)
                    .settled();
        }
        notes.add("an admission controller changed " + resource + ", which allows no more egress than before");
    }

    private void noteChanged(WantedMetadata wanted, Namespace stored) {
        if (!wanted.isMetBy(stored, scheme)) {
            notes.add("an admission controller changed the labels or annotations of " + ResourceRef.of(stored));
        }
    }

    /** Begins again if the namespace was deleted, or replaced, since it was written or looked at. */
    private void requireNamespace() {
        requireMaySend();
        boolean isThere = gateway.find(target.clusterId(), ResourceRef.namespace(name()))
                .filter(found -> found.getMetadata().getUid().equals(namespaceUid))
                .isPresent();
        if (!isThere) {
            throw new GoneException();
        }
    }

    private Origin originOfPolicy(TargetObject row, HasMetadata live) {
        if (!NamespaceWork.isProvenOurs(live, row, scheme)) {
            return Origin.ADOPTED;
        }
        ObjectIdentity known = row.identity();
        return known == null ? Origin.CREATED : known.origin();
    }

    /**
     * Deletes our policies of other dialects. Policies add up: a broad one of another dialect would still allow the
     * egress that the new one restricts.
     */
    private void deleteUnwanted() {
        for (HasMetadata unwanted : work.unwanted()) {
            ResourceRef resource = ResourceRef.of(unwanted);
            ObjectTrail trail = Objects.requireNonNull(trails.get(resource));
            TargetObject row = Objects.requireNonNull(begun.get(resource)).object();
            Backoff backoff = backoff();
            Optional<HasMetadata> live = Optional.of(unwanted);
            while (live.isPresent()) {
                HasMetadata now = live.get();
                requireMaySend();
                try {
                    gateway.delete(
                            target.clusterId(),
                            resource,
                            DeleteOptions.of(
                                            now.getMetadata().getUid(),
                                            now.getMetadata().getResourceVersion())
                                    .withMaySend(maySend));
                } catch (PreconditionFailedException e) {
                    trail.failed(e);
                    if (backoff.isOver()) {
                        throw e;
                    }
                } catch (RuntimeException e) {
                    trail.failed(e);
                    throw e;
                }
                requireMaySend();
                live = gateway.find(target.clusterId(), resource)
                        .filter(found -> NamespaceWork.isOurPolicy(found, row, scheme));
                if (live.isPresent()) {
                    if (backoff.isOver()) {
                        throw terminating(live.get()).settled();
                    }
                    backoff.pause(Duration.ZERO, context(Operation.DELETE));
                }
            }
            trail.gone();
            objects.add(new DeployedObject(resource, DeployedObject.Effect.DELETED));
        }
    }

    private List<String> egressChanges(@Nullable HasMetadata before) {
        HasMetadata former =
                before != null ? before : work.unwanted().stream().findFirst().orElse(null);
        return former == null
                ? List.of()
                : EgressChanges.between(former, work.desired().egress().manifest());
    }

    private Decision decide(Standing standing) {
        boolean permitted = permit != null && isOf(standing, permit.uid());
        // Another client may have labelled the namespace for an environment since the caller judged it.
        String takenFrom = permit == null ? null : permit.takenFrom();
        boolean takeOver = permitted
                && standing instanceof Standing.Claimed claimed
                && claimed.environment().equals(takenFrom);
        Decision decision = Decision.on(
                standing,
                new Decision.Wish(
                        options.mode(),
                        permitted ? AdoptionPolicy.ALWAYS : AdoptionPolicy.NEVER,
                        takeOver,
                        work.environmentId()),
                false);
        if (decision instanceof Decision.Refuse refuse) {
            throw refusal(standing, refuse.reason());
        }
        return decision;
    }

    private static boolean isOf(Standing standing, String uid) {
        Namespace live = standing instanceof Standing.Claimed claimed
                ? claimed.live()
                : standing instanceof Standing.Foreign foreign ? foreign.live() : null;
        return live != null && uid.equals(live.getMetadata().getUid());
    }

    private RuntimeException refusal(Standing standing, Decision.Reason reason) {
        return switch (reason) {
            case ABSENT -> new NamespaceAbsentException(context(Operation.REPLACE)).settled();
            case EXISTS -> new NamespaceExistsException(context(Operation.CREATE)).settled();
            case TERMINATING -> terminatingNamespace(((Standing.Terminating) standing).live());
            case CLAIMED -> new UnprovenException(((Standing.Claimed) standing).live());
            case NOT_OURS -> new UnprovenException(((Standing.Foreign) standing).live());
        };
    }

    /** Returns the refusal of a namespace that is not ours, once the caller has looked its UID up. */
    static NamespaceException notOurs(Standing standing, ErrorContext context) {
        return standing instanceof Standing.Claimed claimed
                ? new NamespaceOwnedByOtherException(context, claimed.environment()).settled()
                : new NamespaceNotOursException(context, ((Standing.Foreign) standing).managedBy()).settled();
    }

    private RuntimeException terminatingNamespace(Namespace live) {
        return new NamespaceTerminatingException(
                        context(Operation.APPLY), LiveNamespaces.deletionConditions(live), null)
                .settled();
    }

    private ObjectTerminatingException terminating(HasMetadata live) {
        List<String> finalizers = live.getMetadata().getFinalizers();
        return new ObjectTerminatingException(
                ErrorContext.of(Operation.APPLY, target.clusterId(), ResourceRef.of(live))
                        .withEnvironment(target.environmentId()),
                finalizers == null ? List.of() : finalizers);
    }

    private ApplyResult apply(HasMetadata manifest, ObjectTrail trail, Origin origin, ApplyOptions options) {
        ObjectIdentity identity = new ObjectIdentity(manifest.getMetadata().getUid(), origin);
        try {
            repeated |= conflict;
            ApplyResult result = gateway.apply(target.clusterId(), manifest, options);
            if (result.effect() == ApplyResult.Effect.UNCHANGED) {
                trail.unchanged(result.arrival());
            } else {
                trail.moved(result.arrival());
            }
            trail.identified(identity);
            return result;
        } catch (RuntimeException e) {
            trail.failed(e);
            if (ObjectTrail.mayArriveAfter(e)) {
                trail.identified(identity);
            }
            throw e;
        }
    }

    private ApplyOptions applyOptions() {
        return ApplyOptions.as(scheme.fieldManager()).withMaySend(maySend);
    }

    private CreateOptions createOptions() {
        return CreateOptions.as(scheme.fieldManager()).withMaySend(maySend);
    }

    private Backoff backoff() {
        return new Backoff(FIRST_PAUSE, LONGEST_PAUSE, settings.conflictLimit());
    }

    private void giveUpIfOver(Backoff backoff, ResourceRef resource) {
        if (backoff.isOver()) {
            throw new PreconditionFailedException(
                            ErrorContext.of(Operation.APPLY, target.clusterId(), resource)
                                    .withEnvironment(target.environmentId()),
                            "it was created, changed or deleted by others all the time while it was applied",
                            null)
                    .settled();
        }
    }

    private void requireMaySend() {
        if (!maySend.getAsBoolean()) {
            throw new LeaseLostException(context(Operation.DEPLOY)).settled();
        }
    }

    private static DeployedObject.Effect effect(ApplyResult.Effect effect) {
        return switch (effect) {
            case CREATED -> DeployedObject.Effect.CREATED;
            case CHANGED -> DeployedObject.Effect.CHANGED;
            case UNCHANGED -> DeployedObject.Effect.UNCHANGED;
        };
    }

    private static void bind(HasMetadata manifest, HasMetadata live) {
        manifest.getMetadata().setUid(live.getMetadata().getUid());
        manifest.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
    }

    private static void annotate(HasMetadata manifest, String key, String value) {
        Map<String, String> annotations = new TreeMap<>(LiveMetadata.annotations(manifest));
        annotations.put(key, value);
        manifest.getMetadata().setAnnotations(annotations);
    }

    /** Returns a copy with metadata of its own; the rest is shared, and no code changes it. */
    static HasMetadata copyOf(HasMetadata policy) {
        GenericKubernetesResource copy = new GenericKubernetesResource();
        copy.setApiVersion(policy.getApiVersion());
        copy.setKind(policy.getKind());
        copy.setMetadata(new ObjectMetaBuilder(policy.getMetadata()).build());
        copy.setAdditionalProperties(((GenericKubernetesResource) policy).getAdditionalProperties());
        return copy;
    }

    private String name() {
        return work.desired().namespace().name();
    }

    private ErrorContext context(Operation operation) {
        return ErrorContext.of(operation, target.clusterId(), ResourceRef.namespace(name()))
                .withEnvironment(target.environmentId());
    }
}

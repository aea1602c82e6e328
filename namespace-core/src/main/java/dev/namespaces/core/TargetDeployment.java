package dev.namespaces.core;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.DeploymentRecord.Completion;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.DeploymentStore.CompleteResult;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The deployment of one target, as a chain of steps: locked, read, looked, begun, written, settled. A step can only be
 * created from the step before it, so code cannot change the order that every guarantee depends on.
 *
 * <ul>
 *   <li>A state that was read before the lock was held may be older than the state that its last holder deployed.
 *   <li>Everything is rendered and looked at before {@code begin}, so that a policy that the cluster cannot express
 *       stops the deployment before the first write, and a deployment that would change nothing leaves the record
 *       alone.
 *   <li>{@code begin} comes before the first write, and {@code complete} after the last: a deployment that dies in
 *       between leaves no fingerprint.
 * </ul>
 *
 * <p>Only {@link Read#look} works on a worker thread; everything that is handed a store works on the caller's.
 */
final class TargetDeployment {

    private TargetDeployment() {}

    /**
     * The request of the caller.
     *
     * @param onlyIfChanged whether to do nothing if the record says that the same state was deployed
     * @param only the one namespace to deploy, or null for all of the environment
     */
    record Order(
            DeployOptions options,
            boolean onlyIfChanged,
            @Nullable NamespaceId only) {}

    private record Base(Target target, Lease lease, Order order) {}

    /** Begins the chain, with the lock in hand. */
    static Locked locked(Target target, Lease lease, Order order) {
        return new Locked(new Base(target, lease, order));
    }

    /** The lock is held. */
    static final class Locked {

        private final Base base;

        private Locked(Base base) {
            this.base = base;
        }

        /** Takes the data that was read from the stores after the lock was taken. */
        Read read(DesiredState state, DeploymentRecord record, Collection<TargetObject> rows) {
            return new Read(base, state, record, rows);
        }
    }

    /** The stores were read under the lock. */
    static final class Read {

        private final Base base;
        private final DesiredState state;
        private final DeploymentRecord record;
        private final Map<ResourceRef, TargetObject> rows = new HashMap<>();

        private Read(Base base, DesiredState state, DeploymentRecord record, Collection<TargetObject> rows) {
            this.base = base;
            this.state = state;
            this.record = record;
            rows.forEach(row -> this.rows.put(row.resource(), row));
        }

        DesiredState state() {
            return state;
        }

        /** Returns the record, if it says that the wanted state is deployed. */
        Optional<DeploymentRecord> unchanged(Settings settings) {
            if (!base.order.onlyIfChanged()) {
                return Optional.empty();
            }
            boolean current = base.order.only() == null
                    ? Records.isCurrent(record, state, settings)
                    : ObjectRows.areCurrent(rows.values(), state, base.target.clusterId(), settings);
            return current ? Optional.of(record) : Optional.empty();
        }

        /**
         * Renders everything and looks at the cluster. Writes nothing.
         *
         * @throws dev.namespaces.error.NamespaceException if the policy cannot be rendered or the cluster does not
         *     answer
         */
        Looked look(ClusterSide side) {
            Settings settings = side.settings();
            PolicyDialect dialect = Dialects.choose(
                    settings.egressOn(base.target.clusterId()).dialect(), side.gateway(), base.target.clusterId());
            Rendered rendered = Rendered.of(state, base.target.clusterId(), dialect, settings);
            Look look = Look.at(
                    side,
                    base.target,
                    rendered.namespaces().stream()
                            .map(entry -> entry.namespace().name())
                            .toList(),
                    rows.values(),
                    dialect,
                    base.order.options().rewriteAll());
            List<NamespaceWork> works = rendered.namespaces().stream()
                    .map(entry -> NamespaceWork.of(entry, look, rows, base.order.options()))
                    .sorted(Comparator.comparing(work -> !work.isUnfenced()))
                    .toList();
            Looked looked = new Looked(
                    this,
                    rendered,
                    works,
                    neverSeen(look, works, settings),
                    Records.isTooOld(record.completion(), settings),
                    null);
            // A worker computes the digests, because that takes a while.
            return looked.unchanged().isPresent() ? looked : looked.withFingerprint(rendered.fingerprint());
        }

        /**
         * Returns results that delete the rows of objects that were never seen, once none of our creates can arrive any
         * more.
         */
        private List<ObjectResult> neverSeen(Look look, List<NamespaceWork> works, Settings settings) {
            Set<ResourceRef> wanted = new HashSet<>();
            Set<String> names = new HashSet<>();
            for (NamespaceWork work : works) {
                wanted.add(ResourceRef.namespace(work.desired().namespace().name()));
                wanted.add(ResourceRef.of(work.desired().egress().manifest()));
                names.add(work.desired().namespace().name());
            }
            Instant latest = settings.now().minus(settings.lateWriteLimit());
            return rows.values().stream()
                    .filter(row -> !wanted.contains(row.resource())
                            && names.contains(row.resource().namespace())
                            && look.isProvenAbsent(row.resource())
                            && row.attemptedAt().isBefore(latest))
                    .map(row -> new ObjectResult(row.resource(), row.attempt(), null, new ObjectResult.State.Absent()))
                    .toList();
        }
    }

    /** Everything is rendered, and the work for each namespace is known. */
    static final class Looked {

        private final Read read;
        private final Rendered rendered;
        private final List<NamespaceWork> works;
        private final List<ObjectResult> neverSeen;
        private final boolean tooOld;
        private final @Nullable String fingerprint;

        private Looked(
                Read read,
                Rendered rendered,
                List<NamespaceWork> works,
                List<ObjectResult> neverSeen,
                boolean tooOld,
                @Nullable String fingerprint) {
            this.read = read;
            this.rendered = rendered;
            this.works = works;
            this.neverSeen = neverSeen;
            this.tooOld = tooOld;
            this.fingerprint = fingerprint;
        }

        private Looked withFingerprint(String fingerprint) {
            return new Looked(read, rendered, works, neverSeen, tooOld, fingerprint);
        }

        /** Returns the record, if a deployment would write nothing to the cluster and would not change the record. */
        Optional<DeploymentRecord> unchanged() {
            Completion completion = read.record.completion();
            boolean recorded = read.base.order.only() != null
                    || (completion != null
                            && !tooOld
                            && completion.inputFingerprint().equals(rendered.inputFingerprint())
                            && completion.dialect() == rendered.dialect()
                            && completion.renderingGeneration() >= Rendered.GENERATION);
            return recorded
                            && neverSeen.isEmpty()
                            && works.stream().allMatch(work -> work.isDone() && work.isRecorded())
                    ? Optional.of(read.record)
                    : Optional.empty();
        }

        /** Begins the deployment. Returns empty if another deployment has begun since the record was read. */
        Optional<Begun> begin(DeploymentStore store) {
            List<ObjectIntent> intents = new ArrayList<>();
            works.forEach(work -> intents.addAll(work.intents()));
            return store.begin(read.base.target, read.record.revision(), intents)
                    .map(begun -> new Begun(this, begun));
        }
    }

    /** The record says that writes may be under way. */
    static final class Begun {

        private final Looked looked;
        private BegunDeployment newest;
        private final Map<ResourceRef, BegunDeployment.Entry> entries = new HashMap<>();

        private Begun(Looked looked, BegunDeployment begun) {
            this.looked = looked;
            this.newest = begun;
            keep(begun);
        }

        private void keep(BegunDeployment begun) {
            begun.objects().forEach(entry -> entries.put(entry.object().resource(), entry));
        }

        BegunDeployment deployment() {
            return newest;
        }

        List<NamespaceWork> works() {
            return looked.works;
        }

        /** Returns the name of a namespace that we manage on the cluster already. */
        Optional<String> managedNamespace() {
            return looked.works.stream()
                    .filter(NamespaceWork::isManaged)
                    .map(work -> work.desired().namespace().name())
                    .findFirst();
        }

        /** Returns the rows of the objects that the work may send requests for. */
        List<BegunDeployment.Entry> entries(NamespaceWork work) {
            return work.resources().stream()
                    .flatMap(resource -> Optional.ofNullable(entries.get(resource)).stream())
                    .toList();
        }

        /**
         * Begins again for a namespace that has changed since the look. So the values that its adoption overwrites are
         * recorded before the write, or its create gets a new nonce.
         *
         * @return whether the work may continue; false if another deployment has begun since then
         */
        boolean beginAgain(DeploymentStore store, NamespaceWork work) {
            Optional<BegunDeployment> begun = store.begin(looked.read.base.target, newest.revision(), work.intents());
            begun.ifPresent(again -> {
                newest = again;
                keep(again);
            });
            return begun.isPresent();
        }

        /** Takes the results of the objects. */
        Written written(Collection<ObjectResult> results) {
            return new Written(this, results);
        }
    }

    /** Every request has ended, or was given up. */
    static final class Written {

        private final Begun begun;
        private final List<ObjectResult> results;

        private Written(Begun begun, Collection<ObjectResult> results) {
            this.begun = begun;
            this.results = new ArrayList<>(results);
        }

        /**
         * Stores the results of the objects.
         *
         * @param isHeld whether the lease is still held; without it, the rows of objects that this deployment did not
         *     write may already have the results of a newer deployment
         */
        Settled settle(DeploymentStore store, boolean isHeld) {
            if (isHeld) {
                for (NamespaceWork work : begun.looked.works) {
                    work.unrecordedAsWanted().forEach(row -> results.add(recorded(row, work)));
                }
            }
            results.addAll(begun.looked.neverSeen);
            store.settle(begun.newest, results);
            return new Settled(begun);
        }

        /** Returns the result for an object that is as wanted, and for which no request was sent. */
        private static ObjectResult recorded(TargetObject row, NamespaceWork work) {
            return new ObjectResult(
                    row.resource(),
                    row.attempt(),
                    null,
                    new ObjectResult.State.Closed(work.desired().fingerprint(), row.keys()));
        }
    }

    /** The results of the objects are stored. */
    static final class Settled {

        private final Begun begun;

        private Settled(Begun begun) {
            this.begun = begun;
        }

        /** Records that everything was applied. Returns empty if another deployment has begun since then. */
        Optional<DeploymentRecord> complete(DeploymentStore store, Instant now) {
            Rendered rendered = begun.looked.rendered;
            Completion completion = new Completion(
                    rendered.inputFingerprint(),
                    Objects.requireNonNull(begun.looked.fingerprint),
                    Rendered.GENERATION,
                    rendered.dialect(),
                    now);
            DeploymentRecord before = begun.looked.read.record;
            return store.complete(begun.newest, completion) == CompleteResult.COMPLETED
                    ? Optional.of(new DeploymentRecord(
                            before.target(), begun.newest.revision(), before.planSerial(), completion))
                    : Optional.empty();
        }

        PolicyDialect dialect() {
            return begun.looked.rendered.dialect();
        }
    }
}

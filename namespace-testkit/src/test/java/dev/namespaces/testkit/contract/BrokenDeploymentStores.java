package dev.namespaces.testkit.contract;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.ObjectResult.State;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.spi.TargetObjectStore;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Stores with one mistake each. */
final class BrokenDeploymentStores {

    private BrokenDeploymentStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends DeploymentStoreContract implements DeploymentStore, TargetObjectStore {

        final InMemoryDeploymentStore correct = new InMemoryDeploymentStore();
        final Set<Target> targets = Collections.synchronizedSet(new LinkedHashSet<>());

        @Override
        protected DeploymentStore store() {
            return this;
        }

        @Override
        protected TargetObjectStore targetObjects() {
            return this;
        }

        /** Returns the row that the store shows instead of this one. */
        TargetObject shown(TargetObject row) {
            return row;
        }

        /** Returns the intent that the store uses instead of this one. */
        ObjectIntent changed(ObjectIntent intent) {
            return intent;
        }

        /** Returns the result that the store stores instead of this one. */
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return result;
        }

        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(ids);
        }

        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            targets.add(target);
            return correct.begin(
                            target,
                            expectedRevision,
                            intents.stream().map(this::changed).toList())
                    .map(begun -> new BegunDeployment(
                            target,
                            begun.revision(),
                            begun.attempt(),
                            begun.objects().stream()
                                    .map(entry -> new BegunDeployment.Entry(
                                            shown(entry.object()), entry.wasOpen(), entry.formerAttempt()))
                                    .toList()));
        }

        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            correct.settle(
                    begun,
                    results.stream().map(result -> changed(begun, result)).toList());
        }

        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(begun, completion);
        }

        @Override
        public void forget(Target target) {
            correct.forget(target);
        }

        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            return correct.consume(planSerials);
        }

        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            return correct.findByNamespaces(target, names).stream()
                    .map(this::shown)
                    .toList();
        }

        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            return correct.findPage(target, after, limit).stream()
                    .map(this::shown)
                    .toList();
        }

        @Override
        public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
            return correct.findByUids(cluster, uids);
        }

        @Override
        public void recordEnsured(ClusterId cluster, String namespace, String uid) {
            correct.recordEnsured(cluster, namespace, uid);
        }

        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            return correct.release(target, names);
        }

        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            correct.move(from, to, name, receiver);
        }

        DeploymentRecord record(Target target) {
            return TargetRows.record(correct, target);
        }

        List<TargetObject> rows(Target target) {
            return correct.findPage(target, null, 10_000);
        }

        Optional<TargetObject> row(Target target, ResourceRef resource) {
            return rows(target).stream()
                    .filter(row -> row.resource().equals(resource))
                    .findFirst();
        }
    }

    static class MakesNoMistake extends Broken {}

    static class FindsARecordOfEveryEnvironment extends Broken {
        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            List<DeploymentRecord> found = correct.findByEnvironments(ids);
            return found.isEmpty()
                    ? ids.stream()
                            .map(id -> DeploymentRecord.none(new Target(id, new ClusterId("eu-1"))))
                            .toList()
                    : found;
        }
    }

    static class FindsInAnyOrder extends Broken {
        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            List<DeploymentRecord> found = new ArrayList<>(correct.findByEnvironments(ids));
            Collections.reverse(found);
            return found;
        }
    }

    static class FindsOneEnvironmentAfterTheOther extends Broken {
        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            return ids.stream()
                    .flatMap(id -> correct.findByEnvironments(List.of(id)).stream())
                    .toList();
        }
    }

    static class FindsAllRecords extends Broken {
        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(
                    targets.stream().map(Target::environmentId).toList());
        }
    }

    /** Changes what begins. */
    abstract static class ChangesBegin extends Broken {

        abstract BegunDeployment changed(BegunDeployment begun);

        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(target, expectedRevision, intents).map(this::changed);
        }
    }

    static class ReturnsTheRevisionBefore extends ChangesBegin {
        @Override
        BegunDeployment changed(BegunDeployment begun) {
            return new BegunDeployment(begun.target(), begun.revision() - 1, begun.attempt(), begun.objects());
        }
    }

    static class RepeatsARevision extends ChangesBegin {
        @Override
        BegunDeployment changed(BegunDeployment begun) {
            return new BegunDeployment(begun.target(), Math.min(begun.revision(), 2), begun.attempt(), begun.objects());
        }
    }

    static class DrawsOneAttemptForAll extends ChangesBegin {
        @Override
        BegunDeployment changed(BegunDeployment begun) {
            return new BegunDeployment(begun.target(), begun.revision(), "attempt", begun.objects());
        }
    }

    static class SaysThatNoRowWasOpen extends ChangesBegin {
        @Override
        BegunDeployment changed(BegunDeployment begun) {
            return new BegunDeployment(
                    begun.target(),
                    begun.revision(),
                    begun.attempt(),
                    begun.objects().stream()
                            .map(entry -> new BegunDeployment.Entry(entry.object(), false, entry.formerAttempt()))
                            .toList());
        }
    }

    static class KeepsTheCompletionWhenBegun extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            DeploymentRecord.Completion completion = record(target).completion();
            Optional<BegunDeployment> begun = correct.begin(target, expectedRevision, intents);
            if (completion != null) {
                begun.ifPresent(deployment -> correct.complete(deployment, completion));
            }
            return begun;
        }
    }

    static class BeginsAtAnyRevision extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(target, record(target).revision(), intents);
        }
    }

    static class WritesBeforeItChecksTheRevision extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            long revision = record(target).revision();
            Optional<BegunDeployment> begun = correct.begin(target, revision, intents);
            return revision == expectedRevision ? begun : Optional.empty();
        }
    }

    /** Two threads both see the revision before either begins. */
    static class ChecksTheRevisionBeforeItBegins extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            if (record(target).revision() != expectedRevision) {
                return Optional.empty();
            }
            meet(looked);
            return Optional.of(TargetRows.begin(correct, target, intents));
        }
    }

    static class CreatesClosedRows extends Broken {
        @Override
        TargetObject shown(TargetObject row) {
            return copy(
                    row, row.namespaceId(), false, row.createNonce(), row.identity(), row.fingerprint(), row.keys());
        }
    }

    static class UsesOneNonceForAll extends Broken {
        @Override
        TargetObject shown(TargetObject row) {
            return copy(row, row.namespaceId(), row.open(), "nonce", row.identity(), row.fingerprint(), row.keys());
        }
    }

    static class CreatesNoRowToRecreateAnObject extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(
                    target,
                    expectedRevision,
                    intents.stream()
                            .filter(intent -> !intent.recreates()
                                    || row(target, intent.resource()).isPresent())
                            .toList());
        }
    }

    static class KnowsNoTime extends Broken {
        @Override
        TargetObject shown(TargetObject row) {
            return new TargetObject(
                    row.target(),
                    row.resource(),
                    row.namespaceId(),
                    row.attempt(),
                    Instant.EPOCH,
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    row.fingerprint(),
                    row.keys(),
                    row.released());
        }
    }

    static class RecreatesEveryObject extends Broken {
        @Override
        ObjectIntent changed(ObjectIntent intent) {
            return new ObjectIntent(intent.resource(), intent.namespaceId(), intent.keys(), true);
        }
    }

    static class RecreatesNoObject extends Broken {
        @Override
        ObjectIntent changed(ObjectIntent intent) {
            return new ObjectIntent(intent.resource(), intent.namespaceId(), intent.keys(), false);
        }
    }

    static class KeepsFingerprints extends Broken {
        private final Map<ResourceRef, String> fingerprints = new HashMap<>();

        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            if (result.state() instanceof State.Closed closed && closed.fingerprint() != null) {
                fingerprints.put(result.resource(), closed.fingerprint());
            }
            return result;
        }

        @Override
        TargetObject shown(TargetObject row) {
            return copy(
                    row,
                    row.namespaceId(),
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    fingerprints.get(row.resource()),
                    row.keys());
        }
    }

    static class KeepsTheFirstNamespaceId extends Broken {
        private final Map<ResourceRef, NamespaceId> first = new HashMap<>();

        @Override
        TargetObject shown(TargetObject row) {
            NamespaceId id = first.computeIfAbsent(row.resource(), resource -> row.namespaceId());
            return copy(row, id, row.open(), row.createNonce(), row.identity(), row.fingerprint(), row.keys());
        }
    }

    static class BeginsEveryRow extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            List<ObjectIntent> all = new ArrayList<>(intents);
            rows(target).stream()
                    .filter(row -> intents.stream()
                            .noneMatch(intent -> intent.resource().equals(row.resource())))
                    .map(row -> new ObjectIntent(row.resource(), row.namespaceId(), row.keys(), false))
                    .forEach(all::add);
            return correct.begin(target, expectedRevision, all);
        }
    }

    static class ReplacesKeys extends Broken {
        private final Map<ResourceRef, WrittenKeys> newest = new HashMap<>();

        @Override
        ObjectIntent changed(ObjectIntent intent) {
            newest.put(intent.resource(), intent.keys());
            return intent;
        }

        @Override
        TargetObject shown(TargetObject row) {
            WrittenKeys keys = newest.getOrDefault(row.resource(), row.keys());
            return copy(row, row.namespaceId(), row.open(), row.createNonce(), row.identity(), row.fingerprint(), keys);
        }
    }

    static class PrefersNewerOverwrittenValues extends ReplacesKeys {
        @Override
        TargetObject shown(TargetObject row) {
            return copy(
                    row,
                    row.namespaceId(),
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    row.fingerprint(),
                    super.shown(row).keys().plus(row.keys()));
        }
    }

    static class TakesAnEmptyValueForNone extends Broken {
        @Override
        TargetObject shown(TargetObject row) {
            SortedMap<String, String> labels = new TreeMap<>(row.keys().labels());
            labels.replaceAll((key, value) -> "".equals(value) ? null : value);
            return copy(
                    row,
                    row.namespaceId(),
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    row.fingerprint(),
                    new WrittenKeys(labels, row.keys().annotations()));
        }
    }

    static class CutsLongOverwrittenValues extends Broken {
        @Override
        TargetObject shown(TargetObject row) {
            SortedMap<String, String> annotations = new TreeMap<>(row.keys().annotations());
            annotations.replaceAll(
                    (key, value) -> value == null ? null : value.substring(0, Math.min(65_535, value.length())));
            return copy(
                    row,
                    row.namespaceId(),
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    row.fingerprint(),
                    new WrittenKeys(row.keys().labels(), annotations));
        }
    }

    /** Treats two objects as one if they differ in this text only. */
    abstract static class MixesObjects extends Broken {

        abstract String text(ResourceRef resource);

        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            Map<String, TargetObject> byText = new TreeMap<>();
            correct.findPage(target, after, limit).forEach(row -> byText.putIfAbsent(text(row.resource()), row));
            return List.copyOf(byText.values());
        }
    }

    static class MixesKinds extends MixesObjects {
        @Override
        String text(ResourceRef resource) {
            return resource.namespace() + "/" + resource.name();
        }
    }

    static class MixesCases extends MixesObjects {
        @Override
        String text(ResourceRef resource) {
            return resource.toString().toLowerCase(Locale.ROOT);
        }
    }

    static class BeginsAHundredObjectsAtMost extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(
                    target, expectedRevision, intents.stream().limit(100).toList());
        }
    }

    /** Stores another state than a result has. */
    abstract static class ChangesStates extends Broken {

        abstract State changed(State state, Optional<TargetObject> row);

        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return new ObjectResult(
                    result.resource(),
                    result.attempt(),
                    result.identity(),
                    changed(result.state(), row(begun.target(), result.resource())));
        }
    }

    static class MergesKeysWhenSettled extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Closed closed && row.isPresent()
                    ? new State.Closed(closed.fingerprint(), row.get().keys().plus(closed.keys()))
                    : state;
        }
    }

    static class LeavesRowsWithoutAFingerprintOpen extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Closed closed && closed.fingerprint() == null ? new State.Open() : state;
        }
    }

    static class ClosesEveryRow extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Open ? new State.Closed(null, WrittenKeys.none()) : state;
        }
    }

    static class NeverOpensARow extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Open && row.isPresent() && !row.get().open()
                    ? new State.Closed(row.get().fingerprint(), row.get().keys())
                    : state;
        }
    }

    static class KeepsRowsOfAbsentObjects extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Absent ? new State.Closed(null, WrittenKeys.none()) : state;
        }
    }

    static class ForgetsIdentities extends Broken {
        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return new ObjectResult(result.resource(), result.attempt(), null, result.state());
        }
    }

    static class ClearsIdentities extends Broken {
        private final Set<ResourceRef> cleared = new LinkedHashSet<>();

        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            if (result.identity() == null) {
                cleared.add(result.resource());
            }
            return result;
        }

        @Override
        TargetObject shown(TargetObject row) {
            ObjectIdentity identity = cleared.contains(row.resource()) ? null : row.identity();
            return copy(row, row.namespaceId(), row.open(), row.createNonce(), identity, row.fingerprint(), row.keys());
        }
    }

    static class KeepsTheFirstIdentity extends Broken {
        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            ObjectIdentity first = row(begun.target(), result.resource())
                    .map(TargetObject::identity)
                    .orElse(null);
            return new ObjectResult(
                    result.resource(), result.attempt(), first == null ? result.identity() : first, result.state());
        }
    }

    static class SettlesAnyAttempt extends Broken {
        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return new ObjectResult(
                    result.resource(),
                    row(begun.target(), result.resource())
                            .map(TargetObject::attempt)
                            .orElse(result.attempt()),
                    result.identity(),
                    result.state());
        }
    }

    static class SettlesByTheAttemptOfTheDeployment extends Broken {
        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return new ObjectResult(result.resource(), begun.attempt(), result.identity(), result.state());
        }
    }

    static class IgnoresOtherAttempts extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            correct.settle(
                    begun,
                    results.stream()
                            .filter(result -> row(begun.target(), result.resource())
                                    .map(TargetObject::attempt)
                                    .filter(result.attempt()::equals)
                                    .isPresent())
                            .toList());
        }
    }

    static class StoresResultsAboutFormerObjects extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            List<BegunDeployment.Entry> now = begun.objects().stream()
                    .map(entry -> new BegunDeployment.Entry(
                            row(begun.target(), entry.object().resource()).orElse(entry.object()),
                            entry.wasOpen(),
                            entry.formerAttempt()))
                    .toList();
            correct.settle(new BegunDeployment(begun.target(), begun.revision(), begun.attempt(), now), results);
        }
    }

    static class KeepsAttemptsOnRelease extends Broken {
        @Override
        ObjectResult changed(BegunDeployment begun, ObjectResult result) {
            return row(begun.target(), result.resource())
                    .filter(row -> row.released() != null)
                    .map(row -> new ObjectResult(row.resource(), row.attempt(), result.identity(), result.state()))
                    .orElse(result);
        }
    }

    static class KeepsRowsOnceReleased extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Released ? new State.Open() : state;
        }
    }

    static class DeletesEveryRowOnceReleased extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Released ? new State.Absent() : state;
        }
    }

    static class KeepsKeysOnceReleased extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Released && row.get().open() ? new State.Open() : state;
        }
    }

    static class ForgetsTheReleaseWhenBegun extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(
                    target,
                    expectedRevision,
                    intents.stream()
                            .map(intent -> row(target, intent.resource())
                                    .filter(row -> row.released() != null)
                                    .map(row -> new ObjectIntent(
                                            row.resource(),
                                            row.namespaceId(),
                                            row.keys().plus(intent.keys()),
                                            true))
                                    .orElse(intent))
                            .toList());
        }
    }

    static class ForgetsWhatWasOverwrittenFirst extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            correct.settle(
                    begun,
                    results.stream()
                            .map(result -> new ObjectResult(
                                    result.resource(), result.attempt(), result.identity(), new State.Open()))
                            .toList());
            correct.settle(begun, results);
        }
    }

    static class MixesObjectsOfOneName extends ChangesStates {
        @Override
        State changed(State state, Optional<TargetObject> row) {
            return state instanceof State.Closed closed && row.get().released() != null
                    ? new State.Closed(
                            closed.fingerprint(),
                            closed.keys().withValuesOf(row.get().keys()))
                    : state;
        }
    }

    static class KeepsKeysOfFormerObjects extends Broken {
        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            return correct.begin(
                    target,
                    expectedRevision,
                    intents.stream()
                            .map(intent -> new ObjectIntent(
                                    intent.resource(),
                                    intent.namespaceId(),
                                    row(target, intent.resource())
                                            .map(row -> row.keys().plus(intent.keys()))
                                            .orElse(intent.keys()),
                                    intent.recreates()))
                            .toList());
        }
    }

    static class AlwaysStoresIdentities extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            correct.settle(begun, results);
            for (ObjectResult result : results) {
                row(begun.target(), result.resource())
                        .ifPresent(row -> correct.settle(
                                new BegunDeployment(begun.target(), begun.revision(), row.attempt(), List.of()),
                                List.of(new ObjectResult(
                                        row.resource(),
                                        row.attempt(),
                                        result.identity(),
                                        row.open()
                                                ? new State.Open()
                                                : new State.Closed(row.fingerprint(), row.keys())))));
            }
        }
    }

    static class CreatesRowsWhenSettled extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            results.stream()
                    .filter(result -> row(begun.target(), result.resource()).isEmpty())
                    .forEach(result -> TargetRows.begin(
                            correct,
                            begun.target(),
                            List.of(TargetRows.intent(result.resource(), new NamespaceId("new")))));
            correct.settle(begun, results);
        }
    }

    static class SettlesOnEveryTarget extends Broken {
        @Override
        public void settle(BegunDeployment begun, List<ObjectResult> results) {
            for (Target target : targets) {
                correct.settle(
                        new BegunDeployment(target, begun.revision(), begun.attempt(), List.of()),
                        results.stream()
                                .map(result -> new ObjectResult(
                                        result.resource(),
                                        row(target, result.resource())
                                                .map(TargetObject::attempt)
                                                .orElse(result.attempt()),
                                        result.identity(),
                                        result.state()))
                                .toList());
            }
        }
    }

    static class ForgetsCompletions extends Broken {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return record(begun.target()).revision() == begun.revision()
                    ? CompleteResult.COMPLETED
                    : CompleteResult.OVERTAKEN;
        }
    }

    /** Knows the newest deployment of each target. */
    abstract static class RemembersTheNewest extends Broken {
        final Map<Target, BegunDeployment> newest = new ConcurrentHashMap<>();

        @Override
        public Optional<BegunDeployment> begin(Target target, long expectedRevision, List<ObjectIntent> intents) {
            Optional<BegunDeployment> begun = super.begin(target, expectedRevision, intents);
            begun.ifPresent(deployment -> newest.put(target, deployment));
            return begun;
        }

        BegunDeployment newest(BegunDeployment begun) {
            return newest.getOrDefault(begun.target(), begun);
        }
    }

    static class CompletesAnOvertakenDeployment extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(newest(begun), completion);
        }
    }

    static class RecordsThoughItSaysOvertaken extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            CompleteResult result = correct.complete(begun, completion);
            correct.complete(newest(begun), completion);
            return result;
        }
    }

    static class ReplacesANewerCompletion extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(record(begun.target()).isComplete() ? newest(begun) : begun, completion);
        }
    }

    static class ComparesRevisionsOnly extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(begun.revision() == newest(begun).revision() ? newest(begun) : begun, completion);
        }
    }

    static class ComparesAttemptsOnly extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(
                    begun.attempt().equals(newest(begun).attempt()) ? newest(begun) : begun, completion);
        }
    }

    static class CompletesWhatWasNeverBegun extends Broken {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            boolean isNew = record(begun.target()).revision() == 0;
            return correct.complete(isNew ? TargetRows.begin(correct, begun.target(), List.of()) : begun, completion);
        }
    }

    static class KeepsTheFirstCompletion extends Broken {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            DeploymentRecord.Completion first = record(begun.target()).completion();
            return correct.complete(begun, first == null ? completion : first);
        }
    }

    static class CompletesTheWholeEnvironment extends RemembersTheNewest {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            newest.values().stream()
                    .filter(other ->
                            other.target().environmentId().equals(begun.target().environmentId()))
                    .forEach(other -> correct.complete(other, completion));
            return correct.complete(begun, completion);
        }
    }

    static class RoundsTheTimeOfACompletionUp extends Broken {
        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(
                    begun,
                    new DeploymentRecord.Completion(
                            completion.inputFingerprint(),
                            completion.renderedFingerprint(),
                            completion.renderingGeneration(),
                            completion.dialect(),
                            completion.deployedAt().plusNanos(500)));
        }
    }

    static class ForgetsNothing extends Broken {
        @Override
        public void forget(Target target) {}
    }

    static class ForgetsThePlanSerial extends Broken {
        private final Set<Target> forgotten = new LinkedHashSet<>();

        @Override
        public void forget(Target target) {
            correct.forget(target);
            forgotten.add(target);
        }

        @Override
        public List<DeploymentRecord> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(ids).stream()
                    .map(record -> forgotten.contains(record.target())
                            ? new DeploymentRecord(record.target(), record.revision(), 0, record.completion())
                            : record)
                    .toList();
        }
    }

    static class LetsARunningDeploymentComplete extends RemembersTheNewest {
        @Override
        public void forget(Target target) {
            correct.forget(target);
            newest.computeIfPresent(target, (same, running) -> TargetRows.begin(correct, target, List.of()));
        }

        @Override
        public CompleteResult complete(BegunDeployment begun, DeploymentRecord.Completion completion) {
            return correct.complete(newest(begun), completion);
        }
    }

    static class MakesARecordWhenItForgets extends Broken {
        @Override
        public void forget(Target target) {
            TargetRows.begin(correct, target, List.of());
        }
    }

    static class ForgetsTheWholeEnvironment extends Broken {
        @Override
        public void forget(Target target) {
            targets.stream()
                    .filter(other -> other.environmentId().equals(target.environmentId()))
                    .forEach(correct::forget);
        }
    }

    static class RaisesOneSerialOnly extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            Map<Target, Long> first = new TreeMap<>(planSerials);
            while (first.size() > 1) {
                first.remove(new TreeMap<>(first).lastKey());
            }
            return correct.consume(first);
        }
    }

    static class RaisesOneSerialAfterTheOther extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            boolean raised = true;
            for (Map.Entry<Target, Long> serial : new TreeMap<>(planSerials).entrySet()) {
                raised &= correct.consume(Map.of(serial.getKey(), serial.getValue()));
            }
            return raised;
        }
    }

    static class RaisesAnySerial extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            Map<Target, Long> current = new TreeMap<>(planSerials);
            current.replaceAll((target, serial) -> record(target).planSerial());
            return correct.consume(current);
        }
    }

    static class RefusesNoSerials extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            return !planSerials.isEmpty() && correct.consume(planSerials);
        }
    }

    static class RefusesTargetsWithoutARecord extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            return planSerials.keySet().stream()
                            .noneMatch(target -> correct.findByEnvironments(List.of(target.environmentId()))
                                    .isEmpty())
                    && correct.consume(planSerials);
        }
    }

    static class OvertakesDeploymentsWhenItRaisesASerial extends Broken {
        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            boolean raised = correct.consume(planSerials);
            planSerials.keySet().forEach(correct::forget);
            return raised;
        }
    }

    /** Two threads both see the serials before either raises them. */
    static class ChecksSerialsBeforeItRaisesThem extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public boolean consume(Map<Target, Long> planSerials) {
            if (!planSerials.entrySet().stream()
                    .allMatch(serial -> record(serial.getKey()).planSerial() == serial.getValue())) {
                return false;
            }
            meet(looked);
            planSerials
                    .keySet()
                    .forEach(target ->
                            correct.consume(Map.of(target, record(target).planSerial())));
            return true;
        }
    }

    /** Waits until a second thread calls this method; from then on no thread waits. */
    private static void meet(CountDownLatch latch) {
        latch.countDown();
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("No second thread came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static TargetObject copy(
            TargetObject row,
            NamespaceId namespaceId,
            boolean open,
            String nonce,
            ObjectIdentity identity,
            String fingerprint,
            WrittenKeys keys) {
        return new TargetObject(
                row.target(),
                row.resource(),
                namespaceId,
                row.attempt(),
                row.attemptedAt(),
                open,
                nonce,
                identity,
                fingerprint,
                keys,
                row.released());
    }
}

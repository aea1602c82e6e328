package dev.namespaces.testkit.contract;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import dev.namespaces.spi.ObjectResult;
import dev.namespaces.spi.RecordedUid;
import dev.namespaces.spi.TargetObjectStore;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import java.text.Collator;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Stores with one mistake each. */
final class BrokenTargetObjectStores {

    private BrokenTargetObjectStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends TargetObjectStoreContract implements TargetObjectStore {

        final InMemoryDeploymentStore correct = new InMemoryDeploymentStore();
        final Set<Target> targets = new LinkedHashSet<>();

        @Override
        protected TargetObjectStore store() {
            return this;
        }

        @Override
        protected DeploymentStore deployments() {
            return correct;
        }

        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            return correct.findByNamespaces(target, names);
        }

        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            targets.add(target);
            return correct.findPage(target, after, limit);
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

        List<TargetObject> rows(Target target) {
            return correct.findPage(target, null, 10_000);
        }
    }

    static class MakesNoMistake extends Broken {}

    static class FailsOnUnknownTargets extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            if (correct.findByEnvironments(List.of(target.environmentId())).isEmpty()) {
                throw new IllegalStateException("There is no " + target);
            }
            return correct.findPage(target, after, limit);
        }
    }

    /** Finds rows by namespace in another way. */
    abstract static class FindsByNamespaceOtherwise extends Broken {

        abstract boolean finds(TargetObject row, Collection<String> names);

        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            return rows(target).stream().filter(row -> finds(row, names)).toList();
        }
    }

    static class LosesTheNamespaceItself extends FindsByNamespaceOtherwise {
        @Override
        boolean finds(TargetObject row, Collection<String> names) {
            return names.contains(String.valueOf(row.resource().namespace()));
        }
    }

    static class LosesObjectsInANamespace extends FindsByNamespaceOtherwise {
        @Override
        boolean finds(TargetObject row, Collection<String> names) {
            return row.resource().namespace() == null
                    && names.contains(row.resource().name());
        }
    }

    static class FindsNamespacesByPrefix extends FindsByNamespaceOtherwise {
        @Override
        boolean finds(TargetObject row, Collection<String> names) {
            return names.stream().anyMatch(name -> namespaceOf(row).startsWith(name));
        }
    }

    static class FindsNamespacesInAnyCase extends FindsByNamespaceOtherwise {
        @Override
        boolean finds(TargetObject row, Collection<String> names) {
            return names.stream().anyMatch(name -> namespaceOf(row).equalsIgnoreCase(name));
        }
    }

    static class CutsLongQuestions extends FindsByNamespaceOtherwise {
        @Override
        boolean finds(TargetObject row, Collection<String> names) {
            return names.stream().limit(1_000).anyMatch(namespaceOf(row)::equals);
        }
    }

    static class HidesFingerprints extends Broken {
        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            return correct.findByNamespaces(target, names).stream()
                    .map(row -> copy(row, row.open(), row.createNonce(), row.identity(), null))
                    .toList();
        }
    }

    static class FindsRowsOfTheNewestNamespaceOnly extends Broken {
        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            List<TargetObject> found = correct.findByNamespaces(target, names);
            List<NamespaceId> live = found.stream()
                    .filter(row -> row.resource().kind().equals("Namespace"))
                    .map(TargetObject::namespaceId)
                    .toList();
            return found.stream()
                    .filter(row -> live.contains(row.namespaceId()))
                    .toList();
        }
    }

    static class IgnoresTheCluster extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            return Stream.of("eu-1", "us-1")
                    .flatMap(
                            cluster -> correct
                                    .findPage(new Target(target.environmentId(), new ClusterId(cluster)), after, limit)
                                    .stream())
                    .limit(limit)
                    .toList();
        }
    }

    /** Pages in another order. */
    abstract static class SortsOtherwise extends Broken {

        abstract Comparator<TargetObject> order();

        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            List<TargetObject> sorted = rows(target).stream().sorted(order()).toList();
            int from = after == null
                    ? 0
                    : 1 + sorted.stream().map(TargetObject::resource).toList().indexOf(after);
            return sorted.subList(from, Math.min(sorted.size(), from + limit));
        }
    }

    static class SortsInTheOrderOfALanguage extends SortsOtherwise {
        @Override
        Comparator<TargetObject> order() {
            Collator english = Collator.getInstance(Locale.ENGLISH);
            return Comparator.comparing(BrokenTargetObjectStores::namespaceOf, english::compare)
                    .thenComparing(row -> row.resource().kind());
        }
    }

    static class SortsByKindFirst extends SortsOtherwise {
        @Override
        Comparator<TargetObject> order() {
            return Comparator.comparing((TargetObject row) -> row.resource().kind())
                    .thenComparing(BrokenTargetObjectStores::namespaceOf);
        }
    }

    static class SortsNamespacesFirst extends SortsOtherwise {
        @Override
        Comparator<TargetObject> order() {
            return Comparator.comparing(
                            (TargetObject row) -> String.valueOf(row.resource().namespace()))
                    .thenComparing(row -> row.resource().kind());
        }
    }

    static class PagesFromTheGivenRow extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            if (after == null || limit == 1) {
                return correct.findPage(target, after, limit);
            }
            return Stream.concat(
                            rows(target).stream().filter(row -> row.resource().equals(after)),
                            correct.findPage(target, after, limit - 1).stream())
                    .toList();
        }
    }

    static class PagesTooFar extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            return correct.findPage(target, after, limit + 1);
        }
    }

    static class LosesItsPlace extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            boolean exists = after == null
                    || rows(target).stream().anyMatch(row -> row.resource().equals(after));
            return exists ? correct.findPage(target, after, limit) : List.of();
        }
    }

    static class BeginsAgainAfterTheLastRow extends Broken {
        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            List<TargetObject> page = correct.findPage(target, after, limit);
            return page.isEmpty() ? correct.findPage(target, null, limit) : page;
        }
    }

    /** Changes the records of UIDs. */
    abstract static class ChangesUids extends Broken {

        abstract List<RecordedUid> changed(List<RecordedUid> found);

        @Override
        public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
            return changed(correct.findByUids(cluster, uids));
        }
    }

    static class FindsUidsWithoutTheirTarget extends ChangesUids {
        @Override
        List<RecordedUid> changed(List<RecordedUid> found) {
            return found.stream()
                    .map(uid -> new RecordedUid(uid.resource(), uid.identity(), null, uid.namespaceId()))
                    .toList();
        }
    }

    static class FindsUidsOfOneTarget extends ChangesUids {
        @Override
        List<RecordedUid> changed(List<RecordedUid> found) {
            return found.stream().limit(1).toList();
        }
    }

    static class ForgetsWhoEnsured extends ChangesUids {
        @Override
        List<RecordedUid> changed(List<RecordedUid> found) {
            return found.stream().filter(uid -> uid.target() != null).toList();
        }
    }

    static class FindsUidsOnEveryCluster extends Broken {
        @Override
        public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
            return correct.findByUids(new ClusterId("eu-1"), uids);
        }
    }

    static class RecordsEnsuredTwice extends Broken {
        private final List<RecordedUid> ensured = new CopyOnWriteArrayList<>();

        @Override
        public void recordEnsured(ClusterId cluster, String namespace, String uid) {
            ensured.add(new RecordedUid(
                    ResourceRef.namespace(namespace), new ObjectIdentity(uid, Origin.ENSURED), null, null));
        }

        @Override
        public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
            return ensured.stream()
                    .filter(recorded -> uids.contains(recorded.identity().uid()))
                    .toList();
        }
    }

    static class FailsToRecordEnsuredAgain extends Broken {
        @Override
        public void recordEnsured(ClusterId cluster, String namespace, String uid) {
            if (!correct.findByUids(cluster, List.of(uid)).isEmpty()) {
                throw new IllegalStateException("recorded already");
            }
            correct.recordEnsured(cluster, namespace, uid);
        }
    }

    static class KeepsOneEnsuredForEachName extends Broken {
        private final Map<String, String> uids = new HashMap<>();

        @Override
        public void recordEnsured(ClusterId cluster, String namespace, String uid) {
            uids.putIfAbsent(namespace, uid);
            correct.recordEnsured(cluster, namespace, uids.get(namespace));
        }
    }

    /** Remembers the nonces of rows that are released or moved. */
    abstract static class RemembersRows extends Broken {
        final Map<ResourceRef, TargetObject> before = new HashMap<>();

        abstract TargetObject shown(TargetObject row, TargetObject before);

        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            correct.findByNamespaces(target, names).forEach(row -> before.put(row.resource(), row));
            return correct.release(target, names);
        }

        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            correct.findByNamespaces(from, List.of(name)).forEach(row -> before.put(row.resource(), row));
            correct.move(from, to, name, receiver);
        }

        @Override
        public List<TargetObject> findPage(Target target, ResourceRef after, int limit) {
            return shown(correct.findPage(target, after, limit));
        }

        @Override
        public List<TargetObject> findByNamespaces(Target target, Collection<String> names) {
            return shown(correct.findByNamespaces(target, names));
        }

        private List<TargetObject> shown(List<TargetObject> rows) {
            return rows.stream()
                    .map(row -> before.containsKey(row.resource()) ? shown(row, before.get(row.resource())) : row)
                    .toList();
        }
    }

    static class KeepsNoncesOnRelease extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, row.open(), before.createNonce(), row.identity(), row.fingerprint());
        }
    }

    static class KeepsIdentitiesOnRelease extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, row.open(), row.createNonce(), before.identity(), row.fingerprint());
        }
    }

    static class KeepsAttemptsOnRelease extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return new TargetObject(
                    row.target(),
                    row.resource(),
                    row.namespaceId(),
                    before.attempt(),
                    row.attemptedAt(),
                    row.open(),
                    row.createNonce(),
                    row.identity(),
                    row.fingerprint(),
                    row.keys(),
                    row.released());
        }
    }

    static class ForgetsKeysOnRelease extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, WrittenKeys.none(), row.released());
        }
    }

    static class ForgetsWhatIsReleased extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, row.keys(), null);
        }
    }

    static class ForgetsWhatIsReleasedWhenItMovesRows extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, row.keys(), row.target().equals(before.target()) ? row.released() : null);
        }
    }

    static class ReleasesAgainAsForTheFirstTime extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            String uid = before.identity() == null ? null : before.identity().uid();
            return copy(row, row.keys(), new TargetObject.Released(uid, before.createNonce()));
        }
    }

    static class ReturnsRowsAsTheyWereBeforeTheRelease extends Broken {
        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            List<TargetObject> before = correct.findByNamespaces(target, names);
            correct.release(target, names);
            return before;
        }
    }

    static class ReleasesWithoutForgetting extends Broken {
        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            return correct.findByNamespaces(target, names);
        }
    }

    static class ReleasesEveryRow extends Broken {
        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            correct.release(
                    target,
                    rows(target).stream()
                            .map(BrokenTargetObjectStores::namespaceOf)
                            .toList());
            return correct.findByNamespaces(target, names);
        }
    }

    static class ReleasesOnEveryTarget extends Broken {
        @Override
        public List<TargetObject> release(Target target, Collection<String> names) {
            targets.stream().filter(Predicate.not(target::equals)).forEach(other -> correct.release(other, names));
            return correct.release(target, names);
        }
    }

    static class ClosesMovedRows extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, before.open(), row.createNonce(), row.identity(), before.fingerprint());
        }
    }

    static class DrawsNewNoncesForMovedRows extends RemembersRows {
        @Override
        TargetObject shown(TargetObject row, TargetObject before) {
            return copy(row, row.open(), "new " + row.createNonce(), row.identity(), row.fingerprint());
        }
    }

    static class CopiesRowsWhenItMovesThem extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            List<ObjectIntent> moved = correct.findByNamespaces(from, List.of(name)).stream()
                    .map(row -> new ObjectIntent(row.resource(), row.namespaceId(), row.keys(), false))
                    .toList();
            correct.move(from, to, name, receiver);
            TargetRows.begin(correct, from, moved);
        }
    }

    static class KeepsIdentitiesOfTheReceiver extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            List<TargetObject> kept = correct.findByNamespaces(to, List.of(name));
            correct.move(from, to, name, receiver);
            for (TargetObject row : correct.findByNamespaces(to, List.of(name))) {
                kept.stream()
                        .filter(before -> before.resource().equals(row.resource()))
                        .forEach(before -> correct.settle(
                                new BegunDeployment(to, 0, row.attempt(), List.of()),
                                List.of(new ObjectResult(
                                        row.resource(),
                                        row.attempt(),
                                        before.identity(),
                                        new ObjectResult.State.Open()))));
            }
        }
    }

    static class DeletesRowsOfTheReceiver extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            rows(to).forEach(row -> correct.settle(
                    new BegunDeployment(to, 0, row.attempt(), List.of()),
                    List.of(new ObjectResult(row.resource(), row.attempt(), null, new ObjectResult.State.Absent()))));
            correct.move(from, to, name, receiver);
        }
    }

    static class MovesRowsOnly extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            TargetRows.begin(
                    correct,
                    to,
                    correct.findByNamespaces(from, List.of(name)).stream()
                            .map(row -> new ObjectIntent(row.resource(), receiver, WrittenKeys.none(), false))
                            .toList());
        }
    }

    static class MovesToAnotherCluster extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            if (from.clusterId().equals(to.clusterId())) {
                correct.move(from, to, name, receiver);
            } else {
                correct.release(from, List.of(name));
            }
        }
    }

    static class MovesToTheSameTarget extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            if (!from.equals(to)) {
                correct.move(from, to, name, receiver);
            }
        }
    }

    static class FindsAdoptedNamespacesOnce extends Broken {
        @Override
        public List<RecordedUid> findByUids(ClusterId cluster, Collection<String> uids) {
            List<RecordedUid> found = correct.findByUids(cluster, uids);
            return found.size() == 2
                            && found.get(0)
                                    .identity()
                                    .uid()
                                    .equals(found.get(1).identity().uid())
                    ? found.stream().filter(each -> each.target() != null).toList()
                    : found;
        }
    }

    static class WritesBeforeItComparesTheClusters extends Broken {
        @Override
        public void move(Target from, Target to, String name, NamespaceId receiver) {
            if (!from.clusterId().equals(to.clusterId())) {
                correct.forget(from);
            }
            correct.move(from, to, name, receiver);
        }
    }

    private static String namespaceOf(TargetObject row) {
        return Optional.ofNullable(row.resource().namespace())
                .orElse(row.resource().name());
    }

    private static TargetObject copy(TargetObject row, WrittenKeys keys, TargetObject.Released released) {
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                row.attempt(),
                row.attemptedAt(),
                row.open(),
                row.createNonce(),
                row.identity(),
                row.fingerprint(),
                keys,
                released);
    }

    private static TargetObject copy(
            TargetObject row, boolean open, String nonce, ObjectIdentity identity, String fingerprint) {
        return new TargetObject(
                row.target(),
                row.resource(),
                row.namespaceId(),
                row.attempt(),
                row.attemptedAt(),
                open,
                nonce,
                identity,
                fingerprint,
                row.keys(),
                row.released());
    }
}

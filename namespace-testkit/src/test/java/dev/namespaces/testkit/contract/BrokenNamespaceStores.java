package dev.namespaces.testkit.contract;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testkit.InMemoryNamespaceStore;
import java.text.Collator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Stores with one mistake each. */
final class BrokenNamespaceStores {

    private BrokenNamespaceStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends NamespaceStoreContract implements NamespaceStore {

        final InMemoryNamespaceStore correct = new InMemoryNamespaceStore();
        final Map<NamespaceId, Namespace> everInserted = Collections.synchronizedMap(new LinkedHashMap<>());

        @Override
        protected NamespaceStore store() {
            return this;
        }

        @Override
        public void insert(List<Namespace> namespaces) {
            correct.insert(namespaces);
            namespaces.forEach(namespace -> everInserted.put(namespace.id(), namespace));
        }

        @Override
        public void update(List<Namespace> namespaces) {
            correct.update(namespaces);
        }

        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            return correct.findByIds(ids);
        }

        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(ids);
        }

        @Override
        public List<Namespace> findByNames(Collection<String> names) {
            return correct.findByNames(names);
        }

        @Override
        public List<Namespace> findDeleted(EnvironmentId environmentId) {
            return correct.findDeleted(environmentId);
        }

        /** Updates from any version. */
        void overwrite(Namespace namespace) {
            while (true) {
                long version = correct.findByIds(List.of(namespace.id())).stream()
                        .mapToLong(Namespace::version)
                        .findFirst()
                        .orElse(0);
                try {
                    correct.update(List.of(with(namespace, version + 1)));
                    return;
                } catch (StaleVersionException e) {
                    if (e.actual() <= version) {
                        throw e;
                    }
                }
            }
        }

        /** Returns every namespace that was ever inserted, as it is stored now, in that order. */
        Stream<Namespace> all() {
            return List.copyOf(everInserted.keySet()).stream().flatMap(id -> correct.findByIds(List.of(id)).stream());
        }
    }

    static class MakesNoMistake extends Broken {}

    /** Changes namespaces before they are inserted. */
    abstract static class ChangesInserted extends Broken {
        private final UnaryOperator<Namespace> change;

        ChangesInserted(UnaryOperator<Namespace> change) {
            this.change = change;
        }

        @Override
        public void insert(List<Namespace> namespaces) {
            super.insert(namespaces.stream().map(change).toList());
        }
    }

    static class InsertsAtVersionOne extends ChangesInserted {
        InsertsAtVersionOne() {
            super(namespace -> with(namespace, 1));
        }
    }

    static class InsertsAsLive extends ChangesInserted {
        InsertsAsLive() {
            super(namespace -> with(namespace, namespace.annotations(), namespace.createdAt(), null));
        }
    }

    static class DropsAnAnnotation extends ChangesInserted {
        DropsAnAnnotation() {
            super(namespace -> {
                TreeMap<String, String> rest = new TreeMap<>(namespace.annotations());
                rest.pollFirstEntry();
                return with(namespace, rest, namespace.createdAt(), namespace.deletedAt());
            });
        }
    }

    /** Changes the values of annotations before they are inserted. */
    abstract static class ChangesValues extends ChangesInserted {
        ChangesValues(UnaryOperator<String> change) {
            super(namespace -> {
                Map<String, String> changed = new HashMap<>(namespace.annotations());
                changed.replaceAll((key, value) -> change.apply(value));
                return with(namespace, changed, namespace.createdAt(), namespace.deletedAt());
            });
        }
    }

    static class TurnsNumbersIntoNumbers extends ChangesValues {
        TurnsNumbersIntoNumbers() {
            super(value -> value.equals("1e3") ? "1000.0" : value);
        }
    }

    static class CutsLongAnnotations extends ChangesValues {
        CutsLongAnnotations() {
            super(value -> value.substring(0, Math.min(65_535, value.length())));
        }
    }

    static class RefusesToInsertNothing extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            if (namespaces.isEmpty()) {
                throw new IllegalArgumentException("nothing to insert");
            }
            super.insert(namespaces);
        }
    }

    static class RefusesToUpdateNothing extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            if (namespaces.isEmpty()) {
                throw new IllegalArgumentException("nothing to update");
            }
            correct.update(namespaces);
        }
    }

    static class InsertsAHundredAtMost extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            super.insert(namespaces.stream().limit(100).toList());
        }
    }

    static class UpdatesAHundredAtMost extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            correct.update(namespaces.stream().limit(100).toList());
        }
    }

    static class IgnoresNamesThatAreTaken extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            try {
                super.insert(namespaces);
            } catch (NamespaceNameTakenException e) {
                namespaces.forEach(namespace -> everInserted.put(namespace.id(), namespace));
            }
        }
    }

    static class InsertsOneAfterTheOther extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            namespaces.forEach(namespace -> correct.insert(List.of(namespace)));
        }
    }

    static class IgnoresIdsThatAreTaken extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            try {
                super.insert(namespaces);
            } catch (StoreException e) {
                namespaces.forEach(namespace -> everInserted.put(namespace.id(), namespace));
            }
        }
    }

    /** Refuses a name that any of these namespaces has. */
    abstract static class RefusesMoreNames extends Broken {

        abstract boolean blocks(Namespace stored, Namespace inserted);

        @Override
        public void insert(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                if (all().anyMatch(stored -> stored.name().equals(namespace.name()) && blocks(stored, namespace))) {
                    throw new NamespaceNameTakenException(namespace.environmentId(), namespace.name(), null);
                }
            }
            super.insert(namespaces);
        }
    }

    static class NeverFreesAName extends RefusesMoreNames {
        @Override
        boolean blocks(Namespace stored, Namespace inserted) {
            return stored.environmentId().equals(inserted.environmentId());
        }
    }

    static class WantsNamesToBeUniqueEverywhere extends RefusesMoreNames {
        @Override
        boolean blocks(Namespace stored, Namespace inserted) {
            return stored.isLive();
        }
    }

    static class UpdatesFromAnyVersion extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            namespaces.forEach(this::overwrite);
        }
    }

    static class ComparesWithTheVersionItself extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            correct.update(namespaces.stream()
                    .map(namespace -> correct.findByIds(List.of(namespace.id())).stream()
                                    .anyMatch(stored -> stored.version() == namespace.version())
                            ? with(namespace, namespace.version() + 1)
                            : namespace)
                    .toList());
        }
    }

    static class ForgetsUpdates extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {}
    }

    static class MergesMetadata extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            correct.update(namespaces.stream()
                    .map(namespace -> {
                        Map<String, String> merged = new HashMap<>(correct.findByIds(List.of(namespace.id()))
                                .get(0)
                                .metadata());
                        merged.putAll(namespace.metadata());
                        return copy(
                                namespace,
                                namespace.name(),
                                merged,
                                namespace.annotations(),
                                namespace.version(),
                                namespace.createdAt(),
                                namespace.deletedAt());
                    })
                    .toList());
        }
    }

    static class WritesBeforeItFindsTheVersionStale extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            try {
                correct.update(namespaces);
            } catch (StaleVersionException e) {
                namespaces.forEach(this::overwrite);
                throw e;
            }
        }
    }

    static class UpdatesOneAfterTheOther extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            namespaces.forEach(namespace -> correct.update(List.of(namespace)));
        }
    }

    static class RenamesOnUpdate extends Broken {
        private final Map<NamespaceId, String> names = new ConcurrentHashMap<>();

        @Override
        public void update(List<Namespace> namespaces) {
            correct.update(namespaces);
            namespaces.forEach(namespace -> names.put(namespace.id(), namespace.name()));
        }

        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            return correct.findByIds(ids).stream()
                    .map(stored -> copy(
                            stored,
                            names.getOrDefault(stored.id(), stored.name()),
                            stored.metadata(),
                            stored.annotations(),
                            stored.version(),
                            stored.createdAt(),
                            stored.deletedAt()))
                    .toList();
        }
    }

    static class InsertsOnUpdate extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                if (correct.findByIds(List.of(namespace.id())).isEmpty()) {
                    insert(List.of(namespace));
                } else {
                    correct.update(List.of(namespace));
                }
            }
        }
    }

    static class IgnoresAnUpdateOfASoftDeletedOne extends Broken {
        @Override
        public void update(List<Namespace> namespaces) {
            try {
                correct.update(namespaces);
            } catch (UnknownNamespaceException e) {
                if (correct.findByIds(List.of(e.id())).isEmpty()) {
                    throw e;
                }
            }
        }
    }

    static class FindsUnknownIds extends Broken {
        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            List<Namespace> found = correct.findByIds(ids);
            return found.isEmpty() ? all().toList() : found;
        }
    }

    static class RepeatsAnId extends Broken {
        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            return ids.stream()
                    .flatMap(id -> correct.findByIds(List.of(id)).stream())
                    .toList();
        }
    }

    static class CutsLongQuestions extends Broken {
        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            return correct.findByIds(ids.stream().limit(1_000).toList());
        }

        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(ids.stream().limit(1_000).toList());
        }
    }

    /** Finds by environment in another way. */
    abstract static class FindsByEnvironmentOtherwise extends Broken {
        private final Predicate<Namespace> filter;
        private final Comparator<Namespace> order;

        FindsByEnvironmentOtherwise(Predicate<Namespace> filter, Comparator<Namespace> order) {
            this.filter = filter;
            this.order = order;
        }

        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return all().filter(filter)
                    .filter(namespace -> ids.contains(namespace.environmentId()))
                    .sorted(order)
                    .toList();
        }
    }

    static class FindsSoftDeletedByEnvironment extends FindsByEnvironmentOtherwise {
        FindsSoftDeletedByEnvironment() {
            super(namespace -> true, Comparator.comparing(Namespace::name));
        }
    }

    static class FindsInInsertionOrder extends FindsByEnvironmentOtherwise {
        FindsInInsertionOrder() {
            super(Namespace::isLive, Comparator.comparing(namespace -> 0));
        }
    }

    static class FindsByNameOverAllEnvironments extends FindsByEnvironmentOtherwise {
        FindsByNameOverAllEnvironments() {
            super(Namespace::isLive, Comparator.comparing(Namespace::name).thenComparing(Namespace::environmentId));
        }
    }

    static class FindsInTheOrderOfALanguage extends Broken {
        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            Collator english = Collator.getInstance(Locale.ENGLISH);
            return correct.findByEnvironments(ids).stream()
                    .sorted((one, other) -> english.compare(one.name(), other.name()))
                    .toList();
        }
    }

    static class FindsOneEnvironmentAfterTheOther extends Broken {
        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return ids.stream()
                    .flatMap(id -> correct.findByEnvironments(List.of(id)).stream())
                    .toList();
        }
    }

    static class FailsWithoutEnvironments extends Broken {
        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return correct.findByEnvironments(List.of(ids.iterator().next()));
        }
    }

    static class FindsSoftDeletedByName extends Broken {
        @Override
        public List<Namespace> findByNames(Collection<String> names) {
            return all().filter(namespace -> names.contains(namespace.name()))
                    .sorted(Comparator.comparing(Namespace::name).thenComparing(Namespace::environmentId))
                    .toList();
        }
    }

    static class FindsNamesInAnyOrder extends Broken {
        @Override
        public List<Namespace> findByNames(Collection<String> names) {
            List<Namespace> found = new ArrayList<>(correct.findByNames(names));
            Collections.reverse(found);
            return found;
        }
    }

    static class FindsNamesInAnyCase extends Broken {
        @Override
        public List<Namespace> findByNames(Collection<String> names) {
            return correct.findByNames(
                    names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList());
        }
    }

    static class FindsDeletedInAnyOrder extends Broken {
        @Override
        public List<Namespace> findDeleted(EnvironmentId environmentId) {
            List<Namespace> found = new ArrayList<>(correct.findDeleted(environmentId));
            Collections.reverse(found);
            return found;
        }
    }

    static class FindsLiveOnesAsDeleted extends Broken {
        @Override
        public List<Namespace> findDeleted(EnvironmentId environmentId) {
            return all().filter(namespace -> namespace.environmentId().equals(environmentId))
                    .sorted(Comparator.comparing(Namespace::name).thenComparing(Namespace::id))
                    .toList();
        }
    }

    /** Changes namespaces that are found by their ids. */
    abstract static class ChangesFound extends Broken {

        abstract Stream<Namespace> changed(Namespace found);

        @Override
        public List<Namespace> findByIds(Collection<NamespaceId> ids) {
            return correct.findByIds(ids).stream().flatMap(this::changed).toList();
        }
    }

    static class HidesSoftDeletedById extends ChangesFound {
        @Override
        Stream<Namespace> changed(Namespace found) {
            return Stream.of(found).filter(Namespace::isLive);
        }
    }

    static class KeepsMilliseconds extends ChangesFound {
        @Override
        Stream<Namespace> changed(Namespace found) {
            return Stream.of(with(
                    found, found.annotations(), found.createdAt().truncatedTo(ChronoUnit.MILLIS), found.deletedAt()));
        }
    }

    static class KeepsNanoseconds extends ChangesFound {
        @Override
        Stream<Namespace> changed(Namespace found) {
            Instant given = everInserted.get(found.id()).createdAt();
            return Stream.of(with(found, found.annotations(), given, found.deletedAt()));
        }
    }

    /** The insert of another thread comes between the look and the write. */
    static class LooksForTheNameBeforeItInserts extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);
        private final Map<NamespaceId, Namespace> rows = new ConcurrentHashMap<>();

        @Override
        public void insert(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                if (findByEnvironments(List.of(namespace.environmentId())).stream()
                        .anyMatch(stored -> stored.name().equals(namespace.name()))) {
                    throw new NamespaceNameTakenException(namespace.environmentId(), namespace.name(), null);
                }
                meet(looked);
                rows.put(namespace.id(), namespace);
            }
        }

        @Override
        public List<Namespace> findByEnvironments(Collection<EnvironmentId> ids) {
            return rows.values().stream()
                    .filter(namespace -> ids.contains(namespace.environmentId()))
                    .toList();
        }
    }

    /** The update of another thread comes between the look and the write. */
    static class LooksAtTheVersionBeforeItUpdates extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public void update(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                Namespace current = correct.findByIds(List.of(namespace.id())).get(0);
                if (current.version() != namespace.version() - 1) {
                    throw new StaleVersionException(
                            ErrorContext.of(Operation.UPDATE),
                            namespace.id(),
                            namespace.version() - 1,
                            current.version());
                }
                meet(looked);
                overwrite(namespace);
            }
        }
    }

    /** Waits for the second thread to come here; from then on nobody waits. */
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

    private static Namespace with(Namespace base, long version) {
        return copy(
                base, base.name(), base.metadata(), base.annotations(), version, base.createdAt(), base.deletedAt());
    }

    private static Namespace with(
            Namespace base, Map<String, String> annotations, Instant createdAt, Instant deletedAt) {
        return copy(base, base.name(), base.metadata(), annotations, base.version(), createdAt, deletedAt);
    }

    private static Namespace copy(
            Namespace base,
            String name,
            Map<String, String> metadata,
            Map<String, String> annotations,
            long version,
            Instant createdAt,
            Instant deletedAt) {
        return new Namespace(
                base.id(),
                base.environmentId(),
                name,
                metadata,
                annotations,
                version,
                createdAt,
                base.updatedAt(),
                deletedAt);
    }
}

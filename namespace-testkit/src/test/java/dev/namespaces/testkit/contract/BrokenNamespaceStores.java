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
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

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
        public Namespace update(Namespace namespace) {
            return correct.update(namespace);
        }

        @Override
        public Optional<Namespace> findById(NamespaceId id) {
            return correct.findById(id);
        }

        @Override
        public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
            return correct.findByEnvironment(environmentId);
        }

        @Override
        public List<Namespace> findByName(String name) {
            return correct.findByName(name);
        }

        @Override
        public Namespace softDelete(NamespaceId id, long version, Instant deletedAt) {
            return correct.softDelete(id, version, deletedAt);
        }

        /** Updates whatever the version. */
        Namespace overwrite(Namespace namespace) {
            while (true) {
                long version =
                        correct.findById(namespace.id()).map(Namespace::version).orElse(1L);
                try {
                    return correct.update(copy(namespace, version, namespace.metadata(), namespace.annotations()));
                } catch (StaleVersionException e) {
                    if (e.actual() <= version) {
                        throw e;
                    }
                }
            }
        }

        /** What is stored of every namespace that was ever inserted, in that order. */
        List<Namespace> all() {
            return everInserted.keySet().stream()
                    .map(id -> correct.findById(id).orElseThrow())
                    .toList();
        }
    }

    static class UpdatesWhateverTheVersion extends Broken {
        @Override
        public Namespace update(Namespace namespace) {
            return overwrite(namespace);
        }
    }

    static class ForgetsUpdates extends Broken {
        @Override
        public Namespace update(Namespace namespace) {
            return copy(namespace, namespace.version() + 1, namespace.metadata(), namespace.annotations());
        }
    }

    static class WritesBeforeItFindsTheVersionStale extends Broken {
        @Override
        public Namespace update(Namespace namespace) {
            try {
                return correct.update(namespace);
            } catch (StaleVersionException e) {
                correct.update(copy(namespace, e.actual(), namespace.metadata(), namespace.annotations()));
                throw e;
            }
        }
    }

    static class RenamesOnUpdate extends Broken {
        private final Map<NamespaceId, String> names = new ConcurrentHashMap<>();

        @Override
        public Namespace update(Namespace namespace) {
            correct.update(namespace);
            names.put(namespace.id(), namespace.name());
            return findById(namespace.id()).orElseThrow();
        }

        @Override
        public Optional<Namespace> findById(NamespaceId id) {
            return correct.findById(id)
                    .map(stored -> new Namespace(
                            id,
                            stored.environmentId(),
                            names.getOrDefault(id, stored.name()),
                            stored.metadata(),
                            stored.annotations(),
                            stored.version(),
                            stored.createdAt(),
                            stored.updatedAt(),
                            stored.deletedAt()));
        }
    }

    static class AnswersAnUpdateOfASoftDeletedOne extends Broken {
        @Override
        public Namespace update(Namespace namespace) {
            try {
                return correct.update(namespace);
            } catch (UnknownNamespaceException e) {
                return correct.findById(namespace.id()).orElseThrow(() -> e);
            }
        }
    }

    static class ListsSoftDeleted extends Broken {
        @Override
        public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
            return all().stream()
                    .filter(namespace -> namespace.environmentId().equals(environmentId))
                    .sorted(Comparator.comparing(Namespace::name))
                    .toList();
        }
    }

    static class FindsSoftDeletedByName extends Broken {
        @Override
        public List<Namespace> findByName(String name) {
            return all().stream()
                    .filter(namespace -> namespace.name().equals(name))
                    .sorted(Comparator.comparing(Namespace::environmentId))
                    .toList();
        }
    }

    static class HidesSoftDeletedById extends Broken {
        @Override
        public Optional<Namespace> findById(NamespaceId id) {
            return correct.findById(id).filter(Namespace::isLive);
        }
    }

    static class ListsInInsertionOrder extends Broken {
        @Override
        public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
            return all().stream()
                    .filter(Namespace::isLive)
                    .filter(namespace -> namespace.environmentId().equals(environmentId))
                    .toList();
        }
    }

    static class ListsInTheOrderOfALanguage extends Broken {
        @Override
        public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
            Collator english = Collator.getInstance(Locale.ENGLISH);
            return correct.findByEnvironment(environmentId).stream()
                    .sorted((one, other) -> english.compare(one.name(), other.name()))
                    .toList();
        }
    }

    static class FindsByNameInAnyOrder extends Broken {
        @Override
        public List<Namespace> findByName(String name) {
            List<Namespace> found = new ArrayList<>(correct.findByName(name));
            Collections.reverse(found);
            return found;
        }
    }

    static class FindsNamesWhateverTheirCase extends Broken {
        @Override
        public List<Namespace> findByName(String name) {
            return correct.findByName(name.toLowerCase(Locale.ROOT));
        }
    }

    /** Changes annotations before they are stored. */
    abstract static class ChangesAnnotations extends Broken {
        private final UnaryOperator<Map<String, String>> change;

        ChangesAnnotations(UnaryOperator<Map<String, String>> change) {
            this.change = change;
        }

        @Override
        public void insert(List<Namespace> namespaces) {
            super.insert(namespaces.stream()
                    .map(namespace -> copy(
                            namespace,
                            namespace.version(),
                            namespace.metadata(),
                            change.apply(namespace.annotations())))
                    .toList());
        }
    }

    static class DropsAnAnnotation extends ChangesAnnotations {
        DropsAnAnnotation() {
            super(annotations -> {
                TreeMap<String, String> rest = new TreeMap<>(annotations);
                rest.pollFirstEntry();
                return rest;
            });
        }
    }

    static class TurnsNumbersIntoNumbers extends ChangesAnnotations {
        TurnsNumbersIntoNumbers() {
            super(annotations -> {
                Map<String, String> changed = new HashMap<>(annotations);
                changed.replaceAll((key, value) -> value.equals("1e3") ? "1000.0" : value);
                return changed;
            });
        }
    }

    static class CutsLongAnnotations extends ChangesAnnotations {
        CutsLongAnnotations() {
            super(annotations -> {
                Map<String, String> changed = new HashMap<>(annotations);
                changed.replaceAll((key, value) -> value.substring(0, Math.min(65_535, value.length())));
                return changed;
            });
        }
    }

    static class InsertsOneAfterTheOther extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            namespaces.forEach(namespace -> correct.insert(List.of(namespace)));
        }
    }

    static class NeverFreesAName extends Broken {
        @Override
        public void insert(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                if (all().stream()
                        .anyMatch(stored -> stored.environmentId().equals(namespace.environmentId())
                                && stored.name().equals(namespace.name()))) {
                    throw new NamespaceNameTakenException(namespace.environmentId(), namespace.name(), null);
                }
            }
            super.insert(namespaces);
        }
    }

    static class OverwritesAnIdInUse extends Broken {
        private final Map<NamespaceId, Namespace> overwritten = new ConcurrentHashMap<>();

        @Override
        public void insert(List<Namespace> namespaces) {
            try {
                super.insert(namespaces);
            } catch (StoreException e) {
                namespaces.forEach(namespace -> overwritten.put(namespace.id(), namespace));
            }
        }
    }

    static class KeepsMilliseconds extends Broken {
        @Override
        public Optional<Namespace> findById(NamespaceId id) {
            return correct.findById(id)
                    .map(stored -> at(stored, stored.createdAt().truncatedTo(ChronoUnit.MILLIS), stored.updatedAt()));
        }
    }

    static class KeepsNanoseconds extends Broken {
        @Override
        public Optional<Namespace> findById(NamespaceId id) {
            return correct.findById(id).map(stored -> {
                Instant given = everInserted.get(id).createdAt();
                return at(stored, given, stored.updatedAt());
            });
        }
    }

    /** Another thread's insert falls between the look and the write. */
    static class LooksForTheNameBeforeItInserts extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);
        private final Map<NamespaceId, Namespace> rows = new ConcurrentHashMap<>();

        @Override
        public void insert(List<Namespace> namespaces) {
            for (Namespace namespace : namespaces) {
                if (findByEnvironment(namespace.environmentId()).stream()
                        .anyMatch(stored -> stored.name().equals(namespace.name()))) {
                    throw new NamespaceNameTakenException(namespace.environmentId(), namespace.name(), null);
                }
                meet(looked);
                rows.put(namespace.id(), namespace);
            }
        }

        @Override
        public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
            return rows.values().stream()
                    .filter(namespace -> namespace.environmentId().equals(environmentId))
                    .toList();
        }
    }

    /** Another thread's update falls between the look and the write. */
    static class LooksAtTheVersionBeforeItUpdates extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public Namespace update(Namespace namespace) {
            Namespace current = correct.findById(namespace.id()).orElseThrow();
            if (current.version() != namespace.version()) {
                throw new StaleVersionException(
                        ErrorContext.of(Operation.UPDATE), namespace.id(), namespace.version(), current.version());
            }
            meet(looked);
            return overwrite(namespace);
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

    private static Namespace copy(
            Namespace base, long version, Map<String, String> metadata, Map<String, String> annotations) {
        return new Namespace(
                base.id(),
                base.environmentId(),
                base.name(),
                metadata,
                annotations,
                version,
                base.createdAt(),
                base.updatedAt(),
                base.deletedAt());
    }

    private static Namespace at(Namespace base, Instant createdAt, Instant updatedAt) {
        return new Namespace(
                base.id(),
                base.environmentId(),
                base.name(),
                base.metadata(),
                base.annotations(),
                base.version(),
                createdAt,
                updatedAt,
                base.deletedAt());
    }
}

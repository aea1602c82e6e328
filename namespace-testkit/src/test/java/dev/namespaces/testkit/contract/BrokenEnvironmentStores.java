package dev.namespaces.testkit.contract;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.testkit.InMemoryEnvironmentStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Stores with one mistake each. */
final class BrokenEnvironmentStores {

    private BrokenEnvironmentStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends EnvironmentStoreContract implements EnvironmentStore {

        final InMemoryEnvironmentStore correct = new InMemoryEnvironmentStore();
        final Map<EnvironmentId, Environment> everSaved = new HashMap<>();

        @Override
        protected EnvironmentStore store() {
            return this;
        }

        @Override
        protected void save(Environment environment) {
            correct.save(environment);
            everSaved.put(environment.id(), environment);
        }

        @Override
        protected void remove(EnvironmentId id) {
            correct.softDelete(id);
        }

        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return correct.findByIds(ids);
        }

        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            return correct.findIds(after, limit);
        }
    }

    static class MakesNoMistake extends Broken {}

    static class FindsAllWithoutIds extends Broken {
        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return ids.isEmpty() ? List.copyOf(everSaved.values()) : correct.findByIds(ids);
        }
    }

    static class BeginsAgainAfterTheLastId extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            List<EnvironmentId> page = correct.findIds(after, limit);
            return page.isEmpty() ? correct.findIds(null, limit) : page;
        }
    }

    static class FindsRemoved extends Broken {
        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return ids.stream()
                    .distinct()
                    .filter(everSaved::containsKey)
                    .map(everSaved::get)
                    .toList();
        }
    }

    static class PagesOverRemoved extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            TreeSet<EnvironmentId> all = new TreeSet<>(everSaved.keySet());
            return (after == null ? all : all.tailSet(after, false))
                    .stream().limit(limit).toList();
        }
    }

    static class RepeatsAnId extends Broken {
        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return ids.stream()
                    .flatMap(id -> correct.findByIds(List.of(id)).stream())
                    .toList();
        }
    }

    static class FindsUnknownIds extends Broken {
        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return ids.stream()
                    .distinct()
                    .map(id -> everSaved.getOrDefault(id, sample(id)))
                    .toList();
        }
    }

    static class SortsClusters extends Broken {
        @Override
        protected void save(Environment environment) {
            List<ClusterId> sorted = environment.clusters().stream().sorted().toList();
            super.save(new Environment(
                    environment.id(),
                    environment.organizationId(),
                    environment.projectId(),
                    environment.name(),
                    sorted,
                    environment.labels(),
                    environment.promotionOrder()));
        }
    }

    static class KeepsTheFirstVersion extends Broken {
        @Override
        protected void save(Environment environment) {
            if (!everSaved.containsKey(environment.id())) {
                super.save(environment);
            }
        }
    }

    static class PagesInAnyOrder extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            List<EnvironmentId> page = new ArrayList<>(correct.findIds(after, limit));
            if (page.size() == limit && limit > 2) {
                Collections.swap(page, 0, 1);
            }
            return page;
        }
    }

    static class PagesFromTheGivenId extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            if (after == null || limit == 1) {
                return correct.findIds(after, limit);
            }
            List<EnvironmentId> page = new ArrayList<>();
            page.add(after);
            page.addAll(correct.findIds(after, limit - 1));
            return page;
        }
    }

    static class PagesTooFar extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            return correct.findIds(after, limit + 1);
        }
    }

    static class LosesItsPlace extends Broken {
        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            boolean exists = after == null || !correct.findByIds(List.of(after)).isEmpty();
            return exists ? correct.findIds(after, limit) : List.of();
        }
    }

    static class CutsLongQuestions extends Broken {
        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return correct.findByIds(ids.stream().limit(1_000).toList());
        }
    }
}

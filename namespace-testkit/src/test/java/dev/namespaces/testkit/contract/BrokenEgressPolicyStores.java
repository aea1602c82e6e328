package dev.namespaces.testkit.contract;

import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.testkit.InMemoryEgressPolicyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Stores with one mistake each. */
final class BrokenEgressPolicyStores {

    private BrokenEgressPolicyStores() {}

    /** A store without a mistake; each of the others makes one. */
    abstract static class Broken extends EgressPolicyStoreContract implements EgressPolicyStore {

        final InMemoryEgressPolicyStore correct = new InMemoryEgressPolicyStore();
        final Map<EgressPolicyId, EgressPolicy> all = new LinkedHashMap<>();

        @Override
        protected EgressPolicyStore store() {
            return this;
        }

        @Override
        protected void save(EgressPolicy policy) {
            all.put(policy.id(), correct.save(policy));
        }

        @Override
        protected void softDelete(EgressPolicyId id, Instant deletedAt) {
            correct.softDelete(id, deletedAt);
            all.computeIfPresent(id, (same, policy) -> at(policy, deletedAt));
        }

        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners);
        }

        Stream<EgressPolicy> of(EgressPolicyOwner owner) {
            return all.values().stream().filter(policy -> policy.owner().equals(owner));
        }
    }

    static class MakesNoMistake extends Broken {}

    static class FindsADefault extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            List<EgressPolicy> found = correct.findByOwners(owners);
            return found.isEmpty() && !owners.isEmpty()
                    ? List.of(new EgressPolicy(
                            newPolicyId(), owners.iterator().next(), new EgressMode.AllowAll(), 1, null))
                    : found;
        }
    }

    static class FindsAllWithoutOwners extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return owners.isEmpty() ? List.copyOf(all.values()) : correct.findByOwners(owners);
        }
    }

    static class FindsPoliciesOfEveryOwner extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return List.copyOf(all.values());
        }
    }

    static class CutsLongQuestions extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners.stream().limit(1_000).toList());
        }
    }

    static class AsksForOneOwnerAfterTheOther extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return owners.stream()
                    .flatMap(owner -> correct.findByOwners(List.of(owner)).stream())
                    .toList();
        }
    }

    /** Changes the policies that are found. */
    abstract static class ChangesFoundPolicies extends Broken {

        private final UnaryOperator<EgressPolicy> change;

        ChangesFoundPolicies(UnaryOperator<EgressPolicy> change) {
            this.change = change;
        }

        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners).stream()
                    .flatMap(policy -> Optional.ofNullable(change.apply(policy)).stream())
                    .toList();
        }
    }

    static class FindsSoftDeletedAsLive extends ChangesFoundPolicies {
        FindsSoftDeletedAsLive() {
            super(policy -> at(policy, null));
        }
    }

    static class HidesSoftDeleted extends ChangesFoundPolicies {
        HidesSoftDeleted() {
            super(policy -> policy.isLive() ? policy : null);
        }
    }

    static class LosesTheProject extends ChangesFoundPolicies {
        LosesTheProject() {
            super(policy -> policy.owner() instanceof ProjectId ? null : policy);
        }
    }

    static class LosesTheOrganization extends ChangesFoundPolicies {
        LosesTheOrganization() {
            super(policy -> policy.owner() instanceof OrganizationId ? null : policy);
        }
    }

    static class FindsEveryPolicyAtVersionOne extends ChangesFoundPolicies {
        FindsEveryPolicyAtVersionOne() {
            super(policy -> new EgressPolicy(policy.id(), policy.owner(), policy.mode(), 1, policy.deletedAt()));
        }
    }

    static class FindsOnePolicyAtMost extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners).stream().limit(1).toList();
        }
    }

    static class PrefersSoftDeleted extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners).stream()
                    .map(found -> of(found.owner())
                            .filter(policy -> !policy.isLive())
                            .findFirst()
                            .orElse(found))
                    .toList();
        }
    }

    static class FindsTheFirstSoftDeleted extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            return correct.findByOwners(owners).stream()
                    .map(found -> found.isLive()
                            ? found
                            : of(found.owner())
                                    .min(Comparator.comparing(EgressPolicy::deletedAt))
                                    .orElseThrow())
                    .toList();
        }
    }

    static class MixesOwners extends Broken {
        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
            List<EgressPolicyOwner> mixed = new ArrayList<>(owners);
            owners.forEach(owner -> mixed.add(new ProjectId(owner.value())));
            return correct.findByOwners(mixed);
        }
    }

    static class DropsARule extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            if (policy.mode() instanceof EgressMode.AllowList list
                    && !list.rules().isEmpty()) {
                EgressMode fewer = new EgressMode.AllowList(
                        list.rules().subList(1, list.rules().size()));
                super.save(withMode(policy, fewer));
            } else {
                super.save(policy);
            }
        }
    }

    static class TurnsDenyAllIntoAnEmptyList extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            EgressMode mode =
                    policy.mode() instanceof EgressMode.DenyAll ? new EgressMode.AllowList(List.of()) : policy.mode();
            super.save(withMode(policy, mode));
        }
    }

    static class KeepsTheFirstContent extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            if (!all.containsKey(policy.id())) {
                super.save(policy);
            }
        }
    }

    static class ReplacesAnyVersion extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            EgressPolicy current = all.get(policy.id());
            super.save(
                    current == null
                            ? policy
                            : new EgressPolicy(
                                    policy.id(),
                                    policy.owner(),
                                    policy.mode(),
                                    current.version() + 1,
                                    policy.deletedAt()));
        }
    }

    static class IgnoresAStaleVersion extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            EgressPolicy current = all.get(policy.id());
            if (current == null || current.version() == policy.version() - 1) {
                super.save(policy);
            }
        }
    }

    static class MovesAPolicyToAnotherOwner extends Broken {
        private final Map<EgressPolicyId, EgressPolicyOwner> owners = new LinkedHashMap<>();

        @Override
        protected void save(EgressPolicy policy) {
            owners.put(policy.id(), policy.owner());
            EgressPolicy current = all.get(policy.id());
            super.save(
                    current == null
                            ? policy
                            : new EgressPolicy(
                                    policy.id(),
                                    current.owner(),
                                    policy.mode(),
                                    current.version() + 1,
                                    policy.deletedAt()));
        }

        @Override
        public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> wanted) {
            return all.values().stream()
                    .filter(policy -> wanted.contains(owners.get(policy.id())))
                    .toList();
        }
    }

    private static EgressPolicy withMode(EgressPolicy policy, EgressMode mode) {
        return new EgressPolicy(policy.id(), policy.owner(), mode, policy.version(), policy.deletedAt());
    }

    private static EgressPolicy at(EgressPolicy policy, Instant deletedAt) {
        return new EgressPolicy(policy.id(), policy.owner(), policy.mode(), policy.version(), deletedAt);
    }
}

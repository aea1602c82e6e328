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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            correct.save(policy);
            all.put(policy.id(), policy);
        }

        @Override
        protected void softDelete(EgressPolicyId id, Instant deletedAt) {
            correct.softDelete(id, deletedAt);
            all.computeIfPresent(id, (same, policy) -> at(policy, deletedAt));
        }

        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            return correct.find(project, organization);
        }

        Stream<EgressPolicy> of(EgressPolicyOwner owner) {
            return all.values().stream().filter(policy -> policy.owner().equals(owner));
        }
    }

    static class AnswersSoftDeletedAsLive extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            return new OwnedPolicies(live(found.project()), live(found.organization()));
        }
    }

    static class HidesSoftDeleted extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            return new OwnedPolicies(
                    found.project() != null && found.project().isLive() ? found.project() : null,
                    found.organization() != null && found.organization().isLive() ? found.organization() : null);
        }
    }

    static class PrefersSoftDeleted extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            return new OwnedPolicies(
                    of(project)
                            .filter(policy -> !policy.isLive())
                            .findFirst()
                            .orElse(correct.find(project, organization).project()),
                    correct.find(project, organization).organization());
        }
    }

    static class AnswersTheFirstSoftDeleted extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            return found.project() == null || found.project().isLive()
                    ? found
                    : new OwnedPolicies(
                            of(project)
                                    .min(Comparator.comparing(EgressPolicy::deletedAt))
                                    .orElseThrow(),
                            found.organization());
        }
    }

    static class MixesOwners extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            EgressPolicy mixed = correct.find(new ProjectId(organization.value()), organization)
                    .project();
            return new OwnedPolicies(found.project(), found.organization() == null ? mixed : found.organization());
        }
    }

    static class SwapsLevels extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            EgressPolicy first = found.organization();
            EgressPolicy second = found.project();
            return new OwnedPolicies(first, second);
        }
    }

    static class LosesTheOrganization extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            return found.project() == null ? found : new OwnedPolicies(found.project(), null);
        }
    }

    static class DropsARule extends Broken {
        @Override
        protected void save(EgressPolicy policy) {
            if (policy.mode() instanceof EgressMode.AllowList list
                    && !list.rules().isEmpty()) {
                EgressMode fewer = new EgressMode.AllowList(
                        list.rules().subList(1, list.rules().size()));
                super.save(new EgressPolicy(policy.id(), policy.owner(), fewer, policy.deletedAt()));
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
            super.save(new EgressPolicy(policy.id(), policy.owner(), mode, policy.deletedAt()));
        }
    }

    static class AnswersAnyPolicy extends Broken {
        @Override
        public OwnedPolicies find(ProjectId project, OrganizationId organization) {
            OwnedPolicies found = correct.find(project, organization);
            return new OwnedPolicies(
                    found.project() == null
                            ? new EgressPolicy(newPolicyId(), project, new EgressMode.AllowAll(), null)
                            : found.project(),
                    found.organization());
        }
    }

    private static EgressPolicy live(EgressPolicy policy) {
        return policy == null ? null : at(policy, null);
    }

    private static EgressPolicy at(EgressPolicy policy, Instant deletedAt) {
        return new EgressPolicy(policy.id(), policy.owner(), policy.mode(), deletedAt);
    }
}

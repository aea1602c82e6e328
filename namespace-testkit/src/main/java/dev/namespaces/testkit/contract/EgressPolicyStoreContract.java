package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.TransportProtocol;
import dev.namespaces.spi.EgressPolicyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EgressPolicyStore} does. Extend it, hand in the store, and say how a policy is saved. The store may
 * have other policies, and keep those of the tests.
 */
public abstract class EgressPolicyStoreContract {

    private static final Instant DELETED = Instant.parse("2026-03-29T01:30:00.123456Z");

    private final ProjectId project = newProjectId();
    private final OrganizationId organization = newOrganizationId();

    /** Creates the contract for a test that extends it. */
    protected EgressPolicyStoreContract() {}

    /** Returns the store under test; called many times in a test, and each time returning the same data. */
    protected abstract EgressPolicyStore store();

    /**
     * Stores a live policy where the store finds it, and replaces the policy of that id. A new policy has version 1. A
     * replacement has the next version after the one that it replaces. Throws an exception, and stores nothing, if the
     * store has another version, or if the policy of that id has another owner.
     */
    protected abstract void save(EgressPolicy policy);

    /** Soft-deletes a saved policy at that time. */
    protected abstract void softDelete(EgressPolicyId id, Instant deletedAt);

    /** Returns a project id that no test has used; override it if the store takes only ids of a certain form. */
    protected ProjectId newProjectId() {
        return new ProjectId("Prj-" + UUID.randomUUID());
    }

    /** Returns an organization id that no test has used; override it if the store takes only ids of a certain form. */
    protected OrganizationId newOrganizationId() {
        return new OrganizationId("Org-" + UUID.randomUUID());
    }

    /** Returns a policy id that no test has used; override it if the store takes only ids of a certain form. */
    protected EgressPolicyId newPolicyId() {
        return new EgressPolicyId("pol-" + UUID.randomUUID());
    }

    /** Returns at least two modes; overridden by a store that cannot keep every kind of rule. */
    protected List<EgressMode> modes() {
        List<PortRange> ports = List.of(
                PortRange.tcp(443),
                PortRange.udp(53),
                new PortRange(8000, 8080, TransportProtocol.ANY),
                new PortRange(1, 65535, TransportProtocol.SCTP));
        return List.of(
                new EgressMode.DenyAll(),
                new EgressMode.AllowAll(),
                new EgressMode.AllowList(List.of()),
                new EgressMode.AllowList(List.of(
                        new EgressRule.ToDomain("*.example.com", ports),
                        new EgressRule.ToDomain("api.example.com", List.of()),
                        new EgressRule.ToCidr(
                                new Cidr("10.0.0.0/8"),
                                List.of(new Cidr("10.96.0.0/12"), new Cidr("10.1.0.0/16")),
                                ports),
                        new EgressRule.ToCidr(new Cidr("fd00::/8"), List.of(), List.of()),
                        new EgressRule.ToNamespace(new NamespaceSelector.ByName("monitoring"), ports),
                        new EgressRule.ToNamespace(
                                new NamespaceSelector.ByLabels(
                                        Map.of("team.example.com/Owner", "1e3", "stage", "no", "empty", "")),
                                List.of()),
                        new EgressRule.ToNamespace(new NamespaceSelector.Own(), ports),
                        new EgressRule.ToPods(
                                new NamespaceSelector.ByName("monitoring"), Map.of("app", "web", "empty", ""), ports),
                        new EgressRule.ToPods(
                                new NamespaceSelector.ByLabels(Map.of("stage", "no")), Map.of("app", "1e3"), List.of()),
                        new EgressRule.ToPods(new NamespaceSelector.Own(), Map.of("app", "db"), List.of()),
                        new EgressRule.ToEntities(EnumSet.allOf(EgressEntity.class), ports),
                        new EgressRule.ToDomain("api.example.com", List.of()))));
    }

    @Test
    void owners_without_a_policy_are_left_out() {
        assertThat(store().findByOwners(List.of(project, organization))).isEmpty();
    }

    @Test
    void no_owners_have_no_policy() {
        saved(project);

        assertThat(store().findByOwners(List.of())).isEmpty();
    }

    @Test
    void a_live_policy_of_the_project_is_found() {
        EgressPolicy policy = saved(project);

        assertThat(store().findByOwners(List.of(project, organization))).containsExactly(policy);
    }

    @Test
    void a_live_policy_of_the_organization_is_found() {
        EgressPolicy policy = saved(organization);

        assertThat(store().findByOwners(List.of(project, organization))).containsExactly(policy);
    }

    @Test
    void the_policies_of_both_levels_are_found_together() {
        EgressPolicy ofProject = saved(project);
        EgressPolicy ofOrganization = saved(organization);

        assertThat(store().findByOwners(List.of(project, organization)))
                .containsExactlyInAnyOrder(ofProject, ofOrganization);
    }

    @Test
    void the_policies_of_thousands_of_owners_are_found_at_once() {
        EgressPolicy first = saved(project);
        EgressPolicy last = saved(organization);
        List<EgressPolicyOwner> owners = new ArrayList<>();
        owners.add(project);
        for (int i = 0; i < 3_000; i++) {
            owners.add(i % 2 == 0 ? newProjectId() : newOrganizationId());
        }
        owners.add(organization);

        assertThat(store().findByOwners(owners)).containsExactlyInAnyOrder(first, last);
    }

    @Test
    void an_owner_given_twice_is_found_once() {
        EgressPolicy policy = saved(project);

        assertThat(store().findByOwners(List.of(project, organization, project)))
                .containsExactly(policy);
    }

    @Test
    void every_mode_and_rule_is_found_as_it_was_given() {
        for (EgressMode mode : modes()) {
            ProjectId owner = newProjectId();
            EgressPolicy policy = new EgressPolicy(newPolicyId(), owner, mode, 1, null);
            save(policy);

            assertThat(store().findByOwners(List.of(owner))).containsExactly(policy);
        }
    }

    @Test
    void a_changed_policy_is_found_with_its_new_content_and_version() {
        EgressPolicy before = saved(project);
        EgressPolicy after = new EgressPolicy(before.id(), project, modes().get(1), 2, null);

        save(after);

        assertThat(store().findByOwners(List.of(project))).containsExactly(after);
    }

    @Test
    void a_change_of_a_version_that_is_not_the_newest_is_refused() {
        EgressPolicy first = saved(project);
        EgressPolicy second = new EgressPolicy(first.id(), project, modes().get(1), 2, null);
        save(second);

        for (long version : new long[] {1, 2, 4}) {
            EgressPolicy stale = new EgressPolicy(first.id(), project, modes().get(0), version, null);
            assertThatException().as("version %d", version).isThrownBy(() -> save(stale));
        }

        assertThat(store().findByOwners(List.of(project))).containsExactly(second);
    }

    @Test
    void the_id_of_a_policy_of_another_owner_is_refused() {
        EgressPolicy policy = saved(project);

        for (long version : new long[] {1, 2}) {
            EgressPolicy moved = new EgressPolicy(policy.id(), organization, modes().get(1), version, null);
            assertThatException().as("version %d", version).isThrownBy(() -> save(moved));
        }

        assertThat(store().findByOwners(List.of(project, organization))).containsExactly(policy);
    }

    @Test
    void a_project_and_an_organization_of_one_id_are_two_owners() {
        String id = newProjectId().value();
        EgressPolicy policy = saved(new ProjectId(id));

        assertThat(store().findByOwners(List.of(new OrganizationId(id)))).isEmpty();
        assertThat(store().findByOwners(List.of(new ProjectId(id), new OrganizationId(id))))
                .containsExactly(policy);
    }

    @Test
    void the_policies_of_other_owners_are_not_found() {
        saved(newProjectId());
        saved(newOrganizationId());

        assertThat(store().findByOwners(List.of(project, organization))).isEmpty();
    }

    @Test
    void a_soft_deleted_policy_is_found_as_one_that_is_not_live() {
        EgressPolicy ofProject = saved(project);
        EgressPolicy ofOrganization = saved(organization);

        softDelete(ofProject.id(), DELETED);

        assertThat(found()).containsExactlyInAnyOrder(deleted(ofProject, DELETED), ofOrganization);

        softDelete(ofOrganization.id(), DELETED);

        assertThat(found()).containsExactlyInAnyOrder(deleted(ofProject, DELETED), deleted(ofOrganization, DELETED));
    }

    @Test
    void a_live_policy_is_preferred_to_every_soft_deleted_one() {
        softDelete(saved(project).id(), DELETED);
        EgressPolicy live = saved(project);

        assertThat(store().findByOwners(List.of(project))).containsExactly(live);
    }

    @Test
    void the_last_of_several_soft_deleted_policies_is_found() {
        softDelete(saved(project).id(), DELETED.plusSeconds(1));
        EgressPolicy last = saved(project);
        softDelete(last.id(), DELETED.plusSeconds(2));
        softDelete(saved(project).id(), DELETED);

        assertThat(found()).containsExactly(deleted(last, DELETED.plusSeconds(2)));
    }

    private EgressPolicy saved(EgressPolicyOwner owner) {
        EgressPolicy policy = new EgressPolicy(newPolicyId(), owner, modes().get(0), 1, null);
        save(policy);
        return policy;
    }

    /** Returns the policies of both owners, all with version 1: whether a deletion raises it is the host's choice. */
    private List<EgressPolicy> found() {
        return store().findByOwners(List.of(project, organization)).stream()
                .map(policy -> new EgressPolicy(policy.id(), policy.owner(), policy.mode(), 1, policy.deletedAt()))
                .toList();
    }

    private static EgressPolicy deleted(EgressPolicy policy, Instant deletedAt) {
        return new EgressPolicy(policy.id(), policy.owner(), policy.mode(), 1, deletedAt);
    }
}

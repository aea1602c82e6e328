package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EgressPolicyStore} does. Extend it, hand in the store, and say how a policy gets into it. The store
 * may hold other policies, and keep what the tests leave behind.
 */
public abstract class EgressPolicyStoreContract {

    private static final Instant DELETED = Instant.parse("2026-03-29T01:30:00.123456Z");

    private final ProjectId project = newProjectId();
    private final OrganizationId organization = newOrganizationId();

    /** For the test that extends it. */
    protected EgressPolicyStoreContract() {}

    /** The store under test; called many times in a test, and each time answering the same data. */
    protected abstract EgressPolicyStore store();

    /** Puts a live policy where the store finds it, in the place of one of that id if there is one. */
    protected abstract void save(EgressPolicy policy);

    /** Soft-deletes a saved policy at that time. */
    protected abstract void softDelete(EgressPolicyId id, Instant deletedAt);

    /** A project id that no test has used; overridden where the store takes ids of a certain form only. */
    protected ProjectId newProjectId() {
        return new ProjectId("Prj-" + UUID.randomUUID());
    }

    /** An organization id that no test has used; overridden where the store takes ids of a certain form only. */
    protected OrganizationId newOrganizationId() {
        return new OrganizationId("Org-" + UUID.randomUUID());
    }

    /** A policy id that no test has used; overridden where the store takes ids of a certain form only. */
    protected EgressPolicyId newPolicyId() {
        return new EgressPolicyId("pol-" + UUID.randomUUID());
    }

    /** What policies may say; overridden by a store that cannot keep every kind of rule. At least two. */
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
                        new EgressRule.ToEntities(EnumSet.allOf(EgressEntity.class), ports),
                        new EgressRule.ToDomain("api.example.com", List.of()))));
    }

    @Test
    void owners_without_a_policy_have_none() {
        assertThat(store().find(project, organization)).isEqualTo(new EgressPolicyStore.OwnedPolicies(null, null));
    }

    @Test
    void a_live_policy_of_the_project_is_found() {
        EgressPolicy policy = saved(project);

        assertThat(store().find(project, organization)).isEqualTo(new EgressPolicyStore.OwnedPolicies(policy, null));
    }

    @Test
    void a_live_policy_of_the_organization_is_found() {
        EgressPolicy policy = saved(organization);

        assertThat(store().find(project, organization)).isEqualTo(new EgressPolicyStore.OwnedPolicies(null, policy));
    }

    @Test
    void the_policies_of_both_levels_are_found_together() {
        EgressPolicy ofProject = saved(project);
        EgressPolicy ofOrganization = saved(organization);

        assertThat(store().find(project, organization))
                .isEqualTo(new EgressPolicyStore.OwnedPolicies(ofProject, ofOrganization));
    }

    @Test
    void every_mode_and_rule_comes_back_as_it_was_given() {
        for (EgressMode mode : modes()) {
            ProjectId owner = newProjectId();
            EgressPolicy policy = new EgressPolicy(newPolicyId(), owner, mode, null);
            save(policy);

            assertThat(store().find(owner, organization).project()).isEqualTo(policy);
        }
    }

    @Test
    void a_changed_policy_is_found_as_it_is_now() {
        EgressPolicy before = new EgressPolicy(newPolicyId(), project, modes().get(0), null);
        save(before);
        EgressPolicy after = new EgressPolicy(before.id(), project, modes().get(1), null);

        save(after);

        assertThat(store().find(project, organization).project()).isEqualTo(after);
    }

    @Test
    void a_project_and_an_organization_of_one_id_are_two_owners() {
        String id = newProjectId().value();
        EgressPolicy policy = saved(new ProjectId(id));

        assertThat(store().find(newProjectId(), new OrganizationId(id)).organization())
                .isNull();
        assertThat(store().find(new ProjectId(id), new OrganizationId(id)))
                .isEqualTo(new EgressPolicyStore.OwnedPolicies(policy, null));
    }

    @Test
    void the_policies_of_others_are_not_found() {
        saved(newProjectId());
        saved(newOrganizationId());

        assertThat(store().find(project, organization)).isEqualTo(new EgressPolicyStore.OwnedPolicies(null, null));
    }

    @Test
    void a_soft_deleted_policy_is_found_as_one_that_is_not_live() {
        EgressPolicy ofProject = saved(project);
        EgressPolicy ofOrganization = saved(organization);

        softDelete(ofProject.id(), DELETED);

        assertThat(store().find(project, organization))
                .isEqualTo(new EgressPolicyStore.OwnedPolicies(deleted(ofProject, DELETED), ofOrganization));

        softDelete(ofOrganization.id(), DELETED);

        assertThat(store().find(project, organization))
                .isEqualTo(new EgressPolicyStore.OwnedPolicies(
                        deleted(ofProject, DELETED), deleted(ofOrganization, DELETED)));
    }

    @Test
    void a_live_policy_comes_before_every_soft_deleted_one() {
        softDelete(saved(project).id(), DELETED);
        EgressPolicy live = saved(project);

        assertThat(store().find(project, organization).project()).isEqualTo(live);
    }

    @Test
    void of_several_soft_deleted_policies_the_last_one_is_found() {
        softDelete(saved(project).id(), DELETED.plusSeconds(1));
        EgressPolicy last = saved(project);
        softDelete(last.id(), DELETED.plusSeconds(2));
        softDelete(saved(project).id(), DELETED);

        assertThat(store().find(project, organization).project()).isEqualTo(deleted(last, DELETED.plusSeconds(2)));
    }

    private EgressPolicy saved(EgressPolicyOwner owner) {
        EgressPolicy policy = new EgressPolicy(newPolicyId(), owner, modes().get(0), null);
        save(policy);
        return policy;
    }

    private static EgressPolicy deleted(EgressPolicy policy, Instant deletedAt) {
        return new EgressPolicy(policy.id(), policy.owner(), policy.mode(), deletedAt);
    }
}

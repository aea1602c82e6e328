package dev.namespaces.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.egress.SkippedLevel.Reason;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyResolutionTest {

    private static final Instant DELETED = Instant.parse("2026-11-22T10:15:30Z");
    private static final ProjectId PROJECT = new ProjectId("shop");
    private static final OrganizationId ORGANIZATION = new OrganizationId("acme");
    private static final Environment ENVIRONMENT = new Environment(
            new EnvironmentId("shop-dev"), ORGANIZATION, PROJECT, "dev", List.of(new ClusterId("eu-1")), Map.of(), 0);

    private enum State {
        LIVE,
        SOFT_DELETED,
        MISSING
    }

    @ParameterizedTest(name = "project {0}, organization {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            LIVE         | LIVE         | PROJECT      | Egress policy p-shop of project shop applies.
            LIVE         | SOFT_DELETED | PROJECT      | Egress policy p-shop of project shop applies.
            LIVE         | MISSING      | PROJECT      | Egress policy p-shop of project shop applies.
            SOFT_DELETED | LIVE         | ORGANIZATION | Egress policy p-acme of organization acme applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z.
            SOFT_DELETED | SOFT_DELETED | DEFAULT      | The default egress applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z. Organization acme has none: its policy p-acme was deleted at 2026-11-22T10:15:30Z.
            SOFT_DELETED | MISSING      | DEFAULT      | The default egress applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z. Organization acme has no policy.
            MISSING      | LIVE         | ORGANIZATION | Egress policy p-acme of organization acme applies. Project shop has no policy.
            MISSING      | SOFT_DELETED | DEFAULT      | The default egress applies. Project shop has no policy. Organization acme has none: its policy p-acme was deleted at 2026-11-22T10:15:30Z.
            MISSING      | MISSING      | DEFAULT      | The default egress applies. Project shop has no policy. Organization acme has no policy.
            """)
    void the_first_level_with_a_live_policy_applies(
            State project, State organization, PolicyLevel expected, String explanation) {
        EgressMode defaultMode = DefaultEgress.mode();

        PolicyResolution resolution =
                PolicyResolution.resolve(ENVIRONMENT, ofProject(project), ofOrganization(organization), defaultMode);

        assertThat(resolution.level()).isEqualTo(expected);
        assertThat(resolution.explain()).isEqualTo(explanation);
        assertThat(resolution.mode())
                .isEqualTo(
                        switch (resolution.level()) {
                            case PROJECT -> new EgressMode.DenyAll();
                            case ORGANIZATION -> new EgressMode.AllowAll();
                            case DEFAULT -> defaultMode;
                        });
    }

    @Test
    void each_level_that_was_passed_over_is_a_fact() {
        PolicyResolution resolution = PolicyResolution.resolve(
                ENVIRONMENT, ofProject(State.SOFT_DELETED), ofOrganization(State.MISSING), new EgressMode.DenyAll());

        assertThat(resolution.policy()).isNull();
        assertThat(resolution.skipped())
                .containsExactly(
                        new SkippedLevel(
                                PolicyLevel.PROJECT,
                                PROJECT,
                                new Reason.SoftDeleted(new EgressPolicyId("p-shop"), DELETED)),
                        new SkippedLevel(PolicyLevel.ORGANIZATION, ORGANIZATION, new Reason.Missing()));
    }

    @Test
    void a_policy_of_somebody_else_is_never_taken() {
        EgressPolicy foreign = policy(new ProjectId("other"), new EgressMode.AllowAll(), null);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyResolution.resolve(ENVIRONMENT, foreign, null, new EgressMode.DenyAll()))
                .withMessage("The store answered egress policy p-other of 'other' for 'shop'");
    }

    @Test
    void a_level_and_a_policy_that_contradict_each_other_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PolicyResolution(PolicyLevel.PROJECT, new EgressMode.DenyAll(), null, List.of()));
    }

    private static @Nullable EgressPolicy ofProject(State state) {
        return owned(state, PROJECT, new EgressMode.DenyAll());
    }

    private static @Nullable EgressPolicy ofOrganization(State state) {
        return owned(state, ORGANIZATION, new EgressMode.AllowAll());
    }

    private static @Nullable EgressPolicy owned(State state, EgressPolicyOwner owner, EgressMode mode) {
        return switch (state) {
            case LIVE -> policy(owner, mode, null);
            case SOFT_DELETED -> policy(owner, mode, DELETED);
            case MISSING -> null;
        };
    }

    private static EgressPolicy policy(EgressPolicyOwner owner, EgressMode mode, @Nullable Instant deletedAt) {
        return new EgressPolicy(new EgressPolicyId("p-" + owner.value()), owner, mode, 1, deletedAt);
    }
}

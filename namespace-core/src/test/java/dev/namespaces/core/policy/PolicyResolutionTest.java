package dev.namespaces.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.policy.SkippedLevel.Reason;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EgressPolicyStore.OwnedPolicies;
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
        MISSING,
        STORE_ERROR
    }

    @ParameterizedTest(name = "project {0}, organization {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            LIVE         | LIVE         | PROJECT      | Egress policy p-shop of project shop applies.
            LIVE         | SOFT_DELETED | PROJECT      | Egress policy p-shop of project shop applies.
            LIVE         | MISSING      | PROJECT      | Egress policy p-shop of project shop applies.
            LIVE         | STORE_ERROR  | error        |
            SOFT_DELETED | LIVE         | ORGANIZATION | Egress policy p-acme of organization acme applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z.
            SOFT_DELETED | SOFT_DELETED | DEFAULT      | The default egress applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z. Organization acme has none: its policy p-acme was deleted at 2026-11-22T10:15:30Z.
            SOFT_DELETED | MISSING      | DEFAULT      | The default egress applies. Project shop has none: its policy p-shop was deleted at 2026-11-22T10:15:30Z. Organization acme has no policy.
            SOFT_DELETED | STORE_ERROR  | error        |
            MISSING      | LIVE         | ORGANIZATION | Egress policy p-acme of organization acme applies. Project shop has no policy.
            MISSING      | SOFT_DELETED | DEFAULT      | The default egress applies. Project shop has no policy. Organization acme has none: its policy p-acme was deleted at 2026-11-22T10:15:30Z.
            MISSING      | MISSING      | DEFAULT      | The default egress applies. Project shop has no policy. Organization acme has no policy.
            MISSING      | STORE_ERROR  | error        |
            STORE_ERROR  | LIVE         | error        |
            STORE_ERROR  | SOFT_DELETED | error        |
            STORE_ERROR  | MISSING      | error        |
            STORE_ERROR  | STORE_ERROR  | error        |
            """)
    void the_first_level_with_a_live_policy_applies_and_a_failing_store_is_an_error(
            State project, State organization, String expected, @Nullable String explanation) {
        EgressPolicyStore store = store(project, organization);
        EgressMode defaultMode = DefaultEgress.mode();

        if (expected.equals("error")) {
            assertThatThrownBy(() -> PolicyResolution.resolve(ENVIRONMENT, store, defaultMode))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("Cannot find: the store failed on egress_policies at shop, acme");
            return;
        }
        PolicyResolution resolution = PolicyResolution.resolve(ENVIRONMENT, store, defaultMode);

        assertThat(resolution.level()).isEqualTo(PolicyLevel.valueOf(expected));
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
                ENVIRONMENT, store(State.SOFT_DELETED, State.MISSING), new EgressMode.DenyAll());

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
        OwnedPolicies foreign =
                new OwnedPolicies(policy(new ProjectId("other"), new EgressMode.AllowAll(), null), null);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyResolution.resolve(ENVIRONMENT, foreign, new EgressMode.DenyAll()))
                .withMessage("The store answered egress policy p-other of 'other' for 'shop'");
    }

    @Test
    void a_level_and_a_policy_that_contradict_each_other_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PolicyResolution(PolicyLevel.PROJECT, new EgressMode.DenyAll(), null, List.of()));
    }

    /** Both levels are asked in one round trip, so an error on either is an error on both. */
    private static EgressPolicyStore store(State project, State organization) {
        return (projectId, organizationId) -> {
            if (project == State.STORE_ERROR || organization == State.STORE_ERROR) {
                throw new StoreException(
                        ErrorContext.of(Operation.FIND),
                        "egress_policies",
                        projectId + ", " + organizationId,
                        Retry.later(),
                        "connection reset",
                        null);
            }
            return new OwnedPolicies(
                    owned(project, projectId, new EgressMode.DenyAll()),
                    owned(organization, organizationId, new EgressMode.AllowAll()));
        };
    }

    private static @Nullable EgressPolicy owned(State state, EgressPolicyOwner owner, EgressMode mode) {
        return switch (state) {
            case LIVE -> policy(owner, mode, null);
            case SOFT_DELETED -> policy(owner, mode, DELETED);
            case MISSING, STORE_ERROR -> null;
        };
    }

    private static EgressPolicy policy(EgressPolicyOwner owner, EgressMode mode, @Nullable Instant deletedAt) {
        return new EgressPolicy(new EgressPolicyId("p-" + owner.value()), owner, mode, deletedAt);
    }
}

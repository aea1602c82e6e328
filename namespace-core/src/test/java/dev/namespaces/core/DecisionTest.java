package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.Decision.Reason;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every cell of standing, mode and adoption policy. */
class DecisionTest {

    private static final EnvironmentId DEV = new EnvironmentId("shop-dev");
    private static final Namespace LIVE = new NamespaceBuilder()
            .withNewMetadata()
            .withName("shop-web")
            .withUid("uid-1")
            .endMetadata()
            .build();
    private static final Decision REFUSED_ABSENT = new Decision.Refuse(Reason.ABSENT);
    private static final Decision REFUSED_EXISTS = new Decision.Refuse(Reason.EXISTS);
    private static final Decision REFUSED_TERMINATING = new Decision.Refuse(Reason.TERMINATING);
    private static final Decision REFUSED_CLAIMED = new Decision.Refuse(Reason.CLAIMED);
    private static final Decision REFUSED_NOT_OURS = new Decision.Refuse(Reason.NOT_OURS);

    private static final Standing FOREIGN = new Standing.Foreign(LIVE, null, null);
    private static final Standing CONSENTING = new Standing.Foreign(LIVE, "Helm", "shop-dev");
    private static final Standing CONSENTING_TO_OTHER = new Standing.Foreign(LIVE, "Helm", "shop-prod");
    private static final Standing CLAIMED = new Standing.Claimed(LIVE, "shop-prod");

    /** What APPLY and REPLACE do with each standing under each policy; CREATE refuses all that exist. */
    private record Row(Standing standing, boolean ensured, Map<AdoptionPolicy, Decision> decisions) {}

    private static final List<Row> EXISTING = List.of(
            row(new Standing.Terminating(LIVE), false, REFUSED_TERMINATING, REFUSED_TERMINATING, REFUSED_TERMINATING),
            row(ours(Origin.CREATED), false, updated(Origin.CREATED), updated(Origin.CREATED), updated(Origin.CREATED)),
            row(ours(Origin.ADOPTED), false, updated(Origin.ADOPTED), updated(Origin.ADOPTED), updated(Origin.ADOPTED)),
            row(CLAIMED, false, REFUSED_CLAIMED, REFUSED_CLAIMED, REFUSED_CLAIMED),
            row(CLAIMED, true, REFUSED_CLAIMED, REFUSED_CLAIMED, REFUSED_CLAIMED),
            row(FOREIGN, false, REFUSED_NOT_OURS, REFUSED_NOT_OURS, new Decision.Adopt()),
            row(FOREIGN, true, new Decision.Adopt(), new Decision.Adopt(), new Decision.Adopt()),
            row(CONSENTING, false, REFUSED_NOT_OURS, new Decision.Adopt(), new Decision.Adopt()),
            row(CONSENTING_TO_OTHER, false, REFUSED_NOT_OURS, REFUSED_NOT_OURS, new Decision.Adopt()));

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (AdoptionPolicy policy : AdoptionPolicy.values()) {
            cells.add(Arguments.of(new Standing.Absent(), ApplyMode.APPLY, policy, false, new Decision.Create()));
            cells.add(Arguments.of(new Standing.Absent(), ApplyMode.CREATE, policy, false, new Decision.Create()));
            cells.add(Arguments.of(new Standing.Absent(), ApplyMode.REPLACE, policy, false, REFUSED_ABSENT));
            for (Row row : EXISTING) {
                for (ApplyMode mode : List.of(ApplyMode.APPLY, ApplyMode.REPLACE)) {
                    cells.add(Arguments.of(
                            row.standing(),
                            mode,
                            policy,
                            row.ensured(),
                            row.decisions().get(policy)));
                }
                cells.add(Arguments.of(
                        row.standing(),
                        ApplyMode.CREATE,
                        policy,
                        row.ensured(),
                        row.standing() instanceof Standing.Terminating ? REFUSED_TERMINATING : REFUSED_EXISTS));
            }
        }
        return cells.stream();
    }

    @ParameterizedTest
    @MethodSource("cells")
    void each_cell_has_its_decision(
            Standing standing, ApplyMode mode, AdoptionPolicy policy, boolean ensured, Decision expected) {
        assertThat(Decision.on(standing, new Decision.Wish(mode, policy, false, DEV), ensured))
                .isEqualTo(expected);
    }

    @Test
    void a_create_whose_answer_was_lost_is_still_this_create() {
        Standing byNonce = new Standing.Ours(LIVE, Origin.CREATED, true);

        assertThat(Decision.on(byNonce, new Decision.Wish(ApplyMode.CREATE, AdoptionPolicy.NEVER, false, DEV), false))
                .isEqualTo(updated(Origin.CREATED));
    }

    @Test
    void only_a_claimed_namespace_is_taken_over_and_only_by_name() {
        Decision.Wish wish = new Decision.Wish(ApplyMode.APPLY, AdoptionPolicy.NEVER, true, DEV);

        assertThat(Decision.on(CLAIMED, wish, false)).isEqualTo(new Decision.TakeOver("shop-prod"));
        assertThat(Decision.on(FOREIGN, wish, false)).isEqualTo(REFUSED_NOT_OURS);
    }

    private static Row row(Standing standing, boolean ensured, Decision never, Decision claimed, Decision always) {
        return new Row(
                standing,
                ensured,
                Map.of(
                        AdoptionPolicy.NEVER, never,
                        AdoptionPolicy.CLAIMED, claimed,
                        AdoptionPolicy.ALWAYS, always));
    }

    private static Standing ours(Origin origin) {
        return new Standing.Ours(LIVE, origin, false);
    }

    private static Decision updated(Origin origin) {
        return new Decision.Update(origin);
    }
}

package dev.namespaces.egress;

import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import java.io.Serializable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which egress mode applies to an environment, and why: the project's policy, else the organization's, else the
 * default. A store that fails never gets here: its exception is the caller's answer.
 *
 * @param level where the mode comes from
 * @param mode what is allowed
 * @param policy the policy that applies, or null for {@link PolicyLevel#DEFAULT}
 * @param skipped the levels above, from the top, and why each of them does not apply
 */
public record PolicyResolution(
        PolicyLevel level, EgressMode mode, @Nullable EgressPolicy policy, List<SkippedLevel> skipped)
        implements Serializable {

    public PolicyResolution {
        Objects.requireNonNull(level, "level");
        Objects.requireNonNull(mode, "mode");
        skipped = List.copyOf(skipped);
        if ((policy == null) != (level == PolicyLevel.DEFAULT)) {
            throw new IllegalArgumentException("A policy belongs to every level but the default: " + level);
        }
    }

    /**
     * Picks the policy that applies.
     *
     * @param environment the environment that the policy is for
     * @param project the stored policy of the environment's project, live or soft-deleted, or null where it has none
     * @param organization the same of the environment's organization
     * @param defaultMode what applies where neither has a live policy
     * @throws IllegalArgumentException if a policy belongs to another owner than the environment's
     */
    public static PolicyResolution resolve(
            Environment environment,
            @Nullable EgressPolicy project,
            @Nullable EgressPolicy organization,
            EgressMode defaultMode) {
        Objects.requireNonNull(defaultMode, "defaultMode");
        List<SkippedLevel> skipped = new ArrayList<>();
        if (project != null && isOf(project, environment.projectId()) && project.isLive()) {
            return new PolicyResolution(PolicyLevel.PROJECT, project.mode(), project, skipped);
        }
        skipped.add(skip(PolicyLevel.PROJECT, environment.projectId(), project));
        if (organization != null && isOf(organization, environment.organizationId()) && organization.isLive()) {
            return new PolicyResolution(PolicyLevel.ORGANIZATION, organization.mode(), organization, skipped);
        }
        skipped.add(skip(PolicyLevel.ORGANIZATION, environment.organizationId(), organization));
        return new PolicyResolution(PolicyLevel.DEFAULT, defaultMode, null, skipped);
    }

    /** Says in sentences which level and policy apply, and why each level above does not. */
    public String explain() {
        StringBuilder text = new StringBuilder();
        if (policy == null) {
            text.append("The default egress applies.");
        } else {
            text.append("Egress policy ").append(policy.id()).append(" of ").append(name(level, policy.owner()));
            text.append(" applies.");
        }
        for (SkippedLevel passed : skipped) {
            String owner = name(passed.level(), passed.owner());
            text.append(' ').append(Character.toUpperCase(owner.charAt(0))).append(owner, 1, owner.length());
            if (passed.reason() instanceof SkippedLevel.Reason.SoftDeleted deleted) {
                text.append(" has none: its policy ").append(deleted.policy());
                text.append(" was deleted at ").append(deleted.deletedAt()).append('.');
            } else {
                text.append(" has no policy.");
            }
        }
        return text.toString();
    }

    private static String name(PolicyLevel level, EgressPolicyOwner owner) {
        return level.name().toLowerCase(Locale.ROOT) + " " + owner.value();
    }

    private static boolean isOf(EgressPolicy policy, EgressPolicyOwner owner) {
        if (!policy.owner().equals(owner)) {
            throw new IllegalArgumentException("The store answered egress policy " + policy.id() + " of '"
                    + policy.owner().value() + "' for '" + owner.value() + "'");
        }
        return true;
    }

    private static SkippedLevel skip(PolicyLevel level, EgressPolicyOwner owner, @Nullable EgressPolicy policy) {
        Instant deletedAt = policy == null ? null : policy.deletedAt();
        return new SkippedLevel(
                level,
                owner,
                policy == null || deletedAt == null
                        ? new SkippedLevel.Reason.Missing()
                        : new SkippedLevel.Reason.SoftDeleted(policy.id(), deletedAt));
    }
}

package dev.namespaces.core;

import dev.namespaces.error.ClusterException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ClusterGateway;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to create a namespace whose policy cannot be created, as far as the cluster can be asked. It remembers for a
 * while that policies can be created, and asks again after a refusal. Safe to use from many threads.
 */
final class PolicyRights {

    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private record Key(ClusterId cluster, PolicyDialect dialect, boolean isReview) {}

    private final ConcurrentMap<Key, Instant> possibleUntil = new ConcurrentHashMap<>();
    private final Clock clock;

    PolicyRights(Clock clock) {
        this.clock = clock;
    }

    /**
     * Asks whether the cluster serves the kind.
     *
     * @throws KindNotServedException if the cluster does not serve it
     */
    void requireKind(ClusterGateway gateway, PolicyDialect dialect, ErrorContext context, ClusterId cluster) {
        Key key = new Key(cluster, dialect, false);
        if (isRemembered(key)) {
            return;
        }
        if (!gateway.serves(cluster, dialect.apiVersion(), dialect.kind())) {
            throw new KindNotServedException(context, dialect.apiVersion(), dialect.kind(), null).settled();
        }
        remember(key);
    }

    /**
     * Asks whether our user may create policies.
     *
     * @param managed a namespace that we manage already. A role binding may arrive together with a namespace, so a
     *     review of the whole cluster may say no although the policy could be created
     * @throws ForbiddenException if our user may not
     */
    void requireCreate(
            ClusterGateway gateway, PolicyDialect dialect, String managed, ErrorContext context, ClusterId cluster) {
        Key key = new Key(cluster, dialect, true);
        AccessReviews reviews = gateway.extension(AccessReviews.class).orElse(null);
        if (reviews == null || isRemembered(key)) {
            return;
        }
        List<AccessRule> needed = AccessRule.lifecycle(Set.of(dialect)).stream()
                .filter(rule -> rule.verb().equals("create") && !rule.resource().equals("namespaces"))
                .toList();
        List<AccessRule> missing;
        try {
            missing = reviews.missingAccess(cluster, needed, managed);
        } catch (ClusterException e) {
            // Nothing is known, so the create itself decides.
            return;
        }
        if (!missing.isEmpty()) {
            throw new ForbiddenException(
                            context,
                            "create",
                            missing.get(0).qualifiedResource(),
                            "the namespace was not created, because it would be without its policy",
                            null)
                    .settled();
        }
        remember(key);
    }

    private boolean isRemembered(Key key) {
        @Nullable Instant until = possibleUntil.get(key);
        return until != null && clock.instant().isBefore(until);
    }

    private void remember(Key key) {
        possibleUntil.put(key, clock.instant().plus(REMEMBERED));
    }
}

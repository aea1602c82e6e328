package dev.namespaces.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.EgressTemplate;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.PolicyDialect;

/**
 * The egress templates that were used recently. Many environments have the same mode and settings, and to prepare and
 * validate a template takes far longer than to write a policy with it. Safe to use from many threads at once.
 */
final class EgressTemplates {

    private static final int MAX_TEMPLATES = 256;

    private final Cache<Key, EgressTemplate> templates =
            Caffeine.newBuilder().maximumSize(MAX_TEMPLATES).build();

    private record Key(PolicyDialect dialect, EgressMode mode, EgressSettings settings) {}

    /**
     * Returns the template of the mode.
     *
     * @throws dev.namespaces.egress.InexpressibleEgressException if the dialect cannot express the mode
     */
    EgressTemplate of(PolicyDialect dialect, EgressMode mode, EgressSettings settings) {
        return templates.get(new Key(dialect, mode, settings), key -> EgressTemplate.of(dialect, mode, settings));
    }
}

package dev.namespaces.jdbc;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Domain objects for tests. */
final class Fixtures {

    static final Instant NOW = Instant.parse("2026-03-29T01:30:00.123456Z");
    static final ClusterId CLUSTER = new ClusterId("eu-1");
    static final ProjectId PROJECT = new ProjectId("shop");
    static final OrganizationId ORGANIZATION = new OrganizationId("acme");

    private Fixtures() {}

    static EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    static Namespace namespace(EnvironmentId environment, String name) {
        return namespace(environment, name, Map.of("note", "as it was"));
    }

    static Namespace namespace(EnvironmentId environment, String name, Map<String, String> annotations) {
        return new Namespace(
                new NamespaceId(UUID.randomUUID().toString()),
                environment,
                name,
                Map.of("team", "shop"),
                annotations,
                1,
                NOW,
                NOW,
                null);
    }

    static Namespace withMetadata(Namespace base, Map<String, String> metadata) {
        return new Namespace(
                base.id(),
                base.environmentId(),
                base.name(),
                metadata,
                base.annotations(),
                base.version(),
                base.createdAt(),
                base.updatedAt(),
                base.deletedAt());
    }

    static Environment environment(EnvironmentId id, String name) {
        return new Environment(id, ORGANIZATION, PROJECT, name, List.of(CLUSTER), Map.of("stage", "dev"), 0);
    }

    static EgressPolicy policy(String id) {
        return new EgressPolicy(new EgressPolicyId(id), PROJECT, new EgressMode.DenyAll(), null);
    }
}

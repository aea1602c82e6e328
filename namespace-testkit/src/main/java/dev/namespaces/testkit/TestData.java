package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.UUID;

/**
 * Test data with sensible defaults, so that a test says only what it is about:
 * {@code anEnvironment().id("shop-dev").cluster("eu-1").build()}. The builders are not safe for use by many threads.
 */
public final class TestData {

    /** The cluster of {@link #anEnvironment}. */
    public static final ClusterId CLUSTER = new ClusterId(EnvironmentBuilder.CLUSTER);

    /** The project of {@link #anEnvironment} and the owner of {@link #anEgressPolicy}. */
    public static final ProjectId PROJECT = new ProjectId(EnvironmentBuilder.PROJECT);

    /** The organization of {@link #anEnvironment}. */
    public static final OrganizationId ORGANIZATION = new OrganizationId(EnvironmentBuilder.ORGANIZATION);

    /**
     * A time that stores get wrong easily: it has microseconds, and it is in the night in which the clocks of Europe
     * change, at a local time that does not exist in Berlin.
     */
    public static final Instant NOW = Instant.parse("2026-03-29T01:30:00.123456Z");

    private TestData() {}

    /** Returns the id of an environment that no other test has. */
    public static EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /**
     * Returns a builder of environment {@code dev} of project {@code shop} of {@code acme}, on cluster {@code eu-1}.
     */
    public static EnvironmentBuilder anEnvironment() {
        return new EnvironmentBuilder();
    }

    /**
     * Returns a builder of a namespace of the environment that {@link #anEnvironment} builds by default, named like it,
     * at version 1, with an id of its own.
     */
    public static NamespaceBuilder aNamespace() {
        return new NamespaceBuilder();
    }

    /** Returns a builder of a live policy of project {@code shop}: an allow-list without rules. */
    public static EgressPolicyBuilder anEgressPolicy() {
        return new EgressPolicyBuilder(PROJECT);
    }
}

package dev.namespaces.testkit;

import dev.namespaces.model.ProjectId;

/**
 * Test data with sensible defaults, so that a test says only what it is about:
 * {@code anEnvironment().id("shop-dev").cluster("eu-1").build()}. The builders are not safe for use by many threads.
 */
public final class TestData {

    private TestData() {}

    /** Environment {@code dev} of project {@code shop} of organization {@code acme}, on cluster {@code eu-1}. */
    public static EnvironmentBuilder anEnvironment() {
        return new EnvironmentBuilder();
    }

    /**
     * A namespace of the environment that {@link #anEnvironment} builds by default, named like it, at version 1, with
     * an id of its own.
     */
    public static NamespaceBuilder aNamespace() {
        return new NamespaceBuilder();
    }

    /** A live policy of project {@code shop} that allows nothing but what every allow-list allows. */
    public static EgressPolicyBuilder anEgressPolicy() {
        return new EgressPolicyBuilder(new ProjectId(EnvironmentBuilder.PROJECT));
    }
}

package dev.namespaces.spi;

import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All stores of a lifecycle, and the lock between its replicas. Immutable; safe to use from many threads at once if the
 * ports are.
 *
 * <p>A host takes these from {@code JdbcStores} or {@code InMemoryStores} and replaces single ports with its own:
 *
 * <pre>{@code
 * Stores stores = jdbcStores.stores().toBuilder().environments(ourEnvironments).build();
 * }</pre>
 */
public final class Stores {

    private final NamespaceStore namespaces;
    private final EnvironmentStore environments;
    private final EgressPolicyStore egressPolicies;
    private final DeploymentStore deployments;
    private final TargetObjectStore targetObjects;
    private final DeploymentLock deploymentLock;
    private final BooleanSupplier hostTransaction;

    private Stores(Builder builder) {
        this.namespaces = required(builder.namespaces, "namespaces");
        this.environments = required(builder.environments, "environments");
        this.egressPolicies = required(builder.egressPolicies, "egressPolicies");
        this.deployments = required(builder.deployments, "deployments");
        this.targetObjects = required(builder.targetObjects, "targetObjects");
        this.deploymentLock = required(builder.deploymentLock, "deploymentLock");
        this.hostTransaction = builder.hostTransaction;
    }

    /** Returns a builder without any port. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns a builder with these ports, to replace some of them. */
    public Builder toBuilder() {
        return new Builder()
                .namespaces(namespaces)
                .environments(environments)
                .egressPolicies(egressPolicies)
                .deployments(deployments)
                .targetObjects(targetObjects)
                .deploymentLock(deploymentLock)
                .inHostTransaction(hostTransaction);
    }

    /** Returns the store of namespaces. */
    public NamespaceStore namespaces() {
        return namespaces;
    }

    /** Returns the store of environments. */
    public EnvironmentStore environments() {
        return environments;
    }

    /** Returns the store of egress policies. */
    public EgressPolicyStore egressPolicies() {
        return egressPolicies;
    }

    /** Returns the store of deployment records. */
    public DeploymentStore deployments() {
        return deployments;
    }

    /** Returns the store of target objects. */
    public TargetObjectStore targetObjects() {
        return targetObjects;
    }

    /** Returns the lock between replicas. */
    public DeploymentLock deploymentLock() {
        return deploymentLock;
    }

    /**
     * Returns whether the calling thread is in a transaction of the host. The library then writes to no cluster,
     * because a rollback would not undo what it wrote.
     */
    public boolean inHostTransaction() {
        return hostTransaction.getAsBoolean();
    }

    private static <T> T required(@Nullable T port, String name) {
        return Objects.requireNonNull(port, () -> "The stores lack " + name);
    }

    /** Builds {@link Stores}. Every port is required. Not safe to use from many threads. */
    public static final class Builder {

        private @Nullable NamespaceStore namespaces;
        private @Nullable EnvironmentStore environments;
        private @Nullable EgressPolicyStore egressPolicies;
        private @Nullable DeploymentStore deployments;
        private @Nullable TargetObjectStore targetObjects;
        private @Nullable DeploymentLock deploymentLock;
        private BooleanSupplier hostTransaction = () -> false;

        private Builder() {}

        /** Sets the store of namespaces. */
        public Builder namespaces(NamespaceStore namespaces) {
            this.namespaces = Objects.requireNonNull(namespaces, "namespaces");
            return this;
        }

        /** Sets the store of environments. */
        public Builder environments(EnvironmentStore environments) {
            this.environments = Objects.requireNonNull(environments, "environments");
            return this;
        }

        /** Sets the store of egress policies. */
        public Builder egressPolicies(EgressPolicyStore egressPolicies) {
            this.egressPolicies = Objects.requireNonNull(egressPolicies, "egressPolicies");
            return this;
        }

        /** Sets the store of deployment records; usually together with {@link #targetObjects}. */
        public Builder deployments(DeploymentStore deployments) {
            this.deployments = Objects.requireNonNull(deployments, "deployments");
            return this;
        }

        /** Sets the store of target objects, which reads what the store of deployment records writes. */
        public Builder targetObjects(TargetObjectStore targetObjects) {
            this.targetObjects = Objects.requireNonNull(targetObjects, "targetObjects");
            return this;
        }

        /** Sets the lock between replicas. */
        public Builder deploymentLock(DeploymentLock deploymentLock) {
            this.deploymentLock = Objects.requireNonNull(deploymentLock, "deploymentLock");
            return this;
        }

        /**
         * Sets how to find out whether the calling thread is in a transaction of the host; by default it never is. It
         * is asked often, so it must be quick.
         */
        public Builder inHostTransaction(BooleanSupplier inHostTransaction) {
            this.hostTransaction = Objects.requireNonNull(inHostTransaction, "inHostTransaction");
            return this;
        }

        /**
         * Returns the stores.
         *
         * @throws NullPointerException naming the first port that was not set
         */
        public Stores build() {
            return new Stores(this);
        }
    }
}

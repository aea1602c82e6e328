package dev.namespaces.testkit;

import dev.namespaces.spi.Stores;
import java.time.Clock;

/**
 * All stores of a lifecycle in memory, and the lock: {@code new InMemoryStores().stores()}. Safe to use from many
 * threads at once.
 */
public final class InMemoryStores {

    private final HostTransaction transaction = new HostTransaction();
    private final InMemoryNamespaceStore namespaces = new InMemoryNamespaceStore(transaction);
    private final InMemoryEnvironmentStore environments = new InMemoryEnvironmentStore(transaction);
    private final InMemoryEgressPolicyStore egressPolicies = new InMemoryEgressPolicyStore(transaction);
    private final InMemoryDeploymentStore deployments;
    private final InMemoryDeploymentLock deploymentLock = new InMemoryDeploymentLock();
    private final Stores stores;

    /** Creates empty stores that use the system's clock. */
    public InMemoryStores() {
        this(Clock.systemUTC());
    }

    /** Creates empty stores that use that clock. */
    public InMemoryStores(Clock clock) {
        deployments = new InMemoryDeploymentStore(clock);
        stores = Stores.builder()
                .namespaces(namespaces)
                .environments(environments)
                .egressPolicies(egressPolicies)
                .deployments(deployments)
                .targetObjects(deployments)
                .deploymentLock(deploymentLock)
                .inHostTransaction(transaction::isActive)
                .build();
    }

    /** Returns the stores as a lifecycle takes them. */
    public Stores stores() {
        return stores;
    }

    /** Returns the store of namespaces. */
    public InMemoryNamespaceStore namespaces() {
        return namespaces;
    }

    /** Returns the store of environments. */
    public InMemoryEnvironmentStore environments() {
        return environments;
    }

    /** Returns the store of egress policies. */
    public InMemoryEgressPolicyStore egressPolicies() {
        return egressPolicies;
    }

    /** Returns the store of deployment records and target objects. */
    public InMemoryDeploymentStore deployments() {
        return deployments;
    }

    /** Returns the lock between replicas. */
    public InMemoryDeploymentLock deploymentLock() {
        return deploymentLock;
    }

    /**
     * Runs the work as in a transaction of the host. If it throws, its writes to namespaces, environments and egress
     * policies are rolled back; writes to deployment records, target objects and the lock stay, as with a real
     * database. Other threads see uncommitted writes. Inside of another transaction the work joins that one.
     */
    public void inTransaction(Runnable work) {
        transaction.run(work);
    }
}

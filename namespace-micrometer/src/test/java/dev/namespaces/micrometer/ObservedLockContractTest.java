package dev.namespaces.micrometer;

import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.contract.DeploymentLockContract;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;

/** Observing a lock changes no answer. */
class ObservedLockContractTest extends DeploymentLockContract {

    private final DeploymentLock lock = new NamespaceMetrics(
                    new SimpleMeterRegistry(), ObservationRegistry.create(), List.of())
            .observe(new InMemoryStores().stores())
            .deploymentLock();

    @Override
    protected DeploymentLock lock() {
        return lock;
    }
}

package dev.namespaces.core;

import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.contract.DeploymentLockContract;

class InProcessDeploymentLockTest extends DeploymentLockContract {

    private final DeploymentLock lock = DeploymentLock.inProcess();

    @Override
    protected DeploymentLock lock() {
        return lock;
    }
}

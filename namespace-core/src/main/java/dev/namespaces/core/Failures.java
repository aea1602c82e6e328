package dev.namespaces.core;

import dev.namespaces.error.DeploymentInProgressException;
import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import java.util.List;

/** Says whose failures those of a deployment are: the call's that did the work, the stores', or the cluster's. */
final class Failures {

    private Failures() {}

    /** Returns whether the call waited too long for a deployment of somebody else. */
    static boolean isOfWait(List<NamespaceException> failures) {
        return failures.stream().anyMatch(DeploymentInProgressException.class::isInstance);
    }

    /** Returns whether another call may succeed at this very moment. */
    static boolean liesInCaller(List<NamespaceException> failures) {
        return failures.stream().anyMatch(Failures::liesInCaller);
    }

    private static boolean liesInCaller(NamespaceException failure) {
        return failure instanceof OperationInterruptedException
                || failure instanceof HostTransactionException
                || failure instanceof DeploymentInProgressException
                || failure instanceof LifecycleClosedException
                || failure instanceof WorkRejectedException
                || failure instanceof LeaseLostException
                || failure instanceof DeploymentOvertakenException;
    }

    /** Returns whether the same deployment would fail again on the cluster, so that the failure is remembered. */
    static boolean areOfCluster(List<NamespaceException> failures) {
        return failures.stream()
                .noneMatch(failure -> liesInCaller(failure)
                        || failure instanceof StoreException
                        || failure instanceof UnknownEnvironmentException
                        || failure instanceof UnknownNamespaceException);
    }
}

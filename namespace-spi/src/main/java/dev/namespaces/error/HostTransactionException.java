package dev.namespaces.error;

/** A write to a cluster was asked for inside a transaction of the host. Nothing was written and nothing was locked. */
public final class HostTransactionException extends NamespaceException {

    public HostTransactionException(ErrorContext context) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "the caller is in a transaction, which could be rolled back after the cluster was changed;"
                        + " nothing happened; commit first, then call again",
                Retry.never(),
                null);
    }
}

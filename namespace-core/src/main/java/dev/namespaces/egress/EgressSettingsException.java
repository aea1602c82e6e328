package dev.namespaces.egress;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;

/** The host's function of egress settings failed for a cluster, so nothing is deployed there. */
public final class EgressSettingsException extends NamespaceException {

    public EgressSettingsException(ErrorContext context, RuntimeException cause) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "the host's egress settings for the cluster failed with "
                        + cause.getClass().getSimpleName() + "; correct the function that returns them",
                Retry.never(),
                cause);
    }
}

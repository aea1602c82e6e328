package dev.namespaces.core;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;

/**
 * The objects of the environment on the cluster were deployed under another label domain. A deployment under the new
 * one would leave the old policy objects, which may allow more. Nothing was written.
 */
public final class LabelDomainChangedException extends NamespaceException {

    private final String former;
    private final String current;

    public LabelDomainChangedException(ErrorContext context, String former, String current) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "its objects were deployed under the label domain '" + former + "', and the lifecycle has '" + current
                        + "'; set the former domain again, or release the namespaces under the former domain and then"
                        + " deploy them under the new one with the adoption policy ALWAYS",
                Retry.never(),
                null);
        this.former = former;
        this.current = current;
    }

    /** Returns the label domain of the objects that exist. */
    public String former() {
        return former;
    }

    /** Returns the label domain of the lifecycle. */
    public String current() {
        return current;
    }
}

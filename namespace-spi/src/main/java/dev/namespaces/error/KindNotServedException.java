package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The cluster does not serve the kind: its CustomResourceDefinition is missing, or has another version. */
public final class KindNotServedException extends ClusterException {

    private final String apiVersion;
    private final String kind;

    public KindNotServedException(ErrorContext context, String apiVersion, String kind, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.MISCONFIGURED,
                "the cluster does not serve " + kind + " of " + apiVersion + "; install its CustomResourceDefinition",
                Retry.never(),
                cause);
        this.apiVersion = apiVersion;
        this.kind = kind;
    }

    /** Returns the group and version that was asked for. */
    public String apiVersion() {
        return apiVersion;
    }

    /** Returns the kind that was asked for. */
    public String kind() {
        return kind;
    }
}

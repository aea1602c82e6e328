package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** The cluster does not know the kind; its CustomResourceDefinition is missing, or the version is another. */
public final class KindNotServedException extends ClusterException {

    private final transient String apiVersion;
    private final transient String kind;

    public KindNotServedException(ErrorContext context, String apiVersion, String kind, @Nullable Throwable cause) {
        super(
                context,
                "the cluster does not serve " + kind + " of " + apiVersion + "; install its CustomResourceDefinition",
                Retry.never(),
                cause);
        this.apiVersion = apiVersion;
        this.kind = kind;
    }

    /** The group and version that was asked for. */
    public String apiVersion() {
        return apiVersion;
    }

    /** The kind that was asked for. */
    public String kind() {
        return kind;
    }
}

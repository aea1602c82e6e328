package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** A store could not answer or write. Nothing is known of what it has, so nothing is assumed. */
public final class StoreException extends NamespaceException {

    private final String table;
    private final String key;

    /**
     * Creates an exception that is {@link ErrorCategory#UNAVAILABLE} where a retry makes sense, and
     * {@link ErrorCategory#INTERNAL} where it does not.
     *
     * @param table the table, or another name for the place where the store failed
     * @param key the key of what was read or written; never a stored value
     */
    public StoreException(
            ErrorContext context, String table, String key, Retry retry, String reason, @Nullable Throwable cause) {
        this(
                context,
                retry instanceof Retry.Later ? ErrorCategory.UNAVAILABLE : ErrorCategory.INTERNAL,
                table,
                key,
                retry,
                reason,
                cause);
    }

    /**
     * Creates an exception of a category that the store knows better.
     *
     * @param table the table, or another name for the place where the store failed
     * @param key the key of what was read or written; never a stored value
     */
    public StoreException(
            ErrorContext context,
            ErrorCategory category,
            String table,
            String key,
            Retry retry,
            String reason,
            @Nullable Throwable cause) {
        super(context, category, "the store failed on " + table + " at " + key + ": " + reason, retry, cause);
        this.table = table;
        this.key = key;
    }

    /** Returns the table, or another name for the place where the store failed. */
    public String table() {
        return table;
    }

    /** Returns the key of what was read or written; never a stored value. */
    public String key() {
        return key;
    }
}

package dev.namespaces.error;

import org.jspecify.annotations.Nullable;

/** A store could not answer or write. Nothing is known of what it holds, so nothing is assumed. */
public final class StoreException extends NamespaceException {

    private final transient String table;
    private final transient String key;

    public StoreException(
            ErrorContext context, String table, String key, Retry retry, String reason, @Nullable Throwable cause) {
        super(context, "the store failed on " + table + " at " + key + ": " + reason, retry, cause);
        this.table = table;
        this.key = key;
    }

    /** The table or other place where it failed. */
    public String table() {
        return table;
    }

    /** The key that was worked on; never a stored value. */
    public String key() {
        return key;
    }
}

package dev.namespaces.jdbc;

import org.jspecify.annotations.Nullable;

/** A row holds what no store of ours has written. Its message quotes no value. */
final class UnreadableRowException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnreadableRowException(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}

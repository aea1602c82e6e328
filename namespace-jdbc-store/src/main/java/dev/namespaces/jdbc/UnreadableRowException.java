package dev.namespaces.jdbc;

import dev.namespaces.error.InvalidTextException;

/** A row has content that our stores never write. The message and the causes quote no value of the row. */
final class UnreadableRowException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnreadableRowException(String reason) {
        super(reason);
    }

    /** Names the invalid part of the row. The failure is not the cause, because its message may quote the value. */
    UnreadableRowException(String reason, RuntimeException failure) {
        super(reason + (failure instanceof InvalidTextException e ? ": the " + e.what() + " is not valid" : ""));
        setStackTrace(failure.getStackTrace());
    }
}

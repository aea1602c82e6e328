package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;

/**
 * What a store is doing, for the message if it fails.
 *
 * @param context the operation, and on what
 * @param table the main table
 * @param key the key that is worked on; never a stored value
 */
record StoreOperation(ErrorContext context, String table, String key) {}

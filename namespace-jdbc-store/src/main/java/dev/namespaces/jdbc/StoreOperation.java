package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import java.util.List;
import java.util.function.Function;

/**
 * What a store is doing, for the message if it fails.
 *
 * @param context the operation, and its object
 * @param table the main table
 * @param key the key of what is read or written; never a stored value
 */
record StoreOperation(ErrorContext context, String table, String key) {

    /** Returns an operation on a target. */
    static StoreOperation onTarget(Operation operation, String table, Target target) {
        return new StoreOperation(
                new ErrorContext(operation, target.environmentId(), target.clusterId(), null, null),
                table,
                target.environmentId() + "/" + target.clusterId());
    }

    /** Returns an operation on one environment or several. */
    static StoreOperation onEnvironments(Operation operation, String table, List<EnvironmentId> ids) {
        return new StoreOperation(
                ids.size() == 1 ? ErrorContext.of(operation, ids.get(0)) : ErrorContext.of(operation),
                table,
                "environment " + several(ids, EnvironmentId::value));
    }

    /** Returns the key of the first element, and how many more there are. There is at least one. */
    static <T> String several(List<T> elements, Function<? super T, String> key) {
        String first = key.apply(elements.get(0));
        return elements.size() == 1 ? first : first + " and " + (elements.size() - 1) + " more";
    }
}

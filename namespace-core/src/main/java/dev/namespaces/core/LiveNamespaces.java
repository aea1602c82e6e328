package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.model.DeletionCondition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what a cluster says of a namespace. */
final class LiveNamespaces {

    private LiveNamespaces() {}

    static Optional<String> label(HasMetadata live, String key) {
        Map<String, String> labels = live.getMetadata().getLabels();
        return labels == null ? Optional.empty() : Optional.ofNullable(labels.get(key));
    }

    static boolean isTerminating(HasMetadata live) {
        return live.getMetadata().getDeletionTimestamp() != null;
    }

    /** What holds the deletion up, in the API server's words; empty where nothing does or nothing is said yet. */
    static List<DeletionCondition> deletionConditions(Namespace live) {
        if (live.getStatus() == null) {
            return List.of();
        }
        return live.getStatus().getConditions().stream()
                .filter(condition -> "True".equals(condition.getStatus()))
                .map(LiveNamespaces::condition)
                .toList();
    }

    /** @throws NamespaceTerminatingException if it is being deleted */
    static void requireNotTerminating(Namespace live, ErrorContext context) {
        if (isTerminating(live)) {
            throw new NamespaceTerminatingException(context, deletionConditions(live), null);
        }
    }

    private static DeletionCondition condition(NamespaceCondition condition) {
        return new DeletionCondition(
                String.valueOf(condition.getType()),
                String.valueOf(condition.getReason()),
                String.valueOf(condition.getMessage()));
    }
}

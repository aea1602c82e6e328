package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.model.DeletionCondition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

    /**
     * Returns what holds the deletion: the conditions in the API server's words, then the namespace's own finalizers,
     * which no condition names. Empty where nothing holds it or nothing is said yet. The finalizer {@code kubernetes}
     * is left out, because every terminating namespace has it until its content is gone.
     */
    static List<DeletionCondition> deletionConditions(Namespace live) {
        List<DeletionCondition> held = new ArrayList<>();
        if (live.getStatus() != null) {
            live.getStatus().getConditions().stream()
                    .filter(condition -> "True".equals(condition.getStatus()))
                    .map(LiveNamespaces::condition)
                    .forEach(held::add);
        }
        if (isTerminating(live)) {
            addFinalizers("metadata.finalizers", live.getMetadata().getFinalizers(), held);
            addFinalizers(
                    "spec.finalizers",
                    live.getSpec() == null ? null : live.getSpec().getFinalizers(),
                    held);
        }
        return List.copyOf(held);
    }

    private static void addFinalizers(String field, @Nullable List<String> finalizers, List<DeletionCondition> held) {
        if (finalizers != null) {
            finalizers.stream()
                    .filter(finalizer -> !finalizer.equals("kubernetes"))
                    .forEach(finalizer -> held.add(new DeletionCondition(
                            field, "FinalizerRemains", "the namespace itself has the finalizer " + finalizer)));
        }
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

package dev.namespaces.core;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.model.ClusterId;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The answers of clusters to a question that workers asked them side by side. A cluster that does not answer stops no
 * other.
 *
 * @param answers the answers of the clusters that gave one
 * @param failures why each of the others gave none
 */
record ClusterAnswers<T>(Map<ClusterId, T> answers, Map<ClusterId, NamespaceException> failures) {

    /**
     * Asks each cluster its question, and waits for all answers. A question only reads.
     *
     * @throws OperationInterruptedException if the caller's thread is interrupted
     */
    static <T> ClusterAnswers<T> of(
            Engine engine, Operation operation, Map<ClusterId, Function<ClusterSide, T>> questions) {
        Map<ClusterId, T> answers = new TreeMap<>();
        Map<ClusterId, NamespaceException> failures = new TreeMap<>();
        ErrorContext context = ErrorContext.of(operation);
        WorkQueue queue = new WorkQueue(engine, null, cluster -> new LifecycleClosedException(context));
        questions.forEach((cluster, question) -> queue.submit(
                cluster,
                gateway -> {
                    T answer = question.apply(engine.clusters().with(gateway));
                    return () -> answers.put(cluster, answer);
                },
                failure -> () -> failures.put(cluster, failure)));
        queue.awaitIdle(context);
        engine.requireOpen(operation);
        return new ClusterAnswers<>(answers, failures);
    }
}

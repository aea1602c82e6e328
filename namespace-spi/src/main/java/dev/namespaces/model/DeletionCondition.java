package dev.namespaces.model;

import java.io.Serializable;

/**
 * What the API server says holds a namespace's deletion up.
 *
 * @param type such as {@code NamespaceFinalizersRemaining}
 * @param reason such as {@code SomeFinalizersRemain}
 * @param message the API server's words
 * @see <a href="https://kubernetes.io/docs/tasks/administer-cluster/namespaces/">Kubernetes: deleting a namespace</a>
 */
public record DeletionCondition(String type, String reason, String message) implements Serializable {

    /** Returns text such as {@code NamespaceContentRemaining: Some resources are remaining}. */
    @Override
    public String toString() {
        return Shown.sentence(type + ": " + message);
    }
}

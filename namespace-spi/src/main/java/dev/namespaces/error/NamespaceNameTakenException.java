package dev.namespaces.error;

import dev.namespaces.model.EnvironmentId;
import org.jspecify.annotations.Nullable;

/** The environment has a live namespace of that name already. Nothing was stored. */
public final class NamespaceNameTakenException extends NamespaceException {

    private final EnvironmentId environmentId;
    private final String name;

    public NamespaceNameTakenException(EnvironmentId environmentId, String name, @Nullable Throwable cause) {
        super(
                ErrorContext.of(Operation.INSERT, environmentId).withNamespace(name),
                ErrorCategory.CONFLICT,
                "the environment has a live namespace of that name already; choose another name, or update that one",
                Retry.never(),
                cause);
        this.environmentId = environmentId;
        this.name = name;
    }

    /** Returns the environment. */
    public EnvironmentId environmentId() {
        return environmentId;
    }

    /** Returns the name that is taken. */
    public String name() {
        return name;
    }
}

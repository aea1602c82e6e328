package dev.namespaces.error;

import dev.namespaces.model.EnvironmentId;
import org.jspecify.annotations.Nullable;

/** A live namespace of that name stands in the environment already; nothing was stored. */
public final class NamespaceNameTakenException extends NamespaceException {

    private final transient EnvironmentId environmentId;
    private final transient String name;

    public NamespaceNameTakenException(EnvironmentId environmentId, String name, @Nullable Throwable cause) {
        super(
                ErrorContext.of("insert", environmentId).withNamespace(name),
                "the environment has a live namespace of that name already; choose another, or update that one",
                Retry.never(),
                cause);
        this.environmentId = environmentId;
        this.name = name;
    }

    /** The environment. */
    public EnvironmentId environmentId() {
        return environmentId;
    }

    /** The name that is taken. */
    public String name() {
        return name;
    }
}

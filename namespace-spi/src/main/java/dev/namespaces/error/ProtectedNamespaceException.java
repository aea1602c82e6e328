package dev.namespaces.error;

/** The name is one of those that this library never touches, such as {@code kube-system}. */
public final class ProtectedNamespaceException extends NamespaceException {

    private final String name;

    public ProtectedNamespaceException(ErrorContext context, String name) {
        super(
                context,
                ErrorCategory.REFUSED,
                "the namespace name '" + name + "' is protected; choose another name",
                Retry.never(),
                null);
        this.name = name;
    }

    /** Returns the protected name. */
    public String name() {
        return name;
    }
}

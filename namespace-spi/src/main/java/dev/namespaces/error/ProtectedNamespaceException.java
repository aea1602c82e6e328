package dev.namespaces.error;

/** The name is one of those that this library never touches, such as {@code kube-system}. */
public final class ProtectedNamespaceException extends NamespaceException {

    private final transient String name;

    public ProtectedNamespaceException(ErrorContext context, String name) {
        super(context, "the namespace name '" + name + "' is protected", Retry.never(), null);
        this.name = name;
    }

    /** The protected name. */
    public String name() {
        return name;
    }
}

package dev.namespaces.egress;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Retry;
import dev.namespaces.model.PolicyDialect;
import java.util.List;
import java.util.stream.Collectors;

/** The cluster's dialect cannot express some rules, and the host has not agreed to leave them out. */
public final class InexpressibleEgressException extends NamespaceException {

    private final PolicyDialect dialect;
    private final List<Omission> inexpressible;

    public InexpressibleEgressException(ErrorContext context, PolicyDialect dialect, List<Omission> inexpressible) {
        super(
                context,
                ErrorCategory.REFUSED,
                "a " + dialect.kind() + " cannot express "
                        + inexpressible.stream().map(Omission::toString).collect(Collectors.joining("; "))
                        + "; change these rules, or agree to leave rules of that kind out",
                Retry.never(),
                null);
        this.dialect = dialect;
        this.inexpressible = List.copyOf(inexpressible);
    }

    /** The dialect. */
    public PolicyDialect dialect() {
        return dialect;
    }

    /** The rules, each with the reason; at least one. */
    public List<Omission> inexpressible() {
        return inexpressible;
    }
}

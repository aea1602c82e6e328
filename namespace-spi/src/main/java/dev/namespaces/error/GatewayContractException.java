package dev.namespaces.error;

import dev.namespaces.model.Shown;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A gateway broke its contract: it did not return within its bound, or it threw something other than a
 * {@link NamespaceException}. Whether the cluster was changed is not known.
 */
public final class GatewayContractException extends ClusterException {

    /** An exception of a gateway may quote a whole answer. */
    private static final int LONGEST_MESSAGE = 300;

    private final String contract;
    private final @Nullable Duration limit;

    private GatewayContractException(
            ErrorContext context, String contract, @Nullable Duration limit, String broken, @Nullable Throwable cause) {
        super(
                context,
                ErrorCategory.INTERNAL,
                "the gateway " + broken + ", but its contract says: " + contract + "; correct the gateway",
                Retry.never(),
                cause);
        this.contract = contract;
        this.limit = limit;
    }

    /** Creates the exception for a gateway that threw something unexpected. */
    public static GatewayContractException threw(ErrorContext context, Throwable unexpected) {
        return new GatewayContractException(
                context,
                "a call throws nothing but a NamespaceException",
                null,
                "failed unexpectedly with " + Shown.of(unexpected.toString(), LONGEST_MESSAGE),
                unexpected);
    }

    /** Creates the exception for a gateway that did not return in time. */
    public static GatewayContractException didNotReturn(ErrorContext context, Duration limit) {
        return new GatewayContractException(
                context,
                "a call returns within its bound",
                Objects.requireNonNull(limit, "limit"),
                "did not return within " + limit,
                null);
    }

    /** Returns which part of the contract was broken. */
    public String contract() {
        return contract;
    }

    /** Returns the bound within which the gateway had to return, or null if the broken part is another. */
    public @Nullable Duration limit() {
        return limit;
    }
}

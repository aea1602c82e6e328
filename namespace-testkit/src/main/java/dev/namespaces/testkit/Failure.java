package dev.namespaces.testkit;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.error.UnauthorizedException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The exception of a call that is made to fail: a typed error of a gateway, or any other. A failure that means an
 * answer of the API server is settled. After all others a request may still arrive.
 */
@FunctionalInterface
public interface Failure {

    /** Returns the exception or error for that call; each time a new one. */
    Throwable of(GatewayCall call);

    /** Returns that the connection to the API server broke before the answer. */
    static Failure unreachable() {
        return call -> new ClusterUnreachableException(call.context(), "the connection was reset", null);
    }

    /** Returns that no connection to the API server could be made, so that nothing was sent. */
    static Failure notConnected() {
        return call -> new ClusterUnreachableException(call.context(), "connection refused", null).settled();
    }

    /** Returns that the API server did not answer in time. */
    static Failure timeout() {
        return call -> new ClusterTimeoutException(call.context(), Duration.ofSeconds(10), null);
    }

    /** Returns that the API server has too much to do. */
    static Failure throttled(@Nullable Duration retryAfter) {
        return call -> new ThrottledException(call.context(), retryAfter, null).settled();
    }

    /** Returns that the API server does not accept the credentials. */
    static Failure unauthorized() {
        return call -> new UnauthorizedException(call.context(), "token expired", null).settled();
    }

    /** Returns that the API server does not allow the call. */
    static Failure forbidden() {
        return call -> new ForbiddenException(
                        call.context(),
                        verb(call),
                        call.kind().toLowerCase(Locale.ROOT) + "s",
                        "no role grants it",
                        null)
                .settled();
    }

    /** Returns that the API server fails with that HTTP status; from 400 to 499, except 408, it is an answer. */
    static Failure status(int statusCode) {
        return call -> {
            ClusterFailureException failure =
                    new ClusterFailureException(call.context(), statusCode, "made to fail", null);
            boolean answered = statusCode >= 400 && statusCode < 500 && statusCode != 408;
            return answered ? failure.settled() : failure;
        };
    }

    /** Returns that the process dies: an error that no code handles. */
    static Failure crash() {
        return call -> new ProcessDied("Made to die at: " + call);
    }

    private static String verb(GatewayCall call) {
        if (call instanceof GatewayCall.Apply) {
            return "patch";
        }
        if (call instanceof GatewayCall.Create) {
            return "create";
        }
        if (call instanceof GatewayCall.ListObjects) {
            return "list";
        }
        return call instanceof GatewayCall.Delete ? "delete" : "get";
    }

    /** Means the death of the process. No code may catch it and go on. */
    final class ProcessDied extends Error {
        private static final long serialVersionUID = 1L;

        ProcessDied(String message) {
            super(message);
        }
    }
}

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

/** What a call throws that is made to fail: the typed errors of a gateway, or anything else. */
@FunctionalInterface
public interface Failure {

    /** The exception or error for that call; each time a new one. */
    Throwable of(GatewayCall call);

    /** No connection to the API server. */
    static Failure unreachable() {
        return call -> new ClusterUnreachableException(call.context(), "connection refused", null);
    }

    /** No answer from the API server in time. */
    static Failure timeout() {
        return call -> new ClusterTimeoutException(call.context(), Duration.ofSeconds(10), null);
    }

    /** The API server has too much to do. */
    static Failure throttled(@Nullable Duration retryAfter) {
        return call -> new ThrottledException(call.context(), retryAfter, null);
    }

    /** The API server does not accept the credentials. */
    static Failure unauthorized() {
        return call -> new UnauthorizedException(call.context(), "token expired", null);
    }

    /** The API server does not allow the call. */
    static Failure forbidden() {
        return call -> new ForbiddenException(
                call.context(), verb(call), call.kind().toLowerCase(Locale.ROOT) + "s", "no role grants it", null);
    }

    /** The API server fails with that HTTP status. */
    static Failure status(int statusCode) {
        return call -> new ClusterFailureException(call.context(), statusCode, "made to fail", null);
    }

    /** The process dies: an error that nobody handles. */
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
        return call instanceof GatewayCall.Delete ? "delete" : "get";
    }

    /** Stands for the death of the process; no code may catch it and go on. */
    final class ProcessDied extends Error {
        private static final long serialVersionUID = 1L;

        ProcessDied(String message) {
            super(message);
        }
    }
}

package dev.namespaces.testkit;

import java.util.Objects;

/**
 * A call that a {@link RecordingClusterGateway} has seen.
 *
 * @param call the call
 * @param outcome how it ended, or that it has not ended
 */
public record RecordedCall(GatewayCall call, Outcome outcome) {

    public RecordedCall {
        Objects.requireNonNull(call, "call");
        Objects.requireNonNull(outcome, "outcome");
    }

    /** Returns text such as {@code apply Namespace shop-dev on eu-1: answered}. */
    @Override
    public String toString() {
        return call + ": " + outcome;
    }

    /** How a call ended. */
    public sealed interface Outcome {

        /**
         * The gateway returned.
         *
         * @param answer what the gateway returned
         */
        record Answered(Object answer) implements Outcome {
            /** Returns {@code answered}. */
            @Override
            public String toString() {
                return "answered";
            }
        }

        /**
         * The gateway threw.
         *
         * @param cause what the gateway threw
         */
        record Failed(Throwable cause) implements Outcome {
            /** Returns text such as {@code failed with ClusterUnreachableException}. */
            @Override
            public String toString() {
                return "failed with " + cause.getClass().getSimpleName();
            }
        }

        /** The gateway has not returned yet. */
        record Underway() implements Outcome {
            /** Returns {@code under way}. */
            @Override
            public String toString() {
                return "under way";
            }
        }
    }
}

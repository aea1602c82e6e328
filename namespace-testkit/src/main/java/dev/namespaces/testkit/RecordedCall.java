package dev.namespaces.testkit;

import java.util.Objects;

/**
 * A call that a {@link RecordingClusterGateway} has seen.
 *
 * @param call the call
 * @param outcome what came of it
 */
public record RecordedCall(GatewayCall call, Outcome outcome) {

    public RecordedCall {
        Objects.requireNonNull(call, "call");
        Objects.requireNonNull(outcome, "outcome");
    }

    /** As {@code apply Namespace shop-dev on eu-1: CREATED}. */
    @Override
    public String toString() {
        return call + ": " + outcome;
    }

    /** What came of a call. */
    public sealed interface Outcome {

        /**
         * It was answered.
         *
         * @param answer what the gateway returned
         */
        record Answered(Object answer) implements Outcome {
            /** As {@code answered}. */
            @Override
            public String toString() {
                return "answered";
            }
        }

        /**
         * It failed.
         *
         * @param cause what the gateway threw
         */
        record Failed(Throwable cause) implements Outcome {
            /** As {@code failed with ClusterUnreachableException}. */
            @Override
            public String toString() {
                return "failed with " + cause.getClass().getSimpleName();
            }
        }

        /** It has not returned yet. */
        record Underway() implements Outcome {
            /** As {@code under way}. */
            @Override
            public String toString() {
                return "under way";
            }
        }
    }
}

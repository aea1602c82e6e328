package dev.namespaces.core.fleet;

/**
 * How many targets of a fleet may fail before no further one begins. A target whose cluster was set aside does not
 * count.
 */
public sealed interface FailureLimit {

    /**
     * Returns whether too many targets have failed.
     *
     * @param failed how many have failed
     * @param ended how many have ended, the failed ones included
     */
    boolean isExceeded(long failed, long ended);

    /**
     * A number of targets.
     *
     * @param most the most that may fail, at least 0
     */
    record Count(long most) implements FailureLimit {

        /** @throws IllegalArgumentException if the number is negative */
        public Count {
            if (most < 0) {
                throw new IllegalArgumentException("The greatest number of failures must not be negative, is " + most);
            }
        }

        @Override
        public boolean isExceeded(long failed, long ended) {
            return failed > most;
        }
    }

    /**
     * A share of the targets that have ended.
     *
     * @param most the greatest share, from 0 to 1
     * @param from how many targets must have ended before the share counts, at least 1
     */
    record Share(double most, long from) implements FailureLimit {

        /** @throws IllegalArgumentException if the share is not from 0 to 1, or {@code from} is not positive */
        public Share {
            if (!(most >= 0 && most <= 1)) {
                throw new IllegalArgumentException("The greatest share of failures must be from 0 to 1, is " + most);
            }
            if (from < 1) {
                throw new IllegalArgumentException(
                        "The number of targets from which the share counts must be positive, is " + from);
            }
        }

        @Override
        public boolean isExceeded(long failed, long ended) {
            return ended >= from && failed > most * ended;
        }
    }
}

package dev.namespaces.egress.effective;

/**
 * What a comparison has cost. The difference of two policies can be far longer than the policies, so no algorithm is
 * fast for all of them.
 */
final class Work {

    /** Less than a second on a slow machine, and far more than policies that people write need. */
    static final int LIMIT = 1_000_000;

    /** What it costs to write one range of addresses. */
    static final int CIDR = 10;

    /** What it costs to match a name with a pattern, for each pattern. */
    static final int PATTERN = 10;

    /** Thrown within this package only, if the limit is exceeded. */
    static final class ExceededException extends Exception {

        private static final long serialVersionUID = 1L;

        ExceededException() {
            super(null, null, false, false);
        }
    }

    private long spent;

    void spend(int steps) throws ExceededException {
        spent += steps;
        if (spent > LIMIT) {
            throw new ExceededException();
        }
    }
}

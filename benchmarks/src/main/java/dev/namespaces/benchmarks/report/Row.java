package dev.namespaces.benchmarks.report;

/**
 * One measured value.
 *
 * @param work the work; rows with equal work are compared with each other
 * @param side {@link #OURS}, or the name of a peer or a limit, such as "peer kubectl" or "limit raw HTTP"
 * @param value the median of the repetitions
 * @param spread the standard deviation of the repetitions, in the same unit; 0 for a count
 * @param unit the unit of the value
 */
record Row(String work, String side, double value, double spread, String unit) {

    static final String OURS = "ours";
}

package dev.namespaces.benchmarks.report;

/**
 * A goal and its result.
 *
 * @param text the goal, such as "≥ 0.9 of the limit at 20 ms"
 * @param measured the value that the goal is about
 * @param met whether the value reaches the goal
 */
record Goal(String text, double measured, boolean met) {

    static Goal atMost(double most, String text, double measured) {
        return new Goal("≤ " + Report.number(most) + text, measured, measured <= most);
    }

    static Goal atLeast(double least, String text, double measured) {
        return new Goal("≥ " + Report.number(least) + text, measured, measured >= least);
    }
}

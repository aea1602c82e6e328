package dev.namespaces.benchmarks.report;

/** How long a report may take. */
enum Effort {
    /** Small sizes and few repetitions: all measurements in a few minutes, with a large spread. */
    QUICK,
    /** The sizes of the goals: all measurements in about 40 minutes. */
    FULL
}

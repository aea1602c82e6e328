package dev.namespaces.benchmarks.report;

import java.util.List;

/** One section of the report. Each measurement runs in a JVM of its own, so none warms up or slows down another. */
interface Measurement {

    /** Returns the short name, such as {@code P1}. The report is in the order of the names. */
    String id();

    /** Returns the heading of the section. */
    String title();

    /** Returns the options of the measurement's JVM, such as the size of its heap. */
    default List<String> jvmOptions() {
        return List.of();
    }

    /**
     * Measures.
     *
     * @throws NotMeasuredException if this machine lacks a part, such as a kube-apiserver
     */
    Section run(Effort effort);
}

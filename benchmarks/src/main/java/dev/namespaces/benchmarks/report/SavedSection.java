package dev.namespaces.benchmarks.report;

import org.jspecify.annotations.Nullable;

/**
 * A section with what the report says about its run.
 *
 * @param id the measurement's short name
 * @param title the heading
 * @param effort how long the measurement could take
 * @param commit the measured commit
 * @param date the day of the run
 * @param seconds how long the measurement took
 * @param stolen the share of the machine's time that its host gave to other machines; null if it is not known
 * @param notMeasured why there are no values; null if there are
 * @param section the values
 */
record SavedSection(
        String id,
        String title,
        Effort effort,
        String commit,
        String date,
        long seconds,
        @Nullable Double stolen,
        @Nullable String notMeasured,
        Section section) {}

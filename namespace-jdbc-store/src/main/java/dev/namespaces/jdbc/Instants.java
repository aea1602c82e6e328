package dev.namespaces.jdbc;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

final class Instants {

    // What every one of the databases can keep, MariaDB's DATETIME being the narrowest.
    private static final Instant FIRST = Instant.parse("1000-01-01T00:00:00Z");
    private static final Instant END = Instant.parse("9999-12-31T00:00:00Z");

    private Instants() {}

    /**
     * As a database keeps it.
     *
     * @throws IllegalArgumentException if it lies outside of the years 1000 to 9999
     */
    static Instant toMicros(Instant instant) {
        if (instant.isBefore(FIRST) || !instant.isBefore(END)) {
            throw new IllegalArgumentException(
                    "A time must lie between " + FIRST + " and " + END + ", but is " + instant);
        }
        return instant.truncatedTo(ChronoUnit.MICROS);
    }
}

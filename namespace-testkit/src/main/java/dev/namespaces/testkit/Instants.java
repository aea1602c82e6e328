package dev.namespaces.testkit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

final class Instants {

    private Instants() {}

    /** Returns the instant as a database keeps it. */
    static Instant toMicros(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MICROS);
    }
}

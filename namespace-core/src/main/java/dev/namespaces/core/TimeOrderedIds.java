package dev.namespaces.core;

import dev.namespaces.model.NamespaceId;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * UUIDs of version 7: milliseconds since the epoch, then random bits, so that new rows are close together in an index.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9562#section-5.7">RFC 9562, section 5.7</a>
 */
final class TimeOrderedIds implements Supplier<NamespaceId> {

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    TimeOrderedIds(Clock clock) {
        this.clock = clock;
    }

    @Override
    public NamespaceId get() {
        long mostSignificant = (clock.millis() << 16) | 0x7000 | (random.nextLong() & 0x0FFF);
        long leastSignificant = 0x8000000000000000L | (random.nextLong() >>> 2);
        return new NamespaceId(new UUID(mostSignificant, leastSignificant).toString());
    }
}

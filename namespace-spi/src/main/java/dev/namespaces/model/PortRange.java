package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;
import java.util.Objects;

/**
 * A port, or a range of ports, of one protocol.
 *
 * @param first the lowest port, 1 to 65535
 * @param last the highest port, {@code first} to 65535; equal to {@code first} for a single port
 * @param protocol the protocol
 */
public record PortRange(int first, int last, TransportProtocol protocol) implements Serializable {

    private static final int MAX_PORT = 65535;

    /** @throws InvalidTextException if a port lies outside of 1 to 65535 or the range is upside down */
    public PortRange {
        Objects.requireNonNull(protocol, "protocol");
        if (first < 1 || last > MAX_PORT || last < first) {
            throw new InvalidTextException(
                    "port range", first + "-" + last, "must be ascending and between 1 and " + MAX_PORT);
        }
    }

    /** A single TCP port. */
    public static PortRange tcp(int port) {
        return new PortRange(port, port, TransportProtocol.TCP);
    }

    /** A single UDP port. */
    public static PortRange udp(int port) {
        return new PortRange(port, port, TransportProtocol.UDP);
    }

    /** A single port of TCP, UDP and SCTP alike. */
    public static PortRange any(int port) {
        return new PortRange(port, port, TransportProtocol.ANY);
    }

    /** Whether it holds more than one port. */
    public boolean isRange() {
        return first != last;
    }

    /** As {@code 443/TCP} or {@code 8000-8080/UDP}. */
    @Override
    public String toString() {
        return (isRange() ? first + "-" + last : String.valueOf(first)) + "/" + protocol;
    }
}

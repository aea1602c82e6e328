package dev.namespaces.model;

/** The protocol of a {@link PortRange}. */
public enum TransportProtocol {
    TCP,
    UDP,
    SCTP,
    /** TCP, UDP and SCTP alike. */
    ANY
}

package dev.namespaces.egress;

/** Where the egress mode of an environment comes from; the first level that has a live policy wins. */
public enum PolicyLevel {
    /** The project's own policy. */
    PROJECT,
    /** The policy of the organization that the project belongs to. */
    ORGANIZATION,
    /** No policy at all: the default that the host has set, or {@link DefaultEgress#mode()}. */
    DEFAULT
}

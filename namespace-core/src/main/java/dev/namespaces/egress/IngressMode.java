package dev.namespaces.egress;

/** What our policy object says of inbound traffic. */
public enum IngressMode {
    /** Nothing: inbound traffic stays as it is without us. */
    UNTOUCHED,
    /** Inbound traffic comes from the same namespace, and from where other policies allow it. */
    SAME_NAMESPACE
}

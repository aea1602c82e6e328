package dev.namespaces.model;

import java.io.Serializable;
import java.util.List;

/** What an {@link EgressPolicy} allows. */
public sealed interface EgressMode extends Serializable {

    /**
     * Nothing but DNS, traffic within the namespace, and what a rule names.
     *
     * @param rules destinations in addition to the built-in ones; may be empty, the order is kept
     */
    record AllowList(List<EgressRule> rules) implements EgressMode {
        public AllowList {
            rules = List.copyOf(rules);
        }
    }

    /** No outbound traffic at all, DNS and the namespace itself included. */
    record DenyAll() implements EgressMode {}

    /** Every destination. */
    record AllowAll() implements EgressMode {}
}

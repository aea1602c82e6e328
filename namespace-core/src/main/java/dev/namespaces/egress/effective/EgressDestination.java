package dev.namespaces.egress.effective;

import dev.namespaces.model.Shown;
import java.net.InetAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Where a pod's traffic ends: behind any service, since policies look at backends. */
public sealed interface EgressDestination {

    /** An address outside of the cluster. */
    record Address(InetAddress address) implements EgressDestination {
        public Address {
            Objects.requireNonNull(address, "address");
        }
    }

    /**
     * A public IPv4 address that a DNS server has answered for that name, and of which nothing else is known. Ranges
     * hold it only if they hold the whole of IPv4 but for exceptions; who knows the address asks for the
     * {@link Address}.
     *
     * @param name a DNS name, kept in lower case without a trailing dot
     */
    record Domain(String name) implements EgressDestination {
        private static final int MAX_LENGTH = 255;
        private static final Pattern NAME = Pattern.compile("[-a-z0-9_]+(\\.[-a-z0-9_]+)*");

        /** @throws IllegalArgumentException if it is not a DNS name */
        public Domain {
            name = DomainPattern.normal(name);
            if (name.length() > MAX_LENGTH || !NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("'" + Shown.name(name) + "' is not a DNS name");
            }
        }
    }

    /**
     * A pod of the cluster that is not in the host network.
     *
     * @param namespace the pod's namespace
     * @param namespaceLabels the labels of that namespace; {@code kubernetes.io/metadata.name} is always known
     * @param labels the pod's labels
     */
    record Pod(String namespace, Map<String, String> namespaceLabels, Map<String, String> labels)
            implements EgressDestination {
        public Pod {
            Objects.requireNonNull(namespace, "namespace");
            namespaceLabels = Collections.unmodifiableMap(new TreeMap<>(namespaceLabels));
            labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        }

        /** Returns text such as {@code pod with [app=web] in namespace shop-web}. */
        @Override
        public String toString() {
            return "pod with " + Shown.list(labels.entrySet()) + " in namespace " + Shown.name(namespace);
        }
    }

    /** Destinations that are not pods of the cluster. */
    enum Infrastructure implements EgressDestination {
        /** The pod's own node, with what runs in its host network. */
        HOST,
        /** Another node of the cluster, with what runs in its host network. */
        REMOTE_NODE,
        /** The API server on another node of the cluster. One outside of the cluster is an {@link Address}, too. */
        KUBE_APISERVER
    }
}

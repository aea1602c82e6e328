package dev.namespaces.egress.effective;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.namespaces.egress.check.PolicyLabels;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whom a grant opens the way to. */
sealed interface Peer {

    boolean includes(EgressDestination destination);

    /**
     * Returns whether every destination of the other is one of this, as far as the two alone can tell. Ranges and
     * everywhere are compared as sets instead, and only equal ones cover each other here.
     */
    default boolean covers(Peer other) {
        return equals(other);
    }

    /** Returns how much work it is to look at the peer. */
    default int weight() {
        return 1;
    }

    /** Returns the text of the peer, as people write it. */
    String text();

    /** Returns {@link #text} in a form that a colon can follow. */
    default String textBeforePorts() {
        return text();
    }

    /** Every destination. */
    record Everywhere() implements Peer {
        @Override
        public boolean includes(EgressDestination destination) {
            return true;
        }

        @Override
        public String text() {
            return "everywhere";
        }
    }

    /** Addresses outside of the cluster. */
    record Range(Cidr cidr, List<Cidr> except, @JsonIgnore AddressSet addresses) implements Peer {
        static Range of(Cidr cidr, List<Cidr> except) {
            return new Range(cidr, List.copyOf(except), AddressSet.of(cidr, except));
        }

        /** Returns the range with these exceptions in addition, or nothing where one of them holds all of it. */
        List<Peer> without(List<Cidr> denied) {
            if (denied.stream().anyMatch(each -> each.contains(cidr))) {
                return List.of();
            }
            List<Cidr> exceptions = Stream.concat(
                            except.stream(), denied.stream().filter(cidr::contains))
                    .distinct()
                    .toList();
            return List.of(of(cidr, exceptions));
        }

        /** Returns whether it is all addresses of its family, but for exceptions. */
        boolean isWorld() {
            return cidr.prefixLength() == 0;
        }

        @Override
        public boolean includes(EgressDestination destination) {
            if (destination instanceof EgressDestination.Address address) {
                return addresses.contains(address.address());
            }
            return destination instanceof EgressDestination.Domain && isWorld() && !cidr.isIpv6();
        }

        @Override
        public int weight() {
            return 1 + addresses.size();
        }

        @Override
        public String text() {
            return except.isEmpty()
                    ? cidr.value()
                    : cidr + " (except " + except.stream().map(Cidr::value).collect(Collectors.joining(", ")) + ")";
        }

        @Override
        public String textBeforePorts() {
            return cidr.isIpv6() && except.isEmpty() ? "[" + cidr + "]" : text();
        }
    }

    /** Addresses that were learnt from DNS. */
    record Domain(DomainPattern pattern) implements Peer {
        @Override
        public boolean includes(EgressDestination destination) {
            return destination instanceof EgressDestination.Domain domain && pattern.matches(domain.name());
        }

        @Override
        public boolean covers(Peer other) {
            return other instanceof Domain domain
                    && (domain.equals(this)
                            || pattern.isEveryName()
                            || (domain.pattern.isName() && pattern.matches(domain.pattern.text())));
        }

        @Override
        public int weight() {
            return pattern.isName() ? Work.PATTERN : 1;
        }

        @Override
        public String text() {
            return pattern.text();
        }
    }

    /** Pods, by their namespace, its labels, and their own. */
    record Pods(@Nullable String namespace, SortedMap<String, String> namespaceLabels, SortedMap<String, String> labels)
            implements Peer {

        /** Takes the name of a namespace from its label, since the two say the same. */
        static Pods of(@Nullable String namespace, Map<String, String> namespaceLabels, Map<String, String> labels) {
            TreeMap<String, String> others = new TreeMap<>(namespaceLabels);
            String name = others.get(PolicyLabels.NAMESPACE_NAME);
            if (name != null && (namespace == null || namespace.equals(name))) {
                others.remove(PolicyLabels.NAMESPACE_NAME);
            } else {
                name = namespace;
            }
            return new Pods(name, others, new TreeMap<>(labels));
        }

        static Pods ofNamespace(String namespace) {
            return of(namespace, Map.of(), Map.of());
        }

        @Override
        public boolean includes(EgressDestination destination) {
            if (!(destination instanceof EgressDestination.Pod pod)) {
                return false;
            }
            Map<String, String> ofNamespace = new TreeMap<>(pod.namespaceLabels());
            ofNamespace.put(PolicyLabels.NAMESPACE_NAME, pod.namespace());
            return (namespace == null || namespace.equals(pod.namespace()))
                    && ofNamespace.entrySet().containsAll(namespaceLabels.entrySet())
                    && pod.labels().entrySet().containsAll(labels.entrySet());
        }

        @Override
        public boolean covers(Peer other) {
            return other instanceof Pods pods
                    && (namespace == null || namespace.equals(pods.namespace))
                    && pods.namespaceLabels.entrySet().containsAll(namespaceLabels.entrySet())
                    && pods.labels.entrySet().containsAll(labels.entrySet());
        }

        @Override
        public int weight() {
            return 1 + namespaceLabels.size() + labels.size();
        }

        @Override
        public String text() {
            StringBuilder text = new StringBuilder();
            if (!labels.isEmpty()) {
                text.append("pods with ").append(text(labels)).append(" of ");
            }
            if (namespace != null) {
                text.append("namespace ").append(namespace);
            } else {
                text.append(namespaceLabels.isEmpty() ? "every namespace" : "namespaces");
            }
            if (!namespaceLabels.isEmpty()) {
                text.append(" with ").append(text(namespaceLabels));
            }
            return text.toString();
        }

        private static String text(Map<String, String> labels) {
            return labels.entrySet().stream()
                    .map(label -> label.getKey() + "=" + label.getValue())
                    .collect(Collectors.joining(" and "));
        }
    }

    /** What is not told by address, name or label: the cluster as a whole, a node, the API server. */
    record Entity(EgressEntity entity) implements Peer {
        @Override
        public boolean includes(EgressDestination destination) {
            if (entity == EgressEntity.CLUSTER) {
                return destination instanceof EgressDestination.Pod
                        || destination instanceof EgressDestination.Infrastructure;
            }
            return destination instanceof EgressDestination.Infrastructure infrastructure
                    && switch (infrastructure) {
                        case HOST -> entity == EgressEntity.HOST;
                        case REMOTE_NODE -> entity == EgressEntity.REMOTE_NODE;
                        case KUBE_APISERVER ->
                            entity == EgressEntity.KUBE_APISERVER || entity == EgressEntity.REMOTE_NODE;
                    };
        }

        /** The API server may run elsewhere than on another node, so only the same entity covers it for sure. */
        @Override
        public boolean covers(Peer other) {
            return equals(other)
                    || (entity == EgressEntity.CLUSTER && (other instanceof Pods || other instanceof Entity));
        }

        @Override
        public String text() {
            return switch (entity) {
                case CLUSTER -> "the cluster";
                case HOST -> "the own node";
                case REMOTE_NODE -> "the other nodes";
                case KUBE_APISERVER -> "the API server";
                case WORLD, WORLD_IPV4, WORLD_IPV6 -> throw new IllegalStateException("A range: " + entity);
            };
        }
    }
}

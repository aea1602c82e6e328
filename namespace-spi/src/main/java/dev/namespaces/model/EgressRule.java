package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** One kind of destination that an allow-list opens, on the given ports. */
public sealed interface EgressRule extends Serializable {

    /** Returns the ports that the rule opens, the order kept; empty means every port of every protocol. */
    List<PortRange> ports();

    /**
     * An address range outside of the cluster, without the ranges inside it that are excepted.
     *
     * @param cidr the range
     * @param except ranges of the same family that lie inside {@code cidr} and are longer than it; the order is kept
     * @param ports see {@link EgressRule#ports()}
     */
    record ToCidr(Cidr cidr, List<Cidr> except, List<PortRange> ports) implements EgressRule {
        /** @throws InvalidTextException if an exception is not a smaller part of {@code cidr} */
        public ToCidr {
            Objects.requireNonNull(cidr, "cidr");
            except = List.copyOf(except);
            ports = List.copyOf(ports);
            for (Cidr exception : except) {
                if (!cidr.contains(exception) || exception.equals(cidr)) {
                    throw new InvalidTextException(
                            "address range",
                            cidr.value(),
                            "must be larger than its exception " + exception + " and contain it");
                }
            }
        }
    }

    /**
     * A DNS name, or a pattern in which {@code *} stands for characters that a DNS name may have.
     *
     * @param domain at most 255 characters, kept in lower case without a trailing dot; a pattern where it has a
     *     {@code *}
     * @param ports see {@link EgressRule#ports()}
     * @see <a href="https://docs.cilium.io/en/stable/security/policy/language/#dns-based">Cilium: DNS based
     *     policies</a>
     */
    record ToDomain(String domain, List<PortRange> ports) implements EgressRule {
        private static final int MAX_LENGTH = 255;
        private static final Pattern DOMAIN = Pattern.compile("([-a-zA-Z0-9_*]+\\.)*[-a-zA-Z0-9_*]+");

        /** @throws InvalidTextException if {@code domain} is neither a DNS name nor a pattern of one */
        public ToDomain {
            String given = domain;
            if (domain.endsWith(".")) {
                domain = domain.substring(0, domain.length() - 1);
            }
            if (domain.length() > MAX_LENGTH || !DOMAIN.matcher(domain).matches()) {
                throw new InvalidTextException(
                        "domain",
                        given,
                        "is neither a DNS name nor a pattern of one: "
                                + "letters, digits, '-', '_' and '*' in parts divided by '.', at most 255 characters");
            }
            domain = domain.toLowerCase(Locale.ROOT);
            ports = List.copyOf(ports);
        }

        /** Returns whether the domain is a pattern rather than one name. */
        public boolean isPattern() {
            return domain.indexOf('*') >= 0;
        }
    }

    /**
     * Every pod of certain namespaces on the same cluster.
     *
     * @param namespaces which namespaces
     * @param ports see {@link EgressRule#ports()}
     */
    record ToNamespace(NamespaceSelector namespaces, List<PortRange> ports) implements EgressRule {
        public ToNamespace {
            Objects.requireNonNull(namespaces, "namespaces");
            ports = List.copyOf(ports);
        }
    }

    /**
     * The pods with certain labels, in other namespaces on the same cluster or in the policy's own.
     *
     * @param namespaces in which namespaces
     * @param labels at least one, and a pod has all of them; valid Kubernetes labels, kept in key order
     * @param ports see {@link EgressRule#ports()}
     */
    record ToPods(NamespaceSelector namespaces, Map<String, String> labels, List<PortRange> ports)
            implements EgressRule {
        /**
         * @throws IllegalArgumentException if no label is given: a {@link ToNamespace} means every pod
         * @throws InvalidTextException if a label is not valid
         */
        public ToPods {
            Objects.requireNonNull(namespaces, "namespaces");
            labels = SortedMaps.labels("labels", " of pods", labels);
            if (labels.isEmpty()) {
                throw new IllegalArgumentException("A rule to pods names no label");
            }
            ports = List.copyOf(ports);
        }
    }

    /**
     * Well-known groups of destinations.
     *
     * @param entities at least one, in the order of the enum
     * @param ports see {@link EgressRule#ports()}
     */
    record ToEntities(Set<EgressEntity> entities, List<PortRange> ports) implements EgressRule {
        /** @throws IllegalArgumentException if no entity is given, since an empty list would allow nothing */
        public ToEntities {
            if (entities.isEmpty()) {
                throw new IllegalArgumentException("A rule to entities names none");
            }
            entities = Collections.unmodifiableSet(EnumSet.copyOf(entities));
            ports = List.copyOf(ports);
        }
    }

    /** Which namespaces a {@link ToNamespace} or a {@link ToPods} means. */
    sealed interface NamespaceSelector extends Serializable {

        /** The namespace that the policy is for. */
        record Own() implements NamespaceSelector {}

        /**
         * One namespace by its name.
         *
         * @param name an RFC 1123 label
         */
        record ByName(String name) implements NamespaceSelector {
            /** @throws InvalidTextException if {@code name} is not a namespace name */
            public ByName {
                KubernetesSyntax.namespaceNameProblem(name).ifPresent(problem -> {
                    throw new InvalidTextException("namespace name", name, problem);
                });
            }
        }

        /**
         * Every namespace that carries all of these labels.
         *
         * @param labels at least one; valid Kubernetes labels, kept in key order
         */
        record ByLabels(Map<String, String> labels) implements NamespaceSelector {
            /**
             * @throws IllegalArgumentException if no label is given, since that would mean every namespace
             * @throws InvalidTextException if a label is not valid
             */
            public ByLabels {
                labels = SortedMaps.labels("labels", " of namespaces", labels);
                if (labels.isEmpty()) {
                    throw new IllegalArgumentException("A rule to namespaces by labels names no label");
                }
            }
        }
    }
}

package dev.namespaces.egress;

import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.check.PolicyLabels;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the {@code spec} of a Kubernetes NetworkPolicy. */
final class KubernetesWriter {

    private KubernetesWriter() {}

    /** Returns why the rule cannot be expressed, or null where it can. */
    static @Nullable String problem(EgressRule rule) {
        if (rule instanceof EgressRule.ToDomain) {
            return "a NetworkPolicy knows no domain names";
        }
        if (rule instanceof EgressRule.ToEntities to && !isEverywhere(to)) {
            return "a NetworkPolicy knows no entities; write the ranges of their addresses";
        }
        return null;
    }

    /** Returns whether the entities hold the cluster and all that is outside of it, which is an item without a peer. */
    private static boolean isEverywhere(EgressRule.ToEntities to) {
        Set<EgressEntity> entities = to.entities();
        return entities.contains(EgressEntity.CLUSTER)
                && (entities.contains(EgressEntity.WORLD)
                        || entities.containsAll(Set.of(EgressEntity.WORLD_IPV4, EgressEntity.WORLD_IPV6)));
    }

    /** Returns the {@code spec} of the policy object; every rule can be expressed. */
    static Map<String, Object> spec(EgressMode mode, EgressSettings settings) {
        Map<String, Object> spec = new TreeMap<>();
        spec.put("podSelector", Map.of());
        List<Map<String, Object>> items = egress(mode, settings);
        if (!items.isEmpty()) {
            // The API server stores no empty list, and sees a change in every write that has one.
            spec.put("egress", items);
        }
        if (settings.ingress() == IngressMode.SAME_NAMESPACE) {
            spec.put("ingress", List.of(Map.of("from", List.of(Map.of("podSelector", Map.of())))));
            spec.put("policyTypes", List.of("Egress", "Ingress"));
        } else {
            spec.put("policyTypes", List.of("Egress"));
        }
        return spec;
    }

    private static List<Map<String, Object>> egress(EgressMode mode, EgressSettings settings) {
        if (mode instanceof EgressMode.DenyAll) {
            return List.of();
        }
        if (!(mode instanceof EgressMode.AllowList list)) {
            return List.of(Map.of());
        }
        List<Map<String, Object>> items = new ArrayList<>();
        settings.dns().servers().forEach(server -> items.add(dns(server)));
        items.add(item(List.of(Map.of("podSelector", Map.of())), List.of()));
        list.rules().forEach(rule -> items.add(item(peers(rule), rule.ports())));
        return items;
    }

    private static Map<String, Object> dns(DnsServer server) {
        List<Map<String, Object>> peers = new ArrayList<>();
        if (server instanceof DnsServer.Pods pods) {
            peers.add(pods(new NamespaceSelector.ByName(pods.namespace()), pods.labels()));
        } else if (server instanceof DnsServer.NodeLocal local) {
            peers.add(block(local.address(), List.of()));
        } else if (server instanceof DnsServer.Addresses addresses) {
            addresses.addresses().forEach(address -> peers.add(block(address, List.of())));
        }
        return item(peers, server.ports());
    }

    private static List<Map<String, Object>> peers(EgressRule rule) {
        if (rule instanceof EgressRule.ToCidr to) {
            return List.of(block(to.cidr(), to.except()));
        }
        if (rule instanceof EgressRule.ToNamespace to) {
            return List.of(pods(to.namespaces(), Map.of()));
        }
        if (rule instanceof EgressRule.ToPods to) {
            return List.of(pods(to.namespaces(), to.labels()));
        }
        if (rule instanceof EgressRule.ToEntities to && isEverywhere(to)) {
            return List.of();
        }
        throw new IllegalStateException("Not to be expressed: " + rule);
    }

    private static Map<String, Object> pods(NamespaceSelector namespaces, Map<String, String> labels) {
        Map<String, Object> peer = new TreeMap<>();
        if (namespaces instanceof NamespaceSelector.ByName byName) {
            peer.put("namespaceSelector", labelled(Map.of(PolicyLabels.NAMESPACE_NAME, byName.name())));
        } else if (namespaces instanceof NamespaceSelector.ByLabels byLabels) {
            peer.put("namespaceSelector", labelled(byLabels.labels()));
        }
        if (!labels.isEmpty() || namespaces instanceof NamespaceSelector.Own) {
            peer.put("podSelector", labelled(labels));
        }
        return peer;
    }

    private static Map<String, Object> labelled(Map<String, String> labels) {
        return labels.isEmpty() ? Map.of() : Map.of("matchLabels", labels);
    }

    private static Map<String, Object> block(Cidr cidr, List<Cidr> except) {
        Map<String, Object> block = new TreeMap<>();
        block.put("cidr", cidr.value());
        if (!except.isEmpty()) {
            block.put("except", except.stream().map(Cidr::value).toList());
        }
        return Map.of("ipBlock", block);
    }

    private static Map<String, Object> item(List<Map<String, Object>> peers, List<PortRange> ranges) {
        Map<String, Object> item = new TreeMap<>();
        if (!peers.isEmpty()) {
            item.put("to", peers);
        }
        List<Map<String, Object>> ports = new ArrayList<>();
        for (PortRange range : ranges) {
            if (range.protocol() == TransportProtocol.ANY) {
                ports.add(port(range, TransportProtocol.TCP));
                ports.add(port(range, TransportProtocol.UDP));
                ports.add(port(range, TransportProtocol.SCTP));
            } else {
                ports.add(port(range, range.protocol()));
            }
        }
        if (!ports.isEmpty()) {
            item.put("ports", ports);
        }
        return item;
    }

    private static Map<String, Object> port(PortRange range, TransportProtocol protocol) {
        Map<String, Object> port = new TreeMap<>();
        port.put("port", range.first());
        if (range.isRange()) {
            port.put("endPort", range.last());
        }
        port.put("protocol", protocol.name());
        return port;
    }
}

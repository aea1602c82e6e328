package dev.namespaces.egress;

import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.check.PolicyLabels;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the {@code spec} of a CiliumNetworkPolicy. */
final class CiliumWriter {

    private static final int MAX_PORTS = 40;
    private static final String POD_NAMESPACE = PolicyLabels.KUBERNETES + PolicyLabels.POD_NAMESPACE;

    private CiliumWriter() {}

    /** Returns why the rule cannot be expressed, or null where it can. */
    static @Nullable String problem(EgressRule rule, EgressSettings settings) {
        CiliumProfile cilium = settings.cilium();
        if (cilium.oldest().compareTo(CiliumProfile.PORT_RANGES) < 0
                && rule.ports().stream().anyMatch(PortRange::isRange)) {
            return "Cilium before " + CiliumProfile.PORT_RANGES + " ignores the end of a range of ports";
        }
        if (rule instanceof EgressRule.ToDomain to) {
            if (!cilium.l7Proxy()) {
                return "domains need Cilium's L7 proxy, which is off";
            }
            if (to.domain().startsWith("**.") && cilium.oldest().compareTo(CiliumProfile.DEEP_PATTERNS) < 0) {
                return "Cilium before " + CiliumProfile.DEEP_PATTERNS + " takes '**.' for '*.'";
            }
        }
        if (rule instanceof EgressRule.ToCidr to) {
            for (Cidr range : settings.denied()) {
                if (range.contains(to.cidr())) {
                    return "the settings deny " + range;
                }
            }
        }
        boolean isToNamespace = rule instanceof EgressRule.ToNamespace || rule instanceof EgressRule.ToPods;
        if (isToNamespace && cilium.namespacesSpanMesh()) {
            return "a namespace is the one of that name in each cluster of the mesh";
        }
        NamespaceSelector namespaces = null;
        if (rule instanceof EgressRule.ToNamespace to) {
            namespaces = to.namespaces();
        } else if (rule instanceof EgressRule.ToPods to) {
            namespaces = to.namespaces();
            for (String key : to.labels().keySet()) {
                if (PolicyLabels.isOfCilium(key)) {
                    return "Cilium sets the label " + key + " itself, so it says nothing of a pod's own labels";
                }
            }
        }
        if (namespaces instanceof NamespaceSelector.ByLabels byLabels) {
            for (String key : byLabels.labels().keySet()) {
                if (KubernetesSyntax.labelKeyProblem(ofNamespace(key)).isPresent()) {
                    return "Cilium writes the label key " + key + " behind '" + PolicyLabels.OF_NAMESPACE
                            + "', which makes it too long";
                }
            }
        }
        return null;
    }

    /** Returns how Cilium names that label of a namespace; its name is a label of each pod as well. */
    private static String ofNamespace(String key) {
        return key.equals(PolicyLabels.NAMESPACE_NAME) ? PolicyLabels.POD_NAMESPACE : PolicyLabels.OF_NAMESPACE + key;
    }

    /** Returns the {@code spec} of the policy object in that namespace. */
    static Map<String, Object> spec(String namespace, EgressMode mode, EgressSettings settings) {
        Map<String, Object> spec = new TreeMap<>();
        spec.put("endpointSelector", Map.of());
        spec.put("egress", egress(namespace, mode, settings));
        if (!settings.denied().isEmpty() && !(mode instanceof EgressMode.DenyAll)) {
            List<String> denied = settings.denied().stream().map(Cidr::value).toList();
            spec.put("egressDeny", List.of(Map.of("toCIDR", denied)));
        }
        if (settings.ingress() == IngressMode.SAME_NAMESPACE) {
            spec.put("ingress", List.of(Map.of("fromEndpoints", List.of(endpoints(POD_NAMESPACE, namespace)))));
        }
        return spec;
    }

    private static List<Map<String, Object>> egress(String namespace, EgressMode mode, EgressSettings settings) {
        if (mode instanceof EgressMode.DenyAll) {
            return List.of(Map.of());
        }
        if (!(mode instanceof EgressMode.AllowList list)) {
            return List.of(Map.of("toEntities", List.of("all")));
        }
        boolean domains = list.rules().stream().anyMatch(EgressRule.ToDomain.class::isInstance);
        List<Map<String, Object>> items = new ArrayList<>();
        for (DnsServer server : settings.dns().servers()) {
            items.addAll(dns(server, domains));
        }
        items.add(new TreeMap<>(Map.of("toEndpoints", List.of(endpoints(POD_NAMESPACE, namespace)))));
        list.rules().forEach(rule -> items.addAll(items(namespace, rule)));
        return items;
    }

    private static List<Map<String, Object>> dns(DnsServer server, boolean domains) {
        Map<String, Object> port = new TreeMap<>();
        port.put(
                "ports",
                server.ports().stream()
                        .map(each -> port(each.first(), each.last(), each.protocol()))
                        .toList());
        if (domains) {
            port.put("rules", Map.of("dns", List.of(Map.of("matchPattern", "*"))));
        }
        List<Map<String, Object>> peers = new ArrayList<>();
        if (server instanceof DnsServer.Pods pods) {
            NamespaceSelector namespace = new NamespaceSelector.ByName(pods.namespace());
            peers.add(Map.of("toEndpoints", List.of(pods(pods.namespace(), namespace, pods.labels()))));
        } else if (server instanceof DnsServer.NodeLocal local) {
            peers.add(Map.of("toEntities", List.of("host")));
            peers.add(Map.of("toCIDR", List.of(local.address().value())));
        } else if (server instanceof DnsServer.Addresses addresses) {
            peers.add(Map.of(
                    "toCIDR", addresses.addresses().stream().map(Cidr::value).toList()));
        }
        return peers.stream()
                .map(peer -> {
                    Map<String, Object> item = new TreeMap<>(peer);
                    item.put("toPorts", List.of(port));
                    return item;
                })
                .toList();
    }

    private static List<Map<String, Object>> items(String namespace, EgressRule rule) {
        List<Map<String, Object>> items = new ArrayList<>();
        if (rule instanceof EgressRule.ToCidr to) {
            if (to.except().isEmpty()) {
                items.add(item("toCIDR", List.of(to.cidr().value())));
            } else {
                Map<String, Object> set = new TreeMap<>();
                set.put("cidr", to.cidr().value());
                set.put("except", to.except().stream().map(Cidr::value).toList());
                items.add(item("toCIDRSet", List.of(set)));
            }
        } else if (rule instanceof EgressRule.ToDomain to) {
            items.add(item("toFQDNs", List.of(Map.of(to.isPattern() ? "matchPattern" : "matchName", to.domain()))));
        } else if (rule instanceof EgressRule.ToNamespace to) {
            items.add(item("toEndpoints", List.of(pods(namespace, to.namespaces(), Map.of()))));
        } else if (rule instanceof EgressRule.ToPods to) {
            items.add(item("toEndpoints", List.of(pods(namespace, to.namespaces(), to.labels()))));
        } else if (rule instanceof EgressRule.ToEntities to) {
            items.addAll(entities(to.entities()));
        }
        if (!rule.ports().isEmpty()) {
            List<Map<String, Object>> toPorts = toPorts(rule.ports());
            items.forEach(item -> item.put("toPorts", toPorts));
        }
        return items;
    }

    private static Map<String, Object> pods(String own, NamespaceSelector namespaces, Map<String, String> podLabels) {
        Map<String, String> labels = new TreeMap<>();
        podLabels.forEach((key, value) -> labels.put(PolicyLabels.KUBERNETES + key, value));
        if (namespaces instanceof NamespaceSelector.ByLabels byLabels) {
            byLabels.labels().forEach((key, value) -> labels.put(PolicyLabels.KUBERNETES + ofNamespace(key), value));
        } else {
            labels.put(POD_NAMESPACE, namespaces instanceof NamespaceSelector.ByName byName ? byName.name() : own);
        }
        return Map.of("matchLabels", labels);
    }

    /** The schema knows no entity for one family of the world, but such a range is the same to the agent. */
    private static List<Map<String, Object>> entities(Set<EgressEntity> entities) {
        List<String> names = new ArrayList<>();
        List<String> ranges = new ArrayList<>();
        for (EgressEntity entity : entities) {
            switch (entity) {
                case WORLD_IPV4 -> ranges.add("0.0.0.0/0");
                case WORLD_IPV6 -> ranges.add("::/0");
                case WORLD, CLUSTER, HOST, REMOTE_NODE, KUBE_APISERVER ->
                    names.add(entity.name().toLowerCase(Locale.ROOT).replace('_', '-'));
            }
        }
        List<Map<String, Object>> items = new ArrayList<>();
        if (!names.isEmpty()) {
            items.add(item("toEntities", names));
        }
        if (!ranges.isEmpty()) {
            items.add(item("toCIDR", ranges));
        }
        return items;
    }

    private static List<Map<String, Object>> toPorts(List<PortRange> ranges) {
        List<Map<String, Object>> toPorts = new ArrayList<>();
        for (int from = 0; from < ranges.size(); from += MAX_PORTS) {
            toPorts.add(Map.of(
                    "ports",
                    ranges.subList(from, Math.min(from + MAX_PORTS, ranges.size())).stream()
                            .map(range -> port(range.first(), range.last(), range.protocol()))
                            .toList()));
        }
        return toPorts;
    }

    private static Map<String, Object> port(int first, int last, TransportProtocol protocol) {
        Map<String, Object> port = new TreeMap<>();
        port.put("port", String.valueOf(first));
        if (last > first) {
            port.put("endPort", last);
        }
        port.put("protocol", protocol.name());
        return port;
    }

    private static Map<String, Object> endpoints(String key, String value) {
        return Map.of("matchLabels", Map.of(key, value));
    }

    private static Map<String, Object> item(String key, Object value) {
        Map<String, Object> item = new TreeMap<>();
        item.put(key, value);
        return item;
    }
}

package dev.namespaces.egress;

import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.effective.EgressDestination;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByName;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Generates policies, and flows that lie inside, at the edges and outside of what they name. */
public final class RandomPolicies {

    public static final List<DnsProfile> DNS_PROFILES = List.of(
            DnsProfile.kubeDns(),
            DnsProfile.openShift(),
            DnsProfile.nodeLocal(new Cidr("169.254.20.10/32")),
            new DnsProfile(
                    List.of(new DnsServer.Addresses(List.of(new Cidr("10.0.0.2/32"), new Cidr("fd00::2/128")), 53))));

    private static final List<String> RANGES = List.of(
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.0/24",
            "10.1.2.3/32",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "169.254.169.254/32",
            "128.0.0.0/1",
            "203.0.113.0/24",
            "255.255.255.255/32",
            "fd00::/8",
            "fd00:1::/32",
            "fd00:ec2::254/128",
            "2001:db8::/32",
            "8000::/1");
    private static final List<String> METADATA = List.of("169.254.169.254", "fd00:ec2::254", "100.100.100.200");
    private static final List<String> DOMAINS = List.of(
            "example.com",
            "www.example.com",
            "*.example.com",
            "*example.com",
            "w*.example.com",
            "*.*.example.com",
            "**.example.com",
            "***.example.com",
            "*",
            "**",
            "api_v1.example.org",
            "a-*-c.example.org",
            "**w.example.com",
            "xn--bcher-kva.example");
    private static final List<String> NAMESPACES = List.of("billing", "kube-system", "monitoring", "openshift-dns");
    private static final List<Map<String, String>> NAMESPACE_LABELS = List.of(
            Map.of("team", "red"),
            Map.of("team", "blue"),
            Map.of("team", "red", "example.com/tier", "gold"),
            Map.of("example.com/tier", "gold"),
            Map.of("kubernetes.io/metadata.name", "billing"),
            Map.of("kubernetes.io/metadata.name", "billing", "team", "red"));
    private static final List<Map<String, String>> POD_LABELS = List.of(
            Map.of(), Map.of("app", "web"), Map.of("k8s-app", "kube-dns"), Map.of("app", "web", "tier", "front"));

    private final Random random;

    public RandomPolicies(long seed) {
        this.random = new Random(seed);
    }

    public EgressSettings settings() {
        return EgressSettings.defaults()
                .withDns(pick(DNS_PROFILES))
                .withIngress(pick(List.of(IngressMode.values())))
                .withOmittable(EnumSet.allOf(OmittableRule.class));
    }

    public EgressMode mode() {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return new EgressMode.DenyAll();
        }
        if (kind == 1) {
            return new EgressMode.AllowAll();
        }
        return kind == 2
                ? DefaultEgress.mode()
                : new EgressMode.AllowList(IntStream.range(0, random.nextInt(5))
                        .mapToObj(i -> rule())
                        .toList());
    }

    private EgressRule rule() {
        return switch (random.nextInt(7)) {
            case 0, 1 -> toCidr();
            case 2 -> new EgressRule.ToDomain(pick(DOMAINS), ports());
            case 3 -> new EgressRule.ToNamespace(new ByName(pick(NAMESPACES)), ports());
            case 4 -> new EgressRule.ToNamespace(new ByLabels(pick(NAMESPACE_LABELS)), ports());
            case 5 -> new EgressRule.ToPods(namespaces(), pick(POD_LABELS.subList(1, POD_LABELS.size())), ports());
            default -> new EgressRule.ToEntities(entities(), ports());
        };
    }

    private NamespaceSelector namespaces() {
        return switch (random.nextInt(3)) {
            case 0 -> new NamespaceSelector.Own();
            case 1 -> new ByName(pick(NAMESPACES));
            default -> new ByLabels(pick(NAMESPACE_LABELS));
        };
    }

    private EgressRule toCidr() {
        Cidr cidr = new Cidr(pick(RANGES));
        List<Cidr> except = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            int length = cidr.isIpv6() ? 128 : 32;
            if (cidr.prefixLength() < length) {
                int inner = cidr.prefixLength() + 1 + random.nextInt(length - cidr.prefixLength());
                except.add(Cidr.masking(text(inside(cidr)) + "/" + inner));
            }
        }
        return new EgressRule.ToCidr(cidr, except, ports());
    }

    private Set<EgressEntity> entities() {
        Set<EgressEntity> entities = EnumSet.of(pick(List.of(EgressEntity.values())));
        for (int i = random.nextInt(3); i > 0; i--) {
            entities.add(pick(List.of(EgressEntity.values())));
        }
        return entities;
    }

    private List<PortRange> ports() {
        int count = random.nextInt(100) == 0 ? 81 : random.nextInt(4);
        return IntStream.range(0, count).mapToObj(i -> port()).toList();
    }

    private PortRange port() {
        int first = pick(List.of(1, 53, 80, 443, 5353, 8080, 30000, 65534, 65535, 1 + random.nextInt(65535)));
        int last = random.nextInt(3) > 0
                ? first
                : Math.min(65535, first + pick(List.of(0, 1, 100, 65535, random.nextInt(2000))));
        return new PortRange(first, last, pick(List.of(TransportProtocol.values())));
    }

    /** A packet that a pod of the namespace sends. */
    public record Flow(EgressDestination to, int port, TransportProtocol protocol) {}

    /** Flows to a few destinations, with some ports of each. */
    public List<Flow> flows(String namespace, EgressMode mode, EgressSettings settings, int destinations, int ports) {
        List<EgressRule> rules = mode instanceof EgressMode.AllowList list ? list.rules() : List.of();
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < destinations; i++) {
            EgressRule rule = rules.isEmpty() || random.nextInt(4) == 0 ? null : pick(rules);
            EgressDestination to =
                    rule == null || random.nextInt(5) == 0 ? anywhere(namespace, settings) : near(namespace, rule);
            for (int j = 0; j < ports; j++) {
                flows.add(flow(to, rule));
            }
        }
        return flows;
    }

    private Flow flow(EgressDestination to, @Nullable EgressRule rule) {
        int port = pick(List.of(53, 443, 5353, 1, 65535, 1 + random.nextInt(65535)));
        TransportProtocol protocol =
                pick(List.of(TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.SCTP));
        if (rule != null && !rule.ports().isEmpty() && random.nextInt(8) > 0) {
            PortRange range = pick(rule.ports());
            port = pick(List.of(
                    range.first(),
                    range.last(),
                    range.first() + (range.last() - range.first()) / 2,
                    Math.max(1, range.first() - 1),
                    Math.min(65535, range.last() + 1)));
            if (range.protocol() != TransportProtocol.ANY && random.nextInt(4) > 0) {
                protocol = range.protocol();
            }
        }
        return new Flow(to, port, protocol);
    }

    private EgressDestination near(String namespace, EgressRule rule) {
        if (rule instanceof EgressRule.ToCidr to) {
            Cidr range = to.except().isEmpty() || random.nextBoolean() ? to.cidr() : pick(to.except());
            return new EgressDestination.Address(edge(range));
        }
        if (rule instanceof EgressRule.ToDomain to) {
            return new EgressDestination.Domain(nearly(to.domain()));
        }
        if (rule instanceof EgressRule.ToNamespace to) {
            return pod(namespace, to.namespaces(), podLabels());
        }
        if (rule instanceof EgressRule.ToPods to) {
            return pod(namespace, to.namespaces(), random.nextInt(3) == 0 ? podLabels() : to.labels());
        }
        return random.nextBoolean()
                ? pick(List.of(EgressDestination.Infrastructure.values()))
                : new EgressDestination.Address(edge(new Cidr(pick(RANGES))));
    }

    private EgressDestination pod(String own, NamespaceSelector namespaces, Map<String, String> podLabels) {
        Map<String, String> labels = new TreeMap<>();
        String namespace = pick(NAMESPACES);
        if (namespaces instanceof ByLabels byLabels) {
            labels.putAll(byLabels.labels());
            String name = labels.remove("kubernetes.io/metadata.name");
            namespace = name == null || random.nextInt(4) == 0 ? namespace : name;
            if (!labels.isEmpty() && random.nextInt(3) == 0) {
                labels.remove(pick(List.copyOf(labels.keySet())));
            }
        } else if (random.nextInt(4) > 0) {
            namespace = namespaces instanceof ByName byName ? byName.name() : own;
        }
        return new EgressDestination.Pod(namespace, labels, podLabels);
    }

    private EgressDestination anywhere(String namespace, EgressSettings settings) {
        return switch (random.nextInt(7)) {
            case 0 -> new EgressDestination.Address(edge(new Cidr(pick(RANGES))));
            case 1 -> new EgressDestination.Domain(nearly(pick(DOMAINS)));
            case 2 -> new EgressDestination.Pod(namespace, Map.of(), podLabels());
            case 3 -> new EgressDestination.Pod(pick(NAMESPACES), pick(NAMESPACE_LABELS.subList(0, 4)), podLabels());
            case 4 -> pick(List.of(EgressDestination.Infrastructure.values()));
            case 5 -> new EgressDestination.Address(address(pick(METADATA)));
            default -> dnsServer(pick(settings.dns().servers()));
        };
    }

    private EgressDestination dnsServer(DnsServer server) {
        if (server instanceof DnsServer.Pods pods) {
            return new EgressDestination.Pod(
                    random.nextInt(4) == 0 ? "billing" : pods.namespace(),
                    Map.of(),
                    random.nextInt(4) == 0 ? podLabels() : pods.labels());
        }
        if (server instanceof DnsServer.NodeLocal local) {
            return random.nextBoolean()
                    ? EgressDestination.Infrastructure.HOST
                    : new EgressDestination.Address(edge(local.address()));
        }
        return new EgressDestination.Address(edge(pick(((DnsServer.Addresses) server).addresses())));
    }

    private Map<String, String> podLabels() {
        return pick(POD_LABELS);
    }

    /** The pattern with its stars filled in, and sometimes a letter or a label too many or too few. */
    private String nearly(String pattern) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '*') {
                name.append(pick(List.of("", "a", "x-1", "a.b", "W", "_")));
            } else {
                name.append(c);
            }
        }
        String exact = name.toString();
        String nearly = random.nextInt(3) > 0
                ? exact
                : pick(List.of(
                        "a." + exact,
                        "a" + exact,
                        exact + "a",
                        exact + ".org",
                        exact.replaceFirst("e", "a"),
                        exact.substring(exact.indexOf('.') + 1)));
        return nearly.matches("[-a-zA-Z0-9_]+(\\.[-a-zA-Z0-9_]+)*") ? nearly : "www.example.com";
    }

    private InetAddress edge(Cidr cidr) {
        BigInteger first = new BigInteger(1, cidr.firstAddress().getAddress());
        int bits = cidr.isIpv6() ? 128 : 32;
        BigInteger size = BigInteger.ONE.shiftLeft(bits - cidr.prefixLength());
        BigInteger address = switch (random.nextInt(6)) {
            case 0 -> first;
            case 1 -> first.add(size).subtract(BigInteger.ONE);
            case 2 -> first.subtract(BigInteger.ONE);
            case 3 -> first.add(size);
            default -> first.add(new BigInteger(bits, random).mod(size));
        };
        return address(address.mod(BigInteger.ONE.shiftLeft(bits)), bits);
    }

    private InetAddress inside(Cidr cidr) {
        int bits = cidr.isIpv6() ? 128 : 32;
        BigInteger size = BigInteger.ONE.shiftLeft(bits - cidr.prefixLength());
        return address(
                new BigInteger(1, cidr.firstAddress().getAddress()).add(new BigInteger(bits, random).mod(size)), bits);
    }

    private static InetAddress address(BigInteger number, int bits) {
        byte[] bytes = new byte[bits / 8];
        byte[] digits = number.toByteArray();
        for (int i = 0; i < Math.min(bytes.length, digits.length); i++) {
            bytes[bytes.length - 1 - i] = digits[digits.length - 1 - i];
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    public static boolean isMetadata(InetAddress address) {
        return METADATA.stream().anyMatch(literal -> address(literal).equals(address));
    }

    public static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(InetAddress address) {
        return address.getHostAddress();
    }

    public <T> T pick(List<T> options) {
        return options.get(random.nextInt(options.size()));
    }
}

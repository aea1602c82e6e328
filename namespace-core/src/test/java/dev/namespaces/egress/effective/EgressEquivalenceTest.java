package dev.namespaces.egress.effective;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.egress.DnsProfile;
import dev.namespaces.egress.EgressPolicyRenderer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.Omission;
import dev.namespaces.egress.RandomPolicies;
import dev.namespaces.egress.RandomPolicies.Flow;
import dev.namespaces.egress.RenderedEgress;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.OnCiliumOracle;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the rules allow, what the rendered object says when it is read back, and what Cilium's own engine makes of it.
 */
class EgressEquivalenceTest {

    private static final long SEED = 20261122;
    private static final int BATCHES = 40;
    private static final int POLICIES_PER_BATCH = 50;
    private static final int DESTINATIONS_PER_POLICY = 5;
    private static final int PORTS_PER_DESTINATION = 5;
    private static final List<String> DESTINATIONS = List.of(
            "IPv4 address",
            "IPv6 address",
            "metadata address",
            "domain",
            "pod of the namespace",
            "pod of another namespace",
            "HOST",
            "REMOTE_NODE",
            "KUBE_APISERVER");
    private static final List<List<Cidr>> DENIED = List.of(
            List.of(),
            List.of(new Cidr("169.254.169.254/32"), new Cidr("fd00:ec2::/32")),
            List.of(new Cidr("10.1.0.0/16"), new Cidr("203.0.113.0/24"), new Cidr("fd00:1::/32")));
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private record Subject(
            String namespace,
            EgressMode mode,
            EgressSettings settings,
            Selector selector,
            RenderedEgress rendered,
            List<Sent> flows) {}

    /** A packet of a pod with these labels. */
    private record Sent(Map<String, String> labels, Flow flow) {}

    /** A selector of pods as a policy has it, and what it means. */
    private record Selector(Map<String, Object> json, Predicate<Map<String, String>> selects) {}

    private static final List<Map<String, String>> SENDERS = List.of(
            Map.of(),
            Map.of("app", "web"),
            Map.of("app", "api", "tier", "front"),
            Map.of("app", "web", "tier", "back"));
    private static final List<Selector> SELECTORS = List.of(
            new Selector(Map.of(), labels -> true),
            new Selector(Map.of("matchLabels", Map.of("app", "web")), labels -> "web".equals(labels.get("app"))),
            new Selector(
                    Map.of("matchLabels", Map.of("app", "web", "tier", "back")),
                    labels -> labels.size() == 2 && labels.containsValue("web")),
            expression("app", "In", List.of("web", "db"), labels -> "web".equals(labels.get("app"))),
            expression("tier", "NotIn", List.of("front"), labels -> !"front".equals(labels.get("tier"))),
            expression("tier", "Exists", List.of(), labels -> labels.containsKey("tier")),
            expression("app", "DoesNotExist", List.of(), Map::isEmpty));

    private static Selector expression(
            String key, String operator, List<String> values, Predicate<Map<String, String>> selects) {
        Map<String, Object> expression = new TreeMap<>(Map.of("key", key, "operator", operator));
        if (!values.isEmpty()) {
            expression.put("values", values);
        }
        return new Selector(Map.of("matchExpressions", List.of(expression)), selects);
    }

    @OnCiliumOracle
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void rules_and_rendered_objects_and_ciliums_engine_allow_the_same(PolicyDialect dialect) {
        Tally sum = compare(dialect, SEED, BATCHES);

        assertThat(sum.differences).as("seeds from %s on", SEED).isEmpty();
        assertThat(BATCHES * POLICIES_PER_BATCH).isGreaterThanOrEqualTo(2_000);
        assertThat(sum.flows(answer -> true)).isGreaterThanOrEqualTo(50_000);
        assertThat(sum.flows(Answer::allowed)).as("flows allowed").isGreaterThan(10_000);
        assertThat(sum.flows(answer -> !answer.allowed)).as("flows denied").isGreaterThan(10_000);
        for (String destination : DESTINATIONS) {
            for (boolean allowed : new boolean[] {true, false}) {
                Answer answer = new Answer(destination, allowed);
                assertThat(sum.flows(answer::equals)).as("%s", answer).isGreaterThan(50);
            }
        }
    }

    @OnCiliumOracle
    @Tag("long")
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void policies_that_no_run_has_seen_before_allow_the_same(PolicyDialect dialect) {
        long seed = System.currentTimeMillis();

        Tally sum = compare(dialect, seed, 10 * BATCHES);

        assertThat(sum.differences).as("seeds from %s on", seed).isEmpty();
        assertThat(sum.flows(answer -> true)).isGreaterThanOrEqualTo(500_000);
    }

    private record Answer(String destination, boolean allowed) {}

    private record Tally(Map<Answer, Integer> answers, List<String> differences) {
        Tally plus(Tally other) {
            Map<Answer, Integer> sums = new HashMap<>(answers);
            other.answers.forEach((answer, count) -> sums.merge(answer, count, Integer::sum));
            List<String> all = new ArrayList<>(differences);
            all.addAll(other.differences);
            return new Tally(sums, all);
        }

        int flows(Predicate<Answer> which) {
            return answers.entrySet().stream()
                    .filter(entry -> which.test(entry.getKey()))
                    .mapToInt(Map.Entry::getValue)
                    .sum();
        }
    }

    private static Tally compare(PolicyDialect dialect, long firstSeed, int batches) {
        CiliumOracle oracle = CiliumOracle.orSkip();
        return IntStream.range(0, batches)
                .parallel()
                .mapToObj(batch -> compare(oracle, dialect, firstSeed + batch))
                .reduce(new Tally(Map.of(), List.of()), Tally::plus);
    }

    private static Tally compare(CiliumOracle oracle, PolicyDialect dialect, long seed) {
        RandomPolicies random = new RandomPolicies(seed);
        List<Subject> subjects = IntStream.range(0, POLICIES_PER_BATCH)
                .mapToObj(i -> subject(random, dialect, "subject-" + i))
                .toList();
        List<CiliumOracle.Flow> asked = subjects.stream()
                .flatMap(subject -> subject.flows.stream().map(sent -> ciliumFlow(subject.namespace, sent)))
                .toList();
        List<CiliumOracle.Verdict> verdicts = oracle.verdict(
                asked,
                subjects.stream()
                        .map(subject -> json(subject.rendered.manifest()))
                        .toList());

        Map<Answer, Integer> answers = new HashMap<>();
        List<String> differences = new ArrayList<>();
        int next = 0;
        for (Subject subject : subjects) {
            EgressMode expressed = without(subject.rendered.omissions(), subject.mode);
            EffectiveEgress rules = EffectiveEgress.of(subject.namespace, expressed, subject.settings);
            EgressReading.Understood read = read(subject.rendered.manifest());
            for (Sent sent : subject.flows) {
                Flow flow = sent.flow;
                boolean byEngine = verdicts.get(next++).egressAllowed();
                boolean byRules = !subject.selector.selects.test(sent.labels)
                        || (rules.allows(flow.to(), flow.port(), flow.protocol()) && !isDenied(subject, flow));
                boolean byObject = read.allows(sent.labels, flow.to(), flow.port(), flow.protocol());
                boolean same = byRules == byObject && byObject == byEngine;
                if (!same && !onlyCiliumReaches(dialect, subject, flow)) {
                    differences.add("seed " + seed + ", " + subject.namespace + ", " + sent + ": rules " + byRules
                            + ", object " + byObject + ", engine " + byEngine + " for " + subject.mode + " with "
                            + subject.settings.dns());
                }
                answers.merge(new Answer(name(subject.namespace, flow.to()), byEngine), 1, Integer::sum);
            }
        }
        return new Tally(answers, differences);
    }

    private static String name(String namespace, EgressDestination destination) {
        if (destination instanceof EgressDestination.Address address) {
            return RandomPolicies.isMetadata(address.address())
                    ? "metadata address"
                    : address.address() instanceof Inet6Address ? "IPv6 address" : "IPv4 address";
        }
        if (destination instanceof EgressDestination.Pod pod) {
            return pod.namespace().equals(namespace) ? "pod of the namespace" : "pod of another namespace";
        }
        return destination instanceof EgressDestination.Domain ? "domain" : destination.toString();
    }

    private static Subject subject(RandomPolicies random, PolicyDialect dialect, String namespace) {
        EgressMode mode = random.mode();
        EgressSettings settings =
                random.settings().withDenied(dialect == PolicyDialect.CILIUM ? random.pick(DENIED) : List.of());
        RenderedEgress rendered =
                EgressPolicyRenderer.render(dialect, namespace, "egress.namespaces.dev", Map.of(), mode, settings);
        List<Sent> flows =
                random.flows(namespace, mode, settings, DESTINATIONS_PER_POLICY, PORTS_PER_DESTINATION).stream()
                        .map(flow -> new Sent(random.pick(SENDERS), flow))
                        .toList();
        Selector selector = random.pick(SELECTORS);
        spec(rendered).put(dialect == PolicyDialect.CILIUM ? "endpointSelector" : "podSelector", selector.json);
        return new Subject(namespace, mode, settings, selector, rendered, flows);
    }

    /** Exception: a NetworkPolicy reaches a node-local DNS cache by its address only, since it cannot name the node. */
    private static boolean onlyCiliumReaches(PolicyDialect dialect, Subject subject, Flow flow) {
        return dialect == PolicyDialect.KUBERNETES
                && flow.to() == EgressDestination.Infrastructure.HOST
                && subject.settings.dns().servers().stream()
                        .anyMatch(server ->
                                server instanceof DnsProfile.DnsServer.NodeLocal && server.port() == flow.port());
    }

    private static boolean isDenied(Subject subject, Flow flow) {
        return flow.to() instanceof EgressDestination.Address to
                && !(subject.mode instanceof EgressMode.DenyAll)
                && subject.settings.denied().stream().anyMatch(range -> range.contains(to.address()));
    }

    private static EgressMode without(List<Omission> omissions, EgressMode mode) {
        if (!(mode instanceof EgressMode.AllowList list)) {
            return mode;
        }
        List<EgressRule> rules = new ArrayList<>(list.rules());
        omissions.forEach(omission -> rules.remove(omission.rule()));
        return new EgressMode.AllowList(rules);
    }

    @SuppressWarnings("unchecked") // The renderer writes an object.
    private static Map<String, Object> spec(RenderedEgress rendered) {
        return (Map<String, Object>) ((GenericKubernetesResource) rendered.manifest())
                .getAdditionalProperties()
                .get("spec");
    }

    private static EgressReading.Understood read(HasMetadata manifest) {
        EgressReading reading = EffectiveEgress.read(manifest);
        assertThat(reading).isInstanceOf(EgressReading.Understood.class);
        return (EgressReading.Understood) reading;
    }

    private static CiliumOracle.Flow ciliumFlow(String namespace, Sent sent) {
        Flow flow = sent.flow;
        return new CiliumOracle.Flow(
                CiliumOracle.Peer.pod(namespace, Map.of(), sent.labels),
                peer(flow.to()),
                flow.port(),
                flow.protocol().name());
    }

    private static CiliumOracle.Peer peer(EgressDestination destination) {
        if (destination instanceof EgressDestination.Address address) {
            return CiliumOracle.Peer.ip(address.address().getHostAddress());
        }
        if (destination instanceof EgressDestination.Domain domain) {
            return CiliumOracle.Peer.domain(domain.name());
        }
        if (destination instanceof EgressDestination.Pod pod) {
            return CiliumOracle.Peer.pod(pod.namespace(), pod.namespaceLabels(), pod.labels());
        }
        return CiliumOracle.Peer.entity(((EgressDestination.Infrastructure) destination)
                .name()
                .toLowerCase(Locale.ROOT)
                .replace('_', '-'));
    }

    private static String json(HasMetadata manifest) {
        try {
            return MAPPER.writeValueAsString(manifest);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}

package dev.namespaces.egress.effective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.RandomPolicies;
import dev.namespaces.egress.RandomPolicies.Flow;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByName;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToEntities;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveEgressTest {

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final List<PortRange> HTTPS = List.of(PortRange.tcp(443));

    @ParameterizedTest(name = "{2}")
    @MethodSource("changes")
    void a_difference_is_told_in_sentences(List<EgressRule> before, List<EgressRule> after, String sentences) {
        assertThat(difference(new EgressMode.AllowList(before), new EgressMode.AllowList(after)))
                .hasToString(sentences);
    }

    static Stream<Arguments> changes() {
        EgressRule ten = cidr("10.0.0.0/8", PortRange.tcp(5432));
        return Stream.of(
                Arguments.of(List.of(ten), List.of(ten), "changes nothing"),
                Arguments.of(
                        List.of(new ToDomain("*.example.com", List.of())),
                        List.of(ten),
                        "gains 10.0.0.0/8:5432/TCP, loses *.example.com"),
                Arguments.of(
                        List.of(ten), List.of(cidr("10.0.0.0/9", PortRange.tcp(5432))), "loses 10.128.0.0/9:5432/TCP"),
                Arguments.of(
                        List.of(cidr("10.0.0.0/9"), cidr("10.128.0.0/9")),
                        List.of(cidr("10.0.0.0/8")),
                        "changes nothing"),
                Arguments.of(
                        List.of(cidr("10.0.0.0/8")),
                        List.of(new ToCidr(new Cidr("10.0.0.0/8"), List.of(new Cidr("10.1.0.0/16")), List.of())),
                        "loses 10.1.0.0/16"),
                Arguments.of(
                        List.of(cidr("10.0.0.0/8", new PortRange(8000, 8100, TransportProtocol.ANY))),
                        List.of(cidr("10.0.0.0/8", new PortRange(8050, 8200, TransportProtocol.TCP))),
                        "gains 10.0.0.0/8:8101-8200/TCP, loses 10.0.0.0/8:8000-8049/TCP, "
                                + "loses 10.0.0.0/8:8000-8100/UDP, loses 10.0.0.0/8:8000-8100/SCTP"),
                Arguments.of(
                        List.of(cidr("fd00::/8")),
                        List.of(cidr("fd00::/8", PortRange.tcp(1))),
                        "loses [fd00::/8]:2-65535/TCP, loses [fd00::/8]:*/UDP, loses [fd00::/8]:*/SCTP, "
                                + "loses [fd00::/8]:other protocols"),
                Arguments.of(
                        List.of(new ToDomain("*.example.com", HTTPS)),
                        List.of(new ToDomain("www.example.com", HTTPS)),
                        "loses *.example.com:443/TCP"),
                Arguments.of(
                        List.of(new ToNamespace(new ByName("billing"), List.of())),
                        List.of(new ToNamespace(
                                new ByLabels(Map.of("kubernetes.io/metadata.name", "billing")), List.of())),
                        "changes nothing"),
                Arguments.of(
                        List.of(new ToEntities(Set.of(EgressEntity.WORLD), HTTPS)),
                        List.of(cidr("0.0.0.0/0", PortRange.tcp(443)), cidr("::/0", PortRange.tcp(443))),
                        "changes nothing"),
                Arguments.of(
                        List.of(new ToEntities(Set.of(EgressEntity.CLUSTER), List.of())),
                        List.of(
                                new ToEntities(Set.of(EgressEntity.HOST, EgressEntity.KUBE_APISERVER), HTTPS),
                                new ToNamespace(new ByLabels(Map.of("team", "red")), List.of())),
                        "loses the cluster"));
    }

    @Test
    void modes_differ_in_everything() {
        assertThat(difference(new EgressMode.AllowAll(), new EgressMode.DenyAll()))
                .hasToString("loses everywhere");
        assertThat(difference(new EgressMode.DenyAll(), new EgressMode.AllowAll()))
                .hasToString("gains everywhere");
        assertThat(difference(new EgressMode.DenyAll(), new EgressMode.AllowList(List.of())))
                .hasToString("gains pods with k8s-app=kube-dns of namespace kube-system:53/TCP, "
                        + "gains pods with k8s-app=kube-dns of namespace kube-system:53/UDP, "
                        + "gains namespace shop-dev");
    }

    /** Each flow that one of two policies allows and the other does not is in the difference. */
    @Test
    void no_change_is_left_out_of_a_difference_and_none_is_made_up_that_neither_allows() {
        RandomPolicies random = new RandomPolicies(20261124);
        List<String> wrong = new ArrayList<>();
        int changed = 0;
        for (int i = 0; i < 1_000; i++) {
            EgressSettings settings = random.settings();
            EgressMode first = random.mode();
            EgressMode second = random.mode();
            EffectiveEgress before = EffectiveEgress.of("subject", first, settings);
            EffectiveEgress after = EffectiveEgress.of("subject", second, settings);
            EgressDifference.Known difference = (EgressDifference.Known) EffectiveEgress.difference(before, after);
            for (Flow flow : Stream.concat(
                            random.flows("subject", first, settings, 5, 4).stream(),
                            random.flows("subject", second, settings, 5, 4).stream())
                    .toList()) {
                if (isOpenByRange(before, flow) || isOpenByRange(after, flow)) {
                    continue;
                }
                boolean was = allows(before, flow);
                boolean willBe = allows(after, flow);
                boolean gained = allows(difference.gained(), flow);
                boolean lost = allows(difference.lost(), flow);
                boolean told = (gained || was || !willBe) && (lost || willBe || !was);
                boolean possible = (!gained || willBe) && (!lost || was);
                if (!told || !possible) {
                    wrong.add(flow + ": " + was + " to " + willBe + ", but " + difference + " of " + first + " to "
                            + second);
                }
                if (was != willBe) {
                    changed++;
                }
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(changed).isGreaterThan(5_000);
    }

    @Test
    void a_policy_does_not_differ_from_itself_however_it_is_ordered() {
        RandomPolicies random = new RandomPolicies(20261125);
        for (int i = 0; i < 500; i++) {
            if (random.mode() instanceof EgressMode.AllowList list) {
                List<EgressRule> reversed = new ArrayList<>(list.rules());
                java.util.Collections.reverse(reversed);
                assertThat(difference(list, new EgressMode.AllowList(reversed)))
                        .as("%s", list)
                        .hasToString("changes nothing");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, TCP", "65536, UDP", "-1, ANY"})
    void a_port_that_is_none_is_no_question(int port, TransportProtocol protocol) {
        EffectiveEgress egress = EffectiveEgress.of("shop-dev", new EgressMode.AllowAll(), EgressSettings.defaults());

        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> egress.allows(EgressDestination.Infrastructure.HOST, port, protocol));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // for pods of another namespace, or by labels that Cilium puts on them
                "spec: {endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': c}}, egress: [{}]}",
                "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: c}}, egress: [{}]}",
                "spec: {endpointSelector: {matchLabels: {'reserved:host': ''}}, egress: [{}]}",
                "spec: {endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: c}}]}]}",
                // for different pods in each rule
                "specs: [{endpointSelector: {}, egress: [{}]}, {endpointSelector: {matchLabels: {app: a}}, egress: [{}]}]",
                // rejected for its ingress, or perhaps
                "spec: {endpointSelector: {}, egress: [{}], ingress: [{fromCIDR: [nonsense]}]}",
                "spec: {endpointSelector: {}, egress: [{}], ingress: [{fromNodes: [{}]}]}",
                // denies
                "spec: {endpointSelector: {}, egress: [{toEntities: [all]}], egressDeny: [{toEntities: [host]}]}",
                // outside of the model
                "spec: {endpointSelector: {}, egress: [{toServices: [{k8sService: {serviceName: a}}]}]}",
                "spec: {endpointSelector: {}, egress: [{toGroups: [{aws: {region: eu}}]}]}",
                "spec: {endpointSelector: {}, egress: [{toNodes: [{matchLabels: {a: b}}]}]}",
                "spec: {endpointSelector: {}, egress: [{icmps: [{fields: [{type: 8}]}]}]}",
                "spec: {endpointSelector: {}, egress: [{toCIDRSet: [{cidrGroupRef: partners}]}]}",
                "spec: {endpointSelector: {}, egress: [{toEntities: [ingress]}]}",
                "spec: {endpointSelector: {}, egress: [{toEndpoints: [{matchExpressions: [{key: a, operator: Exists}]}]}]}",
                "spec: {endpointSelector: {}, egress: [{toEndpoints: [{}], toPorts: [{ports: [{port: http}]}]}]}",
                "spec: {endpointSelector: {}, egress: [{toEntities: [world], toPorts: [{ports: [{port: '80'}], rules: {http: [{}]}}]}]}",
                "spec: {endpointSelector: {}, egress: [{toEntities: [world], toPorts: [{ports: [{port: '0', protocol: GRE}]}]}]}",
                "spec: {endpointSelector: {}, egress: [{toEntities: [world], authentication: {mode: required}}]}",
                // what a later version may bring
                "spec: {endpointSelector: {}, egress: [{toEntities: [world]}], egressWidely: true}",
                // rejected by the agent
                "spec: {endpointSelector: {}, egress: []}",
                "spec: {endpointSelector: {}, egress: [{toEntities: [moon]}]}"
            })
    void what_the_model_does_not_surely_know_is_not_understood(String spec) {
        assertThat(read("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: b}\n"
                        + spec))
                .isInstanceOfSatisfying(
                        EgressReading.NotUnderstood.class,
                        unknown -> assertThat(unknown.reasons()).isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchExpressions: [{key: a, operator: Exists}]}}]}]}",
                "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}",
                "{podSelector: {}, policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}",
                "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}, hosts: [a]}]}]}"
            })
    void neither_is_a_network_policy_that_says_more(String spec) {
        assertThat(read(
                        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec: "
                                + spec))
                .isInstanceOf(EgressReading.NotUnderstood.class);
    }

    @Test
    void a_policy_for_some_pods_leaves_the_others_open() {
        EgressReading.Understood reading = (EgressReading.Understood)
                read("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\n"
                        + "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
                        + " egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}");
        EgressDestination inside = new EgressDestination.Address(RandomPolicies.address("10.1.2.3"));
        EgressDestination outside = new EgressDestination.Address(RandomPolicies.address("192.0.2.1"));

        assertThat(reading.subject()).hasToString("pods with app=web");
        assertThat(reading.allows(Map.of("app", "web"), inside, 443, TransportProtocol.TCP))
                .isTrue();
        assertThat(reading.allows(Map.of("app", "web"), outside, 443, TransportProtocol.TCP))
                .isFalse();
        assertThat(reading.allows(Map.of("app", "db"), outside, 443, TransportProtocol.TCP))
                .isTrue();
        assertThat(reading.ofEveryPod())
                .isEqualTo(new EgressReading.NotUnderstood(List.of("it is for pods with app=web only")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
                        + "spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}",
                "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a}\n"
                        + "spec: {endpointSelector: {}, egress: [{toEndpoints: [{}]}]}"
            })
    void a_policy_without_a_namespace_is_read_with_the_one_that_is_given(String yaml) {
        assertThat(read(yaml)).isInstanceOf(EgressReading.NotUnderstood.class);
        assertThat(EffectiveEgress.read(resource(yaml), "shop"))
                .isInstanceOfSatisfying(
                        EgressReading.Understood.class,
                        reading -> assertThat(reading.egress()).hasToString("namespace shop"));
    }

    @Test
    void a_namespace_matters_only_where_a_peer_depends_on_it() {
        String yaml = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a%s}\n"
                + "spec: {endpointSelector: {}, egress: [{toCIDR: [10.0.0.0/8]}]}";

        assertThat(understood(String.format(yaml, ""))).hasToString("10.0.0.0/8");
        assertThat(EffectiveEgress.read(resource(String.format(yaml, ", namespace: b")), "shop"))
                .isEqualTo(new EgressReading.NotUnderstood(List.of("metadata.namespace is b, and not shop")));
    }

    @Test
    void another_kind_is_not_understood() {
        assertThat(read("apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: a}\n"
                        + "spec: {endpointSelector: {}, egress: [{}]}"))
                .isInstanceOf(EgressReading.NotUnderstood.class);
    }

    @Test
    void a_policy_without_egress_leaves_everything_open() {
        assertThat(understood("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: a, namespace: b}\n"
                        + "spec: {endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}"))
                .hasToString("everywhere");
        assertThat(understood(
                        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\n"
                                + "spec: {podSelector: {}, policyTypes: [Ingress]}"))
                .hasToString("everywhere");
    }

    /** A name that is open since every address is: the difference tells it by addresses. */
    private static boolean isOpenByRange(EffectiveEgress egress, Flow flow) {
        return flow.to() instanceof EgressDestination.Domain
                && egress.allows(new EgressDestination.Domain("no.rule.names.this"), flow.port(), flow.protocol());
    }

    private static boolean allows(EffectiveEgress egress, Flow flow) {
        return egress.allows(flow.to(), flow.port(), flow.protocol());
    }

    private static EgressDifference difference(EgressMode before, EgressMode after) {
        return EffectiveEgress.difference(
                EffectiveEgress.of("shop-dev", before, EgressSettings.defaults()),
                EffectiveEgress.of("shop-dev", after, EgressSettings.defaults()));
    }

    private static EgressRule cidr(String cidr, PortRange... ports) {
        return new ToCidr(new Cidr(cidr), List.of(), List.of(ports));
    }

    private static EffectiveEgress understood(String yaml) {
        EgressReading reading = read(yaml);
        assertThat(reading).isInstanceOf(EgressReading.Understood.class);
        return ((EgressReading.Understood) reading).egress();
    }

    private static EgressReading read(String yaml) {
        return EffectiveEgress.read(resource(yaml));
    }

    private static GenericKubernetesResource resource(String yaml) {
        try {
            return YAML.readValue(yaml, GenericKubernetesResource.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}

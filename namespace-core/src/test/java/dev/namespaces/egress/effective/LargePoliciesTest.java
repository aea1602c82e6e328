package dev.namespaces.egress.effective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.PortRange;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies as long as etcd takes them, which any user with the role edit may write. */
class LargePoliciesTest {

    private static final int LARGEST = 1_500_000;
    private static final int LONG = 200_000;
    /** Far more than it takes, since the machines that build are busy. */
    private static final Duration BOUND = Duration.ofSeconds(30);

    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<Arguments> shapes() {
        return Stream.of(
                shape("one range and port each", LargePoliciesTest::rangeAndPort),
                shape("ranges that overlap, with exceptions and ports", LargePoliciesTest::overlapping),
                shape(
                        "exceptions of all of IPv6",
                        i -> "{\"toCIDRSet\":[{\"cidr\":\"::/0\",\"except\":["
                                + IntStream.range(0, 50)
                                        .mapToObj(j -> "\"" + Integer.toHexString(i + 1) + ":"
                                                + Integer.toHexString(j * 977 + 1) + "::1/128\"")
                                        .collect(Collectors.joining(","))
                                + "]}]}"),
                shape(
                        "nested port ranges",
                        i -> "{\"toCIDR\":[\"" + address(i) + "/32\"],\"toPorts\":[{\"ports\":[" + "{\"port\":\""
                                + (i % 30_000 + 1) + "\",\"endPort\":" + (65_535 - i % 30_000) + "}]}]}"),
                shape(
                        "patterns and names",
                        i -> "{\"toFQDNs\":[{\"matchPattern\":\"a" + i + "*a*a*a*a*a*a*a*b\"},{\"matchName\":\"a" + i
                                + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\"}]}"),
                shape(
                        "pods of namespaces",
                        i -> "{\"toEndpoints\":[{\"matchLabels\":{\"k8s:app\":\"a" + i
                                + "\",\"k8s:io.cilium.k8s.namespace.labels.team\":\"b\"}}]}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shapes")
    void a_policy_as_large_as_etcd_takes_is_compared_soon(String name, IntFunction<String> item) {
        GenericKubernetesResource large = policy(LARGEST, item);
        EffectiveEgress ours = EffectiveEgress.of("b", DefaultEgress.mode(), EgressSettings.defaults());

        List<String> sentences = assertTimeoutPreemptively(
                BOUND, () -> EffectiveEgress.difference(read(large), ours).sentences());

        assertThat(sentences).hasSizeBetween(1, 202).allMatch(sentence -> sentence.length() < 1_100);
    }

    @Test
    void a_large_policy_does_not_differ_from_itself() {
        EffectiveEgress large = read(policy(LONG, LargePoliciesTest::rangeAndPort));

        EgressDifference difference = EffectiveEgress.difference(large, large);

        assertThat(difference).hasToString("changes nothing");
    }

    @Test
    void every_part_of_a_long_difference_is_counted() {
        EffectiveEgress nothing = EffectiveEgress.of("b", new EgressMode.DenyAll(), EgressSettings.defaults());
        EffectiveEgress thousand = EffectiveEgress.of(
                "b",
                new EgressMode.AllowList(IntStream.range(0, 1_000)
                        .<EgressRule>mapToObj(
                                i -> new ToCidr(new Cidr(address(i) + "/32"), List.of(), List.of(PortRange.tcp(443))))
                        .toList()),
                EgressSettings.defaults());

        assertThat(EffectiveEgress.difference(nothing, thousand).sentences())
                .hasSize(101)
                .startsWith("gains pods with k8s-app=kube-dns of namespace kube-system:53/TCP")
                .endsWith("gains and 903 more");
    }

    @Test
    void a_difference_that_is_longer_than_both_policies_is_too_large() {
        EffectiveEgress columns = read(policy(LONG, i -> "{\"toCIDR\":[\"" + address(i) + "/32\"]}"));
        EffectiveEgress rows = read(policy(
                LONG,
                i -> "{\"toCIDR\":[\"1.0.0.0/8\"],\"toPorts\":[{\"ports\":[{\"port\":\"" + (2 * i % 65_000 + 1)
                        + "\"}]}]}"));

        EgressDifference difference = EffectiveEgress.difference(columns, rows);

        assertThat(difference).isEqualTo(new EgressDifference.TooLarge());
        assertThat(difference.isEmpty()).isFalse();
        assertThat(difference.sentences()).containsExactly("is too large to compare");
    }

    private static EffectiveEgress read(GenericKubernetesResource policy) {
        return ((EgressReading.Understood) EffectiveEgress.read(policy)).egress();
    }

    private static Arguments shape(String name, IntFunction<String> item) {
        return Arguments.of(name, item);
    }

    private static String rangeAndPort(int i) {
        return "{\"toCIDR\":[\"" + address(i) + "/32\"],\"toPorts\":[{\"ports\":[{\"port\":\"" + (i % 65_535 + 1)
                + "\"}]}]}";
    }

    private static String overlapping(int i) {
        String net = (i % 200 + 1) + "." + i / 200 % 256;
        return "{\"toCIDRSet\":[{\"cidr\":\"" + (i % 200 + 1) + ".0.0.0/8\",\"except\":[\"" + net + ".0.0/16\"]}],"
                + "\"toPorts\":[{\"ports\":[{\"port\":\"" + (i % 5_000 + 1) + "\",\"endPort\":" + (i % 5_000 + 40)
                + "}]}]}";
    }

    private static String address(int i) {
        return (i % 199 + 1) + "." + i / 256 % 256 + "." + i % 256 + ".7";
    }

    private static GenericKubernetesResource policy(int length, IntFunction<String> item) {
        StringBuilder json = new StringBuilder("{\"apiVersion\":\"cilium.io/v2\",\"kind\":\"CiliumNetworkPolicy\","
                + "\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"},\"spec\":{\"endpointSelector\":{},\"egress\":[");
        for (int i = 0; json.length() < length; i++) {
            json.append(i == 0 ? "" : ",").append(item.apply(i));
        }
        try {
            return JSON.readValue(json.append("]}}").toString(), GenericKubernetesResource.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}

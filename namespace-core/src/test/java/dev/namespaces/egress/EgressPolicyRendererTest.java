package dev.namespaces.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.Own;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToEntities;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.EgressRule.ToPods;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EgressPolicyRendererTest {

    private final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    @Test
    void deny_all_keeps_its_empty_item_through_serialization() {
        assertThat(json(PolicyDialect.KUBERNETES, new EgressMode.DenyAll()))
                .contains("\"spec\":{\"podSelector\":{},\"policyTypes\":[\"Egress\"]}");
        assertThat(json(PolicyDialect.CILIUM, new EgressMode.DenyAll()))
                .contains("\"spec\":{\"egress\":[{}],\"endpointSelector\":{}}");
    }

    @Test
    void what_cannot_be_expressed_is_listed_as_people_write_it() {
        String longKey = "k".repeat(33);
        EgressMode mode = new EgressMode.AllowList(List.of(
                new ToDomain("*.example.com", List.of(PortRange.tcp(443), new PortRange(1, 9, TransportProtocol.ANY))),
                new ToCidr(new Cidr("10.0.0.0/8"), List.of(), List.of()),
                new ToEntities(Set.of(EgressEntity.HOST, EgressEntity.KUBE_APISERVER), List.of())));

        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> render(PolicyDialect.KUBERNETES, mode, EgressSettings.defaults()))
                .withMessageContaining(
                        "a NetworkPolicy cannot express domain *.example.com on 443/TCP, 1-9/ANY (a NetworkPolicy "
                                + "knows no domain names); entities host, kube-apiserver (a NetworkPolicy knows no "
                                + "entities; write the ranges of their addresses); change these rules")
                .satisfies(e -> assertThat(e.inexpressible()).hasSize(2));
        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> render(
                        PolicyDialect.CILIUM,
                        new EgressMode.AllowList(
                                List.of(new ToNamespace(new ByLabels(Map.of(longKey, "x")), List.of()))),
                        EgressSettings.defaults()))
                .withMessageContaining("namespaces with " + longKey + "=x (Cilium writes the label key " + longKey);
    }

    @Test
    void only_the_kinds_that_the_host_has_named_are_left_out() {
        EgressMode mode = new EgressMode.AllowList(
                List.of(new ToDomain("example.com", List.of()), new ToEntities(Set.of(EgressEntity.HOST), List.of())));
        EgressSettings domainsOnly = EgressSettings.defaults().withOmittable(Set.of(OmittableRule.DOMAINS));

        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> render(PolicyDialect.KUBERNETES, mode, domainsOnly))
                .satisfies(e -> assertThat(e.inexpressible().stream().map(Omission::rule))
                        .containsExactly(new ToEntities(Set.of(EgressEntity.HOST), List.of())));
        assertThat(render(
                                PolicyDialect.KUBERNETES,
                                mode,
                                domainsOnly.withOmittable(Set.of(OmittableRule.DOMAINS, OmittableRule.ENTITIES)))
                        .omissions())
                .hasSize(2);
    }

    @Test
    void a_namespace_label_too_long_for_cilium_is_refused_or_left_out_and_a_network_policy_takes_it() {
        EgressRule fits = new ToNamespace(new ByLabels(Map.of("k".repeat(32), "x")), List.of());
        EgressRule tooLong = new ToNamespace(new ByLabels(Map.of("k".repeat(33), "x")), List.of());
        EgressMode mode = new EgressMode.AllowList(List.of(fits, tooLong));
        EgressSettings omitting = EgressSettings.defaults().withOmittable(Set.of(OmittableRule.NAMESPACES));

        assertThat(render(PolicyDialect.CILIUM, mode, omitting).omissions().stream()
                        .map(Omission::rule))
                .containsExactly(tooLong);
        assertThat(render(PolicyDialect.KUBERNETES, mode, EgressSettings.defaults())
                        .omissions())
                .isEmpty();
    }

    @Test
    void a_pod_label_that_cilium_sets_itself_is_refused_or_left_out() {
        EgressRule elsewhere = new ToPods(new Own(), Map.of("io.kubernetes.pod.namespace", "kube-system"), List.of());
        EgressMode mode = new EgressMode.AllowList(List.of(elsewhere));
        EgressSettings omitting = EgressSettings.defaults().withOmittable(Set.of(OmittableRule.PODS));

        assertThatExceptionOfType(InexpressibleEgressException.class)
                .isThrownBy(() -> render(PolicyDialect.CILIUM, mode, EgressSettings.defaults()))
                .withMessageContaining("pods with io.kubernetes.pod.namespace=kube-system of the own namespace");
        assertThat(render(PolicyDialect.CILIUM, mode, omitting).omissions().stream()
                        .map(Omission::rule))
                .containsExactly(elsewhere);
    }

    private static RenderedEgress render(PolicyDialect dialect, EgressMode mode, EgressSettings settings) {
        return EgressPolicyRenderer.render(dialect, "team-a", "egress.namespaces.dev", Map.of(), mode, settings);
    }

    private String json(PolicyDialect dialect, EgressMode mode) {
        RenderedEgress rendered = render(dialect, mode, EgressSettings.defaults());
        try {
            return mapper.writeValueAsString(rendered.manifest());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}

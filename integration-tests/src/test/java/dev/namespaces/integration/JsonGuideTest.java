package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.jackson.NamespacesModule;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The code of the guide to JSON is this class's code, and its JSON is what the module writes. */
class JsonGuideTest {

    private static final GuidePage PAGE = GuidePage.of("docs/json.md");

    private static final EgressPolicy POLICY = new EgressPolicy(
            new EgressPolicyId("shop-egress"),
            new ProjectId("shop"),
            new EgressMode.AllowList(List.of(
                    new EgressRule.ToCidr(
                            new Cidr("10.0.0.0/8"), List.of(new Cidr("10.1.0.0/16")), List.of(PortRange.tcp(5432))),
                    new EgressRule.ToDomain("*.example.com", List.of()))),
            3,
            null);

    @Test
    void a_mapper_with_the_module_reads_what_it_wrote() throws Exception {
        assertThat(copy(POLICY)).isEqualTo(POLICY);
    }

    private static EgressPolicy copy(EgressPolicy policy) throws Exception {
        // begin: mapper
        ObjectMapper mapper =
                JsonMapper.builder().addModule(new NamespacesModule()).build();
        String json = mapper.writeValueAsString(policy);
        return mapper.readValue(json, EgressPolicy.class);
        // end: mapper
    }

    @Test
    void the_guide_shows_a_policy_as_the_module_writes_it() throws Exception {
        PAGE.assertBlock("json: JsonGuideTest policy", pretty(POLICY));
        assertThat(NamespacesJson.read(PAGE.block("json: JsonGuideTest policy"), EgressPolicy.class))
                .isEqualTo(POLICY);
    }

    @Test
    void the_guide_shows_an_error_as_the_module_writes_it() throws Exception {
        PAGE.assertBlock(
                "json: JsonGuideTest error",
                pretty(new StaleVersionException(
                        ErrorContext.of(Operation.UPDATE).withNamespace("orders"), new NamespaceId("n-17"), 3, 4)));
    }

    @Test
    void the_guide_shows_a_difference_as_the_module_writes_it() throws Exception {
        EgressMode after = new EgressMode.AllowList(List.of(
                new EgressRule.ToCidr(new Cidr("10.0.0.0/9"), List.of(), List.of(PortRange.tcp(5432))),
                new EgressRule.ToPods(
                        new EgressRule.NamespaceSelector.ByName("billing"), Map.of("app", "api"), List.of())));
        PAGE.assertBlock(
                "json: JsonGuideTest difference",
                pretty(EffectiveEgress.difference(egress(POLICY.mode()), egress(after))));
    }

    private static EffectiveEgress egress(EgressMode mode) {
        return EffectiveEgress.of("shop-dev", mode, EgressSettings.defaults());
    }

    private static String pretty(Object value) throws Exception {
        return JsonMapper.builder()
                        .addModule(new NamespacesModule())
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(value)
                + "\n";
    }
}

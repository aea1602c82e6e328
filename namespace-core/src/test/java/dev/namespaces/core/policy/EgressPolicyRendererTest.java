package dev.namespaces.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.PolicyDialect;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EgressPolicyRendererTest {

    private final ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    @Test
    void deny_all_keeps_its_empty_lists_through_serialization() {
        assertThat(json(PolicyDialect.KUBERNETES, new EgressMode.DenyAll()))
                .contains("\"spec\":{\"egress\":[],\"podSelector\":{},\"policyTypes\":[\"Egress\"]}");
        assertThat(json(PolicyDialect.CILIUM, new EgressMode.DenyAll()))
                .contains("\"spec\":{\"egress\":[{}],\"endpointSelector\":{}}");
    }

    private String json(PolicyDialect dialect, EgressMode mode) {
        RenderedEgress rendered = EgressPolicyRenderer.render(
                dialect, "team-a", "egress.namespaces.dev", Map.of(), mode, EgressSettings.defaults());
        try {
            return mapper.writeValueAsString(rendered.manifest());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}

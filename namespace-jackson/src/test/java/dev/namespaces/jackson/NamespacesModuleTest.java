package dev.namespaces.jackson;

import static dev.namespaces.testkit.TestData.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.TransportProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NamespacesModuleTest {

    private static final EgressPolicy POLICY = new EgressPolicy(
            new EgressPolicyId("pol-1"),
            new ProjectId("shop"),
            new EgressMode.AllowList(List.of(
                    new EgressRule.ToCidr(
                            new Cidr("10.0.0.0/8"),
                            List.of(new Cidr("10.1.0.0/16")),
                            List.of(new PortRange(5432, 5432, TransportProtocol.TCP))),
                    new EgressRule.ToDomain("*.example.com", List.of()),
                    new EgressRule.ToNamespace(new NamespaceSelector.ByName("db"), List.of()),
                    new EgressRule.ToPods(new NamespaceSelector.Own(), Map.of("app", "db"), List.of()),
                    new EgressRule.ToPods(
                            new NamespaceSelector.ByLabels(Map.of("team", "a")), Map.of("app", "db"), List.of()),
                    new EgressRule.ToEntities(Set.of(EgressEntity.HOST), List.of()))),
            3,
            NOW);

    private static final String POLICY_JSON = """
            {"id":"pol-1","owner":{"type":"project","id":"shop"},"mode":{"type":"allow-list","rules":[\
            {"type":"cidr","cidr":"10.0.0.0/8","except":["10.1.0.0/16"],\
            "ports":[{"first":5432,"last":5432,"protocol":"TCP"}]},\
            {"type":"domain","domain":"*.example.com","ports":[]},\
            {"type":"namespace","namespaces":{"type":"by-name","name":"db"},"ports":[]},\
            {"type":"pods","namespaces":{"type":"own"},"labels":{"app":"db"},"ports":[]},\
            {"type":"pods","namespaces":{"type":"by-labels","labels":{"team":"a"}},"labels":{"app":"db"},"ports":[]},\
            {"type":"entities","entities":["HOST"],"ports":[]}]},"version":3,"deletedAt":"%s"}""".formatted(NOW);

    /** Mappers with the settings of hosts, none of which may change the form. */
    static List<ObjectMapper> mappers() {
        return List.of(
                new ObjectMapper().findAndRegisterModules(),
                JsonMapper.builder()
                        .addModule(new NamespacesModule())
                        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                        .defaultPropertyInclusion(JsonInclude.Value.construct(
                                JsonInclude.Include.NON_EMPTY, JsonInclude.Include.NON_EMPTY))
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .build(),
                JsonMapper.builder()
                        .addModule(new NamespacesModule())
                        .defaultSetterInfo(JsonSetter.Value.construct(Nulls.SKIP, Nulls.SKIP))
                        .enable(
                                DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
                                DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS,
                                DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT,
                                DeserializationFeature.ACCEPT_EMPTY_ARRAY_AS_NULL_OBJECT,
                                DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
                                DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
                        .disable(DeserializationFeature.FAIL_ON_INVALID_SUBTYPE)
                        .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                        .build(),
                JsonMapper.builder()
                        .addModule(new NamespacesModule())
                        .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
                        .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
                        .build(),
                JsonMapper.builder()
                        .addModule(new NamespacesModule())
                        .enable(
                                SerializationFeature.WRITE_ENUMS_USING_INDEX,
                                SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
                        .build());
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_policy_has_the_same_form_with_the_mapper_of_each_host(ObjectMapper mapper) throws Exception {
        assertThat(mapper.writeValueAsString(POLICY)).isEqualTo(POLICY_JSON);
        assertThat(mapper.readValue(POLICY_JSON, EgressPolicy.class)).isEqualTo(POLICY);
        assertThat(mapper.writeValueAsString(new EgressMode.DenyAll())).isEqualTo("{\"type\":\"deny-all\"}");
        assertThat(mapper.writeValueAsString(List.of(new EgressMode.AllowAll())))
                .isEqualTo("[{\"type\":\"allow-all\"}]");
        assertThat(mapper.readValue("{\"type\":\"allow-all\"}", EgressMode.class))
                .isEqualTo(new EgressMode.AllowAll());
        assertThat(mapper.writeValueAsString(Map.of(new ClusterId("eu-1"), new OrganizationId("acme"))))
                .isEqualTo("{\"eu-1\":\"acme\"}");
        assertThat(mapper.readValue("{\"eu-1\":\"acme\"}", new TypeReference<Map<ClusterId, OrganizationId>>() {}))
                .isEqualTo(Map.of(new ClusterId("eu-1"), new OrganizationId("acme")));
    }

    @Test
    void a_list_of_one_element_in_a_policy_is_a_list_with_each_mapper() throws Exception {
        ObjectMapper mapper = JsonMapper.builder()
                .addModule(new NamespacesModule())
                .enable(SerializationFeature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED)
                .build();

        assertThat(mapper.writeValueAsString(POLICY)).isEqualTo(POLICY_JSON);
    }

    @Test
    void a_null_is_refused_by_a_mapper_that_refuses_all_nulls() {
        ObjectMapper mapper = JsonMapper.builder()
                .addModule(new NamespacesModule())
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .build();

        assertThatThrownBy(() -> mapper.readValue(POLICY_JSON.replace("\"" + NOW + "\"", "null"), EgressPolicy.class))
                .isInstanceOf(JsonMappingException.class)
                .hasMessageContaining("deletedAt");
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_policy_with_a_part_that_is_not_understood_is_refused(ObjectMapper mapper) {
        for (String broken : List.of(
                POLICY_JSON.replace("\"version\"", "\"extra\":1,\"version\""),
                POLICY_JSON.replace("\"except\":", "\"but\":"),
                POLICY_JSON.replace("\"type\":\"domain\"", "\"type\":\"website\""),
                POLICY_JSON.replace("{\"type\":\"own\"}", "{}"),
                POLICY_JSON.replace("{\"type\":\"own\"}", "{\"type\":\"own\",\"name\":\"db\"}"),
                POLICY_JSON.replace("\"version\":3,", ""),
                POLICY_JSON.replace("\"version\":3", "\"version\":null"),
                POLICY_JSON.replace("\"ports\":[]", "\"ports\":null"),
                POLICY_JSON.replace("\"ports\":[]", "\"ports\":\"\""),
                POLICY_JSON.replace("\"ports\":[]", "\"ports\":[null]"),
                POLICY_JSON.replace("\"rules\":[", "\"rules\":[null,"),
                POLICY_JSON.replace("[\"10.1.0.0/16\"]", "\"10.1.0.0/16\""),
                POLICY_JSON.replace("\"HOST\"", "\"HOST\",null"),
                POLICY_JSON.replace("\"HOST\"", "\"host\""),
                POLICY_JSON.replace("{\"team\":\"a\"}", "{\"team\":\"a\",\"tier\":null}"),
                POLICY_JSON.replace("\"mode\":{", "\"MODE\":{"),
                POLICY_JSON.replace("\"type\":\"domain\"", "\"type\":\"DOMAIN\""),
                POLICY_JSON.replace("{\"type\":\"own\"}", "[{\"type\":\"own\"}]"),
                POLICY_JSON.replace("\"type\":\"own\"", "\"type\":\"\""),
                POLICY_JSON.replace("10.0.0.0/8", "10.0.0.0/33"),
                POLICY_JSON.replace("\"shop\"", "\"shop\",\"name\":\"Shop\""),
                POLICY_JSON.replace("\"project\"", "\"team\""),
                POLICY_JSON.replace("\"HOST\"", "\"EVERYTHING\""),
                POLICY_JSON.replace("\"HOST\"", "0"),
                POLICY_JSON.replace("\"TCP\"", "0"),
                POLICY_JSON.replace("\"TCP\"", "\"\""),
                POLICY_JSON.replace("\"*.example.com\"", "7"),
                POLICY_JSON.replace("\"db\"}", "7}"),
                POLICY_JSON.replace("5432,\"last\"", "5432.0,\"last\""),
                POLICY_JSON.replace("5432,\"last\"", "\"5432\",\"last\""),
                POLICY_JSON.replace("5432,\"last\"", "4294972728,\"last\""),
                POLICY_JSON.replace("\"version\":3", "\"version\":true"),
                POLICY_JSON.replace(NOW.toString(), "today"))) {
            assertThat(broken).isNotEqualTo(POLICY_JSON);
            assertThat(catchThrowable(() -> mapper.readValue(broken, EgressPolicy.class)))
                    .as(broken)
                    .isInstanceOf(JsonMappingException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_policy_that_is_not_deleted_needs_no_time_of_its_deletion(ObjectMapper mapper) throws Exception {
        EgressPolicy live = new EgressPolicy(POLICY.id(), POLICY.owner(), POLICY.mode(), POLICY.version(), null);

        String json = mapper.writeValueAsString(live);

        assertThat(mapper.readValue(json, EgressPolicy.class)).isEqualTo(live);
        assertThat(mapper.readValue(json.replace(",\"deletedAt\":null", ""), EgressPolicy.class))
                .isEqualTo(live);
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_number_or_boolean_is_read_from_its_own_kind_of_json_only(ObjectMapper mapper) throws Exception {
        String plan = "{\"cluster\":\"eu-1\",\"cause\":\"gone\",\"retryable\":true}";
        assertThat(mapper.readValue(plan, DeletionPlan.Unreachable.class).retryable())
                .isTrue();
        String position = "{\"promotionOrder\":10,\"after\":\"dev1\"}";
        assertThat(mapper.readValue(position, FleetPosition.class).promotionOrder())
                .isEqualTo(10);
        for (String other : List.of("\"true\"", "\"\"", "1", "null", "[true]")) {
            assertThat(catchThrowable(
                            () -> mapper.readValue(plan.replace("true", other), DeletionPlan.Unreachable.class)))
                    .as(other)
                    .isInstanceOf(JsonMappingException.class);
        }
        for (String other : List.of("\"10\"", "\"\"", "10.0", "1e1", "true", "4294967306", "[10]")) {
            assertThat(catchThrowable(() -> mapper.readValue(position.replace("10", other), FleetPosition.class)))
                    .as(other)
                    .isInstanceOf(JsonMappingException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_number_in_metadata_keeps_its_digits(ObjectMapper mapper) throws Exception {
        String digits = "12345678901234567890";
        NamespaceRequest request = mapper.readValue(
                "{\"metadata\":{\"a\":3.10,\"b\":1e3,\"c\":%s,\"d\":0.%s,\"e\":1e999,\"f\":true,\"g\":[1.0]}}"
                        .formatted(digits, digits),
                NamespaceRequest.class);
        assertThat(request.metadata())
                .containsEntry("a", "3.10")
                .containsEntry("b", "1000")
                .containsEntry("c", digits)
                .containsEntry("d", "0." + digits)
                .containsEntry("e", "1" + "0".repeat(999))
                .containsEntry("f", "true");
        assertThat(request.metadata().get("g")).hasToString("a value that must be a single value, not a list");
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void an_error_has_its_facts_and_no_stack_trace(ObjectMapper mapper) throws Exception {
        assertThat(mapper.writeValueAsString(
                        new StaleVersionException(ErrorContext.of(Operation.UPDATE), new NamespaceId("ns-1"), 3, 4)))
                .isEqualTo("""
                        {"type":"stale-version","category":"CONFLICT","message":"Cannot update a namespace: namespace \
                        ns-1 is at version 4, not 3; read it again","context":{"operation":"UPDATE",\
                        "environmentId":null,"cluster":null,"namespace":null,"resource":null},"retryable":false,\
                        "retryAfterSeconds":null,"facts":{"actual":4,"expected":3,"id":"ns-1"}}""");
        assertThat(mapper.writeValueAsString(new ThrottledException(
                        ErrorContext.of(Operation.APPLY, new ClusterId("eu-1")), Duration.ofMillis(1500), null)))
                .contains("\"retryable\":true,\"retryAfterSeconds\":2,\"facts\":{\"arrival\":\"MAY_STILL_ARRIVE\"}");
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void effective_egress_is_a_list_of_peers_and_their_open_ports(ObjectMapper mapper) throws Exception {
        EffectiveEgress none = EffectiveEgress.of("shop", new EgressMode.DenyAll(), EgressSettings.defaults());
        EffectiveEgress all = EffectiveEgress.of("shop", new EgressMode.AllowAll(), EgressSettings.defaults());
        EffectiveEgress listed = EffectiveEgress.of("shop", POLICY.mode(), EgressSettings.defaults());
        String everyPort = "{\"ranges\":[{\"first\":1,\"last\":65535,\"protocol\":\"ANY\"}],\"otherProtocols\":true}";

        assertThat(mapper.writeValueAsString(EffectiveEgress.difference(none, all)))
                .isEqualTo("""
                        {"type":"known","gained":[{"peer":{"type":"everywhere"},"ports":%s}],"lost":[]}""".formatted(everyPort));
        assertThat(mapper.writeValueAsString(listed))
                .contains(
                        """
                        {"peer":{"type":"range","cidr":"10.0.0.0/8","except":["10.1.0.0/16"]},"ports":{"ranges":[\
                        {"first":5432,"last":5432,"protocol":"TCP"}],"otherProtocols":false}}""",
                        "{\"peer\":{\"type\":\"domain\",\"pattern\":\"*.example.com\"},\"ports\":" + everyPort + "}",
                        """
                        {"type":"pods","namespace":null,"namespaceLabels":{"team":"a"},"labels":{"app":"db"}}""",
                        "{\"type\":\"entity\",\"entity\":\"HOST\"}");
    }

    @ParameterizedTest
    @MethodSource("mappers")
    void a_request_is_read_with_the_fields_that_a_client_sent(ObjectMapper mapper) throws Exception {
        NamespaceRequest request = mapper.readValue(
                "{\"environmentId\":\"dev1\",\"name\":\"orders\",\"metadata\":{\"tier\":3}}", NamespaceRequest.class);
        assertThat(request.environmentId()).isEqualTo("dev1");
        assertThat(request.metadata()).containsExactly(Map.entry("tier", "3"));
        assertThat(request.annotations()).isEmpty();
        assertThatThrownBy(() -> mapper.readValue("{\"name\":\"orders\",\"labels\":{}}", NamespaceRequest.class))
                .isInstanceOf(JsonMappingException.class)
                .hasMessageContaining("labels");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"type":"deny-all"} {}                                    | the top level
            {"type":"deny-all","type":"allow-all"}                    | not JSON
            {"type":"allow-list","rules":[{"type":"cidr","cidr":7}]}  | rules[0].cidr
            null                                                      | null
            {"type":"allow-list","rules":[null]}                      | the top level
            {"type":"allow-list","rules":NaN}                         | not JSON
            """)
    void a_problem_is_named_with_its_place(String json, String place) {
        assertThatThrownBy(() -> NamespacesJson.read(json, EgressMode.class))
                .isInstanceOf(InvalidTextException.class)
                .hasMessageContaining(place);
    }

    @Test
    void values_that_are_nested_too_deeply_are_refused() {
        for (String json :
                List.of("[".repeat(100_000), "{\"metadata\":{\"a\":" + "[".repeat(2000) + "]".repeat(2000) + "}}")) {
            assertThatThrownBy(() -> NamespacesJson.read(json, NamespaceRequest.class))
                    .isInstanceOf(InvalidTextException.class)
                    .message()
                    .hasSizeLessThan(500);
        }
    }

    @Test
    void a_value_that_was_written_is_read() {
        assertThat(NamespacesJson.read(NamespacesJson.write(POLICY), EgressPolicy.class))
                .isEqualTo(POLICY);
    }
}

package dev.namespaces.jackson;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Serial;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.Target;
import dev.namespaces.model.TransportProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The published schemas and the reader agree on what is valid. */
class PublishedSchemaProperties {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Schema POLICY = schema("egress-policy");
    private static final Schema REQUEST = schema("namespace-request");
    private static final Schema PLAN = schema("deletion-plan");

    /** Values of each kind. Most are not valid in any place. */
    private static final List<JsonNode> OTHERS = List.of(
            JSON.nullNode(),
            JSON.getNodeFactory().booleanNode(true),
            JSON.getNodeFactory().numberNode(0.5),
            JSON.getNodeFactory().numberNode(-1),
            JSON.getNodeFactory().numberNode(BigInteger.TEN.pow(30)),
            JSON.getNodeFactory().textNode("7"),
            JSON.getNodeFactory().textNode("x y"),
            JSON.getNodeFactory().textNode("10.0.0.0/08"),
            JSON.getNodeFactory().textNode("x".repeat(256)),
            JSON.createObjectNode(),
            JSON.createArrayNode().add(JSON.createObjectNode()));

    @Property(tries = 300)
    void each_policy_that_was_written_is_read_and_its_schema_agrees(@ForAll("policies") EgressPolicy policy) {
        String json = NamespacesJson.write(policy);
        assertThat(POLICY.validate(json, InputFormat.JSON)).as(json).isEmpty();
        assertThat(NamespacesJson.read(json, EgressPolicy.class)).isEqualTo(policy);
    }

    @Property(tries = 200)
    void each_plan_that_was_written_is_read_and_its_schema_agrees(@ForAll("plans") DeletionPlan plan) throws Exception {
        String json = NamespacesJson.write(plan);
        assertThat(PLAN.validate(json, InputFormat.JSON)).as(json).isEmpty();
        assertThat(NamespacesJson.read(json, DeletionPlan.class)).isEqualTo(plan);
        assertThat(JSON.readTree(json)).isEqualTo(JSON.readTree(plan.toJson()));
    }

    @Property(tries = 10)
    void the_schema_and_the_reader_agree_on_each_broken_policy(@ForAll("policies") EgressPolicy policy)
            throws Exception {
        for (String broken : broken(NamespacesJson.write(policy))) {
            assertThat(POLICY.validate(broken, InputFormat.JSON).isEmpty())
                    .as(broken)
                    .isEqualTo(isRead(broken, EgressPolicy.class));
        }
    }

    @Property(tries = 5)
    void the_schema_and_the_reader_agree_on_each_broken_plan(@ForAll("plans") DeletionPlan plan) throws Exception {
        for (String broken : broken(NamespacesJson.write(plan))) {
            boolean isRead = isRead(broken, DeletionPlan.class);
            assertThat(PLAN.validate(broken, InputFormat.JSON).isEmpty())
                    .as(broken)
                    .isEqualTo(isRead);
            // The plan's own reader also wants to see the null.
            if (broken.contains("requestedBy")) {
                assertThat(isReadAsPlan(broken)).as(broken).isEqualTo(isRead);
            }
        }
    }

    @Example
    void the_schema_and_the_reader_agree_on_the_texts_in_a_policy() {
        String name = "x".repeat(63);
        String domain = (name + ".").repeat(3) + name;
        agree(
                "{'type':'cidr','cidr':'%s','except':[],'ports':[]}",
                "null",
                List.of(
                        "10.0.0.0/8",
                        "0.0.0.0/0",
                        "10.0.0.0/32",
                        "10.0.0.0/33",
                        "10.0.0.0/08",
                        "010.0.0.0/8",
                        "10.0.0/8",
                        "256.0.0.0/8",
                        "10.0.0.0",
                        "10.0.0.0/8 ",
                        "10.0.0.0/-1",
                        "::/0",
                        "2001:DB8::/32",
                        "fd00::/129",
                        "fd00::/128",
                        "2001:db8::1/128",
                        "fd00::1%eth0/128",
                        "[fd00::]/8",
                        "0:0:0:0:0:0:0:0/0"));
        agree(
                "{'type':'domain','domain':'%s','ports':[]}",
                "null",
                List.of(
                        "a",
                        "A.example",
                        "*",
                        "**.example",
                        "a.example.",
                        "a..b",
                        ".",
                        "",
                        "a b",
                        "a/b",
                        "\u00e4.example",
                        domain,
                        domain + ".",
                        domain + "x",
                        domain + "x."));
        agree(
                "{'type':'pods','namespaces':{'type':'own'},'labels':{'%s':'a'},'ports':[]}",
                "null",
                List.of(
                        "app",
                        "example.com/app",
                        "Example.com/app",
                        "/app",
                        "example.com/",
                        "a/b/c",
                        "",
                        "-a",
                        "a-",
                        name,
                        name + "x",
                        domain.substring(2) + "/" + name,
                        domain + "/a"));
        agree(
                "{'type':'namespace','namespaces':{'type':'by-labels','labels':{'a':'%s'}},'ports':[]}",
                "null", List.of("", "a", "A_b.c", "-a", "a-", "a b", name, name + "x"));
        agree(
                "",
                "'%s'",
                List.of(
                        "2025-03-31T09:00:00Z",
                        "2025-03-31T09:00:00.123456789Z",
                        "2025-03-31T09:00:00+02:00",
                        "2025-03-31",
                        "2025-03-31T09:00Z",
                        "2025-03-31 09:00:00Z",
                        "2025-03-31T09:00:00",
                        "1743411600",
                        ""));
    }

    private static void agree(String rule, String deletedAt, List<String> texts) {
        String policy = "{'id':'p','owner':{'type':'project','id':'shop'},'mode':{'type':'allow-list','rules':[" + rule
                + "]},'version':1,'deletedAt':" + deletedAt + "}";
        List<Boolean> answers = new ArrayList<>();
        for (String text : texts) {
            String json = policy.replace('\'', '"').replace("%s", text);
            boolean isRead = isRead(json, EgressPolicy.class);
            assertThat(POLICY.validate(json, InputFormat.JSON).isEmpty())
                    .as(json)
                    .isEqualTo(isRead);
            answers.add(isRead);
        }
        assertThat(answers).contains(true, false);
    }

    @Example
    void the_schema_of_a_request_takes_what_a_client_may_send() {
        String request = """
                {"environmentId":"dev1","name":"orders","metadata":{"tier":3,"public":true,"team":"a"}}""";
        assertThat(REQUEST.validate(request, InputFormat.JSON)).isEmpty();
        assertThat(NamespacesJson.read(request, NamespaceRequest.class).metadata())
                .isEqualTo(Map.of("tier", "3", "public", "true", "team", "a"));
        for (String broken : List.of(
                request.replace("\"name\"", "\"title\""),
                request.replace("\"orders\"", "7"),
                request.replace("3", "[3]"),
                request.replace("orders", "Orders"))) {
            assertThat(REQUEST.validate(broken, InputFormat.JSON)).as(broken).isNotEmpty();
        }
    }

    @Provide
    Arbitrary<EgressPolicy> policies() {
        Arbitrary<EgressPolicyOwner> owners =
                Arbitraries.oneOf(ids().map(ProjectId::new), ids().map(OrganizationId::new));
        Arbitrary<EgressMode> modes = Arbitraries.oneOf(
                Arbitraries.of(new EgressMode.DenyAll(), new EgressMode.AllowAll()),
                rules().list().ofMaxSize(3).map(EgressMode.AllowList::new));
        return Combinators.combine(ids(), owners, modes, Arbitraries.longs().between(1, 1L << 40), instants())
                .as((id, owner, mode, version, deleted) -> new EgressPolicy(
                        new EgressPolicyId(id), owner, mode, version, version % 2 == 0 ? null : deleted));
    }

    @Provide
    Arbitrary<DeletionPlan> plans() {
        Arbitrary<PlannedNamespace> namespaces = Combinators.combine(
                        ids(), ids(), ids(), Arbitraries.longs().between(0, 9), Arbitraries.of(DeletionPlan.Row.class))
                .as((id, environment, name, version, row) ->
                        new PlannedNamespace(new NamespaceId(id), new EnvironmentId(environment), name, version, row));
        Arbitrary<ClusterId> clusters = ids().map(ClusterId::new);
        return Combinators.combine(
                        namespaces.list().ofMaxSize(2),
                        Combinators.combine(namespaces, clusters, text())
                                .as(Deletion::new)
                                .list()
                                .ofMaxSize(2),
                        Combinators.combine(namespaces, clusters, Arbitraries.of(DeletionPlan.Reason.class))
                                .as(Kept::new)
                                .list()
                                .ofMaxSize(2),
                        Combinators.combine(clusters, text(), Arbitraries.of(true, false))
                                .as(Unreachable::new)
                                .list()
                                .ofMaxSize(2),
                        Combinators.combine(ids(), clusters, Arbitraries.longs().between(0, 9))
                                .as((id, cluster, serial) ->
                                        new Serial(new Target(new EnvironmentId(id), cluster), serial))
                                .list()
                                .ofMaxSize(2),
                        text().injectNull(0.3),
                        instants())
                .as((all, deletions, kept, unreachable, serials, by, expires) ->
                        new DeletionPlan(DeletionPlan.FORMAT, all, deletions, kept, unreachable, serials, by, expires));
    }

    private static Arbitrary<EgressRule> rules() {
        Arbitrary<List<PortRange>> ports = Combinators.combine(
                        Arbitraries.integers().between(1, 60_000),
                        Arbitraries.integers().between(0, 5_000),
                        Arbitraries.of(TransportProtocol.class))
                .as((first, more, protocol) -> new PortRange(first, first + more, protocol))
                .list()
                .ofMaxSize(2);
        Arbitrary<Map<String, String>> labels =
                Arbitraries.maps(ids(), ids()).ofMinSize(1).ofMaxSize(2);
        Arbitrary<NamespaceSelector> namespaces = Arbitraries.oneOf(
                Arbitraries.of(new NamespaceSelector.Own(), new NamespaceSelector.ByName("db-1")),
                labels.map(NamespaceSelector.ByLabels::new));
        return Arbitraries.oneOf(
                ports.map(open -> new EgressRule.ToCidr(
                        new Cidr("10.0.0.0/8"), List.of(new Cidr("10.1.0.0/16"), new Cidr("10.2.0.0/16")), open)),
                ports.map(open -> new EgressRule.ToCidr(new Cidr("2001:db8::/32"), List.of(), open)),
                ports.map(open -> new EgressRule.ToDomain("*.example.com", open)),
                Combinators.combine(namespaces, ports).as(EgressRule.ToNamespace::new),
                Combinators.combine(namespaces, labels, ports).as(EgressRule.ToPods::new),
                Combinators.combine(
                                Arbitraries.of(EgressEntity.class)
                                        .set()
                                        .ofMinSize(1)
                                        .ofMaxSize(2),
                                ports)
                        .as(EgressRule.ToEntities::new));
    }

    private static Arbitrary<String> ids() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(8);
    }

    private static Arbitrary<String> text() {
        return Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(8)
                .filter(text -> text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
    }

    private static Arbitrary<Instant> instants() {
        return Arbitraries.longs().between(0, 4_000_000_000L).map(Instant::ofEpochSecond);
    }

    /** Returns the document with one thing wrong, in each place in turn. */
    private static List<String> broken(String json) throws IOException {
        List<String> broken = new ArrayList<>();
        JsonNode document = JSON.readTree(json);
        breakEach(document, change -> {}, document, broken);
        return broken;
    }

    private static void breakEach(JsonNode node, Consumer<JsonNode> set, JsonNode document, List<String> broken) {
        for (JsonNode other : OTHERS) {
            if (!other.equals(node)) {
                set.accept(other);
                broken.add(document.toString());
                set.accept(node);
            }
        }
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(toList(object))) {
                JsonNode value = object.remove(name);
                broken.add(document.toString());
                object.set(name, value);
                breakEach(value, other -> object.set(name, other), document, broken);
            }
            for (String unknown : List.of("unknown", "not a key")) {
                object.put(unknown, "a");
                broken.add(document.toString());
                object.remove(unknown);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int at = i;
                breakEach(array.get(i), other -> array.set(at, other), document, broken);
            }
        }
    }

    private static List<String> toList(ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static boolean isRead(String json, Class<?> type) {
        try {
            NamespacesJson.read(json, type);
            return true;
        } catch (InvalidTextException e) {
            return false;
        }
    }

    private static boolean isReadAsPlan(String json) {
        try {
            DeletionPlan.fromJson(json);
            return true;
        } catch (InvalidTextException e) {
            return false;
        }
    }

    private static Schema schema(String name) {
        try (InputStream file = NamespacesModule.class.getResourceAsStream("schema/" + name + ".schema.json")) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(Objects.requireNonNull(file, name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

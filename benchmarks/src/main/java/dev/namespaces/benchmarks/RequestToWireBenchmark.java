package dev.namespaces.benchmarks;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyFluent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the way of the requests of an environment with three namespaces to the bytes that an API server receives:
 * each request is checked, and a Namespace and the default NetworkPolicy are built and written as JSON. Values are for
 * one namespace. All sides check the same rules and write the same JSON, which is compared before each run.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(RequestToWireBenchmark.NAMESPACES)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RequestToWireBenchmark {

    static final int NAMESPACES = 3;

    private static final String POLICY = "egress.namespaces.dev";
    private static final DeployOptions RENDER = DeployOptions.defaults().withDryRun(DryRun.RENDER);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Environment environment = Environment.of(
                    new EnvironmentId("shop-dev"),
                    new OrganizationId("acme"),
                    new ProjectId("shop"),
                    new ClusterId("eu-1"))
            .withLabels(Map.of("stage", "dev"));
    private final List<NamespaceRequest> requests = IntStream.range(0, NAMESPACES)
            .mapToObj(i -> NamespaceRequest.of(environment.id(), "shop-web-" + i)
                    .withMetadata("team.example.com/owner", "web")
                    .withMetadata("team.example.com/tier", "1")
                    .withAnnotation("example.com/contact", "web@example.com"))
            .toList();
    private final NamespaceLifecycle lifecycle = lifecycle(environment);
    private final List<NamespaceId> ids =
            lifecycle.create(requests).stream().map(namespace -> namespace.id()).toList();
    private final List<Range> ranges = ranges();
    private final KubernetesSerialization serialization = new KubernetesSerialization();
    private final JsonFactory json = new JsonFactory();
    private final List<HasMetadata> rendered = render();

    /** A range of addresses that the default policy allows. */
    private record Range(String cidr, List<String> except) {}

    private static NamespaceLifecycle lifecycle(Environment environment) {
        InMemoryStores stores = new InMemoryStores();
        stores.environments().save(environment);
        return NamespaceLifecycle.builder(FakeClusters.of("eu-1"), stores.stores())
                .egressSettings(cluster ->
                        EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)))
                .build();
    }

    private static List<Range> ranges() {
        return DefaultEgress.mode().rules().stream()
                .map(EgressRule.ToCidr.class::cast)
                .map(rule -> new Range(
                        rule.cidr().value(),
                        rule.except().stream().map(range -> range.value()).toList()))
                .toList();
    }

    /** Checks that all sides write the same objects. */
    @Setup
    public void compare() throws IOException {
        List<String> ours = texts(ours());
        if (!trees(texts(peerFabric8())).equals(trees(ours))
                || !trees(texts(limitByHand())).equals(trees(ours))) {
            throw new IllegalStateException(
                    "The sides write different objects: " + ours + texts(peerFabric8()) + texts(limitByHand()));
        }
    }

    private static List<String> texts(List<byte[]> bytes) {
        return bytes.stream()
                .map(each -> new String(each, StandardCharsets.UTF_8))
                .toList();
    }

    private static List<Object> trees(List<String> texts) throws IOException {
        List<Object> trees = new ArrayList<>();
        for (String text : texts) {
            trees.add(MAPPER.readTree(text));
        }
        return trees;
    }

    @TearDown
    public void close() {
        lifecycle.close();
    }

    /** Measures our whole way. */
    @Benchmark
    public List<byte[]> ours() {
        partValidate();
        return write(render());
    }

    /** Measures only our check of the requests. */
    @Benchmark
    public boolean partValidate() {
        for (NamespaceRequest request : requests) {
            if (!lifecycle.validate(request).isEmpty()) {
                throw new IllegalStateException("The request is not valid");
            }
        }
        return true;
    }

    /** Measures only our rendering, by a dry run with stores in memory. */
    @Benchmark
    public List<HasMetadata> partRender() {
        return render();
    }

    /** Measures only the writing of JSON. */
    @Benchmark
    public List<byte[]> partWrite() {
        return write(rendered);
    }

    /** Measures the peer: fabric8's builders and serialization. */
    @Benchmark
    public List<byte[]> peerFabric8() {
        List<HasMetadata> manifests = new ArrayList<>();
        for (int i = 0; i < NAMESPACES; i++) {
            NamespaceRequest request = requests.get(i);
            requireValid(request);
            Map<String, String> own = ownLabels(ids.get(i));
            manifests.add(new NamespaceBuilder()
                    .withNewMetadata()
                    .withName(request.name())
                    .withAnnotations(texts(request.annotations()))
                    .withLabels(labels(request, own))
                    .endMetadata()
                    .build());
            manifests.add(policyByFabric8(request, own));
        }
        return write(manifests);
    }

    /** Measures the limit: the same rules called by hand, and a streaming generator. */
    @Benchmark
    public List<byte[]> limitByHand() {
        List<byte[]> bytes = new ArrayList<>();
        for (int i = 0; i < NAMESPACES; i++) {
            NamespaceRequest request = requests.get(i);
            requireValid(request);
            Map<String, String> own = ownLabels(ids.get(i));
            bytes.add(object(object -> writeNamespace(object, request, labels(request, own))));
            bytes.add(object(object -> writePolicy(object, request, own)));
        }
        return bytes;
    }

    private List<HasMetadata> render() {
        return lifecycle.deploy(environment.id(), RENDER).environments().get(0).clusters().get(0).namespaces().stream()
                .flatMap(namespace -> ((NamespaceOutcome.Planned) namespace.outcome()).manifests().stream())
                .toList();
    }

    private List<byte[]> write(List<HasMetadata> manifests) {
        List<byte[]> bytes = new ArrayList<>();
        for (HasMetadata manifest : manifests) {
            bytes.add(serialization.asJson(manifest).getBytes(StandardCharsets.UTF_8));
        }
        return bytes;
    }

    private static void requireValid(NamespaceRequest request) {
        boolean valid = KubernetesSyntax.namespaceNameProblem(String.valueOf(request.name()))
                .isEmpty();
        for (Map.Entry<String, Object> label : request.metadata().entrySet()) {
            valid &= KubernetesSyntax.labelKeyProblem(label.getKey()).isEmpty();
            valid &= KubernetesSyntax.labelValueProblem((String) label.getValue())
                    .isEmpty();
        }
        for (Map.Entry<String, Object> annotation : request.annotations().entrySet()) {
            valid &= KubernetesSyntax.annotationKeyProblem(annotation.getKey()).isEmpty();
            valid &= KubernetesSyntax.annotationValueProblem((String) annotation.getValue())
                    .isEmpty();
        }
        if (!valid) {
            throw new IllegalStateException("The request is not valid");
        }
    }

    private Map<String, String> ownLabels(NamespaceId id) {
        Map<String, String> labels = new TreeMap<>();
        labels.put("app.kubernetes.io/managed-by", "namespaces.dev");
        labels.put("namespaces.dev/environment", environment.id().value());
        labels.put("namespaces.dev/namespace-id", id.value());
        labels.put("namespaces.dev/organization", environment.organizationId().value());
        labels.put("namespaces.dev/project", environment.projectId().value());
        return labels;
    }

    private Map<String, String> labels(NamespaceRequest request, Map<String, String> own) {
        Map<String, String> labels = new TreeMap<>(environment.labels());
        labels.putAll(texts(request.metadata()));
        labels.putAll(own);
        labels.put("namespaces.dev/origin", "created");
        return labels;
    }

    private static Map<String, String> texts(Map<String, Object> entries) {
        return entries.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> (String) entry.getValue()));
    }

    private HasMetadata policyByFabric8(NamespaceRequest request, Map<String, String> labels) {
        NetworkPolicyFluent<NetworkPolicyBuilder>.SpecNested<NetworkPolicyBuilder> spec = new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName(POLICY)
                .withNamespace(request.name())
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .endPodSelector()
                .withPolicyTypes("Egress")
                .addNewEgress()
                .addNewTo()
                .withNewNamespaceSelector()
                .addToMatchLabels("kubernetes.io/metadata.name", "kube-system")
                .endNamespaceSelector()
                .withNewPodSelector()
                .addToMatchLabels("k8s-app", "kube-dns")
                .endPodSelector()
                .endTo()
                .addNewPort()
                .withNewPort(53)
                .withProtocol("UDP")
                .endPort()
                .addNewPort()
                .withNewPort(53)
                .withProtocol("TCP")
                .endPort()
                .endEgress()
                .addNewEgress()
                .addNewTo()
                .withNewPodSelector()
                .endPodSelector()
                .endTo()
                .endEgress();
        for (Range range : ranges) {
            spec.addNewEgress()
                    .addNewTo()
                    .withNewIpBlock()
                    .withCidr(range.cidr())
                    .withExcept(range.except())
                    .endIpBlock()
                    .endTo()
                    .endEgress();
        }
        return spec.endSpec().build();
    }

    private interface Fields {
        void write(JsonGenerator object) throws IOException;
    }

    private byte[] object(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4_096);
        try (JsonGenerator object = json.createGenerator(bytes, JsonEncoding.UTF8)) {
            object.writeStartObject();
            fields.write(object);
            object.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void writeNamespace(JsonGenerator object, NamespaceRequest request, Map<String, String> labels)
            throws IOException {
        object.writeStringField("apiVersion", "v1");
        object.writeStringField("kind", "Namespace");
        object.writeObjectFieldStart("metadata");
        writeMap(object, "annotations", texts(request.annotations()));
        writeMap(object, "labels", labels);
        object.writeStringField("name", request.name());
        object.writeEndObject();
    }

    private void writePolicy(JsonGenerator object, NamespaceRequest request, Map<String, String> labels)
            throws IOException {
        object.writeStringField("apiVersion", "networking.k8s.io/v1");
        object.writeStringField("kind", "NetworkPolicy");
        object.writeObjectFieldStart("metadata");
        writeMap(object, "labels", labels);
        object.writeStringField("name", POLICY);
        object.writeStringField("namespace", request.name());
        object.writeEndObject();
        object.writeObjectFieldStart("spec");
        object.writeArrayFieldStart("egress");
        writeDns(object);
        object.writeStartObject();
        object.writeArrayFieldStart("to");
        object.writeStartObject();
        object.writeObjectFieldStart("podSelector");
        object.writeEndObject();
        object.writeEndObject();
        object.writeEndArray();
        object.writeEndObject();
        for (Range range : ranges) {
            writeRange(object, range);
        }
        object.writeEndArray();
        object.writeObjectFieldStart("podSelector");
        object.writeEndObject();
        object.writeArrayFieldStart("policyTypes");
        object.writeString("Egress");
        object.writeEndArray();
        object.writeEndObject();
    }

    private static void writeDns(JsonGenerator object) throws IOException {
        object.writeStartObject();
        object.writeArrayFieldStart("ports");
        for (String protocol : List.of("UDP", "TCP")) {
            object.writeStartObject();
            object.writeNumberField("port", 53);
            object.writeStringField("protocol", protocol);
            object.writeEndObject();
        }
        object.writeEndArray();
        object.writeArrayFieldStart("to");
        object.writeStartObject();
        object.writeObjectFieldStart("namespaceSelector");
        writeMap(object, "matchLabels", Map.of("kubernetes.io/metadata.name", "kube-system"));
        object.writeEndObject();
        object.writeObjectFieldStart("podSelector");
        writeMap(object, "matchLabels", Map.of("k8s-app", "kube-dns"));
        object.writeEndObject();
        object.writeEndObject();
        object.writeEndArray();
        object.writeEndObject();
    }

    private static void writeRange(JsonGenerator object, Range range) throws IOException {
        object.writeStartObject();
        object.writeArrayFieldStart("to");
        object.writeStartObject();
        object.writeObjectFieldStart("ipBlock");
        object.writeStringField("cidr", range.cidr());
        object.writeArrayFieldStart("except");
        for (String except : range.except()) {
            object.writeString(except);
        }
        object.writeEndArray();
        object.writeEndObject();
        object.writeEndObject();
        object.writeEndArray();
        object.writeEndObject();
    }

    private static void writeMap(JsonGenerator object, String field, Map<String, String> map) throws IOException {
        object.writeObjectFieldStart(field);
        for (Map.Entry<String, String> entry : map.entrySet()) {
            object.writeStringField(entry.getKey(), entry.getValue());
        }
        object.writeEndObject();
    }
}

package dev.namespaces.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.EgressRule.NamespaceSelector;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules for each record of the model. Add a new record to {@link #examples()}. */
class EveryValueTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901Z");
    private static final EnvironmentId ENVIRONMENT = new EnvironmentId("shop-dev");
    private static final NamespaceId NAMESPACE = new NamespaceId("n1");
    private static final Target TARGET = new Target(ENVIRONMENT, new ClusterId("eu-1"));
    private static final ResourceRef RESOURCE =
            new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", "shop", "egress");
    private static final List<PortRange> PORTS = List.of(PortRange.tcp(443));

    static Stream<Record> examples() {
        TreeMap<String, String> overwritten = new TreeMap<>();
        overwritten.put("team", "theirs");
        overwritten.put("tier", null);
        WrittenKeys keys = new WrittenKeys(overwritten, new TreeMap<>());
        EgressMode.AllowList list = new EgressMode.AllowList(List.of(new EgressRule.ToDomain("example.com", PORTS)));
        return Stream.of(
                new Cidr("10.0.0.0/8"),
                TARGET.clusterId(),
                new DeletionCondition("Remaining", "Some", "pods"),
                new DeploymentRecord(TARGET, 3, 1, null),
                new DeploymentRecord(
                        TARGET, 3, 1, new DeploymentRecord.Completion("in", "out", 2, PolicyDialect.CILIUM, NOW)),
                new DeploymentRecord.Completion("in", "out", 2, PolicyDialect.CILIUM, NOW),
                list,
                new EgressMode.AllowAll(),
                new EgressMode.DenyAll(),
                new EgressPolicy(new EgressPolicyId("p"), new ProjectId("shop"), list, 2, NOW),
                new EgressPolicyId("p"),
                new EgressRule.ToCidr(new Cidr("10.0.0.0/8"), List.of(new Cidr("10.1.0.0/16")), PORTS),
                new EgressRule.ToDomain("example.com", PORTS),
                new EgressRule.ToNamespace(new NamespaceSelector.ByName("monitoring"), PORTS),
                new EgressRule.ToPods(new NamespaceSelector.Own(), Map.of("app", "db"), PORTS),
                new EgressRule.ToEntities(EnumSet.allOf(EgressEntity.class), PORTS),
                new NamespaceSelector.Own(),
                new NamespaceSelector.ByName("monitoring"),
                new NamespaceSelector.ByLabels(Map.of("team", "shop")),
                new Environment(
                        ENVIRONMENT,
                        new OrganizationId("acme"),
                        new ProjectId("shop"),
                        "dev",
                        List.of(TARGET.clusterId()),
                        Map.of("stage", "dev"),
                        1),
                ENVIRONMENT,
                new Namespace(NAMESPACE, ENVIRONMENT, "shop", Map.of("a", "1"), Map.of("b", "2"), 2, NOW, NOW, NOW),
                NAMESPACE,
                new ObjectIdentity("uid", Origin.ADOPTED),
                new OrganizationId("acme"),
                PortRange.tcp(443),
                new ProjectId("shop"),
                RESOURCE,
                TARGET,
                new TargetObject(
                        TARGET,
                        RESOURCE,
                        NAMESPACE,
                        "attempt",
                        NOW,
                        true,
                        "nonce",
                        new ObjectIdentity("uid", Origin.CREATED),
                        "fingerprint",
                        keys,
                        null),
                new TargetObject(
                        TARGET,
                        RESOURCE,
                        NAMESPACE,
                        "attempt",
                        NOW,
                        false,
                        "nonce",
                        null,
                        null,
                        WrittenKeys.none(),
                        new TargetObject.Released("uid", "nonce")),
                new TargetObject.Released(null, "nonce"),
                keys);
    }

    @Test
    void every_record_of_the_model_is_among_the_examples() throws Exception {
        Path classes = Path.of(
                Target.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> names;
        try (Stream<Path> files = Files.list(classes.resolve("dev/namespaces/model"))) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .toList();
        }
        List<Class<?>> records = new ArrayList<>();
        for (String name : names) {
            Class<?> type = Class.forName("dev.namespaces.model." + name);
            if (type.isRecord() && Serializable.class.isAssignableFrom(type)) {
                records.add(type);
            }
        }

        assertThat(examples().map(Object::getClass).collect(Collectors.toSet()))
                .hasSizeGreaterThan(25)
                .containsExactlyInAnyOrderElementsOf(records);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void nothing_is_lost_when_a_value_is_serialized(Record value) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }

        assertThat(read(bytes.toByteArray()))
                .isNotSameAs(value)
                .isEqualTo(value)
                .hasSameHashCodeAs(value)
                .hasToString(value.toString());
    }

    private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }
}

package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryEgressPolicyStore;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testservers.KubeApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Policies add up, so an old object that stays would keep access open. These tests run on fake clusters. */
class ReplacingEgressTest {

    private static final ClusterId CLUSTER = new ClusterId("eu-1");
    private static final EgressRule NARROW =
            new EgressRule.ToCidr(new Cidr("203.0.113.0/24"), List.of(), List.of(PortRange.tcp(443)));

    /** Where the policies are. */
    enum Cluster {
        FAKE {
            @Override
            Opened open() {
                FakeClusters clusters = FakeClusters.of(CLUSTER.value());
                return new Opened() {
                    @Override
                    public ClusterGateway gateway() {
                        return clusters;
                    }

                    @Override
                    public Stream<? extends HasMetadata> policies(PolicyDialect dialect, String namespace) {
                        return clusters.cluster(CLUSTER).objects(dialect.kind()).stream()
                                .filter(each ->
                                        each.getMetadata().getNamespace().equals(namespace));
                    }

                    @Override
                    public void createByHand(GenericKubernetesResource policy) {
                        clusters.cluster(CLUSTER).as("kubectl").create(policy);
                    }

                    @Override
                    public void close() {}
                };
            }
        },
        REAL {
            @Override
            Opened open() {
                KubernetesClient client = KubeApiServer.shared().client();
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(CLUSTER, client).build();
                return new Opened() {
                    @Override
                    public ClusterGateway gateway() {
                        return gateway;
                    }

                    @Override
                    public Stream<? extends HasMetadata> policies(PolicyDialect dialect, String namespace) {
                        return client
                                .genericKubernetesResources(dialect.apiVersion(), dialect.kind())
                                .inNamespace(namespace)
                                .list()
                                .getItems()
                                .stream();
                    }

                    @Override
                    public void createByHand(GenericKubernetesResource policy) {
                        client.resource(policy).create();
                    }

                    @Override
                    public void close() {
                        gateway.close();
                    }
                };
            }
        };

        abstract Opened open();
    }

    private interface Opened extends AutoCloseable {
        ClusterGateway gateway();

        Stream<? extends HasMetadata> policies(PolicyDialect dialect, String namespace);

        void createByHand(GenericKubernetesResource policy);

        @Override
        void close();

        default List<HasMetadata> policies(String namespace) {
            return Stream.of(PolicyDialect.values())
                    .flatMap(dialect -> policies(dialect, namespace))
                    .map(HasMetadata.class::cast)
                    .toList();
        }
    }

    private final InMemoryStores stores = new InMemoryStores();
    private final InMemoryEgressPolicyStore policies = stores.egressPolicies();

    private Opened opened;

    Cluster cluster() {
        return Cluster.FAKE;
    }

    @AfterEach
    void close() {
        opened.close();
    }

    @Test
    void a_narrow_policy_of_the_organization_replaces_a_broad_one_of_the_project() {
        opened = cluster().open();
        String namespace = "replaced-" + cluster().name().toLowerCase(Locale.ROOT);
        Environment environment = environment(namespace);
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.CILIUM)) {
            policies.save(anEgressPolicy()
                    .id("broad")
                    .ofProject(environment.projectId().value())
                    .allowingAll()
                    .build());
            lifecycle.deploy(environment.id());
            assertThat(opened.policies(namespace))
                    .singleElement()
                    .satisfies(
                            broad -> assertThat(egress(broad)).isEqualTo(egress(namespace, new EgressMode.AllowAll())));

            policies.softDelete(new EgressPolicyId("broad"), Instant.now());
            policies.save(anEgressPolicy()
                    .id("narrow")
                    .ofOrganization(environment.organizationId().value())
                    .allowing(NARROW)
                    .build());
            lifecycle.deploy(environment.id());

            assertThat(opened.policies(namespace))
                    .singleElement()
                    .satisfies(narrow -> assertThat(egress(narrow))
                            .isEqualTo(egress(namespace, new EgressMode.AllowList(List.of(NARROW)))));
        }
    }

    @Test
    void a_policy_of_the_other_dialect_is_removed_and_those_of_others_stay() {
        opened = cluster().open();
        String namespace = "translated-" + cluster().name().toLowerCase(Locale.ROOT);
        Environment environment = environment(namespace);
        policies.save(anEgressPolicy()
                .ofProject(environment.projectId().value())
                .allowing(NARROW)
                .build());
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.CILIUM)) {
            lifecycle.deploy(environment.id());
        }
        opened.createByHand(theirs(namespace));

        for (PolicyDialect dialect : List.of(PolicyDialect.KUBERNETES, PolicyDialect.CILIUM)) {
            try (NamespaceLifecycle lifecycle = lifecycle(dialect)) {
                lifecycle.ensureDeployed(environment.id());
            }

            assertThat(opened.policies(namespace))
                    .filteredOn(each -> !each.getMetadata().getName().equals("theirs"))
                    .singleElement()
                    .satisfies(ours -> {
                        assertThat(ours.getKind()).isEqualTo(dialect.kind());
                        assertThat(egress(ours))
                                .isEqualTo(egress(namespace, new EgressMode.AllowList(List.of(NARROW))));
                    });
            assertThat(opened.policies(namespace))
                    .extracting(each -> each.getMetadata().getName())
                    .contains("theirs");
        }
    }

    private static List<String> egress(HasMetadata policy) {
        assertThat(EffectiveEgress.read(policy)).isInstanceOf(EgressReading.Understood.class);
        return ((EgressReading.Understood) EffectiveEgress.read(policy))
                .egress()
                .describe();
    }

    private static List<String> egress(String namespace, EgressMode mode) {
        return EffectiveEgress.of(namespace, mode, EgressSettings.defaults()).describe();
    }

    private static GenericKubernetesResource theirs(String namespace) {
        GenericKubernetesResource policy = new GenericKubernetesResource();
        policy.setApiVersion("cilium.io/v2");
        policy.setKind("CiliumNetworkPolicy");
        policy.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName("theirs")
                .build());
        policy.setAdditionalProperty(
                "spec", Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("host")))));
        return policy;
    }

    private Environment environment(String namespace) {
        Environment environment =
                anEnvironment().id(namespace).cluster(CLUSTER.value()).build();
        stores.environments().save(environment);
        try (NamespaceLifecycle lifecycle = lifecycle(PolicyDialect.CILIUM)) {
            lifecycle.create(NamespaceRequest.of(environment.id(), namespace));
        }
        return environment;
    }

    private NamespaceLifecycle lifecycle(PolicyDialect dialect) {
        return NamespaceLifecycle.builder(opened.gateway(), stores.stores())
                .egressSettings(cluster -> EgressSettings.defaults().withDialect(new DialectChoice.Fixed(dialect)))
                .build();
    }
}

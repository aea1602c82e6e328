package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.apply;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** An apply of an object that is as wanted writes nothing: each shape of a policy, on a real API server. */
@OnRealCluster(cilium = true, kubectl = true)
class UnchangedApplyTest {

    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER);
    private static final ApplyOptions WHOLE = OURS.withExtent(Extent.WHOLE_OBJECT);

    /**
     * The manifest that the renderer writes for each mode, and the empty lists that it once wrote or that a host may
     * write.
     */
    private static final Map<String, String> KUBERNETES = Map.of(
            "deny all",
            "{podSelector: {}, policyTypes: [Egress]}",
            "deny all, with an empty list",
            "{podSelector: {}, egress: [], policyTypes: [Egress]}",
            "deny all, ingress from the same namespace",
            "{podSelector: {}, policyTypes: [Egress, Ingress], ingress: [{from: [{podSelector: {}}]}]}",
            "deny all in both directions, with empty lists",
            "{podSelector: {}, egress: [], ingress: [], policyTypes: [Egress, Ingress]}",
            "allow all",
            "{podSelector: {}, egress: [{}], policyTypes: [Egress]}",
            "allow all, ingress from the same namespace",
            "{podSelector: {}, egress: [{}], policyTypes: [Egress, Ingress], ingress: [{from: [{podSelector: {}}]}]}",
            "allow a list",
            """
            {podSelector: {}, policyTypes: [Egress], egress: [
              {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}},
                     podSelector: {matchLabels: {k8s-app: kube-dns}}}],
               ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]},
              {to: [{podSelector: {}}]},
              {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 80, endPort: 90, protocol: TCP}]},
              {}]}""",
            "allow a list, with empty lists inside",
            """
            {podSelector: {matchLabels: {}, matchExpressions: []}, policyTypes: [Egress], egress: [
              {to: [], ports: []},
              {to: [{ipBlock: {cidr: 10.0.0.0/8, except: []}}]},
              {to: [{namespaceSelector: {matchLabels: {}}, podSelector: {}}]}]}""");

    private static final Map<String, String> CILIUM = Map.of(
            "deny all",
            "{endpointSelector: {}, egress: [{}]}",
            "deny all, ingress from the same namespace",
            """
            {endpointSelector: {}, egress: [{}],
             ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": shop}}]}]}""",
            "allow all",
            "{endpointSelector: {}, egress: [{toEntities: [all]}]}",
            "allow all, ingress from the same namespace",
            """
            {endpointSelector: {}, egress: [{toEntities: [all]}],
             ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": shop}}]}]}""",
            "allow a list",
            """
            {endpointSelector: {}, egress: [
              {toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": kube-system, "k8s:k8s-app": kube-dns}}],
               toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]},
              {toEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": shop}}]},
              {toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}],
               toPorts: [{ports: [{port: "80", endPort: 90, protocol: TCP}]}]},
              {toFQDNs: [{matchName: example.com}]},
              {toEntities: [world, cluster]}]}""",
            "empty lists",
            "{endpointSelector: {}, egress: [], ingress: [], egressDeny: []}");

    private static KubeApiServer server;
    private static HttpProxy proxy;
    private static Fabric8ClusterGateway gateway;
    private static String home;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        proxy = new HttpProxy(server.client());
        KubernetesClient client = HttpModule.VERTX.client(
                new ConfigBuilder(server.config()).withMasterUrl(proxy.url()).build());
        gateway = Fabric8ClusterGateway.builder()
                .clients(ClientFactory.of(Map.of(ID, () -> client)))
                .build();
        home = name("unchanged");
        createObject(gateway, namespace(home, Map.of()));
    }

    @AfterAll
    static void close() {
        if (gateway != null) {
            gateway.close();
            proxy.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> a_network_policy_that_is_as_wanted_is_not_written() {
        return tests("networking.k8s.io/v1", "NetworkPolicy", KUBERNETES);
    }

    @TestFactory
    Stream<DynamicTest> a_cilium_policy_that_is_as_wanted_is_not_written() {
        return tests("cilium.io/v2", "CiliumNetworkPolicy", CILIUM);
    }

    private static Stream<DynamicTest> tests(String apiVersion, String kind, Map<String, String> specs) {
        return specs.entrySet().stream()
                .flatMap(spec -> Stream.of(Conflicts.values())
                        .map(conflicts -> DynamicTest.dynamicTest(
                                spec.getKey() + ", " + conflicts,
                                () -> applyAgain(
                                        policy(apiVersion, kind, spec.getValue()), WHOLE.withConflicts(conflicts)))));
    }

    private static void applyAgain(HasMetadata policy, ApplyOptions options) {
        HasMetadata first = createAndApply(gateway, policy, options);
        proxy.forget();

        ApplyResult planned = gateway.apply(ID, bound(policy, first), options.withDryRun(true));
        ApplyResult again = gateway.apply(ID, bound(policy, first), options);

        assertThat(again.effect()).isEqualTo(Effect.UNCHANGED);
        assertThat(planned.effect()).isEqualTo(Effect.UNCHANGED);
        assertThat(again.live()).isEqualTo(first);
        assertThat(gateway.find(ID, ResourceRef.of(policy))).contains(first);
        assertThat(proxy.requests().stream().filter(request -> request.startsWith("PATCH")))
                .as("one apply each")
                .hasSize(2);
    }

    @Test
    void a_policy_that_others_have_opened_is_written_once() {
        for (GenericKubernetesResource policy : List.of(
                policy("networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {}, egress: [], policyTypes: [Egress]}"),
                policy("cilium.io/v2", "CiliumNetworkPolicy", "{endpointSelector: {}, egress: [{}]}"))) {
            createAndApply(gateway, policy, WHOLE);
            server.kubectl()
                    .run(
                            "patch",
                            policy.getKind(),
                            policy.getMetadata().getName(),
                            "-n",
                            home,
                            "--type=merge",
                            "--field-manager=somebody",
                            "-p",
                            "{\"spec\":{\"egress\":[{}, {}],\"ingress\":[{}]}}");

            ApplyResult closed = apply(gateway, policy, WHOLE);
            ApplyResult again = apply(gateway, policy, WHOLE);

            assertThat(closed.effect()).isEqualTo(Effect.CHANGED);
            assertThat(again.effect()).isEqualTo(Effect.UNCHANGED);
            assertThat(again.live()).isEqualTo(closed.live());
        }
    }

    @Test
    void an_item_that_allows_everything_is_not_an_empty_list() {
        GenericKubernetesResource open = policy(
                "networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {}, egress: [{}], policyTypes: [Egress]}");
        createObject(gateway, open);
        server.kubectl()
                .run("annotate", "netpol", open.getMetadata().getName(), "-n", home, "a=1", "--field-manager=somebody");

        GenericKubernetesResource closed =
                policy("networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {}, policyTypes: [Egress]}");
        closed.getMetadata().setName(open.getMetadata().getName());
        ApplyResult result = apply(gateway, closed, WHOLE);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(server.kubectl().run("get", "netpol", closed.getMetadata().getName(), "-n", home, "-o", "yaml"))
                .doesNotContain("egress:");
    }

    private static GenericKubernetesResource policy(String apiVersion, String kind, String spec) {
        GenericKubernetesResource policy =
                new KubernetesSerialization().unmarshal("spec: " + spec, GenericKubernetesResource.class);
        policy.setApiVersion(apiVersion);
        policy.setKind(kind);
        policy.setMetadata(new ObjectMetaBuilder()
                .withNamespace(home)
                .withName(name("egress"))
                .withLabels(Map.of("ours", "1"))
                .build());
        return policy;
    }
}

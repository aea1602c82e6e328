package dev.namespaces.core;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.EgressPolicyBuilder;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryDeploymentLock;
import dev.namespaces.testkit.InMemoryDeploymentStore;
import dev.namespaces.testkit.InMemoryEgressPolicyStore;
import dev.namespaces.testkit.InMemoryEnvironmentStore;
import dev.namespaces.testkit.InMemoryNamespaceStore;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testkit.TestData;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A platform service of its own for each test: stores in memory, fake clusters, and a lifecycle on them. */
final class Platform implements AutoCloseable {

    static final ClusterId EU = new ClusterId("eu-1");
    static final ClusterId US = new ClusterId("us-1");
    static final Instant NOW = Instant.parse("2026-05-06T07:08:09.123456Z");

    final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    final RecordingClusterGateway gateway = new RecordingClusterGateway(clusters);
    final InMemoryStores stores = new InMemoryStores(Clock.fixed(NOW, ZoneOffset.UTC));
    final InMemoryNamespaceStore namespaces = stores.namespaces();
    final InMemoryEnvironmentStore environments = stores.environments();
    final InMemoryEgressPolicyStore policies = stores.egressPolicies();
    final InMemoryDeploymentStore deployments = stores.deployments();
    final InMemoryDeploymentLock lock = stores.deploymentLock();
    final List<LifecycleEvent> events = Collections.synchronizedList(new ArrayList<>());
    final NamespaceLifecycle lifecycle = builder().build();

    NamespaceLifecycle.Builder builder() {
        return builder(gateway, stores.stores());
    }

    NamespaceLifecycle.Builder builder(ClusterGateway gateway, Stores stores) {
        return NamespaceLifecycle.builder(gateway, stores)
                .lockWait(Duration.ofSeconds(20))
                .adoption(AdoptionPolicy.ALWAYS)
                .listener(events::add)
                .listenerExecutor(Runnable::run)
                .clock(Clock.fixed(NOW, ZoneOffset.UTC));
    }

    Environment environment(Environment environment, String... namespaceNames) {
        environments.save(environment);
        for (String name : namespaceNames) {
            namespace(environment, name);
        }
        return environment;
    }

    Namespace namespace(Environment environment, String name) {
        return lifecycle.create(NamespaceRequest.of(environment.id(), name));
    }

    /** Adds an environment with a namespace whose name another environment may have on the same cluster. */
    Environment sharing(Environment environment, String namespaceName) {
        environments.save(environment);
        namespaces.insert(List.of(
                TestData.aNamespace().in(environment).name(namespaceName).build()));
        return environment;
    }

    /** Saves the policy as the next version of the policy with its id, if there is one. */
    void savePolicy(EgressPolicyBuilder policy) {
        EgressPolicy next = policy.build();
        long stored = policies.findByOwners(List.of(next.owner())).stream()
                .filter(each -> each.id().equals(next.id()))
                .mapToLong(EgressPolicy::version)
                .findFirst()
                .orElse(0);
        policies.save(new EgressPolicy(next.id(), next.owner(), next.mode(), stored + 1, next.deletedAt()));
    }

    HasMetadata live(ClusterId cluster, String namespace) {
        return clusters.cluster(cluster).find(ResourceRef.namespace(namespace)).orElseThrow();
    }

    Map<String, String> labels(ClusterId cluster, String namespace) {
        return live(cluster, namespace).getMetadata().getLabels();
    }

    ResourceRef policy(String namespace) {
        return new ResourceRef("cilium.io/v2", "CiliumNetworkPolicy", namespace, "egress.namespaces.dev");
    }

    boolean isRecorded(Environment environment, ClusterId cluster) {
        return deployments.findByEnvironments(List.of(environment.id())).stream()
                .anyMatch(record -> record.target().clusterId().equals(cluster) && record.isComplete());
    }

    /** Returns the objects on all clusters, without the values that the API server generates. */
    Map<String, Object> standing() {
        Map<String, Object> standing = new TreeMap<>();
        for (ClusterId cluster : List.of(EU, US)) {
            for (HasMetadata object : clusters.cluster(cluster).objects()) {
                standing.put(
                        cluster + " " + ResourceRef.of(object),
                        List.of(
                                new TreeMap<>(object.getMetadata().getLabels()),
                                object.getMetadata().getAnnotations() == null
                                        ? Map.of()
                                        : object.getMetadata().getAnnotations(),
                                object instanceof io.fabric8.kubernetes.api.model.GenericKubernetesResource generic
                                        ? String.valueOf(generic.getAdditionalProperties()
                                                .get("spec"))
                                        : ""));
            }
        }
        return standing;
    }

    static EgressMode denyAll() {
        return new EgressMode.DenyAll();
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}

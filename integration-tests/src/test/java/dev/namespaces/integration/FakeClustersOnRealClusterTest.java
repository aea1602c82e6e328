package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The fake clusters and a real API server get the same random calls, and must answer alike. Run one sequence again with
 * {@code -Dseed=SEED -Dsequences=1}, where the failure says the seed.
 */
@OnRealCluster(cilium = true)
class FakeClustersOnRealClusterTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final int CALLS = 20;

    private static KubeApiServer server;
    private static Fabric8ClusterGateway gateway;

    @BeforeAll
    static void open(KubeApiServer shared) {
        server = shared;
        gateway = Fabric8ClusterGateway.builder().client(EU, shared.client()).build();
    }

    @AfterAll
    static void close() {
        if (gateway != null) {
            gateway.close();
        }
    }

    @Test
    void the_same_are_the_answers_to_fifty_random_sequences_of_calls() {
        compare(Long.getLong("seed", 14), Integer.getInteger("sequences", 50));
    }

    @Test
    @Tag("long")
    void the_same_are_the_answers_to_a_thousand_random_sequences() {
        compare(Long.getLong("seed", new Random().nextLong(1_000_000)), 1_000);
    }

    private static void compare(long firstSeed, int sequences) {
        for (long seed = firstSeed; seed < firstSeed + sequences; seed++) {
            compareSequence(seed);
        }
    }

    private static void compareSequence(long seed) {
        String name = server.newName("fake-and-real");
        RandomCalls calls = new RandomCalls(seed, name);
        FakeClusters clusters = FakeClusters.of(EU.value());
        ClusterUnderCalls fake = new ClusterUnderCalls(clusters, EU, (live, key, value) -> {
            if (value == null) {
                clusters.cluster(EU).as("kubectl").removeLabel(ResourceRef.of(live), key);
            } else {
                clusters.cluster(EU).as("kubectl").label(ResourceRef.of(live), key, value);
            }
        });
        ClusterUnderCalls real = new ClusterUnderCalls(gateway, EU, FakeClustersOnRealClusterTest::labelWithKubectl);
        List<RandomCalls.Step> past = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            RandomCalls.Step step = calls.next();
            past.add(step);
            String description = "seed %d: what the fake answers to the last of these calls:%n%s"
                    .formatted(
                            seed,
                            String.join(
                                    "\n", past.stream().map(Object::toString).toList()));
            assertThat(fake.outcomeOf(step.call())).as(description).isEqualTo(real.outcomeOf(step.call()));
            if (step.writes()) {
                assertThat(fake.outcomeOf(cluster -> cluster.find(step.resource())))
                        .as("the object after it, " + description)
                        .isEqualTo(real.outcomeOf(cluster -> cluster.find(step.resource())));
            }
        }
    }

    /** Sends what {@code kubectl label} sends: a merge patch. */
    private static void labelWithKubectl(HasMetadata live, String key, @Nullable String value) {
        KubernetesClient client = server.client();
        Map<String, @Nullable String> labels = Collections.singletonMap(key, value);
        client.resource(live)
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.JSON_MERGE)
                                .withFieldManager("kubectl")
                                .build(),
                        client.getKubernetesSerialization().asJson(Map.of("metadata", Map.of("labels", labels))));
    }
}

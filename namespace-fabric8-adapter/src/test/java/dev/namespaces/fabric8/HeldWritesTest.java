package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.createAndApply;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.testservers.HeldRequest;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.HttpProxy;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A write that is held on its way, and arrives after the object has changed, is refused by the real API server. */
@OnRealCluster
class HeldWritesTest {

    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final ApplyOptions OURS = ApplyOptions.as(MANAGER).withTimeout(SHORT);
    private static final ApplyOptions WHOLE = OURS.withExtent(Extent.WHOLE_OBJECT);

    private static KubernetesClient admin;
    private static Fabric8ClusterGateway direct;
    private static String home;

    @BeforeAll
    static void open(KubeApiServer server) {
        admin = server.client();
        direct = Fabric8ClusterGateway.builder().client(ID, admin).build();
        home = name("held");
        createObject(direct, namespace(home, Map.of()));
    }

    @Test
    void a_held_apply_is_refused_in_each_mode() {
        for (ApplyOptions options : List.of(
                OURS, OURS.withConflicts(Conflicts.TAKE_OVER), WHOLE, WHOLE.withConflicts(Conflicts.TAKE_OVER))) {
            ConfigMap manifest = configMap(Map.of("a", "1"));
            HasMetadata live = createAndApply(direct, manifest, ApplyOptions.as(MANAGER));

            isRefusedLate(1, live, gateway -> gateway.apply(ID, bound(changed(manifest), live), options));
        }
    }

    @Test
    void a_held_forced_apply_after_a_conflict_is_refused() {
        ConfigMap manifest = configMap(Map.of("a", "1"));
        createAndApply(direct, manifest, ApplyOptions.as(MANAGER));
        HasMetadata live = changeByOthers(manifest, Map.of("a", "theirs"));

        isRefusedLate(2, live, gateway -> gateway.apply(ID, bound(changed(manifest), live), WHOLE));
    }

    @Test
    void a_held_passing_of_ownership_and_the_apply_after_it_are_refused() {
        for (int write : new int[] {2, 3}) {
            ConfigMap manifest = configMap(Map.of("a", "1", "gone", "1"));
            HasMetadata live = createObject(direct, manifest);
            ConfigMap kept = configMap(Map.of("a", "1"));
            kept.getMetadata().setName(manifest.getMetadata().getName());

            isRefusedLate(write, live, gateway -> gateway.apply(ID, bound(kept, live), OURS));
        }
    }

    @Test
    void a_held_patch_that_makes_an_object_whole_is_refused() {
        ConfigMap manifest = configMap(Map.of("a", "1"));
        createAndApply(direct, manifest, ApplyOptions.as(MANAGER));
        HasMetadata live = changeByOthers(manifest, Map.of("a", "1", "theirs", "1"));

        isRefusedLate(2, live, gateway -> gateway.apply(ID, bound(manifest, live), WHOLE));
    }

    @Test
    void a_held_deletion_is_refused() {
        ConfigMap manifest = configMap(Map.of("a", "1"));
        HasMetadata live = createObject(direct, manifest);

        isRefusedLate(
                1,
                live,
                gateway -> gateway.delete(
                        ID,
                        ResourceRef.of(live),
                        DeleteOptions.of(
                                        live.getMetadata().getUid(),
                                        live.getMetadata().getResourceVersion())
                                .withTimeout(SHORT)));
    }

    @Test
    void another_object_of_the_name_is_not_reached_by_held_writes() {
        for (boolean deletion : new boolean[] {true, false}) {
            ConfigMap manifest = configMap(Map.of("a", "1"));
            HasMetadata live = createAndApply(direct, manifest, ApplyOptions.as(MANAGER));
            Work work = deletion
                    ? gateway -> gateway.delete(
                            ID,
                            ResourceRef.of(live),
                            DeleteOptions.of(
                                            live.getMetadata().getUid(),
                                            live.getMetadata().getResourceVersion())
                                    .withTimeout(SHORT))
                    : gateway -> gateway.apply(ID, bound(changed(manifest), live), OURS);

            arrivesLate(1, work, () -> {
                delete(direct, live);
                createObject(direct, manifest);
            });

            HasMetadata found = direct.find(ID, ResourceRef.of(manifest)).orElseThrow();
            assertThat(found.getMetadata().getUid())
                    .isNotEqualTo(live.getMetadata().getUid());
            assertThat(((ConfigMap) found).getData()).isEqualTo(Map.of("a", "1"));
        }
    }

    @Test
    void a_held_apply_does_not_create_an_object_that_was_deleted() {
        ConfigMap manifest = configMap(Map.of("a", "1"));
        HasMetadata live = createAndApply(direct, manifest, ApplyOptions.as(MANAGER));

        arrivesLate(1, gateway -> gateway.apply(ID, bound(changed(manifest), live), OURS), () -> delete(direct, live));

        assertThat(direct.find(ID, ResourceRef.of(manifest))).isEmpty();
    }

    /** Holds that write of the call, and asserts that it changes nothing once others have changed the object. */
    private static void isRefusedLate(int write, HasMetadata object, Work call) {
        HasMetadata[] changed = new HasMetadata[1];
        arrivesLate(write, call, () -> changed[0] = changeByOthers(object, Map.of("now", "theirs")));
        assertThat(direct.find(ID, ResourceRef.of(object))).contains(changed[0]);
    }

    private static void arrivesLate(int write, Work call, Runnable change) {
        int[] writes = {0};
        HeldRequest held =
                new HeldRequest(exchange -> !exchange.getRequestMethod().equals("GET") && ++writes[0] == write);
        try (HttpProxy proxy = new HttpProxy(admin);
                KubernetesClient client = HttpModule.VERTX.client(new ConfigBuilder(RealCluster.config())
                        .withMasterUrl(proxy.url())
                        .build());
                Fabric8ClusterGateway gateway =
                        Fabric8ClusterGateway.builder().client(ID, client).build()) {
            gateway.serves(ID, "v1", "ConfigMap");
            proxy.always(held);

            assertThatExceptionOfType(ClusterTimeoutException.class)
                    .isThrownBy((ThrowingCallable) () -> call.run(gateway))
                    .satisfies(e -> assertThat(e.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE));
            change.run();

            assertThat(held.deliver()).isBetween(400, 499);
        }
    }

    private static HasMetadata changeByOthers(HasMetadata object, Map<String, String> data) {
        return admin.configMaps()
                .inNamespace(home)
                .withName(object.getMetadata().getName())
                .edit(live -> live.edit().withData(data).build());
    }

    private static ConfigMap changed(ConfigMap manifest) {
        return manifest.edit().withData(Map.of("a", "2")).build();
    }

    private static ConfigMap configMap(Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(home)
                .withName(name("settings"))
                .endMetadata()
                .withData(data)
                .build();
    }

    private interface Work {
        void run(Fabric8ClusterGateway gateway);
    }
}

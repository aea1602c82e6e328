package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ApplyConflictException.FieldConflict;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.CreateResult.AlreadyExists;
import dev.namespaces.spi.CreateResult.Created;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testkit.contract.Concurrently.Outcome;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What every {@link ClusterGateway} does, on a real API server as on a fake. Extend it, hand in the gateway and say who
 * acts on the cluster beside it. The cluster may hold other objects. Each test makes namespaces of its own and asks the
 * gateway to delete them; nothing is cleaned up by force, so without a namespace controller they stay terminating.
 */
public abstract class ClusterGatewayContract {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OURS = "namespaces.dev";
    private static final String KUBECTL = "kubectl";
    private static final String FINALIZER = "namespaces.dev/contract";
    private static final String NO_UID = "00000000-0000-4000-8000-000000000000";
    private static final ApplyOptions APPLY = ApplyOptions.as(OURS);
    private static final ApplyOptions WHOLE = APPLY.with(Extent.WHOLE_OBJECT);

    private final List<String> namespaces = new ArrayList<>();
    private final List<HasMetadata> held = new ArrayList<>();

    /**
     * What a gateway, or the cluster that it is tested on, may lack. A test of what it lacks is skipped and says so.
     */
    public enum Capability {
        /** The cluster has a namespace controller, so that a deleted namespace goes in the end. */
        NAMESPACE_CONTROLLER,
        /** The cluster serves {@code cilium.io/v2} CiliumNetworkPolicy. */
        CILIUM,
        /** The API server is Kubernetes 1.33 or newer, and so warns of {@code v1} Endpoints. */
        ENDPOINTS_WARNING,
        /** The gateway knows its clusters beforehand, so that an unknown one is an error that lists them. */
        LISTED_CLUSTERS
    }

    /** For the test that extends it. */
    protected ClusterGatewayContract() {}

    /** The gateway under test; called many times in a test, and each time reaching the same cluster. */
    protected abstract ClusterGateway gateway();

    /** The cluster to test on. */
    protected abstract ClusterId cluster();

    /** Applies the manifest as that field manager, past the gateway, taking over fields that are in conflict. */
    protected abstract void applyAsOther(String fieldManager, HasMetadata manifest);

    /** Whether the gateway and its cluster have that capability; overridden to opt out. */
    protected boolean has(Capability capability) {
        return true;
    }

    /** What the names of the namespaces begin with that the tests create. */
    protected String namespacePrefix() {
        return "gateway-contract";
    }

    /**
     * Called when a deletion should go on; overridden where the namespace controller does not run by itself.
     *
     * @param namespace a namespace that is terminating
     */
    protected void runNamespaceController(String namespace) {}

    /** The longest time that a real cluster takes to delete a namespace, or to say what holds it. */
    protected Duration patience() {
        return Duration.ofSeconds(90);
    }

    @AfterEach
    void asks_for_the_deletion_of_what_it_made() {
        Thread.interrupted();
        try {
            for (HasMetadata manifest : held) {
                manifest.getMetadata().setFinalizers(List.of());
                if (find(ResourceRef.of(manifest)).isPresent()) {
                    apply(manifest, WHOLE);
                }
            }
            for (String name : namespaces) {
                Optional<HasMetadata> live = find(ResourceRef.namespace(name));
                if (live.isPresent()) {
                    delete(ResourceRef.namespace(name), live.get().getMetadata().getUid());
                }
            }
        } catch (NamespaceException e) {
            Assumptions.abort("Some namespaces of this test stay on the cluster: " + e.getMessage());
        }
    }

    @Test
    void applying_an_absent_object_creates_it() {
        String name = newName();

        ApplyResult result = apply(namespace(name, Map.of("team", "shop")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CREATED);
        assertThat(result.live().getMetadata().getUid()).isNotBlank();
        assertThat(result.live().getMetadata().getResourceVersion()).isNotBlank();
        assertThat(result.live().getMetadata().getCreationTimestamp()).isNotBlank();
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void applying_an_object_that_stands_configures_it() {
        String name = newName();
        apply(namespace(name, Map.of("team", "shop")), APPLY);

        ApplyResult result = apply(namespace(name, Map.of("team", "till")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(result.live().getMetadata().getLabels()).containsEntry("team", "till");
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "till");
    }

    @Test
    void what_an_apply_answers_is_what_stands() {
        String namespace = newNamespace();
        HasMetadata manifest = networkPolicy(namespace, allowTo("10.0.0.0/8"));

        ApplyResult created = apply(manifest, WHOLE);

        assertThat(tree(created.live())).isEqualTo(tree(live(ResourceRef.of(manifest))));
        assertThat(spec(created.live())).isEqualTo(allowTo("10.0.0.0/8"));
    }

    @Test
    void the_api_server_names_a_namespace_in_a_label_of_its_own() {
        String name = newName();

        ApplyResult result = apply(namespace(name, Map.of()), APPLY);

        assertThat(result.live().getMetadata().getLabels()).containsEntry("kubernetes.io/metadata.name", name);
    }

    @Test
    void applying_the_same_again_changes_nothing() {
        String namespace = newNamespace();
        for (HasMetadata manifest : List.of(
                namespace(namespace, Map.of("team", "shop")),
                networkPolicy(namespace, allowTo("10.0.0.0/8")),
                configMap(namespace, "settings", Map.of("a", "1")))) {
            for (ApplyOptions options : List.of(APPLY, WHOLE, WHOLE.with(Conflicts.TAKE_OVER))) {
                HasMetadata first = apply(manifest, options).live();

                ApplyResult again = apply(manifest, options);

                assertThat(again.effect()).isEqualTo(Effect.CONFIGURED);
                assertThat(tree(again.live())).isEqualTo(tree(first));
            }
        }
    }

    @Test
    void keys_that_we_send_no_more_are_removed() {
        String name = newName();
        HasMetadata manifest = namespace(name, Map.of("team", "shop", "tier", "web"));
        manifest.getMetadata().setAnnotations(Map.of("note", "x", "owner", "y"));
        apply(manifest, APPLY);
        HasMetadata shorter = namespace(name, Map.of("team", "shop"));
        shorter.getMetadata().setAnnotations(Map.of("note", "x"));

        apply(shorter, APPLY);

        HasMetadata live = live(ResourceRef.namespace(name));
        assertThat(live.getMetadata().getLabels()).containsEntry("team", "shop").doesNotContainKey("tier");
        assertThat(live.getMetadata().getAnnotations())
                .containsEntry("note", "x")
                .doesNotContainKey("owner");
    }

    @Test
    void labels_and_annotations_of_others_survive_every_apply() {
        String name = newName();
        apply(namespace(name, Map.of("team", "shop")), APPLY);
        HasMetadata theirs = namespace(name, Map.of("cost-center", "42"));
        theirs.getMetadata().setAnnotations(Map.of("contact", "ops"));
        applyAsOther(KUBECTL, theirs);

        apply(namespace(name, Map.of("team", "till")), APPLY);
        apply(namespace(name, Map.of("team", "till")), APPLY.with(Conflicts.TAKE_OVER));
        apply(namespace(name, Map.of("team", "till")), WHOLE);
        apply(namespace(name, Map.of()), WHOLE.with(Conflicts.TAKE_OVER));

        HasMetadata live = live(ResourceRef.namespace(name));
        assertThat(live.getMetadata().getLabels())
                .containsEntry("cost-center", "42")
                .doesNotContainKey("team");
        assertThat(live.getMetadata().getAnnotations()).containsEntry("contact", "ops");
    }

    @Test
    void a_key_that_another_has_set_to_the_same_value_is_no_conflict_and_stays_when_we_drop_it() {
        String name = newName();
        apply(namespace(name, Map.of("team", "shop")), APPLY);
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "shop")));

        apply(namespace(name, Map.of("team", "shop")), APPLY);
        apply(namespace(name, Map.of()), APPLY);

        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void a_label_that_another_owns_with_another_value_is_a_conflict_that_names_manager_and_field() {
        String name = newName();
        apply(namespace(name, Map.of("tier", "web")), APPLY);
        applyAsOther(KUBECTL, namespace(name, Map.of("example.com/team", "till")));
        HasMetadata before = live(ResourceRef.namespace(name));
        HasMetadata manifest = namespace(name, Map.of("example.com/team", "shop", "tier", "api"));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(manifest, APPLY))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactly(new FieldConflict(KUBECTL, ".metadata.labels.example.com/team")))
                .satisfies(conflict -> assertContext(conflict, Operation.APPLY, ResourceRef.namespace(name)));

        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void every_conflict_is_reported_at_once() {
        String namespace = newNamespace();
        applyAsOther(KUBECTL, configMap(namespace, "settings", Map.of("a", "1")));
        applyAsOther("argocd", configMap(namespace, "settings", Map.of("b", "1")));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(configMap(namespace, "settings", Map.of("a", "2", "b", "2", "c", "2")), APPLY))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactlyInAnyOrder(
                                new FieldConflict(KUBECTL, ".data.a"), new FieldConflict("argocd", ".data.b")));
    }

    @Test
    void a_dry_run_reports_the_conflict_as_well() {
        String name = newNamespace();
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "till")));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(namespace(name, Map.of("team", "shop")), APPLY.withDryRun(true)));
    }

    @Test
    void a_field_that_is_taken_over_is_ours_from_then_on() {
        String name = newName();
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "till", "cost-center", "42")));
        namespaces.add(name);

        apply(namespace(name, Map.of("team", "shop")), APPLY.with(Conflicts.TAKE_OVER));

        assertThat(labels(ResourceRef.namespace(name)))
                .containsEntry("team", "shop")
                .containsEntry("cost-center", "42");

        apply(namespace(name, Map.of("team", "api")), APPLY);
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "api");

        apply(namespace(name, Map.of()), APPLY);
        assertThat(labels(ResourceRef.namespace(name)))
                .doesNotContainKey("team")
                .containsEntry("cost-center", "42");
    }

    @Test
    void applying_our_own_fields_leaves_what_others_have_added() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of("a", "1", "b", "1")), APPLY);
        applyAsOther(KUBECTL, configMap(namespace, "settings", Map.of("theirs", "x")));

        apply(configMap(namespace, "settings", Map.of("a", "2")), APPLY);

        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "2", "theirs", "x"));
    }

    @Test
    void field_managers_are_told_apart() {
        String name = newNamespace();
        apply(namespace(name, Map.of("team", "shop")), ApplyOptions.as("first"));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(namespace(name, Map.of("team", "x")), ApplyOptions.as("second")))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactly(new FieldConflict("first", ".metadata.labels.team")));

        apply(namespace(name, Map.of("tier", "web")), ApplyOptions.as("second"));
        assertThat(labels(ResourceRef.namespace(name)))
                .containsEntry("team", "shop")
                .containsEntry("tier", "web");
    }

    @Test
    void a_whole_object_has_nothing_but_what_we_send_whoever_set_it() {
        String namespace = newNamespace();
        ResourceRef policy = ResourceRef.of(networkPolicy(namespace, allowTo("10.0.0.0/8")));
        apply(networkPolicy(namespace, allowTo("10.0.0.0/8")), WHOLE);
        Map<String, Object> wider = new HashMap<>(allowTo("0.0.0.0/0"));
        wider.put("ingress", List.of(Map.of()));
        wider.put("policyTypes", List.of("Egress", "Ingress"));
        applyAsOther(KUBECTL, networkPolicy(namespace, wider));
        assertThat(spec(live(policy))).as("what stands before").isEqualTo(wider);

        ApplyResult result = apply(networkPolicy(namespace, allowTo("10.0.0.0/8")), WHOLE);

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(spec(result.live())).isEqualTo(allowTo("10.0.0.0/8"));
        assertThat(spec(live(policy))).isEqualTo(allowTo("10.0.0.0/8"));
    }

    @Test
    void a_whole_object_loses_fields_of_every_kind_that_others_have_added() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of("a", "1")), WHOLE);
        GenericKubernetesResource theirs = configMap(namespace, "settings", Map.of("theirs", "x"));
        theirs.setAdditionalProperty("binaryData", Map.of("more", "AAAA"));
        applyAsOther(KUBECTL, theirs);

        apply(configMap(namespace, "settings", Map.of("b", "2")), WHOLE);

        assertThat(data(namespace, "settings")).isEqualTo(Map.of("b", "2"));
        assertThat(tree(live(configMapRef(namespace, "settings")))).doesNotContainKey("binaryData");
    }

    @Test
    void an_object_that_another_created_becomes_whole_as_we_send_it() {
        String namespace = newNamespace();
        HasMetadata theirs = configMap(namespace, "settings", Map.of("a", "1", "theirs", "x"));
        theirs.getMetadata().setLabels(Map.of("cost-center", "42"));
        applyAsOther(KUBECTL, theirs);

        apply(configMap(namespace, "settings", Map.of("a", "2")), WHOLE);

        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "2"));
        assertThat(labels(configMapRef(namespace, "settings"))).containsEntry("cost-center", "42");
    }

    @Test
    void a_whole_object_keeps_what_others_have_set_in_its_metadata() {
        String namespace = newNamespace();
        HasMetadata ours = configMap(namespace, "settings", Map.of("a", "1"));
        ours.getMetadata().setLabels(Map.of("team", "shop"));
        apply(ours, WHOLE);
        HasMetadata theirs = configMap(namespace, "settings", Map.of());
        theirs.getMetadata().setLabels(Map.of("cost-center", "42"));
        theirs.getMetadata().setAnnotations(Map.of("contact", "ops"));
        applyAsOther(KUBECTL, theirs);

        apply(configMap(namespace, "settings", Map.of("a", "2")), WHOLE);

        HasMetadata live = live(configMapRef(namespace, "settings"));
        assertThat(live.getMetadata().getLabels()).isEqualTo(Map.of("cost-center", "42"));
        assertThat(live.getMetadata().getAnnotations()).containsEntry("contact", "ops");
    }

    @Test
    void a_label_conflict_on_a_whole_object_fails_and_writes_nothing() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of("a", "1")), WHOLE);
        HasMetadata theirs = configMap(namespace, "settings", Map.of("a", "theirs"));
        theirs.getMetadata().setLabels(Map.of("team", "till"));
        applyAsOther(KUBECTL, theirs);
        HasMetadata before = live(configMapRef(namespace, "settings"));
        HasMetadata ours = configMap(namespace, "settings", Map.of("a", "2"));
        ours.getMetadata().setLabels(Map.of("team", "shop"));

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(ours, WHOLE))
                .satisfies(conflict ->
                        assertThat(conflict.conflicts()).contains(new FieldConflict(KUBECTL, ".metadata.labels.team")));
        assertThat(tree(live(configMapRef(namespace, "settings")))).isEqualTo(tree(before));

        apply(ours, WHOLE.with(Conflicts.TAKE_OVER));
        assertThat(labels(configMapRef(namespace, "settings"))).containsEntry("team", "shop");
        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "2"));
    }

    @Test
    void a_dry_run_of_a_whole_object_writes_nothing() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of("a", "1")), WHOLE);
        applyAsOther(KUBECTL, configMap(namespace, "settings", Map.of("theirs", "x")));
        HasMetadata before = live(configMapRef(namespace, "settings"));

        ApplyResult result = apply(configMap(namespace, "settings", Map.of("a", "2")), WHOLE.withDryRun(true));

        assertThat(tree(result.live()).get("data")).isEqualTo(Map.of("a", "2"));
        assertThat(tree(live(configMapRef(namespace, "settings")))).isEqualTo(tree(before));
    }

    @Test
    void a_cilium_policy_is_whole_as_we_send_it() {
        needs(Capability.CILIUM);
        String namespace = newNamespace();
        Map<String, Object> narrow =
                Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("cluster"))));
        GenericKubernetesResource policy = ciliumPolicy(namespace, narrow);
        apply(policy, WHOLE);
        GenericKubernetesResource theirs = ciliumPolicy(
                namespace,
                Map.of(
                        "endpointSelector",
                        Map.of(),
                        "egress",
                        List.of(Map.of("toEntities", List.of("world"))),
                        "ingress",
                        List.of(Map.of("fromEntities", List.of("all")))));
        theirs.setAdditionalProperty(
                "specs",
                List.of(Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("all"))))));
        applyAsOther(KUBECTL, theirs);

        apply(policy, WHOLE);

        HasMetadata live = live(ResourceRef.of(policy));
        assertThat(spec(live)).isEqualTo(narrow);
        assertThat(tree(live)).doesNotContainKey("specs");
    }

    @Test
    void creating_an_absent_object_answers_it_as_it_stands() {
        String name = newName();

        CreateResult result = create(namespace(name, Map.of("team", "shop")), OURS, false);

        assertThat(result).isInstanceOfSatisfying(Created.class, created -> {
            assertThat(created.live().getMetadata().getUid()).isNotBlank();
            assertThat(created.warnings()).isEmpty();
        });
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void creating_an_object_that_stands_leaves_it_as_it_is() {
        String name = newNamespace();
        HasMetadata before = live(ResourceRef.namespace(name));

        CreateResult result = create(namespace(name, Map.of("team", "shop")), OURS, false);
        CreateResult dryRun = create(namespace(name, Map.of("team", "shop")), OURS, true);

        assertThat(result).isInstanceOf(AlreadyExists.class);
        assertThat(dryRun).isInstanceOf(AlreadyExists.class);
        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void keys_that_create_has_set_count_as_applied() {
        String name = newName();
        create(namespace(name, Map.of("team", "shop", "tier", "web", "kept", "x")), OURS, false);

        apply(namespace(name, Map.of("team", "till", "kept", "x")), APPLY);

        assertThat(labels(ResourceRef.namespace(name)))
                .containsEntry("team", "till")
                .containsEntry("kept", "x")
                .doesNotContainKey("tier");
    }

    @Test
    void keys_that_create_has_set_are_a_conflict_for_another_manager() {
        String name = newName();
        create(namespace(name, Map.of("team", "shop")), OURS, false);

        assertThatExceptionOfType(ApplyConflictException.class)
                .isThrownBy(() -> apply(namespace(name, Map.of("team", "x")), ApplyOptions.as("other")))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactly(new FieldConflict(OURS, ".metadata.labels.team")));
    }

    @Test
    void a_dry_run_that_would_create_writes_nothing() {
        String name = newName();

        ApplyResult applied = apply(namespace(name, Map.of("team", "shop")), APPLY.withDryRun(true));
        CreateResult created = create(namespace(name, Map.of("team", "shop")), OURS, true);

        assertThat(applied.effect()).isEqualTo(Effect.CREATED);
        assertThat(applied.live().getMetadata().getLabels()).containsEntry("team", "shop");
        assertThat(created).isInstanceOf(Created.class);
        assertThat(find(ResourceRef.namespace(name))).isEmpty();
    }

    @Test
    void a_dry_run_that_would_configure_writes_nothing() {
        String name = newName();
        apply(namespace(name, Map.of("team", "shop")), APPLY);
        HasMetadata before = live(ResourceRef.namespace(name));

        ApplyResult result = apply(namespace(name, Map.of("team", "till")), APPLY.withDryRun(true));

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(result.live().getMetadata().getLabels()).containsEntry("team", "till");
        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void a_dry_run_in_a_namespace_that_is_only_planned_answers_the_plan() {
        String namespace = newName();
        HasMetadata manifest = networkPolicy(namespace, allowTo("10.0.0.0/8"));

        ApplyResult result = apply(manifest, WHOLE.withDryRun(true));

        assertThat(result.effect()).isEqualTo(Effect.CREATED);
        assertThat(ResourceRef.of(result.live())).isEqualTo(ResourceRef.of(manifest));
        assertThat(spec(result.live())).isEqualTo(allowTo("10.0.0.0/8"));
        assertThat(create(manifest, OURS, true))
                .isInstanceOfSatisfying(
                        Created.class,
                        created -> assertThat(ResourceRef.of(created.live())).isEqualTo(ResourceRef.of(manifest)));
        assertThat(find(ResourceRef.namespace(namespace))).isEmpty();
    }

    @Test
    void an_apply_to_the_object_that_was_read_is_done() {
        String name = newNamespace();
        HasMetadata read = live(ResourceRef.namespace(name));
        HasMetadata manifest = namespace(name, Map.of("team", "shop"));
        manifest.getMetadata().setUid(read.getMetadata().getUid());
        manifest.getMetadata().setResourceVersion(read.getMetadata().getResourceVersion());

        ApplyResult result = apply(manifest, APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void an_apply_to_another_uid_is_refused() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of("a", "1")), APPLY);
        HasMetadata ofNamespace = namespace(namespace, Map.of("team", "shop"));
        ofNamespace.getMetadata().setUid(NO_UID);
        HasMetadata ofConfigMap = configMap(namespace, "settings", Map.of("a", "2"));
        ofConfigMap.getMetadata().setUid(NO_UID);

        for (HasMetadata manifest : List.of(ofNamespace, ofConfigMap)) {
            for (ApplyOptions options : List.of(APPLY, APPLY.with(Conflicts.TAKE_OVER), WHOLE)) {
                assertThatExceptionOfType(PreconditionFailedException.class)
                        .isThrownBy(() -> apply(manifest, options))
                        .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.of(manifest)));
            }
        }

        assertThat(labels(ResourceRef.namespace(namespace))).doesNotContainKey("team");
        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void an_apply_to_an_older_resource_version_is_refused() {
        String name = newNamespace();
        HasMetadata read = live(ResourceRef.namespace(name));
        applyAsOther(KUBECTL, namespace(name, Map.of("cost-center", "42")));
        HasMetadata manifest = namespace(name, Map.of("team", "shop"));
        manifest.getMetadata().setResourceVersion(read.getMetadata().getResourceVersion());

        for (ApplyOptions options : List.of(APPLY, APPLY.with(Conflicts.TAKE_OVER), WHOLE)) {
            assertThatExceptionOfType(PreconditionFailedException.class).isThrownBy(() -> apply(manifest, options));
        }

        assertThat(labels(ResourceRef.namespace(name))).doesNotContainKey("team");
    }

    @Test
    void an_apply_with_a_precondition_never_creates() {
        String name = newName();
        HasMetadata withUid = namespace(name, Map.of());
        withUid.getMetadata().setUid(NO_UID);
        HasMetadata withVersion = namespace(name, Map.of());
        withVersion.getMetadata().setResourceVersion("1");

        for (HasMetadata manifest : List.of(withUid, withVersion)) {
            assertThatExceptionOfType(PreconditionFailedException.class).isThrownBy(() -> apply(manifest, APPLY));
        }

        assertThat(find(ResourceRef.namespace(name))).isEmpty();
    }

    @Test
    void what_is_absent_is_not_found() {
        String namespace = newNamespace();

        assertThat(find(ResourceRef.namespace(newName()))).isEmpty();
        assertThat(find(configMapRef(namespace, "absent"))).isEmpty();
        assertThat(find(configMapRef(newName(), "absent"))).isEmpty();
    }

    @Test
    void what_is_found_shows_what_others_have_set() {
        String name = newNamespace();
        applyAsOther(KUBECTL, namespace(name, Map.of("cost-center", "42")));

        HasMetadata found = live(ResourceRef.namespace(name));

        assertThat(found.getKind()).isEqualTo("Namespace");
        assertThat(found.getApiVersion()).isEqualTo("v1");
        assertThat(found.getMetadata().getName()).isEqualTo(name);
        assertThat(found.getMetadata().getLabels()).containsEntry("cost-center", "42");
    }

    @Test
    void a_namespace_is_found_as_the_models_own_class() {
        String name = newNamespace();

        assertThat(live(ResourceRef.namespace(name))).isInstanceOf(Namespace.class);
    }

    @Test
    void a_deleted_object_is_gone() {
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of()), APPLY);
        ResourceRef settings = configMapRef(namespace, "settings");
        String uid = live(settings).getMetadata().getUid();

        assertThat(delete(settings, uid)).isEqualTo(DeleteResult.ACCEPTED);

        assertThat(find(settings)).isEmpty();
        assertThat(delete(settings, uid)).isEqualTo(DeleteResult.GONE);
    }

    @Test
    void deleting_what_never_was_is_no_error() {
        assertThat(delete(ResourceRef.namespace(newName()), NO_UID)).isEqualTo(DeleteResult.GONE);
        assertThat(delete(configMapRef(newName(), "absent"), NO_UID)).isEqualTo(DeleteResult.GONE);
    }

    @Test
    void an_object_that_has_taken_the_place_of_the_one_to_delete_stays() {
        String namespace = newNamespace();
        ResourceRef settings = configMapRef(namespace, "settings");
        apply(configMap(namespace, "settings", Map.of()), APPLY);
        String first = live(settings).getMetadata().getUid();
        delete(settings, first);
        apply(configMap(namespace, "settings", Map.of()), APPLY);

        for (ResourceRef resource : List.of(settings, ResourceRef.namespace(namespace))) {
            assertThatExceptionOfType(PreconditionFailedException.class)
                    .isThrownBy(() -> delete(resource, first))
                    .satisfies(e -> assertContext(e, Operation.DELETE, resource));
            assertThat(live(resource).getMetadata().getDeletionTimestamp()).isNull();
        }
    }

    @Test
    void a_finalizer_is_left_alone() {
        String namespace = newNamespace();
        ResourceRef settings = hold(namespace);
        String uid = live(settings).getMetadata().getUid();

        assertThat(delete(settings, uid)).isEqualTo(DeleteResult.ACCEPTED);
        assertThat(delete(settings, uid)).isEqualTo(DeleteResult.ACCEPTED);

        HasMetadata live = live(settings);
        assertThat(live.getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(live.getMetadata().getFinalizers()).containsExactly(FINALIZER);
    }

    @Test
    void a_namespace_that_was_deleted_shows_that_it_is_terminating() {
        String namespace = newTerminatingNamespace();

        HasMetadata live = live(ResourceRef.namespace(namespace));

        assertThat(live.getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(tree(live).get("status"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("phase", "Terminating");
        assertThat(delete(ResourceRef.namespace(namespace), live.getMetadata().getUid()))
                .isEqualTo(DeleteResult.ACCEPTED);
    }

    @Test
    void a_terminating_namespace_exists_already() {
        String namespace = newTerminatingNamespace();

        assertThat(create(namespace(namespace, Map.of()), OURS, false)).isInstanceOf(AlreadyExists.class);
        assertThat(create(namespace(namespace, Map.of()), OURS, true)).isInstanceOf(AlreadyExists.class);
    }

    @Test
    void an_apply_to_a_terminating_namespace_configures_it_and_shows_that_it_is_terminating() {
        String namespace = newTerminatingNamespace();

        ApplyResult result = apply(namespace(namespace, Map.of("team", "shop")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
        assertThat(result.live().getMetadata().getDeletionTimestamp()).isNotNull();
    }

    @Test
    void nothing_is_created_in_a_terminating_namespace() {
        String namespace = newTerminatingNamespace();
        HasMetadata manifest = configMap(namespace, "settings", Map.of());
        ResourceRef settings = configMapRef(namespace, "settings");

        for (boolean dryRun : List.of(false, true)) {
            assertThatExceptionOfType(NamespaceTerminatingException.class)
                    .isThrownBy(() -> apply(manifest, APPLY.withDryRun(dryRun)))
                    .satisfies(e -> assertContext(e, Operation.APPLY, settings))
                    .satisfies(e -> assertThat(e.isRetryable()).isTrue());
            assertThatExceptionOfType(NamespaceTerminatingException.class)
                    .isThrownBy(() -> create(manifest, OURS, dryRun))
                    .satisfies(e -> assertContext(e, Operation.CREATE, settings));
        }

        assertThat(find(settings)).isEmpty();
    }

    @Test
    void what_stands_in_a_terminating_namespace_can_still_be_applied() {
        newTerminatingNamespace();
        HasMetadata manifest = held.get(0);
        manifest.getMetadata().setLabels(Map.of("team", "shop"));

        ApplyResult result = apply(manifest, APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CONFIGURED);
    }

    @Test
    void a_terminating_namespace_says_what_holds_it() {
        needs(Capability.NAMESPACE_CONTROLLER);
        String namespace = newTerminatingNamespace();
        runNamespaceController(namespace);

        await().atMost(patience())
                .untilAsserted(() -> assertThatExceptionOfType(NamespaceTerminatingException.class)
                        .isThrownBy(() -> create(configMap(namespace, "x", Map.of()), OURS, false))
                        .satisfies(e -> assertThat(e.conditions())
                                .extracting(DeletionCondition::type, DeletionCondition::reason)
                                .containsExactlyInAnyOrder(
                                        tuple("NamespaceContentRemaining", "SomeResourcesRemain"),
                                        tuple("NamespaceFinalizersRemaining", "SomeFinalizersRemain")))
                        .satisfies(e -> assertThat(e.conditions())
                                .extracting(DeletionCondition::message)
                                .anySatisfy(message -> assertThat(message).contains(FINALIZER))));
    }

    @Test
    void a_name_is_free_again_once_its_namespace_has_gone() {
        needs(Capability.NAMESPACE_CONTROLLER);
        String namespace = newNamespace();
        apply(configMap(namespace, "settings", Map.of()), APPLY);
        ResourceRef resource = ResourceRef.namespace(namespace);
        String uid = live(resource).getMetadata().getUid();
        assertThat(delete(resource, uid)).isEqualTo(DeleteResult.ACCEPTED);
        runNamespaceController(namespace);
        await().atMost(patience()).until(() -> find(resource).isEmpty());

        assertThat(delete(resource, uid)).isEqualTo(DeleteResult.GONE);
        assertThat(find(configMapRef(namespace, "settings"))).isEmpty();
        assertThat(create(namespace(namespace, Map.of()), OURS, false)).isInstanceOf(Created.class);
        assertThat(live(resource).getMetadata().getUid()).isNotEqualTo(uid);
    }

    @Test
    void nothing_is_created_in_an_absent_namespace() {
        String namespace = newName();
        HasMetadata manifest = configMap(namespace, "settings", Map.of());

        assertThatExceptionOfType(NamespaceAbsentException.class)
                .isThrownBy(() -> apply(manifest, APPLY))
                .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.of(manifest)))
                .satisfies(e -> assertThat(e.context().namespace()).isEqualTo(namespace));
        assertThatExceptionOfType(NamespaceAbsentException.class)
                .isThrownBy(() -> create(manifest, OURS, false))
                .satisfies(e -> assertContext(e, Operation.CREATE, ResourceRef.of(manifest)));

        assertThat(find(ResourceRef.namespace(namespace))).isEmpty();
    }

    @Test
    void a_kind_that_is_not_served_can_be_asked_for_but_not_written() {
        String namespace = newNamespace();
        for (String apiVersion : List.of("contract.namespaces.dev/v1", "networking.k8s.io/v1")) {
            GenericKubernetesResource manifest = resource(apiVersion, "Unheard", namespace, "thing");

            assertThat(serves(apiVersion, "Unheard")).isFalse();
            assertThat(find(ResourceRef.of(manifest))).isEmpty();
            assertThat(delete(ResourceRef.of(manifest), NO_UID)).isEqualTo(DeleteResult.GONE);
            Stream<ThrowingCallable> writes = Stream.of(
                    () -> apply(manifest, APPLY),
                    () -> apply(manifest, WHOLE.withDryRun(true)),
                    () -> create(manifest, OURS, false));
            writes.forEach(write -> assertThatExceptionOfType(KindNotServedException.class)
                    .isThrownBy(write)
                    .satisfies(e -> assertThat(e.apiVersion()).isEqualTo(apiVersion))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo("Unheard"))
                    .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(cluster())));
        }
    }

    @Test
    void the_kinds_of_every_api_server_are_served() {
        assertThat(serves("v1", "Namespace")).isTrue();
        assertThat(serves("networking.k8s.io/v1", "NetworkPolicy")).isTrue();
        assertThat(serves("networking.k8s.io/v1beta9", "NetworkPolicy")).isFalse();
        assertThat(serves("v1", "NetworkPolicy")).isFalse();
    }

    @Test
    void a_custom_kind_that_is_installed_is_served() {
        needs(Capability.CILIUM);
        String namespace = newNamespace();
        HasMetadata policy = ciliumPolicy(
                namespace,
                Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("cluster")))));

        assertThat(serves("cilium.io/v2", "CiliumNetworkPolicy")).isTrue();
        assertThat(apply(policy, WHOLE).effect()).isEqualTo(Effect.CREATED);
        assertThat(find(ResourceRef.of(policy))).isPresent();
    }

    @TestFactory
    Stream<DynamicTest> an_invalid_manifest_is_rejected_with_the_fields_that_are_wrong() {
        String name = newName();
        HasMetadata bigAnnotation = namespace(name, Map.of());
        bigAnnotation.getMetadata().setAnnotations(Map.of("note", "x".repeat(256 * 1024)));
        HasMetadata badAnnotation = namespace(name, Map.of());
        badAnnotation.getMetadata().setAnnotations(Map.of("not a key", "x"));
        HasMetadata much = namespace(name, Map.of("not a key", "x", "ok", "-no-"));
        much.getMetadata().setAnnotations(Map.of("not a key", "x"));
        return Stream.of(
                rejected("a name in upper case", namespace("Upper" + name, Map.of()), "metadata.name"),
                rejected("a name with a dot", namespace(name + ".x", Map.of()), "metadata.name"),
                rejected("a name of 64 characters", namespace("n".repeat(64), Map.of()), "metadata.name"),
                rejected("a label key with a space", namespace(name, Map.of("not a key", "x")), "metadata.labels"),
                rejected("a label key with two slashes", namespace(name, Map.of("a/b/c", "x")), "metadata.labels"),
                rejected(
                        "a label value of 64 characters",
                        namespace(name, Map.of("a", "x".repeat(64))),
                        "metadata.labels"),
                rejected("a label value with a slash", namespace(name, Map.of("a", "x/y")), "metadata.labels"),
                rejected("an annotation key with a space", badAnnotation, "metadata.annotations"),
                rejected("annotations of more than 256 KiB", bigAnnotation, "metadata.annotations"),
                rejected("much at once", much, "metadata.labels", "metadata.annotations"));
    }

    private DynamicTest rejected(String what, HasMetadata manifest, String... fields) {
        return DynamicTest.dynamicTest(what, () -> {
            Stream<ThrowingCallable> writes = Stream.of(
                    () -> apply(manifest, APPLY),
                    () -> create(manifest, OURS, false),
                    () -> apply(manifest, APPLY.withDryRun(true)));
            writes.forEach(write -> assertThatExceptionOfType(ManifestRejectedException.class)
                    .isThrownBy(write)
                    .satisfies(e -> assertThat(e.causes())
                            .extracting(ManifestRejectedException.FieldCause::field)
                            .contains(fields))
                    .satisfies(e -> assertThat(e.causes())
                            .allSatisfy(cause -> assertThat(cause.message()).isNotBlank()))
                    .satisfies(e -> assertThat(e.isRetryable()).isFalse())
                    .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(cluster())));
            assertThat(find(ResourceRef.of(manifest))).isEmpty();
        });
    }

    @Test
    void an_invalid_change_leaves_the_object_as_it_was() {
        String name = newNamespace();
        HasMetadata before = live(ResourceRef.namespace(name));

        assertThatExceptionOfType(ManifestRejectedException.class)
                .isThrownBy(() -> apply(namespace(name, Map.of("a", "-x")), APPLY));

        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @TestFactory
    Stream<DynamicTest> a_field_that_the_kind_does_not_have_is_rejected() {
        GenericKubernetesResource topLevel = resource("v1", "Namespace", null, newName());
        topLevel.setAdditionalProperty("sepc", Map.of());
        GenericKubernetesResource inSpec = networkPolicy(newNamespace(), allowTo("10.0.0.0/8"));
        Map<String, Object> spec = new HashMap<>(allowTo("10.0.0.0/8"));
        spec.put("egres", List.of());
        inSpec.setAdditionalProperty("spec", spec);
        return Stream.of(topLevel, inSpec)
                .map(manifest -> DynamicTest.dynamicTest(manifest.getKind(), () -> {
                    Stream<ThrowingCallable> writes = Stream.of(
                            () -> apply(manifest, APPLY),
                            () -> apply(manifest, APPLY.withDryRun(true)),
                            () -> create(manifest, OURS, false));
                    writes.forEach(write -> assertThatExceptionOfType(ManifestRejectedException.class)
                            .isThrownBy(write));
                    assertThat(find(ResourceRef.of(manifest))).isEmpty();
                }));
    }

    @Test
    void warnings_of_the_api_server_are_in_the_answer() {
        needs(Capability.ENDPOINTS_WARNING);
        String namespace = newNamespace();
        HasMetadata deprecated = resource("v1", "Endpoints", namespace, "old");

        assertThat(create(deprecated, OURS, true))
                .isInstanceOfSatisfying(
                        Created.class,
                        created -> assertThat(created.warnings())
                                .singleElement(InstanceOfAssertFactories.STRING)
                                .startsWith("v1 Endpoints is deprecated"));
        assertThat(apply(deprecated, APPLY).warnings())
                .singleElement(InstanceOfAssertFactories.STRING)
                .startsWith("v1 Endpoints is deprecated");
        assertThat(apply(namespace(namespace, Map.of()), APPLY).warnings()).isEmpty();
    }

    @Test
    void an_unknown_cluster_is_an_error_that_lists_the_known_ones() {
        needs(Capability.LISTED_CLUSTERS);
        ClusterId unknown = new ClusterId("no-such-cluster");
        HasMetadata manifest = namespace(newName(), Map.of());

        Stream<ThrowingCallable> calls = Stream.of(
                () -> gateway().apply(unknown, manifest, APPLY),
                () -> gateway().create(unknown, manifest, OURS, false),
                () -> gateway().find(unknown, ResourceRef.of(manifest)),
                () -> gateway().delete(unknown, ResourceRef.of(manifest), NO_UID),
                () -> gateway().serves(unknown, "v1", "Namespace"));
        calls.forEach(call -> assertThatExceptionOfType(UnknownClusterException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.known()).contains(cluster()).doesNotContain(unknown))
                .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(unknown)));
    }

    @Test
    void a_thread_that_is_interrupted_leaves_with_its_flag_set_and_without_writing() {
        String namespace = newNamespace();
        String name = newName();
        HasMetadata manifest = namespace(name, Map.of());
        String uid = live(ResourceRef.namespace(namespace)).getMetadata().getUid();

        Stream<ThrowingCallable> calls = Stream.of(
                () -> apply(manifest, APPLY),
                () -> create(manifest, OURS, false),
                () -> find(ResourceRef.of(manifest)),
                () -> delete(ResourceRef.namespace(namespace), uid),
                () -> serves("v1", "Namespace"));
        calls.forEach(call -> {
            Thread.currentThread().interrupt();
            try {
                assertThatExceptionOfType(OperationInterruptedException.class).isThrownBy(call);
                assertThat(Thread.currentThread().isInterrupted())
                        .as("interrupt flag")
                        .isTrue();
            } finally {
                Thread.interrupted();
            }
        });

        assertThat(find(ResourceRef.namespace(name))).isEmpty();
        assertThat(live(ResourceRef.namespace(namespace)).getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void manifests_that_are_handed_in_are_not_changed() {
        String namespace = newNamespace();
        HasMetadata created = namespace(newName(), Map.of("team", "shop"));
        HasMetadata applied = configMap(namespace, "settings", Map.of("a", "1"));
        HasMetadata typed = networkPolicy(namespace, allowTo("10.0.0.0/8"));
        List<Map<String, Object>> before = Stream.of(created, applied, typed)
                .map(ClusterGatewayContract::tree)
                .toList();

        create(created, OURS, true);
        create(created, OURS, false);
        create(created, OURS, false);
        for (ApplyOptions options : List.of(APPLY, WHOLE, WHOLE.withDryRun(true))) {
            apply(created, options);
            apply(applied, options);
            apply(typed, options);
        }

        assertThat(Stream.of(created, applied, typed).map(ClusterGatewayContract::tree))
                .isEqualTo(before);
    }

    @Test
    void of_many_that_create_the_same_one_creates_it() {
        for (int round = 0; round < 3; round++) {
            HasMetadata manifest = namespace(newName(), Map.of());

            List<CreateResult> results = successes(Concurrently.run(16, i -> () -> create(manifest, OURS, false)));

            assertThat(results).filteredOn(Created.class::isInstance).hasSize(1);
            assertThat(results).filteredOn(AlreadyExists.class::isInstance).hasSize(15);
        }
    }

    @Test
    void of_many_that_apply_the_same_one_creates_it() {
        for (int round = 0; round < 3; round++) {
            HasMetadata manifest = namespace(newName(), Map.of("team", "shop"));

            List<ApplyResult> results = successes(Concurrently.run(16, i -> () -> apply(manifest, APPLY)));

            assertThat(results).extracting(ApplyResult::effect).containsOnlyOnce(Effect.CREATED);
            assertThat(results)
                    .extracting(result -> result.live().getMetadata().getUid())
                    .containsOnly(live(ResourceRef.of(manifest)).getMetadata().getUid());
        }
    }

    @Test
    void many_managers_at_once_lose_no_label() {
        String name = newNamespace();

        successes(Concurrently.run(
                8, i -> () -> apply(namespace(name, Map.of("label-" + i, "x")), ApplyOptions.as("manager-" + i))));

        assertThat(labels(ResourceRef.namespace(name)))
                .containsKeys(IntStream.range(0, 8).mapToObj(i -> "label-" + i).toArray(String[]::new));
    }

    private ApplyResult apply(HasMetadata manifest, ApplyOptions options) {
        return gateway().apply(cluster(), manifest, options);
    }

    private CreateResult create(HasMetadata manifest, String fieldManager, boolean dryRun) {
        return gateway().create(cluster(), manifest, fieldManager, dryRun);
    }

    private Optional<HasMetadata> find(ResourceRef resource) {
        return gateway().find(cluster(), resource);
    }

    private DeleteResult delete(ResourceRef resource, String uid) {
        return gateway().delete(cluster(), resource, uid);
    }

    private boolean serves(String apiVersion, String kind) {
        return gateway().serves(cluster(), apiVersion, kind);
    }

    private void needs(Capability capability) {
        Assumptions.assumeTrue(has(capability), () -> getClass().getSimpleName() + " has opted out of " + capability);
    }

    private String newName() {
        String name = namespacePrefix() + "-" + UUID.randomUUID().toString().substring(0, 13);
        namespaces.add(name);
        return name;
    }

    private String newNamespace() {
        String name = newName();
        assertThat(create(namespace(name, Map.of()), OURS, false)).isInstanceOf(Created.class);
        return name;
    }

    /** A namespace that was deleted and cannot go, since something in it has a finalizer. */
    private String newTerminatingNamespace() {
        String name = newNamespace();
        hold(name);
        ResourceRef resource = ResourceRef.namespace(name);
        assertThat(delete(resource, live(resource).getMetadata().getUid())).isEqualTo(DeleteResult.ACCEPTED);
        return name;
    }

    private ResourceRef hold(String namespace) {
        HasMetadata manifest = configMap(namespace, "held", Map.of());
        manifest.getMetadata().setFinalizers(List.of(FINALIZER));
        apply(manifest, APPLY);
        held.add(manifest);
        return ResourceRef.of(manifest);
    }

    private HasMetadata live(ResourceRef resource) {
        return find(resource).orElseThrow(() -> new AssertionError(resource + " does not stand on " + cluster()));
    }

    private Map<String, String> labels(ResourceRef resource) {
        return Objects.requireNonNullElse(live(resource).getMetadata().getLabels(), Map.of());
    }

    private Object data(String namespace, String name) {
        return Objects.requireNonNullElse(
                tree(live(configMapRef(namespace, name))).get("data"), Map.of());
    }

    private void assertContext(NamespaceException e, Operation operation, ResourceRef resource) {
        assertThat(e.context().operation()).isEqualTo(operation);
        assertThat(e.context().cluster()).isEqualTo(cluster());
        assertThat(e.context().resource()).isEqualTo(resource);
        assertThat(e.getMessage())
                .contains(e.context().toString(), resource.toString(), cluster().value());
    }

    private static <T> List<T> successes(List<Outcome<T>> outcomes) {
        List<T> values = new ArrayList<>();
        for (Outcome<T> outcome : outcomes) {
            if (outcome.failure() != null) {
                throw new AssertionError("A call failed that should not: " + outcome.failure(), outcome.failure());
            }
            values.add(Objects.requireNonNull(outcome.value()));
        }
        return values;
    }

    private static HasMetadata namespace(String name, Map<String, String> labels) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    private static ResourceRef configMapRef(String namespace, String name) {
        return new ResourceRef("v1", "ConfigMap", namespace, name);
    }

    private static GenericKubernetesResource configMap(String namespace, String name, Map<String, String> data) {
        GenericKubernetesResource configMap = resource("v1", "ConfigMap", namespace, name);
        configMap.setAdditionalProperty("data", data);
        return configMap;
    }

    private static GenericKubernetesResource networkPolicy(String namespace, Map<String, Object> spec) {
        GenericKubernetesResource policy = resource("networking.k8s.io/v1", "NetworkPolicy", namespace, "egress");
        policy.setAdditionalProperty("spec", spec);
        return policy;
    }

    private static GenericKubernetesResource ciliumPolicy(String namespace, Map<String, Object> spec) {
        GenericKubernetesResource policy = resource("cilium.io/v2", "CiliumNetworkPolicy", namespace, "egress");
        policy.setAdditionalProperty("spec", spec);
        return policy;
    }

    private static Map<String, Object> allowTo(String cidr) {
        return Map.of(
                "podSelector",
                Map.of(),
                "policyTypes",
                List.of("Egress"),
                "egress",
                List.of(Map.of("to", List.of(Map.of("ipBlock", Map.of("cidr", cidr))))));
    }

    private static GenericKubernetesResource resource(
            String apiVersion, String kind, @Nullable String namespace, String name) {
        GenericKubernetesResource resource = new GenericKubernetesResource();
        resource.setApiVersion(apiVersion);
        resource.setKind(kind);
        resource.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        return resource;
    }

    private static Map<String, Object> tree(HasMetadata object) {
        return JSON.convertValue(object, new TypeReference<>() {});
    }

    private static @Nullable Object spec(HasMetadata object) {
        return tree(object).get("spec");
    }
}

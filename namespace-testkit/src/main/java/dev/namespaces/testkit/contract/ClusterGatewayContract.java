package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ApplyConflictException.FieldConflict;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ClusterException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.ListExpiredException;
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
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.CreateResult.AlreadyExists;
import dev.namespaces.spi.CreateResult.Created;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.testkit.contract.Concurrently.Outcome;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What every {@link ClusterGateway} does, on a real API server as on a fake. Extend it, hand in the gateway and say how
 * another user changes the cluster. The cluster may have other objects. Each test creates namespaces of its own and
 * asks the gateway to delete them. Nothing is cleaned up by force, so without a namespace controller they stay
 * terminating.
 */
public abstract class ClusterGatewayContract {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OURS = "namespaces.dev";
    private static final String KUBECTL = "kubectl";
    private static final String FINALIZER = "namespaces.dev/contract";
    private static final String NO_UID = "00000000-0000-4000-8000-000000000000";
    private static final String NO_VERSION = "1";
    private static final ApplyOptions APPLY = ApplyOptions.as(OURS);
    private static final ApplyOptions WHOLE = APPLY.withExtent(Extent.WHOLE_OBJECT);
    private static final CreateOptions CREATE = CreateOptions.as(OURS);
    private static final List<ApplyOptions> ALL_WAYS_TO_APPLY =
            List.of(APPLY, APPLY.withConflicts(Conflicts.TAKE_OVER), WHOLE, WHOLE.withConflicts(Conflicts.TAKE_OVER));

    private final List<String> namespaces = new ArrayList<>();
    private final List<HasMetadata> held = new ArrayList<>();

    /**
     * What a gateway, or the cluster that it is tested on, may lack. A test of a capability that is lacking is skipped
     * and says so.
     */
    public enum Capability {
        /** The cluster has a namespace controller, so a deleted namespace does not exist any more in the end. */
        NAMESPACE_CONTROLLER,
        /** The cluster serves {@code cilium.io/v2} CiliumNetworkPolicy. */
        CILIUM,
        /** The API server is Kubernetes 1.33 or newer, and so warns of {@code v1} Endpoints. */
        ENDPOINTS_WARNING,
        /** The gateway knows its clusters beforehand, so that an unknown one is an error that lists them. */
        LISTED_CLUSTERS,
        /** The test can make a continue token expire; see {@link #expire}. */
        EXPIRING_CONTINUE_TOKENS
    }

    /** Creates the contract for a test that extends it. */
    protected ClusterGatewayContract() {}

    /** Returns the gateway under test; called many times in a test, and each time reaching the same cluster. */
    protected abstract ClusterGateway gateway();

    /** Returns the cluster to test on. */
    protected abstract ClusterId cluster();

    /** Applies the manifest as that field manager, without the gateway, taking over fields that are in conflict. */
    protected abstract void applyAsOther(String fieldManager, HasMetadata manifest);

    /** Returns whether the gateway and its cluster have that capability; overridden to opt out. */
    protected boolean has(Capability capability) {
        return true;
    }

    /** Returns the prefix of the names of the tests' namespaces. */
    protected String namespacePrefix() {
        return "gateway-contract";
    }

    /**
     * Makes a deletion continue; override it if the namespace controller does not run by itself.
     *
     * @param namespace a namespace that is terminating
     */
    protected void runNamespaceController(String namespace) {}

    /**
     * Makes a continue token expire; override it if the test can do that.
     *
     * @param continueToken a token that the gateway has returned
     * @return the expired token, which may be another one
     */
    protected String expire(String continueToken) {
        throw new UnsupportedOperationException("Opt out of " + Capability.EXPIRING_CONTINUE_TOKENS);
    }

    /**
     * Returns the longest time that a real cluster takes to delete a namespace, or to report what delays the deletion.
     */
    protected Duration patience() {
        return Duration.ofSeconds(90);
    }

    @AfterEach
    void asks_for_the_deletion_of_its_namespaces() {
        Thread.interrupted();
        try {
            for (HasMetadata manifest : held) {
                manifest.getMetadata().setFinalizers(List.of());
                if (find(ResourceRef.of(manifest)).isPresent()) {
                    apply(manifest, WHOLE);
                }
            }
            for (String name : namespaces) {
                if (find(ResourceRef.namespace(name)).isPresent()) {
                    delete(ResourceRef.namespace(name));
                }
            }
        } catch (NamespaceException e) {
            Assumptions.abort("Some namespaces of this test stay on the cluster: " + e.getMessage());
        }
    }

    @Test
    void an_existing_object_is_changed_by_an_apply() {
        String name = newNamespace(Map.of("team", "shop"));
        String before = version(ResourceRef.namespace(name));

        ApplyResult result = apply(namespace(name, Map.of("team", "till")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(result.arrival()).isEqualTo(Arrival.SETTLED);
        assertThat(result.live().getMetadata().getLabels()).containsEntry("team", "till");
        assertThat(result.live().getMetadata().getResourceVersion())
                .isNotEqualTo(before)
                .isEqualTo(version(ResourceRef.namespace(name)));
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "till");
    }

    @Test
    void the_live_object_is_returned_by_an_apply() {
        String namespace = newNamespace();
        HasMetadata manifest = networkPolicy(namespace, allowTo("10.0.0.0/8"));
        create(networkPolicy(namespace, allowTo("10.1.0.0/16")));

        ApplyResult applied = apply(manifest, WHOLE);

        assertThat(tree(applied.live())).isEqualTo(tree(live(ResourceRef.of(manifest))));
        assertThat(spec(applied.live())).isEqualTo(allowTo("10.0.0.0/8"));
    }

    @Test
    void the_name_of_a_namespace_is_in_a_label_of_the_api_server() {
        String name = newName();

        HasMetadata created = create(namespace(name, Map.of()));
        ApplyResult applied = apply(namespace(name, Map.of("team", "shop")), APPLY);

        assertThat(created.getMetadata().getLabels()).containsEntry("kubernetes.io/metadata.name", name);
        assertThat(applied.live().getMetadata().getLabels()).containsEntry("kubernetes.io/metadata.name", name);
        assertThat(created.getMetadata().getManagedFields())
                .singleElement()
                .satisfies(creator -> assertThat(
                                creator.getFieldsV1().getAdditionalProperties().toString())
                        .contains("f:kubernetes.io/metadata.name"));
    }

    @Test
    void nothing_is_changed_by_the_same_apply_again() {
        String namespace = newNamespace();
        for (HasMetadata manifest : List.of(
                namespace(namespace, Map.of("team", "shop")),
                networkPolicy(namespace, allowTo("10.0.0.0/8")),
                configMap(namespace, "settings", Map.of("a", "1")))) {
            if (find(ResourceRef.of(manifest)).isEmpty()) {
                create(manifest);
            }
            for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
                HasMetadata first = apply(manifest, options).live();

                ApplyResult again = apply(manifest, options);

                assertThat(again.effect()).isEqualTo(Effect.UNCHANGED);
                assertThat(again.arrival()).isEqualTo(Arrival.SETTLED);
                assertThat(tree(again.live())).isEqualTo(tree(first));
                assertThat(tree(live(ResourceRef.of(manifest)))).isEqualTo(tree(first));
            }
        }
    }

    @Test
    void nothing_is_changed_by_the_same_whole_policy_that_denies_all_again() {
        String namespace = newNamespace();
        Map<String, Object> spec = new HashMap<>(allowTo("10.0.0.0/8"));
        // The API server stores no empty list, and takes one for a change of the spec each time.
        spec.put("egress", List.of());
        HasMetadata denyAll = networkPolicy(namespace, spec);
        create(networkPolicy(namespace, allowTo("10.0.0.0/8")));
        HasMetadata first = apply(denyAll, WHOLE).live();

        ApplyResult again = apply(denyAll, WHOLE);

        assertThat(again.effect()).isEqualTo(Effect.UNCHANGED);
        assertThat(tree(live(ResourceRef.of(denyAll)))).isEqualTo(tree(first));
        assertThat(spec(first)).isEqualTo(Map.of("podSelector", Map.of(), "policyTypes", List.of("Egress")));
    }

    @Test
    void keys_that_are_no_longer_sent_are_removed() {
        String name = newNamespace();
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
        String name = newNamespace(Map.of("team", "shop"));
        HasMetadata theirs = namespace(name, Map.of("cost-center", "42"));
        theirs.getMetadata().setAnnotations(Map.of("contact", "ops"));
        applyAsOther(KUBECTL, theirs);

        apply(namespace(name, Map.of("team", "till")), APPLY);
        apply(namespace(name, Map.of("team", "till")), APPLY.withConflicts(Conflicts.TAKE_OVER));
        apply(namespace(name, Map.of("team", "till")), WHOLE);
        apply(namespace(name, Map.of()), WHOLE.withConflicts(Conflicts.TAKE_OVER));

        HasMetadata live = live(ResourceRef.namespace(name));
        assertThat(live.getMetadata().getLabels())
                .containsEntry("cost-center", "42")
                .doesNotContainKey("team");
        assertThat(live.getMetadata().getAnnotations()).containsEntry("contact", "ops");
    }

    @Test
    void a_key_that_two_have_set_stays_when_we_no_longer_send_it() {
        String name = newNamespace(Map.of("team", "shop"));
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "shop")));

        apply(namespace(name, Map.of("team", "shop")), APPLY);
        apply(namespace(name, Map.of()), APPLY);

        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void a_conflict_names_manager_and_field_and_nothing_is_written() {
        String name = newNamespace(Map.of("tier", "web"));
        applyAsOther(KUBECTL, namespace(name, Map.of("example.com/team", "till")));
        HasMetadata before = live(ResourceRef.namespace(name));
        HasMetadata manifest = namespace(name, Map.of("example.com/team", "shop", "tier", "api"));

        assertFails(ApplyConflictException.class, () -> apply(manifest, APPLY))
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

        assertFails(
                        ApplyConflictException.class,
                        () -> apply(configMap(namespace, "settings", Map.of("a", "2", "b", "2", "c", "2")), APPLY))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactlyInAnyOrder(
                                new FieldConflict(KUBECTL, ".data.a"), new FieldConflict("argocd", ".data.b")));
    }

    @Test
    void the_conflict_is_reported_by_a_dry_run_as_well() {
        String name = newNamespace();
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "till")));

        assertFails(ApplyConflictException.class, () -> dryRun(namespace(name, Map.of("team", "shop")), APPLY));
    }

    @Test
    void a_field_that_is_taken_over_is_ours_from_then_on() {
        String name = newName();
        applyAsOther(KUBECTL, namespace(name, Map.of("team", "till", "cost-center", "42")));

        apply(namespace(name, Map.of("team", "shop")), APPLY.withConflicts(Conflicts.TAKE_OVER));

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
    void fields_of_others_stay_if_we_apply_our_own() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of("a", "1", "b", "1")));
        applyAsOther(KUBECTL, configMap(namespace, "settings", Map.of("theirs", "x")));

        apply(configMap(namespace, "settings", Map.of("a", "2")), APPLY);

        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "2", "theirs", "x"));
    }

    @Test
    void field_managers_are_told_apart() {
        String name = newNamespace();
        apply(namespace(name, Map.of("team", "shop")), ApplyOptions.as("first"));

        assertFails(
                        ApplyConflictException.class,
                        () -> apply(namespace(name, Map.of("team", "x")), ApplyOptions.as("second")))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactly(new FieldConflict("first", ".metadata.labels.team")));

        apply(namespace(name, Map.of("tier", "web")), ApplyOptions.as("second"));
        assertThat(labels(ResourceRef.namespace(name)))
                .containsEntry("team", "shop")
                .containsEntry("tier", "web");
    }

    @Test
    void a_whole_object_has_only_the_fields_that_we_send() {
        String namespace = newNamespace();
        ResourceRef policy = ResourceRef.of(networkPolicy(namespace, allowTo("10.0.0.0/8")));
        create(networkPolicy(namespace, allowTo("10.0.0.0/8")));
        Map<String, Object> wider = new HashMap<>(allowTo("0.0.0.0/0"));
        wider.put("ingress", List.of(Map.of()));
        wider.put("policyTypes", List.of("Egress", "Ingress"));
        applyAsOther(KUBECTL, networkPolicy(namespace, wider));
        assertThat(spec(live(policy))).as("the spec before").isEqualTo(wider);

        ApplyResult result = apply(networkPolicy(namespace, allowTo("10.0.0.0/8")), WHOLE);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(result.arrival()).isEqualTo(Arrival.SETTLED);
        assertThat(spec(result.live())).isEqualTo(allowTo("10.0.0.0/8"));
        assertThat(tree(live(policy))).isEqualTo(tree(result.live()));
    }

    @Test
    void a_whole_object_loses_fields_of_every_kind_that_others_added() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of("a", "1")));
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
    void a_whole_object_keeps_the_metadata_of_others() {
        String namespace = newNamespace();
        HasMetadata ours = configMap(namespace, "settings", Map.of("a", "1"));
        ours.getMetadata().setLabels(Map.of("team", "shop"));
        create(ours);
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
    void a_label_conflict_on_a_whole_object_writes_nothing() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of("a", "1")));
        HasMetadata theirs = configMap(namespace, "settings", Map.of("a", "theirs"));
        theirs.getMetadata().setLabels(Map.of("team", "till"));
        applyAsOther(KUBECTL, theirs);
        HasMetadata before = live(configMapRef(namespace, "settings"));
        HasMetadata ours = configMap(namespace, "settings", Map.of("a", "2"));
        ours.getMetadata().setLabels(Map.of("team", "shop"));

        assertFails(ApplyConflictException.class, () -> apply(ours, WHOLE))
                .satisfies(conflict ->
                        assertThat(conflict.conflicts()).contains(new FieldConflict(KUBECTL, ".metadata.labels.team")));
        assertThat(tree(live(configMapRef(namespace, "settings")))).isEqualTo(tree(before));

        apply(ours, WHOLE.withConflicts(Conflicts.TAKE_OVER));
        assertThat(labels(configMapRef(namespace, "settings"))).containsEntry("team", "shop");
        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "2"));
    }

    @Test
    void nothing_is_written_by_a_dry_run_of_a_whole_object() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of("a", "1")));
        applyAsOther(KUBECTL, configMap(namespace, "settings", Map.of("theirs", "x")));
        HasMetadata before = live(configMapRef(namespace, "settings"));

        ApplyResult result = dryRun(configMap(namespace, "settings", Map.of("a", "2")), WHOLE);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
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
        create(policy);
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
    void the_live_object_is_returned_by_a_create() {
        String name = newName();

        CreateResult result = create(namespace(name, Map.of("team", "shop")), CREATE);

        assertThat(result.arrival()).isEqualTo(Arrival.SETTLED);
        assertThat(result).isInstanceOfSatisfying(Created.class, created -> {
            assertThat(created.live().getMetadata().getUid()).isNotBlank();
            assertThat(created.live().getMetadata().getResourceVersion()).isNotBlank();
            assertThat(created.live().getMetadata().getCreationTimestamp()).isNotBlank();
            assertThat(created.warnings()).isEmpty();
            assertThat(tree(created.live())).isEqualTo(tree(live(ResourceRef.namespace(name))));
        });
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void an_object_that_was_created_is_bound_by_uid_and_version() {
        HasMetadata created = create(namespace(newName(), Map.of("team", "shop")));

        ApplyResult result = gateway()
                .apply(
                        cluster(),
                        bound(namespace(created.getMetadata().getName(), Map.of("team", "till")), created),
                        APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(gateway()
                        .delete(
                                cluster(),
                                ResourceRef.of(created),
                                DeleteOptions.of(
                                        created.getMetadata().getUid(),
                                        result.live().getMetadata().getResourceVersion())))
                .isEqualTo(DeleteResult.ACCEPTED);
    }

    @Test
    void an_existing_object_stays_as_it_is_if_it_is_created() {
        String name = newNamespace();
        HasMetadata before = live(ResourceRef.namespace(name));

        CreateResult result = create(namespace(name, Map.of("team", "shop")), CREATE);
        CreateResult dryRun = create(namespace(name, Map.of("team", "shop")), CREATE.withDryRun(true));

        assertThat(result).isEqualTo(new AlreadyExists(Arrival.SETTLED));
        assertThat(dryRun).isEqualTo(new AlreadyExists(Arrival.SETTLED));
        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void keys_that_a_create_has_set_count_as_applied() {
        String name = newName();
        create(namespace(name, Map.of("team", "shop", "tier", "web", "kept", "x")));

        apply(namespace(name, Map.of("team", "till", "kept", "x")), APPLY);

        assertThat(labels(ResourceRef.namespace(name)))
                .containsEntry("team", "till")
                .containsEntry("kept", "x")
                .doesNotContainKey("tier");
    }

    @Test
    void keys_that_a_create_has_set_are_a_conflict_for_another_manager() {
        String name = newName();
        create(namespace(name, Map.of("team", "shop")));

        assertFails(
                        ApplyConflictException.class,
                        () -> apply(namespace(name, Map.of("team", "x")), ApplyOptions.as("other")))
                .satisfies(conflict -> assertThat(conflict.conflicts())
                        .containsExactly(new FieldConflict(OURS, ".metadata.labels.team")));
    }

    @Test
    void nothing_is_written_by_a_dry_run_that_would_create() {
        String name = newName();

        ApplyResult applied = dryRun(namespace(name, Map.of("team", "shop")), APPLY);
        ApplyResult whole = dryRun(namespace(name, Map.of("team", "shop")), WHOLE);
        CreateResult created = create(namespace(name, Map.of("team", "shop")), CREATE.withDryRun(true));

        assertThat(applied.effect()).isEqualTo(Effect.CREATED);
        assertThat(applied.live().getMetadata().getLabels()).containsEntry("team", "shop");
        assertThat(whole.effect()).isEqualTo(Effect.CREATED);
        assertThat(created).isInstanceOf(Created.class);
        assertThat(created.arrival()).isEqualTo(Arrival.SETTLED);
        assertThat(find(ResourceRef.namespace(name))).isEmpty();
    }

    @Test
    void nothing_is_written_by_a_dry_run_that_would_change() {
        String name = newNamespace(Map.of("team", "shop"));
        HasMetadata before = live(ResourceRef.namespace(name));

        ApplyResult result = dryRun(namespace(name, Map.of("team", "till")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(result.arrival()).isEqualTo(Arrival.SETTLED);
        assertThat(result.live().getMetadata().getLabels()).containsEntry("team", "till");
        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void a_dry_run_that_would_change_nothing_says_so() {
        String namespace = newNamespace();
        HasMetadata manifest = networkPolicy(namespace, allowTo("10.0.0.0/8"));
        create(manifest);
        for (ApplyOptions options : List.of(APPLY, WHOLE)) {
            HasMetadata applied = apply(manifest, options).live();

            assertThat(dryRun(manifest, options).effect()).isEqualTo(Effect.UNCHANGED);
            assertThat(dryRun(bound(manifest, applied), options).effect()).isEqualTo(Effect.UNCHANGED);
        }
    }

    @Test
    void a_dry_run_in_a_planned_namespace_returns_the_plan() {
        String namespace = newName();
        HasMetadata manifest = networkPolicy(namespace, allowTo("10.0.0.0/8"));

        for (ApplyOptions options : List.of(APPLY, WHOLE)) {
            ApplyResult result = dryRun(manifest, options);

            assertThat(result.effect()).isEqualTo(Effect.CREATED);
            assertThat(ResourceRef.of(result.live())).isEqualTo(ResourceRef.of(manifest));
            assertThat(spec(result.live())).isEqualTo(allowTo("10.0.0.0/8"));
        }
        assertThat(create(manifest, CREATE.withDryRun(true)))
                .isInstanceOfSatisfying(
                        Created.class,
                        created -> assertThat(ResourceRef.of(created.live())).isEqualTo(ResourceRef.of(manifest)));
        assertThat(find(ResourceRef.namespace(namespace))).isEmpty();
    }

    @Test
    void an_apply_without_uid_or_version_is_a_mistake_of_the_caller() {
        String name = newNamespace();
        HasMetadata live = live(ResourceRef.namespace(name));
        HasMetadata withUid = namespace(name, Map.of("team", "shop"));
        withUid.getMetadata().setUid(live.getMetadata().getUid());
        HasMetadata withVersion = namespace(name, Map.of("team", "shop"));
        withVersion.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
        HasMetadata absent = namespace(newName(), Map.of("team", "shop"));

        for (HasMetadata manifest : List.of(namespace(name, Map.of("team", "shop")), withUid, withVersion, absent)) {
            for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
                assertThatIllegalArgumentException().isThrownBy(() -> gateway().apply(cluster(), manifest, options));
            }
        }

        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(live));
        assertThat(find(ResourceRef.of(absent))).isEmpty();
    }

    @Test
    void the_version_that_was_read_is_changed() {
        String name = newNamespace();
        HasMetadata read = live(ResourceRef.namespace(name));

        ApplyResult result = gateway().apply(cluster(), bound(namespace(name, Map.of("team", "shop")), read), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(labels(ResourceRef.namespace(name))).containsEntry("team", "shop");
    }

    @Test
    void an_apply_to_another_uid_is_refused() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of("a", "1")));
        HasMetadata ofNamespace =
                bound(namespace(namespace, Map.of("team", "shop")), NO_UID, version(ResourceRef.namespace(namespace)));
        HasMetadata ofConfigMap = bound(
                configMap(namespace, "settings", Map.of("a", "2")),
                NO_UID,
                version(configMapRef(namespace, "settings")));

        for (HasMetadata manifest : List.of(ofNamespace, ofConfigMap)) {
            for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
                for (boolean dryRun : List.of(false, true)) {
                    assertFails(
                                    PreconditionFailedException.class,
                                    () -> gateway().apply(cluster(), manifest, options.withDryRun(dryRun)))
                            .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.of(manifest)));
                }
            }
        }

        assertThat(labels(ResourceRef.namespace(namespace))).doesNotContainKey("team");
        assertThat(data(namespace, "settings")).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void an_apply_to_an_older_version_is_refused() {
        String name = newNamespace();
        HasMetadata read = live(ResourceRef.namespace(name));
        applyAsOther(KUBECTL, namespace(name, Map.of("cost-center", "42")));
        HasMetadata before = live(ResourceRef.namespace(name));
        HasMetadata manifest = bound(namespace(name, Map.of("team", "shop")), read);

        for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
            for (boolean dryRun : List.of(false, true)) {
                assertFails(
                                PreconditionFailedException.class,
                                () -> gateway().apply(cluster(), manifest, options.withDryRun(dryRun)))
                        .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.namespace(name)))
                        .satisfies(e -> assertThat(e.isRetryable()).isTrue());
            }
        }

        assertThat(tree(live(ResourceRef.namespace(name)))).isEqualTo(tree(before));
    }

    @Test
    void an_object_that_is_gone_is_never_created_by_an_apply() {
        String namespace = newNamespace();
        ResourceRef settings = configMapRef(namespace, "settings");
        HasMetadata gone = create(configMap(namespace, "settings", Map.of("a", "1")));
        delete(settings);
        HasMetadata neverWas = namespace(newName(), Map.of());

        for (HasMetadata manifest : List.of(
                bound(configMap(namespace, "settings", Map.of("a", "2")), gone),
                bound(neverWas, NO_UID, NO_VERSION),
                bound(configMap(neverWas.getMetadata().getName(), "settings", Map.of()), NO_UID, NO_VERSION))) {
            for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
                assertFails(PreconditionFailedException.class, () -> gateway().apply(cluster(), manifest, options))
                        .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.of(manifest)));
            }
            assertThat(find(ResourceRef.of(manifest))).isEmpty();
        }
    }

    @Test
    void an_object_that_replaced_the_one_that_was_read_stays() {
        String namespace = newNamespace();
        ResourceRef settings = configMapRef(namespace, "settings");
        HasMetadata first = create(configMap(namespace, "settings", Map.of("a", "1")));
        delete(settings);
        HasMetadata second = create(configMap(namespace, "settings", Map.of("a", "2")));

        for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
            HasMetadata manifest = configMap(namespace, "settings", Map.of("a", "3"));
            assertFails(
                    PreconditionFailedException.class,
                    () -> gateway().apply(cluster(), bound(manifest, first), options));
            assertFails(
                    PreconditionFailedException.class,
                    () -> gateway()
                            .apply(
                                    cluster(),
                                    bound(
                                            manifest,
                                            first.getMetadata().getUid(),
                                            second.getMetadata().getResourceVersion()),
                                    options));
        }

        assertThat(tree(live(settings))).isEqualTo(tree(second));
    }

    @Test
    void nothing_is_written_once_nothing_may_be_sent() {
        String namespace = newNamespace();
        String absent = newName();
        ResourceRef resource = ResourceRef.namespace(namespace);
        HasMetadata before = live(resource);

        for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
            assertFails(
                            LeaseLostException.class,
                            () -> apply(namespace(namespace, Map.of("team", "shop")), options.withMaySend(() -> false)))
                    .satisfies(e -> assertContext(e, Operation.APPLY, resource));
        }
        assertFails(
                        LeaseLostException.class,
                        () -> create(namespace(absent, Map.of()), CREATE.withMaySend(() -> false)))
                .satisfies(e -> assertContext(e, Operation.CREATE, ResourceRef.namespace(absent)));
        assertFails(
                        LeaseLostException.class,
                        () -> gateway()
                                .delete(
                                        cluster(),
                                        resource,
                                        DeleteOptions.of(
                                                        before.getMetadata().getUid(),
                                                        before.getMetadata().getResourceVersion())
                                                .withMaySend(() -> false)))
                .satisfies(e -> assertContext(e, Operation.DELETE, resource));

        assertThat(tree(live(resource))).isEqualTo(tree(before));
        assertThat(find(ResourceRef.namespace(absent))).isEmpty();
    }

    @Test
    void each_call_that_writes_asks_whether_it_may_send() {
        String name = newName();
        ResourceRef resource = ResourceRef.namespace(name);
        AtomicInteger asked = new AtomicInteger();
        BooleanSupplier counting = () -> asked.incrementAndGet() > 0;

        create(namespace(name, Map.of()), CREATE.withMaySend(counting));
        assertThat(asked.getAndSet(0)).isPositive();
        for (ApplyOptions options : List.of(APPLY, WHOLE)) {
            apply(namespace(name, Map.of("extent", options.extent().name())), options.withMaySend(counting));
            assertThat(asked.getAndSet(0)).isPositive();
        }
        HasMetadata live = live(resource);
        gateway()
                .delete(
                        cluster(),
                        resource,
                        DeleteOptions.of(
                                        live.getMetadata().getUid(),
                                        live.getMetadata().getResourceVersion())
                                .withMaySend(counting));
        assertThat(asked.get()).isPositive();
    }

    @Test
    void an_absent_object_is_not_found() {
        String namespace = newNamespace();

        assertThat(find(ResourceRef.namespace(newName()))).isEmpty();
        assertThat(find(configMapRef(namespace, "absent"))).isEmpty();
        assertThat(find(configMapRef(newName(), "absent"))).isEmpty();
    }

    @Test
    void the_fields_of_others_are_found() {
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
    void objects_with_the_labels_are_listed_in_all_namespaces() {
        String token = newToken();
        List<ResourceRef> expected = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String namespace = newNamespace();
            expected.add(ResourceRef.of(create(labelled(configMap(namespace, "a", Map.of()), "token", token))));
            create(labelled(configMap(namespace, "other-value", Map.of()), "token", token + "-2"));
            create(labelled(configMap(namespace, "other-key", Map.of()), "tokens", token));
            create(configMap(namespace, "no-label", Map.of()));
        }

        ObjectPage page = gateway().list(cluster(), configMaps(token));

        assertThat(page.items()).extracting(ResourceRef::of).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(page.continueToken()).isNull();
    }

    @Test
    void every_label_of_a_query_must_match() {
        String token = newToken();
        String namespace = newNamespace();
        create(configMap(namespace, "a", Map.of("token", token, "tier", "web"), Map.of()));
        create(configMap(namespace, "b", Map.of("token", token, "tier", "api"), Map.of()));
        create(configMap(namespace, "c", Map.of("token", token, "empty", ""), Map.of()));

        assertThat(listed(Map.of("token", token, "tier", "web"))).containsExactly("a");
        assertThat(listed(Map.of("token", token, "empty", ""))).containsExactly("c");
        assertThat(listed(Map.of("token", token))).containsExactly("a", "b", "c");
        assertThat(listed(Map.of("token", token, "tier", "db"))).isEmpty();
    }

    @Test
    void all_objects_of_the_kind_are_listed_without_labels() {
        String namespace = newNamespace();
        applyAsOther(KUBECTL, configMap(namespace, "theirs", Map.of()));
        create(configMap(namespace, "ours", Map.of()));

        List<HasMetadata> found = listAll(ListQuery.of("v1", "ConfigMap", Map.of()), 500);

        assertThat(found)
                .extracting(ResourceRef::of)
                .contains(configMapRef(namespace, "ours"), configMapRef(namespace, "theirs"))
                .doesNotContain(ResourceRef.namespace(namespace))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_listed_object_is_as_complete_as_one_that_is_found() {
        String token = newToken();
        String namespace = newNamespace(Map.of("token", token));
        create(labelled(networkPolicy(namespace, allowTo("10.0.0.0/8")), "token", token));

        for (ListQuery query : List.of(
                ListQuery.of("v1", "Namespace", Map.of("token", token)),
                ListQuery.of("networking.k8s.io/v1", "NetworkPolicy", Map.of("token", token)))) {
            assertThat(gateway().list(cluster(), query).items())
                    .singleElement()
                    .satisfies(item -> assertThat(tree(item)).isEqualTo(tree(live(ResourceRef.of(item)))));
        }
    }

    @Test
    void a_custom_kind_is_listed() {
        needs(Capability.CILIUM);
        String token = newToken();
        HasMetadata policy = create(labelled(
                ciliumPolicy(
                        newNamespace(),
                        Map.of("endpointSelector", Map.of(), "egress", List.of(Map.of("toEntities", List.of("all"))))),
                "token",
                token));

        assertThat(gateway()
                        .list(cluster(), ListQuery.of("cilium.io/v2", "CiliumNetworkPolicy", Map.of("token", token)))
                        .items())
                .singleElement()
                .satisfies(item -> assertThat(tree(item)).isEqualTo(tree(policy)));
    }

    @Test
    void a_list_is_complete_and_in_order_over_all_its_pages() {
        String token = newToken();
        String prefix = newName();
        List<String> keys = new ArrayList<>();
        for (String namespace : List.of(prefix + "-b", prefix, prefix + "-a", prefix + "0")) {
            create(namespace(namespace, Map.of()));
            namespaces.add(namespace);
            for (String name : List.of("b", "a", "a-1", "a.1", "a0")) {
                create(labelled(configMap(namespace, name, Map.of()), "token", token));
                keys.add(namespace + "/" + name);
            }
        }
        List<String> ordered = keys.stream().sorted().toList();

        for (int limit : new int[] {1, 3, 19, 20, 21, 500}) {
            assertThat(listAll(configMaps(token), limit))
                    .as("limit %s", limit)
                    .extracting(item -> item.getMetadata().getNamespace() + "/"
                            + item.getMetadata().getName())
                    .isEqualTo(ordered);
        }
    }

    @Test
    void the_later_pages_show_the_state_of_the_first_page() {
        String token = newToken();
        String namespace = newNamespace();
        for (String name : List.of("a", "b", "c", "d", "e")) {
            create(labelled(configMap(namespace, name, Map.of("state", "first")), "token", token));
        }
        ListQuery query = configMaps(token).withLimit(2);
        ObjectPage first = gateway().list(cluster(), query);

        create(labelled(configMap(namespace, "d-2", Map.of()), "token", token));
        delete(configMapRef(namespace, "d"));
        apply(labelled(configMap(namespace, "e", Map.of("state", "second")), "token", token), APPLY);

        List<HasMetadata> items = new ArrayList<>(first.items());
        String next = first.continueToken();
        while (next != null) {
            ObjectPage page = gateway().list(cluster(), query.withContinueToken(next));
            items.addAll(page.items());
            next = page.continueToken();
        }
        assertThat(items).extracting(item -> item.getMetadata().getName()).containsExactly("a", "b", "c", "d", "e");
        assertThat(items).allSatisfy(item -> assertThat(tree(item).get("data")).isEqualTo(Map.of("state", "first")));
        assertThat(listed(Map.of("token", token))).containsExactly("a", "b", "c", "d-2", "e");
    }

    @Test
    void an_object_is_listed_as_soon_as_it_was_written() {
        String token = newToken();
        String namespace = newNamespace();
        for (int i = 0; i < 10; i++) {
            create(labelled(configMap(namespace, "c-" + i, Map.of()), "token", token));
            assertThat(listed(Map.of("token", token))).hasSize(i + 1);
        }
        for (int i = 9; i >= 0; i--) {
            delete(configMapRef(namespace, "c-" + i));
            assertThat(listed(Map.of("token", token))).hasSize(i);
        }
    }

    @Test
    void a_list_has_to_begin_again_once_its_token_has_expired() {
        needs(Capability.EXPIRING_CONTINUE_TOKENS);
        String token = newToken();
        String namespace = newNamespace();
        for (String name : List.of("a", "b", "c")) {
            create(labelled(configMap(namespace, name, Map.of()), "token", token));
        }
        ListQuery query = configMaps(token).withLimit(2);
        ObjectPage first = gateway().list(cluster(), query);

        String expired = expire(Objects.requireNonNull(first.continueToken()));

        assertFails(ListExpiredException.class, () -> gateway().list(cluster(), query.withContinueToken(expired)))
                .satisfies(e -> assertThat(e.context().operation()).isEqualTo(Operation.LIST))
                .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(cluster()))
                .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        assertThat(listed(Map.of("token", token))).containsExactly("a", "b", "c");
    }

    @Test
    void a_deleted_object_is_gone() {
        String namespace = newNamespace();
        HasMetadata created = create(configMap(namespace, "settings", Map.of()));
        ResourceRef settings = configMapRef(namespace, "settings");
        DeleteOptions options = DeleteOptions.of(
                created.getMetadata().getUid(), created.getMetadata().getResourceVersion());

        assertThat(gateway().delete(cluster(), settings, options)).isEqualTo(DeleteResult.ACCEPTED);

        assertThat(find(settings)).isEmpty();
        assertThat(gateway().delete(cluster(), settings, options)).isEqualTo(DeleteResult.GONE);
    }

    @Test
    void an_object_that_never_existed_is_gone() {
        DeleteOptions options = DeleteOptions.of(NO_UID, NO_VERSION);

        assertThat(gateway().delete(cluster(), ResourceRef.namespace(newName()), options))
                .isEqualTo(DeleteResult.GONE);
        assertThat(gateway().delete(cluster(), configMapRef(newName(), "absent"), options))
                .isEqualTo(DeleteResult.GONE);
    }

    @Test
    void an_object_that_replaced_the_one_to_delete_stays() {
        String namespace = newNamespace();
        ResourceRef settings = configMapRef(namespace, "settings");
        String first =
                create(configMap(namespace, "settings", Map.of())).getMetadata().getUid();
        delete(settings);
        create(configMap(namespace, "settings", Map.of()));

        for (ResourceRef resource : List.of(settings, ResourceRef.namespace(namespace))) {
            assertFails(
                            PreconditionFailedException.class,
                            () -> gateway().delete(cluster(), resource, DeleteOptions.of(first, version(resource))))
                    .satisfies(e -> assertContext(e, Operation.DELETE, resource));
            assertThat(live(resource).getMetadata().getDeletionTimestamp()).isNull();
        }
    }

    @Test
    void an_object_that_changed_since_it_was_read_is_not_deleted() {
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of()));
        for (HasMetadata manifest : List.of(
                configMap(namespace, "settings", Map.of("theirs", "x")),
                namespace(namespace, Map.of("cost-center", "42")))) {
            ResourceRef resource = ResourceRef.of(manifest);
            HasMetadata read = live(resource);
            applyAsOther(KUBECTL, manifest);

            assertFails(
                            PreconditionFailedException.class,
                            () -> gateway()
                                    .delete(
                                            cluster(),
                                            resource,
                                            DeleteOptions.of(
                                                    read.getMetadata().getUid(),
                                                    read.getMetadata().getResourceVersion())))
                    .satisfies(e -> assertContext(e, Operation.DELETE, resource));
            assertThat(live(resource).getMetadata().getDeletionTimestamp()).isNull();
        }
    }

    @Test
    void a_finalizer_is_left_alone() {
        String namespace = newNamespace();
        ResourceRef settings = hold(namespace);

        assertThat(delete(settings)).isEqualTo(DeleteResult.ACCEPTED);
        assertThat(delete(settings)).isEqualTo(DeleteResult.ACCEPTED);

        HasMetadata live = live(settings);
        assertThat(live.getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(live.getMetadata().getFinalizers()).containsExactly(FINALIZER);
    }

    @Test
    void a_deleted_namespace_shows_that_it_is_terminating() {
        String namespace = newTerminatingNamespace();

        HasMetadata live = live(ResourceRef.namespace(namespace));

        assertThat(live.getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(tree(live).get("status"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("phase", "Terminating");
        assertThat(delete(ResourceRef.namespace(namespace))).isEqualTo(DeleteResult.ACCEPTED);
    }

    @Test
    void a_terminating_namespace_exists_already() {
        String namespace = newTerminatingNamespace();

        assertThat(create(namespace(namespace, Map.of()), CREATE)).isInstanceOf(AlreadyExists.class);
        assertThat(create(namespace(namespace, Map.of()), CREATE.withDryRun(true)))
                .isInstanceOf(AlreadyExists.class);
    }

    @Test
    void a_terminating_namespace_can_still_be_changed() {
        String namespace = newTerminatingNamespace();

        ApplyResult result = apply(namespace(namespace, Map.of("team", "shop")), APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
        assertThat(result.live().getMetadata().getDeletionTimestamp()).isNotNull();
    }

    @Test
    void nothing_is_created_in_a_terminating_namespace() {
        String namespace = newTerminatingNamespace();
        HasMetadata manifest = configMap(namespace, "settings", Map.of());
        ResourceRef settings = configMapRef(namespace, "settings");

        assertFails(NamespaceTerminatingException.class, () -> dryRun(manifest, APPLY))
                .satisfies(e -> assertContext(e, Operation.APPLY, settings))
                .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        for (boolean dryRun : List.of(false, true)) {
            assertFails(NamespaceTerminatingException.class, () -> create(manifest, CREATE.withDryRun(dryRun)))
                    .satisfies(e -> assertContext(e, Operation.CREATE, settings))
                    .satisfies(e -> assertThat(e.isRetryable()).isTrue());
        }
        assertFails(
                PreconditionFailedException.class,
                () -> gateway().apply(cluster(), bound(manifest, NO_UID, NO_VERSION), APPLY));

        assertThat(find(settings)).isEmpty();
    }

    @Test
    void objects_in_a_terminating_namespace_can_still_be_changed() {
        newTerminatingNamespace();
        HasMetadata manifest = held.get(0);
        manifest.getMetadata().setLabels(Map.of("team", "shop"));

        ApplyResult result = apply(manifest, APPLY);

        assertThat(result.effect()).isEqualTo(Effect.CHANGED);
    }

    @Test
    void the_conditions_of_a_terminating_namespace_are_returned() {
        needs(Capability.NAMESPACE_CONTROLLER);
        String namespace = newTerminatingNamespace();
        runNamespaceController(namespace);

        await().atMost(patience())
                .untilAsserted(() -> assertFails(
                                NamespaceTerminatingException.class,
                                () -> create(configMap(namespace, "x", Map.of()), CREATE))
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
    void a_name_is_free_again_once_its_namespace_is_gone() {
        needs(Capability.NAMESPACE_CONTROLLER);
        String namespace = newNamespace();
        create(configMap(namespace, "settings", Map.of()));
        ResourceRef resource = ResourceRef.namespace(namespace);
        String uid = live(resource).getMetadata().getUid();
        assertThat(delete(resource)).isEqualTo(DeleteResult.ACCEPTED);
        runNamespaceController(namespace);
        await().atMost(patience()).until(() -> find(resource).isEmpty());

        assertThat(gateway().delete(cluster(), resource, DeleteOptions.of(uid, NO_VERSION)))
                .isEqualTo(DeleteResult.GONE);
        assertThat(find(configMapRef(namespace, "settings"))).isEmpty();
        assertThat(create(namespace(namespace, Map.of()), CREATE)).isInstanceOf(Created.class);
        assertThat(live(resource).getMetadata().getUid()).isNotEqualTo(uid);
    }

    @Test
    void nothing_is_created_in_an_absent_namespace() {
        String namespace = newName();
        HasMetadata manifest = configMap(namespace, "settings", Map.of());

        assertFails(NamespaceAbsentException.class, () -> create(manifest, CREATE))
                .satisfies(e -> assertContext(e, Operation.CREATE, ResourceRef.of(manifest)))
                .satisfies(e -> assertThat(e.context().namespace()).isEqualTo(namespace));
        assertFails(
                        PreconditionFailedException.class,
                        () -> gateway().apply(cluster(), bound(manifest, NO_UID, NO_VERSION), APPLY))
                .satisfies(e -> assertContext(e, Operation.APPLY, ResourceRef.of(manifest)))
                .satisfies(e -> assertThat(e.context().namespace()).isEqualTo(namespace));

        assertThat(find(ResourceRef.namespace(namespace))).isEmpty();
    }

    @Test
    void a_kind_that_is_not_served_can_be_asked_for_but_not_written() {
        String namespace = newNamespace();
        for (String apiVersion : List.of("contract.namespaces.dev/v1", "networking.k8s.io/v1")) {
            GenericKubernetesResource manifest = resource(apiVersion, "Unheard", namespace, "thing");

            assertThat(serves(apiVersion, "Unheard")).isFalse();
            assertThat(find(ResourceRef.of(manifest))).isEmpty();
            assertThat(gateway().list(cluster(), ListQuery.of(apiVersion, "Unheard", Map.of())))
                    .isEqualTo(ObjectPage.empty());
            assertThat(gateway().delete(cluster(), ResourceRef.of(manifest), DeleteOptions.of(NO_UID, NO_VERSION)))
                    .isEqualTo(DeleteResult.GONE);
            Stream<ThrowingCallable> writes = Stream.of(
                    () -> gateway().apply(cluster(), bound(manifest, NO_UID, NO_VERSION), APPLY),
                    () -> dryRun(manifest, WHOLE),
                    () -> create(manifest, CREATE));
            writes.forEach(write -> assertFails(KindNotServedException.class, write)
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
        assertThat(dryRun(policy, WHOLE).effect()).isEqualTo(Effect.CREATED);
        assertThat(create(policy, CREATE)).isInstanceOf(Created.class);
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
            Stream<ThrowingCallable> writes = Stream.of(() -> create(manifest, CREATE), () -> dryRun(manifest, APPLY));
            writes.forEach(write -> assertFails(ManifestRejectedException.class, write)
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

        for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
            assertFails(ManifestRejectedException.class, () -> apply(namespace(name, Map.of("a", "-x")), options))
                    .satisfies(e -> assertThat(e.causes())
                            .extracting(ManifestRejectedException.FieldCause::field)
                            .contains("metadata.labels"));
        }

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
        String existing = newNamespace();
        GenericKubernetesResource ofExisting = resource("v1", "Namespace", null, existing);
        ofExisting.setAdditionalProperty("sepc", Map.of());
        return Stream.concat(
                Stream.of(topLevel, inSpec)
                        .map(manifest -> DynamicTest.dynamicTest(manifest.getKind(), () -> {
                            Stream<ThrowingCallable> writes =
                                    Stream.of(() -> dryRun(manifest, APPLY), () -> create(manifest, CREATE));
                            writes.forEach(write -> assertFails(ManifestRejectedException.class, write));
                            assertThat(find(ResourceRef.of(manifest))).isEmpty();
                        })),
                Stream.of(DynamicTest.dynamicTest("an existing Namespace", () -> {
                    HasMetadata before = live(ResourceRef.namespace(existing));
                    // The API server answers with the status 500, so the request counts as one that may still arrive.
                    for (ApplyOptions options : ALL_WAYS_TO_APPLY) {
                        assertThatExceptionOfType(ManifestRejectedException.class)
                                .isThrownBy(() -> apply(ofExisting, options));
                    }
                    assertThat(tree(live(ResourceRef.namespace(existing)))).isEqualTo(tree(before));
                })));
    }

    @Test
    void the_warnings_of_the_api_server_are_returned() {
        needs(Capability.ENDPOINTS_WARNING);
        String namespace = newNamespace();
        HasMetadata deprecated = resource("v1", "Endpoints", namespace, "old");

        for (boolean dryRun : List.of(true, false)) {
            assertThat(create(deprecated, CREATE.withDryRun(dryRun)))
                    .isInstanceOfSatisfying(
                            Created.class,
                            created -> assertThat(created.warnings())
                                    .singleElement(InstanceOfAssertFactories.STRING)
                                    .startsWith("v1 Endpoints is deprecated"));
        }
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
                () -> gateway().apply(unknown, bound(manifest, NO_UID, NO_VERSION), APPLY),
                () -> gateway().create(unknown, manifest, CREATE),
                () -> gateway().find(unknown, ResourceRef.of(manifest)),
                () -> gateway().list(unknown, ListQuery.of("v1", "Namespace", Map.of())),
                () -> gateway().delete(unknown, ResourceRef.of(manifest), DeleteOptions.of(NO_UID, NO_VERSION)),
                () -> gateway().serves(unknown, "v1", "Namespace"));
        calls.forEach(call -> assertFails(UnknownClusterException.class, call)
                .satisfies(e -> assertThat(e.known()).contains(cluster()).doesNotContain(unknown))
                .satisfies(e -> assertThat(e.context().cluster()).isEqualTo(unknown)));
    }

    @Test
    void an_interrupted_thread_writes_nothing_and_keeps_its_flag() {
        String namespace = newNamespace();
        String name = newName();
        HasMetadata manifest = namespace(name, Map.of());
        HasMetadata live = live(ResourceRef.namespace(namespace));

        Stream<ThrowingCallable> calls = Stream.of(
                () -> gateway().apply(cluster(), bound(namespace(namespace, Map.of("team", "shop")), live), APPLY),
                () -> dryRun(manifest, APPLY),
                () -> create(manifest, CREATE),
                () -> find(ResourceRef.of(manifest)),
                () -> gateway().list(cluster(), ListQuery.of("v1", "Namespace", Map.of())),
                () -> gateway()
                        .delete(
                                cluster(),
                                ResourceRef.namespace(namespace),
                                DeleteOptions.of(
                                        live.getMetadata().getUid(),
                                        live.getMetadata().getResourceVersion())),
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
        assertThat(tree(live(ResourceRef.namespace(namespace)))).isEqualTo(tree(live));
    }

    @Test
    void the_given_manifests_are_not_changed() {
        String namespace = newNamespace();
        HasMetadata created = namespace(newName(), Map.of("team", "shop"));
        HasMetadata applied = configMap(namespace, "settings", Map.of("a", "1"));
        HasMetadata policy = networkPolicy(namespace, allowTo("10.0.0.0/8"));
        List<HasMetadata> manifests = List.of(created, applied, policy);
        List<Map<String, Object>> before =
                manifests.stream().map(ClusterGatewayContract::tree).toList();

        for (HasMetadata manifest : manifests) {
            create(manifest, CREATE.withDryRun(true));
            create(manifest, CREATE);
            create(manifest, CREATE);
            dryRun(manifest, APPLY);
            dryRun(manifest, WHOLE);
            for (ApplyOptions options : List.of(APPLY, WHOLE)) {
                HasMetadata bound = bound(manifest, live(ResourceRef.of(manifest)));
                Map<String, Object> boundBefore = tree(bound);
                gateway().apply(cluster(), bound, options);
                assertThat(tree(bound)).isEqualTo(boundBefore);
            }
        }

        assertThat(manifests.stream().map(ClusterGatewayContract::tree)).isEqualTo(before);
    }

    @Test
    void one_of_many_concurrent_creates_succeeds() {
        for (int round = 0; round < 3; round++) {
            HasMetadata manifest = namespace(newName(), Map.of());

            List<CreateResult> results = successes(Concurrently.run(16, i -> () -> create(manifest, CREATE)));

            assertThat(results).filteredOn(Created.class::isInstance).hasSize(1);
            assertThat(results).filteredOn(AlreadyExists.class::isInstance).hasSize(15);
        }
    }

    @Test
    void one_of_many_concurrent_applies_to_a_version_changes_it() {
        for (int round = 0; round < 3; round++) {
            String name = newNamespace();
            HasMetadata read = live(ResourceRef.namespace(name));

            List<Outcome<ApplyResult>> outcomes = Concurrently.run(
                    16,
                    i -> () -> gateway()
                            .apply(
                                    cluster(),
                                    bound(namespace(name, Map.of("team", "team-" + i)), read),
                                    ApplyOptions.as("manager-" + i).withConflicts(Conflicts.TAKE_OVER)));

            assertThat(outcomes)
                    .filteredOn(Outcome::succeeded)
                    .singleElement()
                    .satisfies(outcome -> assertThat(outcome.value())
                            .extracting(ApplyResult::effect)
                            .isEqualTo(Effect.CHANGED));
            assertThat(outcomes)
                    .filteredOn(outcome -> !outcome.succeeded())
                    .allSatisfy(
                            outcome -> assertThat(outcome.failure()).isInstanceOf(PreconditionFailedException.class));
        }
    }

    @Test
    void no_label_is_lost_if_many_managers_apply_at_once() {
        String name = newNamespace();

        successes(Concurrently.run(8, i -> () -> {
            HasMetadata manifest = namespace(name, Map.of("label-" + i, "x"));
            while (true) {
                try {
                    return apply(manifest, ApplyOptions.as("manager-" + i));
                } catch (PreconditionFailedException e) {
                    assertThat(e.isRetryable()).isTrue();
                }
            }
        }));

        assertThat(labels(ResourceRef.namespace(name)))
                .containsKeys(IntStream.range(0, 8).mapToObj(i -> "label-" + i).toArray(String[]::new));
    }

    /** Applies the manifest to the object as it is now. */
    private ApplyResult apply(HasMetadata manifest, ApplyOptions options) {
        return gateway().apply(cluster(), bound(manifest, live(ResourceRef.of(manifest))), options);
    }

    private ApplyResult dryRun(HasMetadata manifest, ApplyOptions options) {
        return gateway().apply(cluster(), manifest, options.withDryRun(true));
    }

    private CreateResult create(HasMetadata manifest, CreateOptions options) {
        return gateway().create(cluster(), manifest, options);
    }

    /** Creates an object that does not exist yet, and returns it. */
    private HasMetadata create(HasMetadata manifest) {
        CreateResult result = create(manifest, CREATE);
        if (result instanceof Created created) {
            return created.live();
        }
        throw new AssertionError(ResourceRef.of(manifest) + " exists on " + cluster());
    }

    private Optional<HasMetadata> find(ResourceRef resource) {
        return gateway().find(cluster(), resource);
    }

    /** Deletes the object as it is now. */
    private DeleteResult delete(ResourceRef resource) {
        ObjectMeta metadata = live(resource).getMetadata();
        return gateway()
                .delete(cluster(), resource, DeleteOptions.of(metadata.getUid(), metadata.getResourceVersion()));
    }

    private boolean serves(String apiVersion, String kind) {
        return gateway().serves(cluster(), apiVersion, kind);
    }

    private static ListQuery configMaps(String token) {
        return ListQuery.of("v1", "ConfigMap", Map.of("token", token));
    }

    /** Returns the names of the config maps with these labels. */
    private List<String> listed(Map<String, String> labels) {
        return listAll(ListQuery.of("v1", "ConfigMap", labels), 500).stream()
                .map(item -> item.getMetadata().getName())
                .toList();
    }

    /** Returns the objects of all pages. */
    private List<HasMetadata> listAll(ListQuery query, int limit) {
        List<HasMetadata> items = new ArrayList<>();
        @Nullable String next = null;
        do {
            ObjectPage page = gateway().list(cluster(), query.withLimit(limit).withContinueToken(next));
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            items.addAll(page.items());
            next = page.continueToken();
        } while (next != null);
        return items;
    }

    /** Asserts that the call fails with that exception, and that no request of it may still arrive. */
    private static <E extends ClusterException> ThrowableAssertAlternative<E> assertFails(
            Class<E> type, ThrowingCallable call) {
        return assertThatExceptionOfType(type)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.arrival()).as("arrival").isEqualTo(Arrival.SETTLED));
    }

    private void needs(Capability capability) {
        Assumptions.assumeTrue(has(capability), () -> getClass().getSimpleName() + " has opted out of " + capability);
    }

    private static String newToken() {
        return "t-" + UUID.randomUUID();
    }

    private String newName() {
        String name = namespacePrefix() + "-" + UUID.randomUUID().toString().substring(0, 13);
        namespaces.add(name);
        return name;
    }

    private String newNamespace() {
        return newNamespace(Map.of());
    }

    private String newNamespace(Map<String, String> labels) {
        String name = newName();
        create(namespace(name, labels));
        return name;
    }

    /** Returns a namespace that was deleted and stays, because an object in it has a finalizer. */
    private String newTerminatingNamespace() {
        String name = newNamespace();
        hold(name);
        assertThat(delete(ResourceRef.namespace(name))).isEqualTo(DeleteResult.ACCEPTED);
        return name;
    }

    private ResourceRef hold(String namespace) {
        HasMetadata manifest = configMap(namespace, "held", Map.of());
        manifest.getMetadata().setFinalizers(List.of(FINALIZER));
        create(manifest);
        held.add(manifest);
        return ResourceRef.of(manifest);
    }

    private HasMetadata live(ResourceRef resource) {
        return find(resource).orElseThrow(() -> new AssertionError(resource + " does not exist on " + cluster()));
    }

    private String version(ResourceRef resource) {
        return live(resource).getMetadata().getResourceVersion();
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

    /** Returns a copy of the manifest that is bound to the object as it was read. */
    private static HasMetadata bound(HasMetadata manifest, HasMetadata read) {
        return bound(manifest, read.getMetadata().getUid(), read.getMetadata().getResourceVersion());
    }

    private static HasMetadata bound(HasMetadata manifest, String uid, String version) {
        HasMetadata copy = JSON.convertValue(JSON.valueToTree(manifest), manifest.getClass());
        copy.getMetadata().setUid(uid);
        copy.getMetadata().setResourceVersion(version);
        return copy;
    }

    private static <T extends HasMetadata> T labelled(T manifest, String key, String value) {
        manifest.getMetadata().setLabels(Map.of(key, value));
        return manifest;
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

    private static GenericKubernetesResource configMap(
            String namespace, String name, Map<String, String> labels, Map<String, String> data) {
        GenericKubernetesResource configMap = configMap(namespace, name, data);
        configMap.getMetadata().setLabels(labels);
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

package dev.namespaces.integration;

import static dev.namespaces.integration.RealPlatform.REAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.adopt.ReleaseIncompleteException;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.guard.AdmissionGuard;
import dev.namespaces.core.guard.GuardGap;
import dev.namespaces.core.guard.GuardPart;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * The admission guard on a real API server. Each guard has a label domain of its own, so it judges nothing of other
 * tests.
 */
@OnRealCluster(cilium = true, namespaceController = true)
@Timeout(120)
class AdmissionGuardOnRealClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final LabelScheme SCHEME = LabelScheme.ofDomain("matrix.example.com");

    private static KubeApiServer server;
    private static KubeApiServer.NamespaceController controllers;
    private static Fabric8ClusterGateway administrator;
    private static List<PolicyRule> lifecycleRole;
    private static final List<AdmissionGuard> installed = new ArrayList<>();

    @BeforeAll
    static void start(KubeApiServer cluster) {
        server = cluster;
        controllers = server.startControllersWithAccounts(
                "namespace-controller",
                "garbage-collector-controller",
                "serviceaccount-controller",
                "clusterrole-aggregation-controller",
                "validatingadmissionpolicy-status-controller");
        administrator =
                Fabric8ClusterGateway.builder().client(REAL, server.client()).build();
        lifecycleRole = server.readClusterRoles(Path.of("..", "docs", "rbac.yaml"))
                .get("namespaces-lifecycle")
                .getRules();
    }

    @AfterAll
    static void stop() {
        installed.forEach(guard -> guard.objects()
                .forEach(object -> server.client().resource(object).delete()));
        controllers.close();
        administrator.close();
    }

    private static void install(AdmissionGuard guard) {
        installed.add(guard);
        guard.apply(administrator, REAL);
    }

    // Who may do what

    private enum Who {
        LABELLER,
        CREATOR,
        EDITOR,
        US,
        NAMESPACE_CONTROLLER,
        ADMINISTRATOR
    }

    /**
     * One line of the table.
     *
     * @param path the path of a request, with the names of namespaces in capitals
     * @param denied a part of the message of the guard, or empty if the guard allows the request
     */
    private record Line(Who who, String method, String path, String body, String denied) {

        @Override
        public String toString() {
            return who + " " + method + " " + path + " " + body;
        }
    }

    private static Line allowed(Who who, String method, String path, String body) {
        return new Line(who, method, path, body, "");
    }

    private static Line denied(String message, Who who, String method, String path, String body) {
        return new Line(who, method, path, body, message);
    }

    private static final String NAMESPACES = "/api/v1/namespaces";
    private static final String CILIUM = "/apis/cilium.io/v2/namespaces/OURS/ciliumnetworkpolicies";
    private static final String KUBERNETES = "/apis/networking.k8s.io/v1/namespaces/OURS/networkpolicies";
    private static final String TEAM = "{\"metadata\": {\"labels\": {\"team\": \"x\"}}}";
    private static final String HOLD = "{\"metadata\": {\"finalizers\": [\"example.com/hold\"]}}";
    private static final String OUR_POLICY = "egress.matrix.example.com";

    private static List<Line> table() {
        List<Line> table = new ArrayList<>();
        marks(table);
        identity(table);
        egressOfOthers(table);
        pods(table);
        return table;
    }

    private static void marks(List<Line> table) {
        String ours = """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}}}""";
        String claim = """
                {"metadata": {"labels": {"matrix.example.com/environment": "shop-dev", "matrix.example.com/origin": "created"}}}""";
        String nonce = """
                {"metadata": {"annotations": {"matrix.example.com/created": "1"}}}""";
        String forgedFields = """
                {"metadata": {"managedFields": [{"manager": "matrix.example.com", "operation": "Apply", "apiVersion": "v1",
                  "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1",
                  "fieldsV1": {"f:metadata": {"f:labels": {"f:owner": {}}}}}]}}""";
        String victim = NAMESPACES + "/VICTIM";
        table.add(denied("sets or removes the label", Who.LABELLER, "PATCH", victim, ours));
        table.add(denied("writes labels under", Who.LABELLER, "PATCH", victim, claim));
        table.add(denied("writes labels under", Who.LABELLER, "PATCH", victim + "/status", claim));
        table.add(denied("writes labels under", Who.LABELLER, "PUT", victim + "/finalize", """
                {"metadata": {"name": "VICTIM", "labels": {"matrix.example.com/origin": "created"}}, "spec": {"finalizers": ["kubernetes"]}}"""));
        table.add(denied("writes annotations under", Who.LABELLER, "PATCH", victim, nonce));
        table.add(denied("its field manager owns", Who.LABELLER, "PATCH", victim, forgedFields));
        table.add(denied(
                "field manager",
                Who.LABELLER,
                "PATCH",
                victim + "?fieldManager=matrix.example.com",
                "{\"metadata\": {\"labels\": {\"owner\": \"x\"}}}"));
        table.add(denied("sets or removes the label", Who.LABELLER, "PATCH", NAMESPACES + "/OURS", """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}"""));
        table.add(denied("writes labels under", Who.LABELLER, "PATCH", NAMESPACES + "/OURS", """
                {"metadata": {"labels": {"matrix.example.com/environment": null}}}"""));
        table.add(denied("its field manager owns", Who.LABELLER, "PATCH", NAMESPACES + "/OURS", """
                {"metadata": {"labels": {"team": "mine"}}}"""));
        table.add(denied("writes labels under", Who.CREATOR, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW", "labels": {"matrix.example.com/environment": "shop-dev"}}}"""));
        table.add(denied("sets or removes the label", Who.CREATOR, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW", "labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}}}"""));
        table.add(denied(
                "field manager", Who.CREATOR, "POST", NAMESPACES + "?fieldManager=matrix.example.com-release", """
                {"metadata": {"name": "NEW", "labels": {"owner": "x"}}}"""));
        table.add(allowed(Who.CREATOR, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW", "labels": {"app.kubernetes.io/managed-by": "Helm", "team": "x"}}}"""));
        table.add(allowed(Who.LABELLER, "PATCH", victim, """
                {"metadata": {"labels": {"team": "x"}, "annotations": {"matrix.example.com/adopt-for": "shop-dev"}}}"""));
        table.add(allowed(Who.LABELLER, "PATCH", NAMESPACES + "/OURS", """
                {"metadata": {"labels": {"other": "x"}, "annotations": {"example.com/note": "hello"}}}"""));
        table.add(allowed(Who.ADMINISTRATOR, "PATCH", victim, claim));
    }

    private static void identity(List<Line> table) {
        String victim = NAMESPACES + "/VICTIM";
        String ours = NAMESPACES + "/OURS";
        table.add(denied("may not be adopted", Who.US, "PATCH", victim, TEAM));
        table.add(denied("may not be adopted", Who.US, "PATCH", victim, """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}}}"""));
        table.add(denied("protected name", Who.US, "PATCH", NAMESPACES + "/kube-system", TEAM));
        table.add(denied("finalizes no namespace", Who.US, "PATCH", ours + "/status", TEAM));
        table.add(denied("has created", Who.US, "DELETE", victim, ""));
        table.add(denied("has created", Who.US, "DELETE", NAMESPACES + "/ENSURED", ""));
        table.add(denied("has created", Who.US, "DELETE", NAMESPACES + "/ADOPTED", ""));
        table.add(denied("has the label", Who.US, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW"}}"""));
        table.add(denied("has the label", Who.US, "PATCH", ours, """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}"""));
        table.add(denied("of these labels", Who.US, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW", "labels": {"app.kubernetes.io/managed-by": "matrix.example.com",
                  "pod-security.kubernetes.io/enforce": "privileged"}}}"""));
        table.add(denied("of these labels", Who.US, "PATCH", ours, """
                {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}"""));
        table.add(denied("of these labels", Who.US, "PATCH", ours, """
                {"metadata": {"labels": {"foreign": null}}}"""));
        table.add(denied("of these annotations", Who.US, "PATCH", ours, """
                {"metadata": {"annotations": {"scheduler.alpha.kubernetes.io/node-selector": "a=b"}}}"""));
        table.add(denied("of these annotations", Who.US, "PATCH", ours, """
                {"metadata": {"annotations": {"matrix.example.com/adopt-for": "shop-dev"}}}"""));
        table.add(denied("keeps its environment", Who.US, "PATCH", ours, """
                {"metadata": {"labels": {"matrix.example.com/environment": "other"}}}"""));
        table.add(denied("only a create writes", Who.US, "PATCH", NAMESPACES + "/ADOPTED", """
                {"metadata": {"labels": {"matrix.example.com/origin": "created"}}}"""));
        table.add(denied("finalizers", Who.US, "PATCH", ours, HOLD));
        table.add(denied("finalizers", Who.US, "PATCH", NAMESPACES + "/HELD", """
                {"metadata": {"finalizers": null}}"""));
        table.add(denied("owners", Who.US, "PATCH", ours, """
                {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}]}}"""));
        table.add(denied("the spec of a namespace", Who.US, "POST", NAMESPACES, """
                {"metadata": {"name": "NEW", "labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}},
                  "spec": {"finalizers": ["example.com/hold"]}}"""));
        table.add(allowed(Who.US, "PATCH", ours, TEAM));
        table.add(allowed(Who.US, "PATCH", ours, """
                {"metadata": {"labels": {"stage.example.com/name": "x"}, "annotations": {"matrix.example.com/attempt": "x"}}}"""));
        table.add(allowed(Who.US, "PATCH", NAMESPACES + "/ENSURED", """
                {"metadata": {"labels": {"matrix.example.com/environment": "shop-dev", "matrix.example.com/origin": "adopted"}}}"""));
        table.add(allowed(Who.US, "PATCH", NAMESPACES + "/ADOPTABLE", """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": "matrix.example.com",
                  "matrix.example.com/environment": "shop-dev", "matrix.example.com/origin": "adopted"}}}"""));
        table.add(allowed(Who.US, "DELETE", ours, ""));
        policiesOfUs(table);
    }

    private static void policiesOfUs(List<Line> table) {
        String mark = """
                "labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}""";
        String named = "{\"metadata\": {\"name\": \"" + OUR_POLICY + "\", " + mark + "}, \"spec\": ";
        table.add(denied("writes only the policy", Who.US, "POST", CILIUM, """
                {"metadata": {"name": "more", %s}, "spec": {"endpointSelector": {}, "egress": [{}]}}""".formatted(mark)));
        table.add(denied("writes only the policy", Who.US, "DELETE", KUBERNETES + "/theirs", ""));
        table.add(denied(
                "not one of the namespace library",
                Who.US,
                "POST",
                CILIUM.replace("OURS", "VICTIM"),
                named + "{\"endpointSelector\": {}, \"egress\": [{}]}}"));
        table.add(denied("has the label", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}"""));
        table.add(denied("of these labels", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, TEAM));
        table.add(denied("of these annotations", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"metadata": {"annotations": {"example.com/note": "x"}}}"""));
        table.add(denied("finalizers", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, HOLD));
        table.add(denied("of all pods", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"spec": {"endpointSelector": {"matchLabels": {"app": "one"}}}}"""));
        table.add(denied("of all pods", Who.US, "POST", KUBERNETES, named + """
                {"podSelector": {"matchLabels": {"app": "one"}}, "policyTypes": ["Egress"]}}"""));
        table.add(denied("no ingress", Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"spec": {"ingress": [{"fromEntities": ["all"]}]}}"""));
        table.add(denied("no ingress", Who.US, "POST", KUBERNETES, named + """
                {"podSelector": {}, "policyTypes": ["Egress", "Ingress"], "ingress": [{}]}}"""));
        table.add(allowed(Who.US, "POST", KUBERNETES, named + """
                {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}}"""));
        table.add(allowed(Who.US, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"spec": {"egress": [{"toEntities": ["world"]}]}}"""));
        table.add(allowed(Who.US, "DELETE", CILIUM + "/" + OUR_POLICY, ""));
    }

    private static void egressOfOthers(List<Line> table) {
        String writesEgress = "writes egress";
        String writesOurs = "writes egress.matrix.example.com";
        table.add(denied(writesEgress, Who.EDITOR, "POST", KUBERNETES, """
                {"metadata": {"name": "open"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}}"""));
        table.add(denied(writesEgress, Who.EDITOR, "POST", KUBERNETES, """
                {"metadata": {"name": "open"}, "spec": {"podSelector": {}, "egress": [{}]}}"""));
        table.add(denied(writesEgress, Who.EDITOR, "POST", CILIUM, """
                {"metadata": {"name": "open"}, "spec": {"endpointSelector": {}, "egress": [{"toEntities": ["all"]}]}}"""));
        table.add(denied(writesEgress, Who.EDITOR, "POST", CILIUM, """
                {"metadata": {"name": "open"}, "specs": [{"endpointSelector": {}, "egress": [{"toEntities": ["all"]}]}]}"""));
        table.add(denied(writesEgress, Who.EDITOR, "PATCH", KUBERNETES + "/theirs", """
                {"spec": {"policyTypes": ["Ingress", "Egress"], "egress": [{}]}}"""));
        table.add(denied(writesOurs, Who.EDITOR, "PATCH", CILIUM + "/" + OUR_POLICY, """
                {"spec": {"egress": [{"toEntities": ["all"]}]}}"""));
        table.add(denied(writesOurs, Who.EDITOR, "PATCH", CILIUM + "/" + OUR_POLICY, HOLD));
        table.add(denied(writesOurs, Who.EDITOR, "DELETE", CILIUM + "/" + OUR_POLICY, ""));
        table.add(denied(writesOurs, Who.EDITOR, "DELETE", CILIUM, ""));
        table.add(denied(writesOurs, Who.EDITOR, "POST", KUBERNETES, """
                {"metadata": {"name": "egress.matrix.example.com"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}"""));
        table.add(allowed(Who.EDITOR, "POST", KUBERNETES, """
                {"metadata": {"name": "in"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}}"""));
        table.add(allowed(Who.EDITOR, "POST", CILIUM, """
                {"metadata": {"name": "in"}, "spec": {"endpointSelector": {}, "ingress": [{"fromEntities": ["all"]}]}}"""));
        table.add(allowed(Who.EDITOR, "DELETE", KUBERNETES + "/theirs", ""));
        table.add(allowed(Who.EDITOR, "PATCH", KUBERNETES + "/opened", HOLD));
        table.add(allowed(Who.EDITOR, "PATCH", CILIUM + "/opened", HOLD));
        table.add(allowed(Who.EDITOR, "PATCH", CILIUM.replace("OURS", "UNFENCING") + "/" + OUR_POLICY, """
                {"metadata": {"finalizers": null}}"""));
        table.add(denied(writesOurs, Who.EDITOR, "PATCH", CILIUM.replace("OURS", "UNFENCING") + "/" + OUR_POLICY, """
                {"spec": {"egress": [{"toEntities": ["all"]}]}}"""));
        table.add(allowed(Who.EDITOR, "POST", KUBERNETES.replace("OURS", "VICTIM"), """
                {"metadata": {"name": "open"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}}"""));
        table.add(allowed(Who.NAMESPACE_CONTROLLER, "DELETE", CILIUM, ""));
        table.add(allowed(Who.ADMINISTRATOR, "DELETE", CILIUM + "/" + OUR_POLICY, ""));
    }

    private static void pods(List<Line> table) {
        String pod = """
                {"metadata": {"name": "pod"}, "spec": {%s "containers": [{"name": "main", "image": "example.com/main:1"}]}}""";
        String plain = pod.formatted("");
        table.add(denied("no params found", Who.EDITOR, "POST", NAMESPACES + "/UNFENCED/pods", plain));
        table.add(denied(
                "hostNetwork", Who.EDITOR, "POST", NAMESPACES + "/OURS/pods", pod.formatted("\"hostNetwork\": true,")));
        table.add(denied("being deleted", Who.EDITOR, "POST", NAMESPACES + "/UNFENCING/pods", plain));
        table.add(allowed(Who.EDITOR, "POST", NAMESPACES + "/OURS/pods", plain));
        table.add(allowed(Who.EDITOR, "POST", NAMESPACES + "/ENSURED/pods", plain));
        table.add(allowed(Who.EDITOR, "POST", NAMESPACES + "/VICTIM/pods", plain));
    }

    @TestFactory
    Stream<DynamicTest> the_guard_denies_what_the_table_says_and_the_api_server_alone_allows_it() {
        Requests requests = new Requests();
        AdmissionGuard guard = AdmissionGuard.builder(requests.us)
                .labels(SCHEME)
                .keys(List.of("team", "stage.example.com/"))
                .adoption(AdoptionPolicy.CLAIMED)
                .build();
        // A guard that has just been installed takes effect within a second, so denials come first.
        List<Line> denialsFirst = table().stream()
                .sorted((one, other) ->
                        Boolean.compare(one.denied().isEmpty(), other.denied().isEmpty()))
                .toList();
        return Stream.of(
                        denialsFirst.stream()
                                .map(line -> DynamicTest.dynamicTest(
                                        "without the guard: " + line, () -> requests.assertAllowed(line))),
                        Stream.of(DynamicTest.dynamicTest("install the guard", () -> install(guard))),
                        denialsFirst.stream()
                                .map(line -> DynamicTest.dynamicTest("with the guard: " + line, () -> {
                                    if (line.denied().isEmpty()) {
                                        requests.assertAllowed(line);
                                    } else {
                                        requests.assertDenied(line);
                                    }
                                })),
                        Stream.of(DynamicTest.dynamicTest("close", requests::close)))
                .flatMap(tests -> tests);
    }

    // The library under the guard

    @Test
    void the_whole_lifecycle_works_if_the_guard_is_rendered_with_each_operation() {
        try (Guarded guarded = new Guarded("lifecycle.example.com")) {
            guarded.install(guard ->
                    guard.adoption(AdoptionPolicy.ALWAYS).allowRelease().allowTakeOver());

            assertThat(guarded.failuresOfTheWholeLifecycle()).isEmpty();
            // The namespace controller deletes the guarded policy of the deleted namespace.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(server.client()
                                    .namespaces()
                                    .withLabel("lifecycle.example.com/environment")
                                    .list()
                                    .getItems())
                            .isEmpty());
        }
    }

    @Test
    void adoption_release_and_take_over_are_refused_if_the_guard_is_rendered_without() {
        try (Guarded guarded = new Guarded("strict.example.com")) {
            guarded.install(guard -> guard);
            Namespace shop = guarded.platform.namespace(guarded.platform.environment);
            guarded.cilium.deploy(guarded.platform.environment.id());
            assertThatThrownBy(() -> guarded.cilium.release(List.of(shop.id())))
                    .isInstanceOf(ReleaseIncompleteException.class)
                    .hasMessageContaining("has the label app.kubernetes.io/managed-by");

            assertThat(guarded.failuresOfTheWholeLifecycle())
                    // What was not taken over cannot be deleted by its new owner.
                    .containsOnlyKeys("adopt", "adopt again", "take over", "delete")
                    .hasEntrySatisfying(
                            "adopt", failure -> assertThat(failure).hasMessageContaining("may not be adopted"))
                    .hasEntrySatisfying(
                            "take over", failure -> assertThat(failure).hasMessageContaining("keeps its environment"));
        }
    }

    @Test
    void a_namespace_is_adopted_if_its_owner_names_the_environment() {
        try (Guarded guarded = new Guarded("claimed.example.com")) {
            guarded.install(guard -> guard.adoption(AdoptionPolicy.CLAIMED));
            RealPlatform platform = guarded.platform;
            Namespace shop = platform.namespace(platform.environment);
            platform.createByHand(shop.name(), Map.of());
            DeployOptions claimed = DeployOptions.defaults().withAdoption(AdoptionPolicy.CLAIMED);
            assertThatThrownBy(() -> guarded.cilium.deploy(platform.environment.id(), claimed))
                    .isInstanceOf(DeploymentFailedException.class);
            platform.annotate(
                    shop.name(),
                    "claimed.example.com/adopt-for",
                    platform.environment.id().value());

            guarded.cilium.deploy(platform.environment.id(), claimed);

            assertThat(platform.live(shop.name()).getMetadata().getLabels())
                    .containsEntry("claimed.example.com/origin", "adopted");
        }
    }

    @Test
    void a_namespace_with_ingress_rules_is_deployed_in_both_dialects() {
        EgressSettings ingress = EgressSettings.defaults().withIngress(IngressMode.SAME_NAMESPACE);
        try (Guarded guarded = new Guarded("ingress.example.com", ingress)) {
            guarded.install(guard -> guard);
            Namespace shop = guarded.platform.namespace(guarded.platform.environment);

            guarded.cilium.deploy(guarded.platform.environment.id());
            guarded.kubernetes.deploy(guarded.platform.environment.id());

            assertThat(server.client()
                            .network()
                            .networkPolicies()
                            .inNamespace(shop.name())
                            .list()
                            .getItems())
                    .singleElement()
                    .satisfies(policy ->
                            assertThat(policy.getSpec().getPolicyTypes()).contains("Ingress"));
            // The server obeys the policies of the guard one after the other.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThatThrownBy(() -> guarded.client
                                    .network()
                                    .networkPolicies()
                                    .inNamespace(shop.name())
                                    .withName("egress.ingress.example.com")
                                    .dryRun()
                                    .edit(live -> live.edit()
                                            .editSpec()
                                            .addNewIngress()
                                            .endIngress()
                                            .endSpec()
                                            .build()))
                            .hasMessageContaining("from its own namespace only"));
        }
    }

    // What a cluster has of the guard

    @Test
    void the_preflight_says_what_is_missing_until_the_guard_is_complete() {
        try (Guarded guarded = new Guarded("preflight.example.com")) {
            AdmissionGuard guard = guarded.guard(each -> each);
            assertThat(guard.missing(administrator, REAL))
                    .hasSameSizeAs(guard.objects())
                    .extracting(GuardGap::reason)
                    .containsOnly(GuardGap.Reason.ABSENT);

            install(guard);

            String reader = server.newUser(List.of(new PolicyRuleBuilder()
                    .withApiGroups("admissionregistration.k8s.io")
                    .withResources("validatingadmissionpolicies", "validatingadmissionpolicybindings")
                    .withVerbs("get")
                    .build()));
            try (KubernetesClient client = new KubernetesClientBuilder()
                            .withConfig(server.config(reader))
                            .build();
                    Fabric8ClusterGateway gateway =
                            Fabric8ClusterGateway.builder().client(REAL, client).build()) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(guard.missing(gateway, REAL)).isEmpty());
            }
            assertThat(guard.apply(administrator, REAL)).isEmpty();
        }
    }

    @Test
    void the_preflight_finds_a_guard_that_was_weakened_and_apply_mends_it() {
        try (Guarded guarded = new Guarded("weakened.example.com")) {
            AdmissionGuard guard = guarded.guard(each -> each);
            install(guard);
            ValidatingAdmissionPolicyBinding binding = server.client()
                    .admissionRegistration()
                    .v1()
                    .validatingAdmissionPolicyBindings()
                    .withName("pods.weakened.example.com")
                    .edit(live -> live.edit()
                            .editSpec()
                            .withNewMatchResources()
                            .withNewNamespaceSelector()
                            .addToMatchLabels("nowhere", "true")
                            .endNamespaceSelector()
                            .endMatchResources()
                            .endSpec()
                            .build());

            assertThat(guard.missing(administrator, REAL))
                    .filteredOn(gap -> gap.reason() == GuardGap.Reason.DIFFERENT)
                    .extracting(GuardGap::object)
                    .containsExactly(ResourceRef.of(binding));
            assertThat(guard.apply(administrator, REAL)).containsExactly(ResourceRef.of(binding));
            assertThat(guard.missing(administrator, REAL))
                    .extracting(GuardGap::reason)
                    .doesNotContain(GuardGap.Reason.DIFFERENT);
        }
    }

    @Test
    void a_part_that_is_left_out_is_deleted_and_no_longer_missing() {
        try (Guarded guarded = new Guarded("parts.example.com")) {
            install(guarded.guard(each -> each));
            AdmissionGuard less = guarded.guard(each -> each.without(GuardPart.PODS, GuardPart.OUR_IDENTITY));

            assertThat(less.apply(administrator, REAL))
                    .extracting(ResourceRef::name)
                    .contains("pods.parts.example.com", "our-namespaces.parts.example.com")
                    .doesNotContain("namespaces-of-others.parts.example.com");

            assertThat(less.missing(administrator, REAL))
                    .extracting(GuardGap::reason)
                    .doesNotContain(GuardGap.Reason.ABSENT, GuardGap.Reason.DIFFERENT);
            assertThat(less.apply(administrator, REAL)).isEmpty();
        }
    }

    /** A platform with the rights of the shipped role, and a guard of a label domain. */
    private static final class Guarded implements AutoCloseable {

        private final LabelScheme scheme;
        private final String user = server.newUser(lifecycleRole);
        private final KubernetesClient client;
        private final RealPlatform platform;
        private final NamespaceLifecycle cilium;
        private final NamespaceLifecycle kubernetes;

        Guarded(String domain) {
            this(domain, EgressSettings.defaults());
        }

        Guarded(String domain, EgressSettings egress) {
            scheme = LabelScheme.ofDomain(domain);
            client = new KubernetesClientBuilder()
                    .withConfig(server.config(user))
                    .build();
            platform = new RealPlatform(server, client);
            cilium = lifecycle(egress);
            kubernetes = lifecycle(egress.withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES)));
        }

        private NamespaceLifecycle lifecycle(EgressSettings egress) {
            return platform.builder()
                    .labels(scheme)
                    .egressSettings(cluster -> egress)
                    .build();
        }

        AdmissionGuard guard(UnaryOperator<AdmissionGuard.Builder> operations) {
            return operations
                    .apply(cilium.admissionGuard(REAL, user).keys(List.of("team")))
                    .build();
        }

        /** Installs the guard, and waits until it denies what no guard of the domain allows. */
        void install(UnaryOperator<AdmissionGuard.Builder> operations) {
            AdmissionGuardOnRealClusterTest.install(guard(operations));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThatThrownBy(() -> client.resource(new NamespaceBuilder()
                                            .withNewMetadata()
                                            .withName(server.newName("probe"))
                                            .endMetadata()
                                            .build())
                                    .dryRun()
                                    .create())
                            .hasMessageContaining("has the label"));
        }

        Map<String, Throwable> failuresOfTheWholeLifecycle() {
            return WholeLifecycle.failures(WholeLifecycle.steps(server, platform, cilium, kubernetes));
        }

        @Override
        public void close() {
            cilium.close();
            kubernetes.close();
            platform.close();
            client.close();
        }
    }

    /**
     * Sends the requests of the table as dry runs. A dry run passes the same authorization and admission as a write, so
     * no request spoils the next one.
     */
    private static final class Requests {

        private final Map<String, String> namespaces = new LinkedHashMap<>();
        private final Map<Who, KubernetesClient> clients = new EnumMap<>(Who.class);
        // One right more than the library needs, which the guard takes away.
        private final String us =
                server.newUser(Stream.concat(lifecycleRole.stream(), Stream.of(rule("", "namespaces/status", "patch")))
                        .toList());

        Requests() {
            String labeller = server.newUser(List.of(
                    rule("", "namespaces", "get", "patch"),
                    rule("", "namespaces/status", "patch"),
                    rule("", "namespaces/finalize", "update")));
            String creator = server.newUser(List.of(rule("", "namespaces", "create")));
            // The stock role knows nothing of Cilium; clusters with Cilium often grant its policies to editors, too.
            String editor = server.newUser(List.of(
                    rule("cilium.io", "ciliumnetworkpolicies", "create", "patch", "delete", "deletecollection")));
            clients.put(Who.LABELLER, client(server.config(labeller)));
            clients.put(Who.CREATOR, client(server.config(creator)));
            clients.put(Who.EDITOR, client(server.config(editor)));
            clients.put(Who.US, client(server.config(us)));
            clients.put(
                    Who.NAMESPACE_CONTROLLER,
                    client(server.config("system:serviceaccount:kube-system:namespace-controller")));
            clients.put(Who.ADMINISTRATOR, server.client());
            for (String name :
                    List.of("OURS", "VICTIM", "ENSURED", "ADOPTED", "ADOPTABLE", "HELD", "UNFENCED", "UNFENCING")) {
                namespaces.put(name, server.newName(name.toLowerCase(Locale.ROOT)));
            }
            namespaces.put("NEW", server.newName("new"));
            create();
            for (String name : List.of("OURS", "VICTIM", "ENSURED", "UNFENCED", "UNFENCING")) {
                server.client()
                        .resource(new RoleBindingBuilder()
                                .withNewMetadata()
                                .withName("editor")
                                .withNamespace(namespaces.get(name))
                                .endMetadata()
                                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "edit")
                                .addNewSubject("rbac.authorization.k8s.io", "User", editor, null)
                                .build())
                        .create();
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertAllowed(allowed(Who.EDITOR, "POST", KUBERNETES, """
                        {"metadata": {"name": "probe"}, "spec": {"podSelector": {}}}"""));
                assertThat(server.client()
                                .serviceAccounts()
                                .inNamespace(namespaces.get("UNFENCING"))
                                .withName("default")
                                .get())
                        .isNotNull();
            });
        }

        private static PolicyRule rule(String group, String resource, String... verbs) {
            return new PolicyRuleBuilder()
                    .withApiGroups(group)
                    .withResources(resource)
                    .withVerbs(verbs)
                    .build();
        }

        private static KubernetesClient client(Config config) {
            return new KubernetesClientBuilder().withConfig(config).build();
        }

        private void create() {
            String ofEnvironment = """
                    "app.kubernetes.io/managed-by": "matrix.example.com", "matrix.example.com/environment": "shop-dev\"""";
            String created = ofEnvironment + ", \"matrix.example.com/origin\": \"created\"";
            write(Who.US, "OURS", "\"labels\": {" + created + ", \"team\": \"storefront\"}");
            write(Who.ADMINISTRATOR, "VICTIM", "\"labels\": {\"owner\": \"victim\"}");
            write(Who.US, "ENSURED", "\"labels\": {\"app.kubernetes.io/managed-by\": \"matrix.example.com\"}");
            write(Who.US, "ADOPTED", "\"labels\": {" + ofEnvironment + ", \"matrix.example.com/origin\": \"adopted\"}");
            write(Who.ADMINISTRATOR, "ADOPTABLE", "\"annotations\": {\"matrix.example.com/adopt-for\": \"shop-dev\"}");
            write(Who.US, "HELD", "\"labels\": {" + created + "}, \"finalizers\": [\"example.com/hold\"]");
            write(Who.US, "UNFENCED", "\"labels\": {" + created + "}");
            write(Who.US, "UNFENCING", "\"labels\": {" + created + "}");
            must(send(Who.ADMINISTRATOR, "PATCH", NAMESPACES + "/OURS", """
                    {"metadata": {"labels": {"foreign": "x"}}}"""));
            String policy = """
                    {"metadata": {"name": "egress.matrix.example.com", %s "labels": {"app.kubernetes.io/managed-by": "matrix.example.com"}},
                      "spec": {"endpointSelector": {}, "egress": [{}]}}""";
            must(send(Who.US, "POST", CILIUM, policy.formatted("")));
            String unfencing = CILIUM.replace("OURS", "UNFENCING");
            must(send(Who.US, "POST", unfencing, policy.formatted("\"finalizers\": [\"example.com/hold\"],")));
            must(send(Who.US, "DELETE", unfencing + "/" + OUR_POLICY, ""));
            must(send(Who.ADMINISTRATOR, "POST", KUBERNETES, """
                    {"metadata": {"name": "theirs"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}"""));
            must(send(Who.ADMINISTRATOR, "POST", KUBERNETES, """
                    {"metadata": {"name": "opened"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}}"""));
            must(send(Who.ADMINISTRATOR, "POST", CILIUM, """
                    {"metadata": {"name": "opened"}, "spec": {"endpointSelector": {}, "egress": [{}]}}"""));
        }

        private void write(Who who, String name, String metadata) {
            must(send(
                    who,
                    "POST",
                    NAMESPACES + "?fieldManager=" + (who == Who.US ? SCHEME.fieldManager() : "others"),
                    "{\"metadata\": {\"name\": \"" + name + "\", " + metadata + "}}"));
        }

        private static void must(HttpResponse<String> response) {
            assertThat(response.isSuccessful()).as(response.body()).isTrue();
        }

        void assertAllowed(Line line) {
            HttpResponse<String> response = dryRun(line);
            assertThat(response.isSuccessful()).as(response.body()).isTrue();
        }

        void assertDenied(Line line) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                HttpResponse<String> response = dryRun(line);
                assertThat(response.isSuccessful()).as(response.body()).isFalse();
                assertThat(response.body())
                        .contains("ValidatingAdmissionPolicy")
                        .contains(line.denied());
            });
        }

        private HttpResponse<String> dryRun(Line line) {
            return send(
                    line.who(),
                    line.method(),
                    line.path() + (line.path().contains("?") ? "&" : "?") + "dryRun=All",
                    line.body());
        }

        private HttpResponse<String> send(Who who, String method, String path, String body) {
            KubernetesClient client = clients.get(who);
            URI uri = URI.create(client.getMasterUrl().toString().replaceAll("/$", "") + named(path));
            // The API server knows the kind of its own resources by their path, but not that of custom resources.
            String object = method.equals("POST") && path.contains("cilium")
                    ? body.replaceFirst("\\{", "{\"apiVersion\": \"cilium.io/v2\", \"kind\": \"CiliumNetworkPolicy\",")
                    : body;
            HttpRequest request = client.getHttpClient()
                    .newHttpRequestBuilder()
                    .uri(uri)
                    .method(
                            method,
                            method.equals("PATCH") ? "application/merge-patch+json" : "application/json",
                            named(object))
                    .build();
            return client.getHttpClient().sendAsync(request, String.class).join();
        }

        private String named(String text) {
            String named = text;
            for (Map.Entry<String, String> each : namespaces.entrySet()) {
                named = named.replaceAll("\\b" + each.getKey() + "\\b", each.getValue());
            }
            return named;
        }

        void close() {
            clients.remove(Who.ADMINISTRATOR);
            clients.values().forEach(KubernetesClient::close);
        }
    }
}

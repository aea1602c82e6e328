package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.ciliumPolicy;
import static dev.namespaces.fabric8.RealCluster.createObject;
import static dev.namespaces.fabric8.RealCluster.delete;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static dev.namespaces.fabric8.RealCluster.toEntities;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessRule;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.testservers.HttpModule;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The shipped roles on a real API server: they suffice, and each rule is needed. */
@OnRealCluster(cilium = true)
class RolesTest {

    private static final Path SHIPPED = Path.of("..", "docs", "rbac.yaml");
    private static final List<AccessRule> ALL = AccessRule.lifecycle(Set.of(PolicyDialect.values()));
    private static final ApplyOptions WHOLE = ApplyOptions.as(MANAGER).withExtent(Extent.WHOLE_OBJECT);

    private static KubeApiServer server;
    private static Fabric8ClusterGateway asAdmin;
    private static Map<String, ClusterRole> roles;

    @BeforeAll
    static void open(KubeApiServer cluster) {
        server = cluster;
        asAdmin = Fabric8ClusterGateway.builder().client(ID, server.client()).build();
        roles = server.readClusterRoles(SHIPPED);
    }

    @Test
    void the_shipped_roles_are_what_the_preflight_asks_for() {
        assertThat(roles).containsOnlyKeys("namespaces-ensure-only", "namespaces-lifecycle", "namespaces-cilium-probe");
        assertThat(granted(roles.get("namespaces-ensure-only"))).isEqualTo(named(AccessRule.ensureOnly()));
        assertThat(granted(roles.get("namespaces-lifecycle"))).isEqualTo(named(ALL));
        assertThat(granted(roles.get("namespaces-cilium-probe"))).isEqualTo(named(AccessRule.ciliumProbe()));
    }

    @Test
    void a_user_without_any_role_lacks_everything() {
        try (As nobody = as(name("nobody"))) {
            assertThat(nobody.gateway.missingAccess(ID, ALL)).isEqualTo(ALL);
        }
    }

    @Test
    void with_the_ensure_only_role_ensuring_works_and_nothing_else() {
        try (As user = asNewUser(roles.get("namespaces-ensure-only"))) {
            assertThat(user.gateway.missingAccess(ID, AccessRule.ensureOnly())).isEmpty();
            assertThat(user.gateway.missingAccess(ID, ALL)).containsExactlyElementsOf(ALL.subList(2, ALL.size()));

            user.attempts().forEach((rule, attempt) -> {
                if (AccessRule.ensureOnly().contains(rule)) {
                    succeeds(attempt);
                } else {
                    isForbidden(attempt, rule);
                }
            });
            assertThatExceptionOfType(KubernetesClientException.class)
                    .isThrownBy(() -> user.client.namespaces().list());
        }
    }

    @Test
    void with_the_lifecycle_role_everything_works() {
        try (As user = asNewUser(roles.get("namespaces-lifecycle"))) {
            assertThat(user.gateway.missingAccess(ID, ALL)).isEmpty();

            user.attempts().values().forEach(RolesTest::succeeds);
        }
    }

    @Test
    void a_role_in_one_namespace_is_found_when_asked_about_that_namespace() {
        String home = name("home");
        createObject(asAdmin, namespace(home, Map.of()));
        String name = name("tenant");
        server.client()
                .resource(new RoleBuilder()
                        .withNewMetadata()
                        .withNamespace(home)
                        .withName(name)
                        .endMetadata()
                        .withRules(roles.get("namespaces-lifecycle").getRules())
                        .build())
                .create();
        server.client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withNamespace(home)
                        .withName(name)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                        .addNewSubject("rbac.authorization.k8s.io", "User", name, null)
                        .build())
                .create();
        try (As tenant = as(name)) {
            await().untilAsserted(() -> assertThat(tenant.gateway.missingAccess(ID, ALL, home))
                    .as("no role in a namespace lets anybody create or list namespaces")
                    .extracting(RolesTest::named)
                    .containsExactly("[create] [] [namespaces]", "[list] [] [namespaces]"));
            assertThat(tenant.gateway.missingAccess(ID, ALL)).isEqualTo(ALL);
            assertThat(tenant.gateway.find(ID, ResourceRef.namespace(home))).isPresent();
        }
    }

    @TestFactory
    Stream<DynamicTest> without_one_rule_what_it_is_for_fails_and_everything_else_works() {
        ClusterRole role = roles.get("namespaces-lifecycle");
        return ALL.stream()
                .map(lacking -> DynamicTest.dynamicTest(lacking.toString(), () -> {
                    ClusterRole less = new ClusterRoleBuilder(role)
                            .withRules(role.getRules().stream()
                                    .filter(rule -> !granted(rule).equals(named(lacking)))
                                    .toList())
                            .build();
                    assertThat(less.getRules()).hasSize(role.getRules().size() - 1);
                    try (As user = asNewUser(less)) {
                        assertThat(user.gateway.missingAccess(ID, ALL)).containsExactly(lacking);

                        Map<AccessRule, ThrowingCallable> attempts = user.attempts();
                        isForbidden(attempts.remove(lacking), lacking);
                        attempts.values().forEach(RolesTest::succeeds);
                    }
                }));
    }

    private static void succeeds(ThrowingCallable attempt) {
        try {
            attempt.call();
        } catch (Throwable e) {
            throw new AssertionError("It should be allowed", e);
        }
    }

    private static void isForbidden(ThrowingCallable attempt, AccessRule rule) {
        assertThatExceptionOfType(ForbiddenException.class)
                .isThrownBy(attempt)
                .satisfies(e -> assertThat(e.verb()).isEqualTo(rule.verb()))
                .satisfies(e -> assertThat(e.resourceType()).isEqualTo(rule.qualifiedResource()))
                .satisfies(e -> assertThat(e.isRetryable()).isFalse());
    }

    /** A user, and the gateway through its eyes. */
    private static final class As implements AutoCloseable {

        final KubernetesClient client;
        final Fabric8ClusterGateway gateway;

        As(String user) {
            client = HttpModule.VERTX.client(server.config(user));
            gateway = Fabric8ClusterGateway.builder().client(ID, client).build();
        }

        /** Returns for each rule a call that needs this rule, and as few others as possible. */
        Map<AccessRule, ThrowingCallable> attempts() {
            Map<AccessRule, ThrowingCallable> attempts = new LinkedHashMap<>();
            for (AccessRule rule : ALL) {
                String home = name("roles");
                createObject(asAdmin, namespace(home, Map.of()));
                HasMetadata object = switch (rule.resource()) {
                    case "namespaces" -> namespace(name("roles"), Map.of());
                    case "ciliumnetworkpolicies" -> ciliumPolicy(home, "egress", toEntities("cluster"));
                    default -> denyAll(home, "egress");
                };
                ResourceRef resource = ResourceRef.of(object);
                attempts.put(
                        rule,
                        switch (rule.verb()) {
                            case "get" -> () -> gateway.find(ID, resource);
                            case "list" ->
                                () -> gateway.list(
                                        ID, ListQuery.of(resource.apiVersion(), resource.kind(), Map.of("a", "1")));
                            case "create" -> () -> gateway.create(ID, object, CreateOptions.as(MANAGER));
                            case "patch" -> {
                                HasMetadata manifest = bound(object, createObject(asAdmin, object));
                                yield () -> gateway.apply(ID, manifest, WHOLE);
                            }
                            default -> {
                                HasMetadata live = createObject(asAdmin, object);
                                yield () -> delete(gateway, live);
                            }
                        });
            }
            return attempts;
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private static As as(String user) {
        return new As(user);
    }

    private static As asNewUser(ClusterRole role) {
        return as(server.newUser(role.getRules()));
    }

    private static List<String> granted(ClusterRole role) {
        return role.getRules().stream().map(RolesTest::granted).toList();
    }

    private static String granted(PolicyRule rule) {
        assertThat(rule.getVerbs()).hasSize(1);
        return rule.getVerbs() + " " + rule.getApiGroups() + " " + rule.getResources();
    }

    private static List<String> named(List<AccessRule> rules) {
        return rules.stream().map(RolesTest::named).toList();
    }

    private static String named(AccessRule rule) {
        return List.of(rule.verb()) + " " + List.of(rule.apiGroup()) + " " + List.of(rule.resource());
    }
}

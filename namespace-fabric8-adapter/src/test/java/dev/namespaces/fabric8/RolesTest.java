package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.ciliumPolicy;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.name;
import static dev.namespaces.fabric8.RealCluster.namespace;
import static dev.namespaces.fabric8.RealCluster.toEntities;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
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

/** The shipped roles on a real API server: they suffice, and nothing in them can go. */
@OnRealCluster(cilium = true)
class RolesTest {

    private static final Path SHIPPED = Path.of("..", "docs", "rbac.yaml");
    private static final List<AccessRule> ALL = AccessRule.lifecycle(Set.of(PolicyDialect.values()));
    private static final ApplyOptions WHOLE = ApplyOptions.as(MANAGER).with(Extent.WHOLE_OBJECT);

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
        assertThat(roles).containsOnlyKeys("namespaces-ensure-only", "namespaces-lifecycle");
        assertThat(granted(roles.get("namespaces-ensure-only"))).isEqualTo(named(AccessRule.ensureOnly()));
        assertThat(granted(roles.get("namespaces-lifecycle"))).isEqualTo(named(ALL));
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

        /** For each rule something that needs this rule and of the others as few as can be. */
        Map<AccessRule, ThrowingCallable> attempts() {
            Map<AccessRule, ThrowingCallable> attempts = new LinkedHashMap<>();
            for (AccessRule rule : ALL) {
                String home = name("roles");
                asAdmin.apply(ID, namespace(home, Map.of()), WHOLE);
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
                            case "create" -> () -> gateway.create(ID, object, MANAGER, false);
                            case "patch" -> {
                                asAdmin.apply(ID, object, WHOLE);
                                yield () -> gateway.apply(ID, object, WHOLE);
                            }
                            default -> {
                                String uid = asAdmin.apply(ID, object, WHOLE)
                                        .live()
                                        .getMetadata()
                                        .getUid();
                                yield () -> gateway.delete(ID, resource, uid);
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

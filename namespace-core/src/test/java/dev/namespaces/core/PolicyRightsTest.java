package dev.namespaces.core;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnauthorizedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.AccessReviews;
import dev.namespaces.testkit.MovableClock;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A namespace is not created if it is known that its policy cannot be. */
class PolicyRightsTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    private final Platform platform = new Platform();
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build(), "shop-api");
    private final MovableClock clock = MovableClock.at(Platform.NOW);
    private final List<String> reviewed = new ArrayList<>();
    private boolean allowed = true;
    private boolean reviewFails;
    private final NamespaceLifecycle lifecycle =
            platform.builder(reviewing(), platform.stores.stores()).clock(clock).build();

    @AfterEach
    void close() {
        lifecycle.close();
        platform.lifecycle.close();
    }

    @Test
    void not_created_is_a_namespace_whose_policy_a_review_denies() {
        lifecycle.deploy(dev.id());
        platform.namespace(dev, "shop-web");
        allowed = false;

        assertThatThrownBy(() -> lifecycle.deploy(dev.id()))
                .isInstanceOf(DeploymentFailedException.class)
                .cause()
                .isInstanceOfSatisfying(ForbiddenException.class, e -> {
                    assertThat(e.verb()).isEqualTo("create");
                    assertThat(e.resourceType()).isEqualTo("ciliumnetworkpolicies.cilium.io");
                });

        assertThat(exists("shop-web")).isFalse();
        assertThat(reviewed).containsExactly("shop-api");

        allowed = true;
        lifecycle.deploy(dev.id());
        assertThat(exists("shop-web")).isTrue();
    }

    @Test
    void remembered_for_ten_minutes_is_that_policies_can_be_created() {
        lifecycle.deploy(dev.id());
        for (String name : List.of("shop-web", "shop-db")) {
            platform.namespace(dev, name);
            lifecycle.deploy(dev.id());
        }
        assertThat(reviewed).hasSize(1);

        clock.advance(Duration.ofMinutes(10));
        platform.namespace(dev, "shop-jobs");
        lifecycle.deploy(dev.id());

        assertThat(reviewed).hasSize(2);
    }

    @Test
    void created_is_a_namespace_if_no_review_is_possible() {
        lifecycle.deploy(dev.id());
        platform.namespace(dev, "shop-web");
        reviewFails = true;

        lifecycle.deploy(dev.id());

        assertThat(exists("shop-web")).isTrue();
    }

    @Test
    void not_created_is_a_namespace_if_the_fixed_kind_is_not_served() {
        platform.clusters.cluster(EU).stopServing("cilium.io/v2", "CiliumNetworkPolicy");

        try (NamespaceLifecycle fixed = platform.builder()
                .egressSettings(
                        cluster -> EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.CILIUM)))
                .build()) {
            assertThatThrownBy(() -> fixed.deploy(dev.id()))
                    .isInstanceOf(DeploymentFailedException.class)
                    .hasCauseInstanceOf(KindNotServedException.class);
        }

        assertThat(exists("shop-api")).isFalse();
    }

    private boolean exists(String name) {
        return platform.clusters.cluster(EU).find(ResourceRef.namespace(name)).isPresent();
    }

    private AccessReviews reviewing() {
        return (AccessReviews) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AccessReviews.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("extension")) {
                        return Optional.of(proxy);
                    }
                    if (!method.getName().equals("missingAccess")) {
                        try {
                            return method.invoke(platform.gateway, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                    if (reviewFails) {
                        throw new UnauthorizedException(ErrorContext.of(Operation.REVIEW_ACCESS, EU), "expired", null);
                    }
                    reviewed.add((String) arguments[2]);
                    return allowed ? List.of() : List.copyOf((java.util.Collection<?>) arguments[1]);
                });
    }
}

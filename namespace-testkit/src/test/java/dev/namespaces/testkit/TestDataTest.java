package dev.namespaces.testkit;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestDataTest {

    @Test
    void everything_fits_together_by_default() {
        Environment environment = anEnvironment().build();
        Namespace namespace = aNamespace().build();
        EgressPolicy policy = anEgressPolicy().build();

        assertThat(environment.id()).isEqualTo(new EnvironmentId("shop-dev"));
        assertThat(environment.clusters()).containsExactly(new ClusterId("eu-1"));
        assertThat(namespace.environmentId()).isEqualTo(environment.id());
        assertThat(namespace.name()).isEqualTo("shop-dev");
        assertThat(namespace.isLive()).isTrue();
        assertThat(policy.owner()).isEqualTo(environment.projectId());
        assertThat(policy.isLive()).isTrue();
    }

    @Test
    void an_environment_is_as_it_is_said_to_be() {
        Environment environment = anEnvironment()
                .organization("globex")
                .project("till")
                .name("prod")
                .clusters("eu-1", "us-1")
                .label("tier", "gold")
                .promotionOrder(3)
                .build();

        assertThat(environment.id()).isEqualTo(new EnvironmentId("till-prod"));
        assertThat(environment.organizationId()).isEqualTo(new OrganizationId("globex"));
        assertThat(environment.projectId()).isEqualTo(new ProjectId("till"));
        assertThat(environment.clusters()).containsExactly(new ClusterId("eu-1"), new ClusterId("us-1"));
        assertThat(environment.labels()).containsEntry("tier", "gold");
        assertThat(environment.promotionOrder()).isEqualTo(3);
        assertThat(anEnvironment().id("x").cluster("c").build().id()).isEqualTo(new EnvironmentId("x"));
    }

    @Test
    void a_namespace_like_another_differs_in_what_is_said_later() {
        Namespace other = aNamespace()
                .in(TestData.newEnvironmentId())
                .name("till-web")
                .metadata("team", "till")
                .metadata("kept", "x")
                .annotation("note", "x")
                .version(2)
                .updatedAt(TestData.NOW)
                .deletedAt(TestData.NOW)
                .build();

        assertThat(aNamespace().metadata("gone", "x").like(other).build()).isEqualTo(other);
        assertThat(aNamespace().like(other).metadata("team", "shop").build().metadata())
                .containsOnly(Map.entry("team", "shop"), Map.entry("kept", "x"));
    }

    @Test
    void a_namespace_is_as_it_is_said_to_be() {
        Instant later = Instant.parse("2026-02-01T00:00:00Z");
        Environment environment = anEnvironment().project("till").build();

        Namespace namespace = aNamespace()
                .in(environment)
                .id("ns-1")
                .name("till-web")
                .metadata("team", "till")
                .annotation("note", "x")
                .version(2)
                .updatedAt(later)
                .deletedAt(later)
                .build();

        assertThat(namespace.environmentId()).isEqualTo(environment.id());
        assertThat(namespace.id().value()).isEqualTo("ns-1");
        assertThat(namespace.name()).isEqualTo("till-web");
        assertThat(namespace.metadata()).containsEntry("team", "till");
        assertThat(namespace.annotations()).containsEntry("note", "x");
        assertThat(namespace.version()).isEqualTo(2);
        assertThat(namespace.updatedAt()).isEqualTo(later);
        assertThat(namespace.isLive()).isFalse();
    }

    @Test
    void two_namespaces_never_have_the_same_id() {
        assertThat(aNamespace().build().id()).isNotEqualTo(aNamespace().build().id());
    }

    @Test
    void a_policy_is_as_it_is_said_to_be() {
        assertThat(anEgressPolicy().build().mode()).isInstanceOf(EgressMode.AllowList.class);
        assertThat(anEgressPolicy().denyingAll().build().mode()).isInstanceOf(EgressMode.DenyAll.class);
        assertThat(anEgressPolicy().allowingAll().build().mode()).isInstanceOf(EgressMode.AllowAll.class);
        assertThat(anEgressPolicy().ofOrganization("acme").build().owner()).isEqualTo(new OrganizationId("acme"));
        assertThat(anEgressPolicy().ofProject("till").build().owner()).isEqualTo(new ProjectId("till"));
        assertThat(anEgressPolicy().deletedAt(Instant.EPOCH).build().isLive()).isFalse();
        assertThat(anEgressPolicy().id("p").build().id().value()).isEqualTo("p");
    }
}

package dev.namespaces.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ErrorsTest {

    private static final ErrorContext APPLY = ErrorContext.of(
                    "apply",
                    new ClusterId("eu-1"),
                    new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", "web", "egress"))
            .withEnvironment(new EnvironmentId("shop-dev"));

    @Test
    void a_message_says_what_failed_on_what_why_and_what_to_do() {
        assertThat(new ForbiddenException(APPLY, "patch", "networkpolicies.networking.k8s.io", "no role", null))
                .hasMessage("Cannot apply NetworkPolicy web/egress on cluster eu-1 for environment shop-dev: "
                        + "not allowed to patch networkpolicies.networking.k8s.io (403); "
                        + "grant it to our user, or ask why: no role");
    }

    @Test
    void facts_are_fields() {
        ForbiddenException e = new ForbiddenException(APPLY, "patch", "networkpolicies", "no role", null);

        assertThat(e.context().cluster()).isEqualTo(new ClusterId("eu-1"));
        assertThat(e.context().namespace()).isEqualTo("web");
        assertThat(e.context().environmentId()).isEqualTo(new EnvironmentId("shop-dev"));
        assertThat(e.verb()).isEqualTo("patch");
        assertThat(e.isRetryable()).isFalse();
        assertThat(e.retryAfter()).isEmpty();
    }

    @Test
    void a_retry_says_whether_and_when() {
        assertThat(new ThrottledException(APPLY, Duration.ofSeconds(3), null).retryAfter())
                .contains(Duration.ofSeconds(3));
        ThrottledException unknown = new ThrottledException(APPLY, null, null);
        assertThat(unknown.isRetryable()).isTrue();
        assertThat(unknown.retryAfter()).isEmpty();
    }

    @Test
    void a_server_error_may_pass_and_a_client_error_does_not() {
        assertThat(new ClusterFailureException(APPLY, 503, "x", null).isRetryable())
                .isTrue();
        assertThat(new ClusterFailureException(APPLY, 418, "x", null).isRetryable())
                .isFalse();
    }

    @Test
    void a_terminating_namespace_names_what_holds_it() {
        assertThat(new NamespaceTerminatingException(
                        APPLY, List.of(new DeletionCondition("NamespaceFinalizersRemaining", "r", "pods held")), null))
                .hasMessageContaining("held by [NamespaceFinalizersRemaining: pods held]");
    }

    @Test
    void an_error_of_a_cluster_always_names_it() {
        assertThatThrownBy(() -> new ClusterUnreachableException(ErrorContext.of("apply"), "x", null))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void unknown_environments_and_clusters_are_listed_in_order() {
        assertThat(new UnknownEnvironmentException(
                        ErrorContext.of("deploy"), List.of(new EnvironmentId("b"), new EnvironmentId("a"))))
                .hasMessageContaining("'a', 'b'");
        assertThat(new UnknownClusterException(
                        ErrorContext.of("find", new ClusterId("mars")),
                        List.of(new ClusterId("us"), new ClusterId("eu"))))
                .hasMessageContaining("known are [eu, us]");
    }
}

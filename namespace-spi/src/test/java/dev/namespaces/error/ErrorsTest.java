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
                    Operation.APPLY,
                    new ClusterId("eu-1"),
                    new ResourceRef("networking.k8s.io/v1", "NetworkPolicy", "web", "egress"))
            .withEnvironment(new EnvironmentId("shop-dev"));

    @Test
    void a_message_names_the_failure_its_object_its_cause_and_the_remedy() {
        assertThat(new ForbiddenException(APPLY, "patch", "networkpolicies.networking.k8s.io", "no role", null))
                .hasMessage("Cannot apply NetworkPolicy web/egress on cluster eu-1 for environment shop-dev: "
                        + "our user is not allowed to patch networkpolicies.networking.k8s.io (403); "
                        + "grant it that, or ask why: no role");
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
    void the_conditions_of_a_terminating_namespace_are_named() {
        assertThat(new NamespaceTerminatingException(
                        APPLY, List.of(new DeletionCondition("NamespaceFinalizersRemaining", "r", "pods held")), null))
                .hasMessageContaining("held by [NamespaceFinalizersRemaining: pods held]");
    }

    @Test
    void an_error_of_a_cluster_always_names_it() {
        assertThatThrownBy(() -> new ClusterUnreachableException(ErrorContext.of(Operation.APPLY), "x", null))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void unknown_environments_and_clusters_are_listed_in_order() {
        assertThat(new UnknownEnvironmentException(
                        ErrorContext.of(Operation.DEPLOY), List.of(new EnvironmentId("b"), new EnvironmentId("a"))))
                .hasMessageContaining("'a', 'b'");
        assertThat(new UnknownClusterException(
                        ErrorContext.of(Operation.FIND, new ClusterId("mars")),
                        List.of(new ClusterId("us"), new ClusterId("eu"))))
                .hasMessageContaining("known are [eu, us]");
    }

    @Test
    void a_message_without_an_object_names_the_kind_of_operation() {
        EnvironmentId environment = new EnvironmentId("shop-dev");

        assertThat(ErrorContext.of(Operation.FIND_NAMESPACES, environment))
                .hasToString("find namespaces for environment shop-dev");
        assertThat(ErrorContext.of(Operation.INSERT, environment).withNamespace("shop-web"))
                .hasToString("insert namespace shop-web for environment shop-dev");
        assertThat(ErrorContext.of(Operation.PLAN_DEPLOYMENT, new ClusterId("eu-1"), ResourceRef.namespace("shop-web")))
                .hasToString("plan the deployment of Namespace shop-web on cluster eu-1");
        assertThat(Operation.MIGRATE.text()).isEqualTo("migrate the schema");
    }

    @Test
    void a_request_may_still_arrive_until_the_gateway_says_otherwise() {
        ClusterException failure = new ClusterUnreachableException(APPLY, "x", null);

        assertThat(failure.arrival()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
        assertThat(failure.settled()).isSameAs(failure);
        assertThat(failure.arrival()).isEqualTo(Arrival.SETTLED);
    }

    @Test
    void the_worst_category_is_the_one_that_passes_least_by_itself() {
        assertThat(ErrorCategory.values())
                .containsExactly(
                        ErrorCategory.UNAVAILABLE,
                        ErrorCategory.NOT_FOUND,
                        ErrorCategory.CONFLICT,
                        ErrorCategory.REFUSED,
                        ErrorCategory.INVALID,
                        ErrorCategory.MISCONFIGURED,
                        ErrorCategory.INTERNAL);
        assertThat(ErrorCategory.worst(
                        List.of(ErrorCategory.CONFLICT, ErrorCategory.MISCONFIGURED, ErrorCategory.UNAVAILABLE)))
                .isEqualTo(ErrorCategory.MISCONFIGURED);
        assertThatThrownBy(() -> ErrorCategory.worst(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void several_failures_are_retried_after_the_longest_wait_or_never() {
        Retry brief = Retry.after(Duration.ofSeconds(1));
        Retry longest = Retry.after(Duration.ofSeconds(5));

        assertThat(Retry.ofAll(List.of(brief, longest, Retry.later()))).isEqualTo(longest);
        assertThat(Retry.ofAll(List.of(Retry.later(), Retry.later()))).isEqualTo(Retry.later());
        assertThat(Retry.ofAll(List.of(longest, Retry.never()))).isEqualTo(Retry.never());
        assertThat(Retry.ofAll(List.of())).isEqualTo(Retry.later());
    }

    @Test
    void text_that_is_not_valid_is_repeated_up_to_80_characters() {
        String cluster = "x".repeat(80) + "y".repeat(1000);

        InvalidTextException failure = new InvalidTextException("cluster id", cluster, "must be shorter");

        assertThat(failure)
                .hasMessage("Cannot parse the given text: the cluster id '" + "x".repeat(80) + "…' must be shorter");
        assertThat(failure.what()).isEqualTo("cluster id");
        assertThat(failure.problem()).isEqualTo("must be shorter");
        assertThat(failure.reason()).isEqualTo("the cluster id '" + "x".repeat(80) + "…' must be shorter");
        assertThat(new InvalidTextException("cluster id", "a\nb\u001b[0m\ud800", "is bad"))
                .hasMessageContaining("'a\\u000ab\\u001b[0m\\ud800'");
        assertThat(new InvalidTextException("value", null, "is bad")).hasMessageEndingWith(": the value is bad");
    }

    @Test
    void an_unexpected_exception_of_a_gateway_is_repeated_in_part() {
        GatewayContractException failure =
                GatewayContractException.threw(APPLY, new IllegalStateException("z".repeat(10_000)));

        assertThat(failure).hasMessageContaining("IllegalStateException: zzz").hasMessageContaining("zz…");
        assertThat(failure.getMessage()).hasSizeLessThan(600);
    }

    @Test
    void a_failure_below_500_is_one_of_the_set_up() {
        assertThat(new ClusterFailureException(APPLY, 0, "x", null).category()).isEqualTo(ErrorCategory.MISCONFIGURED);
        assertThat(new ClusterFailureException(APPLY, 404, "x", null).category())
                .isEqualTo(ErrorCategory.MISCONFIGURED);
        assertThat(new ClusterFailureException(APPLY, 500, "x", null).category())
                .isEqualTo(ErrorCategory.UNAVAILABLE);
    }
}

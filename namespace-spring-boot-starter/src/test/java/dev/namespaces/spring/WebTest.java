package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.Omission;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PolicyWidenedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

class WebTest {

    @Test
    void no_advice_exists_unless_the_host_asks_for_it() {
        WebApplicationContextRunner host = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(NamespacesWebAutoConfiguration.class));

        host.run(context -> assertThat(context).doesNotHaveBean(FailureAdvice.class));
        host.withPropertyValues("namespaces.web.problem-details=true")
                .run(context -> assertThat(context).hasSingleBean(FailureAdvice.class));
    }

    @Test
    void failures_become_problems_with_the_status_of_their_category() {
        Host.withFakes().run(context -> {
            MockMvc web = MockMvcBuilders.standaloneSetup(new Controller(context.getBean(NamespaceLifecycle.class)))
                    .setControllerAdvice(new FailureAdvice())
                    .build();

            web.perform(get("/deploy/No!"))
                    .andExpect(status().isBadRequest())
                    .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON));
            web.perform(get("/deploy/missing"))
                    .andExpect(status().isNotFound())
                    .andExpect(result -> assertThat(result.getResponse().getContentAsString())
                            .contains(
                                    "\"type\":\"urn:namespaces:unknown-environment\"",
                                    "\"category\":\"NOT_FOUND\"",
                                    "\"detail\":\"")
                            .doesNotContain("\"message\":"));

            String id = Host.store(context).id().value();
            FakeClusters clusters = context.getBean(FakeClusters.class);
            clusters.faults().on(call -> true).fail(Failure.throttled(Duration.ofSeconds(7)));
            web.perform(get("/deploy/" + id))
                    .andExpect(status().isServiceUnavailable())
                    .andExpect(header().string("Retry-After", "7"));
        });
    }

    @Test
    void the_problem_of_a_failed_deployment_has_no_stored_values() {
        Host.withFakes().run(context -> {
            EnvironmentId id = Host.store(context).id();
            NamespaceLifecycle lifecycle = context.getBean(NamespaceLifecycle.class);
            lifecycle.create(NamespaceRequest.of(id, "shop-jobs").withAnnotation("example.com/note", "a stored value"));
            context.getBean(FakeClusters.class).faults().on(call -> true).fail(Failure.unreachable());
            MockMvc web = MockMvcBuilders.standaloneSetup(new Controller(lifecycle))
                    .setControllerAdvice(new FailureAdvice())
                    .build();

            String problem =
                    web.perform(get("/deploy/" + id)).andReturn().getResponse().getContentAsString();

            assertThat(problem)
                    .contains("deployment-failed", "the API server cannot be reached")
                    .doesNotContain("a stored value", "allow-list");
        });
    }

    @Test
    void a_report_in_a_failure_of_the_host_is_left_out_under_any_name() {
        Host.withFakes().run(context -> {
            EnvironmentId id = Host.store(context).id();
            NamespaceLifecycle lifecycle = context.getBean(NamespaceLifecycle.class);
            lifecycle.create(NamespaceRequest.of(id, "shop-jobs").withAnnotation("example.com/note", "a stored value"));
            DeploymentReport report = lifecycle.deploy(id);

            ProblemDetail problem = problem(new ShopFailure(report));

            assertThat(NamespacesJson.write(report)).contains("a stored value");
            assertThat(facts(problem)).isEqualTo(Map.of("count", 3, "names", List.of("shop-web")));
        });
    }

    @Test
    void facts_that_say_what_to_correct_are_in_the_problem() {
        assertThat(facts(problem(new InvalidNamespaceRequestException(
                        ErrorContext.of(Operation.CREATE), List.of(new Violation("name", "wrong"))))))
                .isEqualTo(Map.of("violations", List.of(Map.of("path", "name", "message", "wrong"))));
        assertThat(facts(problem(new EgressPolicyOwnerTakenException(
                        new EgressPolicyId("default"), new ProjectId("shop"), null))))
                .isEqualTo(Map.of("id", "default", "owner", Map.of("type", "project", "id", "shop")));
    }

    static Stream<NamespaceException> failures_that_name_egress_rules() {
        return Stream.of(
                new InexpressibleEgressException(
                        ErrorContext.of(Operation.DEPLOY),
                        PolicyDialect.KUBERNETES,
                        List.of(new Omission(
                                new EgressRule.ToDomain("vault.example.com", List.of()), "no domain names"))),
                new PolicyWidenedException(
                        ErrorContext.of(Operation.APPLY, new ClusterId("eu-1")),
                        List.of("domain vault.example.com is allowed")));
    }

    @ParameterizedTest
    @MethodSource("failures_that_name_egress_rules")
    void the_rules_of_an_egress_policy_are_left_out(NamespaceException failure) {
        NamespaceException inside = new WithMessageOf(failure);
        NamespaceException suppressed = new AnyFailure(ErrorCategory.CONFLICT, failure.getMessage(), null);
        suppressed.addSuppressed(failure);
        failure.addSuppressed(suppressed);

        assertThat(List.of(failure, inside, suppressed))
                .allSatisfy(each -> assertThat(problem(each)).satisfies(problem -> {
                    assertThat(String.valueOf(problem)).doesNotContain("vault");
                    assertThat(problem.getDetail())
                            .startsWith("Cannot " + each.context() + ": ")
                            .contains("egress policy");
                }));
    }

    private static ProblemDetail problem(NamespaceException failure) {
        return Objects.requireNonNull(new FailureAdvice().answer(failure).getBody());
    }

    private static Object facts(ProblemDetail problem) {
        return Objects.requireNonNull(
                Objects.requireNonNull(problem.getProperties()).get("facts"));
    }

    @ParameterizedTest
    @EnumSource
    void each_category_has_the_status_that_the_guides_name(ErrorCategory category) throws Exception {
        MockMvc web = MockMvcBuilders.standaloneSetup(new Failing())
                .setControllerAdvice(new FailureAdvice())
                .build();

        int status =
                web.perform(get("/fails/" + category)).andReturn().getResponse().getStatus();

        assertThat(Files.readString(Path.of("../docs/errors.md")))
                .containsPattern("(?m)^\\| `" + category + "` \\| " + status + " \\| ");
        assertThat(Files.readString(Path.of("../docs/spring.md")))
                .containsPattern("(?m)^\\| [^|]*`" + category + "`[^|]* \\| " + status + "\\b");
    }

    @Test
    void the_client_waits_a_little_if_the_failure_does_not_say_how_long() {
        assertThat(new FailureAdvice()
                        .answer(new AnyFailure(ErrorCategory.UNAVAILABLE))
                        .getHeaders()
                        .getFirst(HttpHeaders.RETRY_AFTER))
                .isEqualTo("10");
        assertThat(new FailureAdvice()
                        .answer(new AnyFailure(ErrorCategory.CONFLICT))
                        .getHeaders()
                        .getFirst(HttpHeaders.RETRY_AFTER))
                .isNull();
    }

    @Test
    void no_retry_is_asked_for_after_a_failure_that_is_not_retryable() {
        // As a deletion is whose plan could not ask a cluster, because its credentials are wrong.
        NamespaceException failure = new StoreException(
                ErrorContext.of(Operation.DELETE_NAMESPACES),
                ErrorCategory.UNAVAILABLE,
                "table",
                "key",
                Retry.never(),
                "of a test",
                null);

        assertThat(new FailureAdvice().answer(failure).getHeaders().getFirst(HttpHeaders.RETRY_AFTER))
                .isNull();
    }

    @RestController
    static class Failing {

        @GetMapping("/fails/{category}")
        void fail(@PathVariable("category") ErrorCategory category) {
            throw new AnyFailure(category);
        }
    }

    @RestController
    static class Controller {

        private final NamespaceLifecycle lifecycle;

        Controller(NamespaceLifecycle lifecycle) {
            this.lifecycle = lifecycle;
        }

        @GetMapping("/deploy/{id}")
        void deploy(@PathVariable("id") String id) {
            lifecycle.deploy(new EnvironmentId(id));
        }
    }

    private static class AnyFailure extends NamespaceException {

        AnyFailure(ErrorCategory category) {
            this(category, "of a test", null);
        }

        AnyFailure(ErrorCategory category, String reason, @Nullable Throwable cause) {
            super(ErrorContext.of(Operation.DEPLOY), category, reason, Retry.later(), cause);
        }
    }

    /** A failure of the host that repeats another one, as a deployment does. */
    private static final class WithMessageOf extends AnyFailure {

        WithMessageOf(NamespaceException failure) {
            super(failure.category(), "1 failure: " + failure.getMessage(), failure);
        }
    }

    static final class ShopFailure extends AnyFailure {

        private final DeploymentReport report;

        ShopFailure(DeploymentReport report) {
            super(ErrorCategory.CONFLICT);
            this.report = report;
        }

        public DeploymentReport outcome() {
            return report;
        }

        public Optional<DeploymentReport> last() {
            return Optional.of(report);
        }

        public List<DeploymentReport> all() {
            return List.of(report);
        }

        public List<List<DeploymentReport>> nested() {
            return List.of(List.of(report));
        }

        public Map<String, DeploymentReport> named() {
            return Map.of("shop", report);
        }

        public List<Map<String, Object>> violations() {
            return List.of(Map.of("path", report));
        }

        public int count() {
            return 3;
        }

        public List<String> names() {
            return List.of("shop-web");
        }
    }
}

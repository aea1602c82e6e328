package dev.namespaces.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
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

    private static final class AnyFailure extends NamespaceException {

        AnyFailure(ErrorCategory category) {
            super(ErrorContext.of(Operation.DEPLOY), category, "of a test", Retry.later(), null);
        }
    }
}

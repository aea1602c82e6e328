package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** The pages in a real browser. */
@Tag("browser")
@Timeout(120)
class PagesTest {

    private static final FakeClusters clusters = clusters();

    private static Browser browser;
    private static Platform platform;

    @BeforeAll
    static void open() {
        browser = Browser.open();
        platform = Platform.inMemory(clusters, Failing.class);
    }

    @AfterAll
    static void close() {
        if (platform != null) {
            platform.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    /** A deployment that a failed test has left blocked would delay the shutdown. */
    @AfterEach
    void repair() {
        clusters.faults().clear();
    }

    private static FakeClusters clusters() {
        return FakeClusters.any().finishingDeletionsAtOnce();
    }

    /** Fails as the library does. */
    @Controller
    static class Failing {
        @GetMapping("/fails/{category}")
        String fail(@PathVariable ErrorCategory category) {
            throw new StoreException(
                    ErrorContext.of(Operation.DEPLOY), category, "table", "key", Retry.never(), "it fails", null);
        }
    }

    @Test
    void a_deployment_shows_its_progress_and_its_end() {
        browser.goTo(platform.url("/"));
        assertThat(browser.runsScripts()).isTrue();
        browser.check("environments");
        browser.click("shop-dev");
        browser.check("environment");

        Fault slow = clusters.faults()
                .on(call -> call.writes() && call.name().equals("shop-dev-web"))
                .block();
        browser.click("Deploy");
        await().until(() -> browser.text().contains("shop-dev-jobs on eu-1: deployed"));
        assertThat(browser.text()).contains("It is running").doesNotContain("shop-dev-web");
        browser.check("deployment-runs");
        slow.remove();
        await().until(() -> browser.shows("ended"));

        assertThat(browser.texts(".report tbody tr"))
                .containsExactly("eu-1 shop-dev-jobs created", "eu-1 shop-dev-web created");
        browser.check("deployment");
    }

    @Test
    void the_preview_of_a_policy_is_what_the_deployment_then_reports() {
        deploy("search-dev");
        browser.goTo(platform.url("/projects/search/policy"));
        browser.type("mode", "{\"type\": \"deny-all\"}");
        browser.click("Preview");
        List<String> names = browser.texts("#preview .namespace");
        List<String> preview = browser.texts("#preview .notes");
        browser.check("policy-preview");
        assertThat(names).containsExactly("search-dev-jobs", "search-dev-web");
        assertThat(preview).hasSize(2).allSatisfy(notes -> assertThat(notes).contains("loses"));
        browser.goTo(platform.url("/environments/search-dev"));
        assertThat(browser.text()).contains("The default egress applies");

        browser.goTo(platform.url("/projects/search/policy"));
        browser.type("mode", "{\"type\": \"deny-all\"}");
        browser.click("Save");
        deploy("search-dev");

        assertThat(browser.texts(".report .namespace")).isEqualTo(names);
        assertThat(browser.texts(".report .notes")).isEqualTo(preview);
        browser.goTo(platform.url("/environments/search-dev"));
        assertThat(browser.text()).contains("of project search applies", "Nothing can be reached");
    }

    @Test
    void a_plan_is_refused_to_its_author_and_approved_after_a_restart() {
        try (Platform other = Platform.inMemory(clusters())) {
            deploy(other, "shop-prod");
            browser.goTo(other.url("/environments/shop-prod"));
            browser.type("user", "ada");
            browser.click("Plan the deletion");
            assertThat(browser.texts("#deletions li")).hasSize(4);
            browser.check("deletion-plan");
            browser.type("user", "ada");
            browser.click("Approve and delete");
            assertThat(browser.text()).contains("403", "Another person than ada");
            browser.check("refused", List.of("403"));

            other.restart();
            browser.goTo(other.url("/deletion-plans/1"));
            browser.type("user", "grace");
            browser.click("Approve and delete");

            assertThat(browser.texts("#results li"))
                    .hasSize(4)
                    .allSatisfy(line -> assertThat(line).contains("gone"));
            browser.check("deleted");
            assertThat(browser.text()).contains("Approved by grace").doesNotContain("Approve and delete");
            browser.click("Deletion plans");
            assertThat(browser.text()).contains("Plan 1 ada 4 grace");
            browser.check("deletion-plans");
        }
    }

    @Test
    void what_is_not_valid_is_said_with_all_violations() {
        browser.goTo(platform.url("/environments/shop-dev"));
        browser.type("name", "Not-Valid");
        browser.type("owner", "-");
        browser.click("Add");
        assertThat(browser.text()).contains("400", "INVALID", "name", "team.example.com/owner");
        browser.check("invalid", List.of("400"));
    }

    @ParameterizedTest
    @EnumSource
    void each_category_has_its_page(ErrorCategory category) {
        browser.goTo(platform.url("/fails/" + category));
        assertThat(browser.text()).contains(category.name(), "it fails").contains(expected(category));
        browser.check("failure-" + category, List.of("status of "));
    }

    private static String[] expected(ErrorCategory category) {
        return switch (category) {
            case UNAVAILABLE -> new String[] {"503 Service Unavailable", "does not work now"};
            case NOT_FOUND -> new String[] {"404 Not Found", "does not exist"};
            case CONFLICT -> new String[] {"409 Conflict", "Load the page again"};
            case REFUSED -> new String[] {"422 Unprocessable Entity", "does not allow it"};
            case INVALID -> new String[] {"400 Bad Request", "correct the input"};
            case MISCONFIGURED -> new String[] {"500 Internal Server Error", "An operator"};
            case INTERNAL -> new String[] {"500 Internal Server Error", "Report it"};
        };
    }

    @Test
    void orphans_and_namespaces_of_others_have_pages() {
        browser.goTo(platform.url("/clusters/eu-1/orphans"));
        assertThat(browser.text()).contains("There are none");
        browser.check("no-orphans");
        browser.goTo(platform.url("/environments/shop-dev/adoption"));
        assertThat(browser.text()).contains("There are none");
        browser.check("no-adoption");
        FakeCluster.User kubectl = clusters.cluster("us-1").as("kubectl");
        kubectl.createNamespace("stray", Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));
        kubectl.createNamespace("shop-prod-web");

        browser.goTo(platform.url("/clusters/us-1/orphans"));
        assertThat(browser.texts("#orphans li"))
                .containsExactly("stray on us-1: it has our label, and no record knows it");
        browser.check("orphans");
        browser.goTo(platform.url("/environments/shop-prod/adoption"));
        assertThat(browser.text()).contains("shop-prod-web of shop-prod on us-1", "Written by kubectl");
        browser.check("adoption");
    }

    @Test
    void everything_but_live_progress_works_without_java_script() {
        try (Browser plain = Browser.open(false);
                Platform other = Platform.inMemory(clusters())) {
            plain.goTo(other.url("/environments/shop-dev"));
            assertThat(plain.runsScripts()).isFalse();
            plain.type("name", "shop-dev-more");
            plain.type("owner", "ada");
            plain.click("Add");
            assertThat(plain.texts("#namespaces li")).contains("shop-dev-more");
            plain.click("Deploy");
            await().until(() -> {
                plain.reload();
                return plain.shows("ended");
            });
            plain.goTo(other.url("/projects/shop/policy"));
            plain.type("mode", "{\"type\": \"deny-all\"}");
            plain.click("Preview");
            assertThat(plain.text()).contains("loses");
            plain.click("Save");
            plain.goTo(other.url("/environments/shop-dev"));
            assertThat(plain.text()).contains("Nothing can be reached");
            plain.type("user", "ada");
            plain.click("Plan the deletion");
            plain.type("user", "grace");
            plain.click("Approve and delete");
            assertThat(plain.texts("#results li"))
                    .hasSize(3)
                    .allSatisfy(line -> assertThat(line).endsWith("gone"));
        }
    }

    private static void deploy(String environment) {
        deploy(platform, environment);
    }

    private static void deploy(Platform on, String environment) {
        browser.goTo(on.url("/environments/" + environment));
        browser.click("Deploy");
        await().until(() -> browser.shows("ended"));
    }
}

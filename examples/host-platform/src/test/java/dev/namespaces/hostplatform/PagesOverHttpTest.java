package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.Faults.Fault;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;

/** What the pages say when people make mistakes, work side by side, or have a cluster that is down. */
@Tag("heavy")
@Timeout(60)
class PagesOverHttpTest {

    private static final String DENY_ALL = "{\"type\": \"deny-all\"}";
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC";

    /** The tests share the clusters, and each test that deploys has environments of its own. */
    private static final FakeClusters clusters = FakeClusters.any().finishingDeletionsAtOnce();

    private static Platform platform;
    private static Visitor visitor;

    /** Fails as a host with a defect does. */
    @Controller
    static class Failing {
        @GetMapping("/fails")
        String fail() {
            throw new IllegalStateException("cannot connect to jdbc:postgresql://db?password=secret");
        }
    }

    @BeforeAll
    static void start() {
        platform = Platform.inMemory(clusters, Failing.class);
        visitor = new Visitor(platform);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @AfterEach
    void repair() {
        clusters.faults().clear();
    }

    // Mistakes

    @ParameterizedTest
    @CsvSource({
        "/no-such-page, 404",
        "/environments/no-such-environment, 404",
        "/environments/Not_valid!, 400",
        "/projects/no-such-project/policy, 404",
        "/deletion-plans/1000, 404",
        "/deletion-plans/first, 400",
    })
    void an_address_that_leads_nowhere_has_a_page(String path, int status) {
        assertThat(visitor.open(path).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/json", "*/*"})
    void an_unexpected_failure_shows_nothing_of_its_exception(String type) {
        HttpResponse<String> answer = visitor.request("/fails", type);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body())
                .contains("The platform failed. Its log says why.")
                .doesNotContain("secret", "jdbc");
    }

    @Test
    void a_mistake_is_explained_to_programs_as_well() {
        HttpResponse<String> answer = visitor.request("/deletion-plans/1000", "application/json");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("There is no plan 1000");
    }

    @Test
    void a_project_that_does_not_exist_gets_no_policy() {
        Visitor.Page answer = visitor.submitForged(
                "same-origin", "/projects/none/policy", "mode", DENY_ALL, "version", "0", "save", "1");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).contains("There is no project none");
    }

    @Test
    void a_plan_needs_the_name_of_a_person() {
        Visitor.Page answer = visitor.plan("shop-dev", "  ");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("'user'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ada", "ada ", "Ada", "ada\u00a0", "a\u200bda"})
    void the_author_does_not_approve_however_the_name_is_written(String name) {
        Visitor.Page plan = visitor.plan("shop-dev", "ada");

        assertThat(visitor.approve(plan, name).status()).isEqualTo(403);
        assertThat(visitor.open(plan.path()).text()).contains("Approve and delete");
    }

    @Test
    void a_plan_of_an_invisible_person_is_refused() {
        Visitor.Page answer = visitor.plan("shop-dev", "\u00a0\u200b");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("The name of a person needs a letter or a digit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "http://rebound.example:8080"})
    void a_form_of_another_site_is_refused(String site) {
        Visitor.Page plan = visitor.plan("shop-dev", "ada");

        Visitor.Page answer = visitor.submitForged(site, plan.path() + "/approval", "user", "grace");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).contains("The form is on another site");
        assertThat(visitor.open(plan.path()).text()).contains("Approve and delete");
    }

    @Test
    void markup_in_a_name_is_shown_as_text() {
        String markup = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";

        Visitor.Page plan = visitor.plan("shop-dev", markup);
        Visitor.Page refused = visitor.approve(plan, markup);
        Visitor.Page invalid = visitor.submit(
                "/environments/shop-dev", "/environments/shop-dev/namespaces", "name", markup, "owner", markup);
        Visitor.Page preview = visitor.preview("shop", "</textarea>" + markup);

        assertThat(plan.html()).contains("&lt;script&gt;alert");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(invalid.status()).isEqualTo(400);
        assertThat(preview.status()).isEqualTo(400);
        assertThat(List.of(plan, visitor.open("/deletion-plans"), refused, invalid, preview))
                .allSatisfy(page -> assertThat(page.html()).doesNotContain("<script>alert", "<img"));
    }

    // Several people

    @Test
    void two_clicks_on_deploy_show_both_reports() {
        platform.add("clicked", "slow");
        Visitor.Page environment = visitor.open("/environments/clicked");
        Fault slow = clusters.faults()
                .on(call -> call.cluster().value().equals("slow"))
                .block();

        visitor.submit(environment, "/environments/clicked/deployment");
        slow.awaitHits(1);
        Visitor.Page running = visitor.submit(environment, "/environments/clicked/deployment");
        slow.remove();

        assertThat(running.text()).contains("It is running");
        // Either deployment may have taken the lock first.
        assertThat(visitor.awaitEnd("clicked").text()).contains("created", "unchanged");
    }

    @Test
    void the_second_of_two_people_who_change_a_policy_is_told() {
        platform.add("shared", "eu-1");
        Visitor.Page ofAda = visitor.open("/projects/shared/policy");
        Visitor.Page ofGrace = visitor.open("/projects/shared/policy");

        visitor.save(ofAda, DENY_ALL);
        Visitor.Page answer = visitor.save(ofGrace, "{\"type\": \"allow-all\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.text()).contains("CONFLICT", "Load the page again");
        assertThat(visitor.open("/projects/shared/policy").text()).contains("deny-all");
    }

    @Test
    void a_plan_that_was_carried_out_says_who_approved_it() {
        platform.add("done", "eu-1");
        visitor.deploy("done");
        Visitor.Page plan = visitor.plan("done", "ada");
        String number = plan.path().substring(plan.path().lastIndexOf('/') + 1);
        assertThat(visitor.open("/deletion-plans").text()).contains("Plan " + number + " ada 2 nobody yet");

        visitor.approve(plan, "grace");
        Visitor.Page again = visitor.approve(plan, "grace");

        assertThat(again.status()).isEqualTo(409);
        assertThat(visitor.open(plan.path()).text())
                .contains("Approved by grace", "gone")
                .doesNotContain("Approve and delete");
        assertThat(visitor.open("/deletion-plans").text()).contains("Plan " + number + " ada 2 grace");
    }

    @Test
    void a_plan_with_nothing_to_delete_is_carried_out_once() {
        platform.add("idle", "eu-1");

        Visitor.Page done = visitor.approve(visitor.plan("idle", "ada"), "grace");

        assertThat(done.status()).isEqualTo(200);
        assertThat(done.text())
                .contains("Approved by grace", "no cluster had anything to delete")
                .doesNotContain("Approve and delete");
    }

    @Test
    void an_approval_is_recorded_although_the_deletion_fails() {
        platform.add("stale", "eu-1");
        visitor.deploy("stale");
        Visitor.Page stale = visitor.plan("stale", "ada");
        visitor.approve(visitor.plan("stale", "ada"), "grace");

        assertThat(visitor.approve(stale, "linus").status()).isEqualTo(409);

        assertThat(visitor.open(stale.path()).text()).contains("Approved by linus");
    }

    // Clusters as they are

    @Test
    void a_deletion_that_takes_long_is_a_result() {
        platform.add("held", "eu-1");
        visitor.deploy("held");
        clusters.cluster("eu-1").as("kubectl").addFinalizer(ResourceRef.namespace("held-web"), "example.com/hold");
        Visitor.Page plan = visitor.plan("held", "ada");

        Visitor.Page answer = visitor.approve(plan, "grace");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .contains("Approved by grace", "ends by itself")
                .containsPattern("held-web of held on eu-1 \\(uid \\S+\\): terminating");
    }

    @Test
    void each_page_answers_while_a_cluster_is_down() {
        platform.add("half", "up,down");
        visitor.deploy("half");
        clusters.faults().on(call -> call.cluster().value().equals("down")).fail(Failure.notConnected());

        assertThat(visitor.open("/").status()).isEqualTo(200);
        assertThat(visitor.open("/environments/half").status()).isEqualTo(200);
        assertThat(visitor.open("/environments/half/adoption").text()).contains("Not asked: cluster down");
        assertThat(visitor.plan("half", "ada").text()).contains("Not asked: cluster down");
        Visitor.Page orphans = visitor.open("/clusters/down/orphans");
        assertThat(orphans.status()).isEqualTo(503);
        assertThat(orphans.text()).contains("UNAVAILABLE", "Trying again later can help");
        Visitor.Page preview = visitor.preview("half", DENY_ALL);
        assertThat(preview.status()).isEqualTo(200);
        assertThat(preview.text()).contains("up half-web planned egress loses", "connection refused");
        assertThat(visitor.deploy("half").text()).contains("up half-web unchanged", "connection refused");
    }

    @Test
    void an_orphan_that_was_created_here_is_deleted_by_a_plan() {
        platform.add("moved", "old");
        visitor.deploy("moved");
        assertThat(visitor.open("/clusters/old/orphans").text()).contains("There are none");
        platform.move("moved", "new");

        Visitor.Page plan = visitor.submit("/clusters/old/orphans", "/clusters/old/deletion-plans", "user", "ada");
        Visitor.Page answer = visitor.approve(plan, "grace");

        assertThat(answer.text()).containsPattern("moved-web of moved on old \\(uid \\S+\\): gone");
        assertThat(visitor.open("/clusters/old/orphans").text()).contains("There are none");
    }

    @Test
    void an_orphan_that_no_record_knows_has_no_button() {
        clusters.cluster("strange")
                .as("kubectl")
                .createNamespace("stray", Map.of("app.kubernetes.io/managed-by", "namespaces.dev"));

        assertThat(visitor.open("/clusters/strange/orphans").text())
                .contains("stray on strange: it has our label", "No record proves")
                .doesNotContain("Plan the deletion");
    }

    @Test
    void times_are_those_of_utc_and_say_so() {
        platform.add("timed", "eu-1");
        assertThat(visitor.open("/environments/timed").text()).contains("eu-1 never");

        visitor.deploy("timed");

        assertThat(visitor.open("/").text()).containsPattern("timed eu-1 " + TIME);
        assertThat(visitor.open("/environments/timed").text()).containsPattern("eu-1 " + TIME);
        assertThat(visitor.plan("timed", "ada").text()).containsPattern("valid until " + TIME);
    }

    @Test
    void hundreds_of_namespaces_are_deployed_and_shown() {
        platform.add("many", "eu-1");
        platform.bean(NamespaceLifecycle.class)
                .create(IntStream.range(0, 300)
                        .mapToObj(i -> NamespaceRequest.of(new EnvironmentId("many"), "many-" + i))
                        .toList());

        Visitor.Page ended = visitor.deploy("many");

        assertThat(ended.text()).contains("many-0 created", "many-299 created");
        assertThat(visitor.open("/environments/many").text()).contains("many-299");
        assertThat(visitor.plan("many", "ada").text()).contains("many-299 of many on eu-1");
    }
}

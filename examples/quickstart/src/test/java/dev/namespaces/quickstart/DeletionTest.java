package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testkit.FakeClusters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeletionTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    @TempDir
    private Path temp;

    private final FakeClusters clusters = FakeClusters.any();

    @BeforeEach
    void deploy() {
        Run deployed = run("--file", Run.SHIPPED.toString());
        assertThat(deployed.status()).as(deployed.err()).isZero();
    }

    @Test
    void a_plan_is_written_to_a_file_and_deletes_nothing() throws IOException {
        Run planned = plan("shop-dev");

        assertThat(planned.status()).as(planned.err()).isZero();
        assertThat(planned.out())
                .contains("delete shop-dev-web of shop-dev on eu-1", "2 namespaces to delete, 0 to keep")
                .contains("requested by ada");
        assertThat(Files.readString(file())).contains("\"format\" : 1", "\"requestedBy\" : \"ada\"");
        assertThat(exists("shop-dev-web")).isTrue();
    }

    @Test
    void the_namespaces_of_the_plan_are_deleted_and_nothing_else() {
        plan("shop-dev");
        int before = clusters.cluster(EU).objects().size();

        Run deleted = delete();

        assertThat(deleted.status()).as(deleted.err() + deleted.out()).isZero();
        assertThat(deleted.out()).contains("shop-dev-web of shop-dev on eu-1", "gone");
        assertThat(exists("shop-dev-web")).isFalse();
        assertThat(clusters.cluster(EU).objects()).hasSize(before - 4);
    }

    @Test
    void a_used_plan_is_refused() {
        plan("shop-dev");
        delete();

        Run again = delete();

        assertThat(again.status()).isEqualTo(1);
        assertThat(again.err()).contains("was used since");
    }

    @Test
    void an_edited_plan_with_an_error_is_refused_before_anything_happens() throws IOException {
        plan("shop-dev");
        Files.writeString(file(), Files.readString(file()).replace("\"uid\"", "\"uld\""));

        Run deleted = delete();

        assertThat(deleted.status()).isEqualTo(2);
        assertThat(deleted.err()).contains("plan.json", "deletions[0].uid", "Nothing was deleted.");
        assertThat(exists("shop-dev-web")).isTrue();
    }

    @Test
    void a_namespace_that_stays_terminating_is_named_and_a_new_plan_continues() {
        plan("shop-dev");

        Run deleted = Run.on(clusters, args("delete", "--plan", file().toString(), "--wait", "0"));

        assertThat(deleted.status()).isEqualTo(1);
        assertThat(deleted.out()).contains("terminating");
        assertThat(deleted.err()).contains("Plan again");
        plan("shop-dev");
        assertThat(delete().status()).isZero();
    }

    @Test
    void an_unknown_environment_and_a_missing_file_are_reported_in_one_line() {
        assertThat(plan("shop-moon").err()).contains("shop-moon").hasLineCount(1);
        assertThat(delete().err()).contains("NoSuchFileException").hasLineCount(1);
    }

    @Test
    void each_command_prints_its_options() {
        assertThat(Run.on(clusters, "plan-deletion", "--help").out()).contains("--environment", "--jdbc-url");
        assertThat(Run.on(clusters, "delete", "--help").out()).contains("--plan", "--kubeconfig");
        assertThat(Run.on(clusters, "delete").status()).isEqualTo(2);
    }

    private Path file() {
        return temp.resolve("plan.json");
    }

    private boolean exists(String namespace) {
        return clusters.cluster(EU).find(ResourceRef.namespace(namespace)).isPresent();
    }

    private Run plan(String environment) {
        return run("plan-deletion", "--environment", environment, "--plan", file().toString(), "--requested-by", "ada");
    }

    private Run delete() {
        clusters.finishingDeletionsAtOnce();
        return run("delete", "--plan", file().toString());
    }

    private Run run(String... args) {
        return Run.on(clusters, args(args));
    }

    private String[] args(String... args) {
        return Stream.concat(Stream.of(args), Stream.of("--jdbc-url", Run.h2(temp)))
                .toArray(String[]::new);
    }
}

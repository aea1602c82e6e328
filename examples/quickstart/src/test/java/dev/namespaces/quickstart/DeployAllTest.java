package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployAllTest {

    private final FakeClusters clusters = FakeClusters.any();

    @TempDir
    Path temp;

    @BeforeEach
    void deploy() {
        assertThat(run().status()).isZero();
    }

    @Test
    void what_is_deployed_is_unchanged_and_the_bar_is_full() {
        Run again = run("deploy-all");

        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("0 targets deployed, 7 unchanged, 0 failed");
        assertThat(again.err()).contains("[##############################] 6 of 6 environments, 0 failed");
    }

    @Test
    void only_changed_calls_no_cluster() {
        clusters.faults().on(call -> true).fail(Failure.unreachable());

        Run again = run("deploy-all", "--only-changed");

        assertThat(again.out()).contains("0 targets deployed, 7 unchanged, 0 failed");
    }

    @Test
    void one_cluster_can_be_written_again() {
        assertThat(run("deploy-all", "--rewrite", "--cluster", "us-1").out())
                .contains("3 targets deployed, 0 unchanged");
    }

    @Test
    void a_failure_is_named_and_ends_the_waves() {
        clusters.faults().on(call -> call instanceof GatewayCall.Apply).fail(Failure.forbidden());

        Run failed = run("deploy-all", "--rewrite", "--waves");

        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.out()).contains("FAILED: ", "ended early: TooManyFailures", "go on at ");
    }

    private Run run(String... args) {
        return Run.on(
                clusters,
                Stream.concat(Stream.of(args), Stream.of("--jdbc-url", Run.h2(temp)))
                        .toArray(String[]::new));
    }
}

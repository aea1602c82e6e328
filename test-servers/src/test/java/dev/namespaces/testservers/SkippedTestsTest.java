package dev.namespaces.testservers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedTestsTest {

    private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

    @TempDir
    Path project;

    @Test
    void the_counts_of_all_modules_and_jvms_are_added_up_by_part() throws IOException {
        counts("core/target/missing-parts-1.txt", START, "2 cilium-oracle\n1 kube-apiserver\n");
        counts("core/target/missing-parts-2.txt", START, "5 kube-apiserver\n");
        counts("examples/quickstart/target/missing-parts-3.txt", START.plusSeconds(9), "40 kube-apiserver\n");

        assertThat(SkippedTests.readCounts(project, START)).isEqualTo(Map.of("cilium-oracle", 2, "kube-apiserver", 46));
    }

    @Test
    void the_counts_of_an_earlier_build_are_ignored() throws IOException {
        counts("core/target/missing-parts-1.txt", START.minusSeconds(1), "2 cilium-oracle\n");
        counts("examples/quickstart/target/missing-parts-1.txt", START, "");

        assertThat(SkippedTests.readCounts(project, START)).isEmpty();
    }

    @Test
    void the_line_says_how_many_for_want_of_which_part() {
        assertThat(SkippedTests.message(new TreeMap<>(Map.of("kubectl", 1, "cilium-oracle", 2))))
                .startsWith("*** 3 tests were SKIPPED for want of cilium-oracle (2), kubectl (1). To run them, set ")
                .doesNotContain("\n");
    }

    @Test
    void a_reason_is_read_back_as_the_missing_part() {
        MissingPart part = new MissingPart("kube-apiserver", "not found: nowhere");

        assertThat(MissingPart.parse(part.toString())).contains(part);
        assertThat(MissingPart.parse("this gateway has opted out of DRY_RUN")).isEmpty();
    }

    @Test
    void a_test_without_the_annotation_does_not_get_the_server() {
        assertThatIllegalStateException().isThrownBy(KubeApiServer::shared).withMessageContaining("@OnRealCluster");
    }

    private void counts(String path, Instant written, String text) throws IOException {
        Path file = project.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(written));
    }
}

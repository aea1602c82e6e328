package dev.namespaces.quickstart;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.Kubectl;
import dev.namespaces.testservers.OnRealCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's commands run in their order, and print what it shows. */
class QuickstartGuideTest {

    private static final String PROGRAM = "examples/run quickstart";

    @TempDir
    private Path temp;

    @Test
    void the_first_command_prints_the_report_of_the_readme() throws IOException {
        List<String> printed =
                run(PROGRAM).out().lines().map(QuickstartGuideTest::withoutTime).toList();
        List<String> shown = lines("prints: QuickstartGuideTest report").stream()
                .map(QuickstartGuideTest::withoutTime)
                .toList();

        assertThat(printed)
                .startsWith(shown.get(0))
                .endsWith(shown.get(shown.size() - 1))
                .containsSubsequence(
                        shown.stream().filter(line -> !line.equals("...")).toList());
    }

    @Test
    @OnRealCluster(cilium = true, namespaceController = true)
    void each_command_succeeds(KubeApiServer server) throws IOException {
        Files.createDirectories(temp.resolve("target"));
        Kubectl kubectl = server.kubectl();
        String context = kubectl.run("config", "current-context").strip();
        try (KubeApiServer.NamespaceController controller = server.startNamespaceController()) {
            assertThat(controller).isNotNull();
            kubectl.run("delete", "namespaces", "-l", "app.kubernetes.io/managed-by");

            for (String command : lines("sh: QuickstartGuideTest")) {
                if (command.startsWith(PROGRAM)) {
                    Run run = run(command.replaceAll("=kind-\\w+", "=" + context)
                            .replace(
                                    "$HOME/.kube/config",
                                    server.kubeconfigFile().toString()));
                    assertThat(run.status())
                            .as("%s%n%s%s", command, run.err(), run.out())
                            .isZero();
                } else {
                    Kubectl.Result result = kubectl.tryShell(temp, command.replaceFirst("^less ", "cat "));
                    assertThat(result.exitCode())
                            .as("%s%n%s", command, result.error())
                            .isZero();
                    assertThat(result.output()).as(command).isNotBlank();
                }
            }
        }
    }

    /** Runs a command with a database of this test. Its two clusters may be one, which is why it adopts. */
    private Run run(String command) {
        List<String> arguments = Stream.of(command.substring(PROGRAM.length()).split(" +", -1))
                .filter(argument -> !argument.isEmpty())
                .map(argument -> argument.replaceFirst("^target/", temp + "/target/"))
                .collect(toCollection(ArrayList::new));
        if (arguments.isEmpty() || arguments.get(0).startsWith("--")) {
            arguments.addAll(List.of("--adopt", "--file", Run.SHIPPED.toString()));
        }
        arguments.addAll(List.of("--jdbc-url", Run.h2(temp)));
        return Run.on(FakeClusters.any(), arguments.toArray(String[]::new));
    }

    /** Returns the lines of the README's blocks under that marker, those that end with a backslash as one. */
    private static List<String> lines(String marker) throws IOException {
        return Pattern.compile("<!-- " + marker + " -->\n```\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .flatMap(block -> block.group(1).replaceAll("\\\\\n +", "").lines())
                .toList();
    }

    private static String withoutTime(String line) {
        return line.replaceFirst(" +\\d+ ms$", "");
    }
}

package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The README's commands start the platform. */
class StartTest {

    private static final String PROGRAM = "examples/run host-platform";

    @TempDir
    private Path home;

    @Test
    void the_first_command_starts_it_with_clusters_in_memory() throws IOException {
        try (ConfigurableApplicationContext platform = start(commands().get(0))) {
            assertThat(platform.getBean(ClusterGateway.class)).isInstanceOf(FakeClusters.class);
        }
    }

    @Test
    void the_second_command_starts_it_with_the_clusters_of_a_kubeconfig() throws IOException {
        Files.writeString(Files.createDirectory(home.resolve(".kube")).resolve("config"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
                users: [{name: u, user: {token: t}}]
                contexts: [{name: kind-eu, context: {cluster: c, user: u}}, {name: kind-us, context: {cluster: c, user: u}}]
                """);

        try (ConfigurableApplicationContext platform = start(commands().get(1))) {
            assertThat(platform.getBean(ClusterGateway.class)).isInstanceOf(Fabric8ClusterGateway.class);
        }
    }

    /** Starts it on an H2 database of this test, and on a free port. */
    private ConfigurableApplicationContext start(String command) {
        List<String> arguments =
                new ArrayList<>(Stream.of(command.substring(PROGRAM.length()).split(" +", -1))
                        .filter(argument -> !argument.isEmpty() && !argument.startsWith("--spring.datasource.url="))
                        .map(argument -> argument.replace("$HOME", home.toString()))
                        .toList());
        arguments.addAll(List.of(
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1",
                // The script for PostgreSQL alone does not run on H2.
                "--spring.sql.init.schema-locations=classpath:schema.sql"));
        return SpringApplication.run(HostPlatform.class, arguments.toArray(String[]::new));
    }

    private static List<String> commands() throws IOException {
        return Pattern.compile("<!-- sh: StartTest -->\n```\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .flatMap(block -> block.group(1).replaceAll("\\\\\n +", "").lines())
                .filter(command -> command.startsWith(PROGRAM))
                .toList();
    }
}

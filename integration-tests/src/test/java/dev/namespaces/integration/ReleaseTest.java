package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code mvn deploy} publishes: built twice in two folders, looked at, and used by a project of its own. */
@Tag("long")
class ReleaseTest {

    private static final List<String> JARS = List.of(
            "namespace-core",
            "namespace-db-scheduler",
            "namespace-fabric8-adapter",
            "namespace-jackson",
            "namespace-jdbc-store",
            "namespace-junit",
            "namespace-micrometer",
            "namespace-resilience4j",
            "namespace-spi",
            "namespace-spring-boot-starter",
            "namespace-testkit");

    @TempDir
    static Path folder;

    private static Path repository;

    /** The published files by name, without the time that Maven puts into the names of a snapshot. */
    private static SortedMap<String, Path> published;

    @BeforeAll
    static void publish() throws Exception {
        repository = deploy("one");
        published = files(repository);
    }

    @Test
    void only_modules_with_sources_javadoc_and_sbom_are_published() {
        List<String> expected = new ArrayList<>();
        for (String jar : JARS) {
            for (String suffix : List.of(".jar", ".pom", "-cyclonedx.json", "-javadoc.jar", "-sources.jar")) {
                expected.add(jar + suffix);
            }
        }
        expected.addAll(List.of("namespace-bom.pom", "namespace-parent.pom", "namespace-parent-cyclonedx.json"));
        assertThat(published.keySet()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void each_jar_has_the_licence_a_module_name_and_no_foreign_package() throws IOException {
        for (String name : JARS) {
            try (JarFile jar = new JarFile(published.get(name + ".jar").toFile())) {
                assertThat(jar.getEntry("META-INF/LICENSE")).as(name).isNotNull();
                assertThat(jar.getEntry("META-INF/NOTICE")).as(name).isNotNull();
                assertThat(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
                        .as(name)
                        .startsWith("dev.namespaces.");
                assertThat(jar.stream().map(JarEntry::getName).filter(entry -> entry.endsWith(".class")))
                        .as(name)
                        .allMatch(
                                entry -> entry.startsWith("dev/namespaces/") || entry.startsWith("META-INF/versions/"));
            }
        }
    }

    @Test
    void each_pom_is_complete_without_a_parent() throws IOException {
        for (String name : JARS) {
            String pom = Files.readString(published.get(name + ".pom"));
            assertThat(pom)
                    .as(name)
                    .contains("<name>", "<description>", "<url>", "<licenses>", "<developers>", "<scm")
                    .doesNotContain("<parent>", "<scope>test</scope>", "${", "<repositories>");
            assertThat(pom.replaceAll("(?s)<exclusions>.*?</exclusions>", ""))
                    .as(name)
                    .doesNotContain("org.flywaydb");
        }
    }

    @Test
    void the_same_bytes_are_built_in_another_folder() throws Exception {
        assertThat(hashes(files(deploy("another-folder-with-a-longer-name")))).isEqualTo(hashes(published));
    }

    @ParameterizedTest
    @CsvSource({"3.5.7, true", "3.5.7, false", "4.0.7, true", "4.0.7, false", "4.1.2, true", "4.1.2, false"})
    void a_project_outside_of_this_build_passes(String bootVersion, boolean ourBomFirst) throws Exception {
        Path project = Files.createDirectories(folder.resolve("consumer-" + bootVersion + "-" + ourBomFirst));
        String ours = managed("dev.namespaces", "namespace-bom", version());
        String boot = managed("org.springframework.boot", "spring-boot-dependencies", bootVersion);
        Files.writeString(
                project.resolve("pom.xml"),
                resource("consumer/pom.xml")
                        .replace("@BOMS@", ourBomFirst ? ours + boot : boot + ours)
                        .replace("@REPOSITORY@", repository.toUri().toString()));
        Path tests = Files.createDirectories(project.resolve("src/test/java/consumer"));
        for (String test : List.of("ConsumerTest.java", "SpringConsumerTest.java")) {
            Files.writeString(tests.resolve(test), resource("consumer/" + test + ".txt"));
        }
        assertThat(run(project, "-U", "test")).contains("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0");
    }

    private static Path deploy(String name) throws Exception {
        Path checkout = Files.createDirectories(folder.resolve(name));
        Path root = Path.of("..").toAbsolutePath().normalize();
        for (String file : output(root, "git", "ls-files").lines().toList()) {
            Path copy = checkout.resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(root.resolve(file), copy);
        }
        Path published = folder.resolve(name + "-published");
        run(
                checkout,
                "deploy",
                "-Prelease",
                "-Dmaven.test.skip",
                "-Dmaven.install.skip",
                "-Dspotless.check.skip",
                "-DaltDeploymentRepository=folder::" + published.toUri());
        return published;
    }

    private static String run(Path project, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of("..", "mvnw").toAbsolutePath().normalize().toString(), "-B", "-ntp", "-f", project.toString()));
        String localRepository = System.getProperty("maven.repo.local");
        if (localRepository != null) {
            command.add("-Dmaven.repo.local=" + localRepository);
        }
        command.addAll(List.of(arguments));
        return output(project, command.toArray(String[]::new));
    }

    private static String output(Path directory, String... command) throws Exception {
        Path log = Files.createTempFile(folder, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(20, TimeUnit.MINUTES))
                .as("%s ends", List.of(command))
                .isTrue();
        String output = Files.readString(log);
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private static SortedMap<String, Path> files(Path repository) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(repository)) {
            all.filter(file -> file.toString().matches(".*\\.(jar|pom|json)"))
                    .forEach(file -> files.put(
                            file.getFileName().toString().replaceFirst("-\\d+\\.\\d+\\.\\d+-\\d{8}\\.\\d{6}-\\d+", ""),
                            file));
        }
        return files;
    }

    private static Map<String, String> hashes(SortedMap<String, Path> files) throws Exception {
        Map<String, String> hashes = new TreeMap<>();
        for (Map.Entry<String, Path> file : files.entrySet()) {
            hashes.put(
                    file.getKey(),
                    HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file.getValue()))));
        }
        return hashes;
    }

    private static String version() {
        return new TreeSet<>(published.values())
                .first()
                .getParent()
                .getFileName()
                .toString();
    }

    private static String managed(String group, String artifact, String version) {
        return """
                <dependency>
                  <groupId>%s</groupId>
                  <artifactId>%s</artifactId>
                  <version>%s</version>
                  <type>pom</type>
                  <scope>import</scope>
                </dependency>
                """.formatted(group, artifact, version);
    }

    private static String resource(String name) throws IOException {
        try (InputStream file = ReleaseTest.class.getResourceAsStream("/" + name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

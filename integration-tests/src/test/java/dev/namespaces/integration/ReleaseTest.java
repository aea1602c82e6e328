package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs the commands of {@code docs/upgrading.md}. The published files are complete and are the same from two folders. A
 * project outside of this build uses them, and the next version is compared with them.
 */
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

    private static final GuidePage PAGE = GuidePage.of("docs/upgrading.md");

    /** This version is never published, so no other repository has it. */
    private static final String VERSION = "0.0.0-tested";

    @TempDir
    static Path folder;

    /** The home of gpg. Its path is short, because the path of a socket has about 100 characters at most. */
    @TempDir
    static Path keys;

    private static Commands maintainer;
    private static boolean signs;
    private static Path repository;

    /** The published files by name, without the version. */
    private static SortedMap<String, Path> published;

    @BeforeAll
    static void publish() throws Exception {
        maintainer = new Commands(folder, Map.of("GNUPGHOME", keys.toString()));
        signs = !maintainer.run(folder, "command -v gpg || true").isEmpty();
        if (signs) {
            maintainer.run(folder, "gpg --batch --passphrase '' --quick-generate-key maintainer@example.com");
        }
        repository = deploy("one");
        published = files(repository);
    }

    @AfterAll
    static void stopAgent() throws Exception {
        if (signs) {
            maintainer.run(folder, "gpgconf --kill all");
        }
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

    @Test
    void each_published_file_has_a_valid_signature() throws Exception {
        assumeTrue(signs, "No gpg: install the package gnupg");
        for (Path file : published.values()) {
            // The only key of this home is the maintainer's.
            maintainer.run(folder, "gpg --batch --verify '%s.asc' '%s'".formatted(file, file));
        }
    }

    @Test
    void the_comparison_passes_while_the_api_is_the_same() throws Exception {
        compare(maintainer.checkout("unchanged"), VERSION);
    }

    @Test
    void the_comparison_names_a_removed_method() throws Exception {
        Path next = maintainer.checkout("changed");
        Path type = next.resolve("namespace-spi/src/main/java/dev/namespaces/spi/ListQuery.java");
        Files.writeString(type, Files.readString(type).replace("withTimeout(", "withTimeLimit("));

        assertThatThrownBy(() -> compare(next, VERSION, "-pl namespace-spi -am"))
                .hasMessageContaining("dev.namespaces.spi.ListQuery.withTimeout(java.time.Duration):METHOD_REMOVED");
    }

    @Test
    void the_comparison_fails_for_a_version_that_was_never_published() throws Exception {
        Path next = maintainer.checkout("compared-with-nothing");

        assertThatThrownBy(() -> compare(next, "0.0.0-missing", "-pl namespace-spi -am"))
                .hasMessageContaining("dev.namespaces:namespace-spi:jar:0.0.0-missing");
    }

    @Test
    void a_new_module_is_left_out_of_the_comparison_until_its_first_release() throws Exception {
        Path next = maintainer.checkout("new-module");
        Path pom = next.resolve("namespace-spi/pom.xml");
        Files.writeString(
                pom,
                Files.readString(pom)
                        .replaceFirst("<properties>", "<properties><compatible.skip>true</compatible.skip>"));

        compare(next, "0.0.0-missing", "-pl namespace-spi -am");
    }

    @ParameterizedTest
    @CsvSource({"3.5.7, true", "3.5.7, false", "4.0.7, true", "4.0.7, false", "4.1.2, true", "4.1.2, false"})
    void a_project_outside_of_this_build_passes(String bootVersion, boolean ourBomFirst) throws Exception {
        Commands host = new Commands(Files.createDirectories(folder.resolve("host")), Map.of());
        Path project = Files.createDirectories(folder.resolve("consumer-" + bootVersion + "-" + ourBomFirst));
        String ours = managed("dev.namespaces", "namespace-bom", VERSION);
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
        assertThat(host.run(project, "'%s/mvnw' test".formatted(GuidePage.of("").file())))
                .contains("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0");
    }

    private static Path deploy(String name) throws Exception {
        Path checkout = maintainer.checkout(name);
        setVersion(checkout);
        Path target = folder.resolve(name + "-published");
        maintainer.run(
                checkout,
                PAGE.block("sh: ReleaseTest deploy").replace("ID::URL", "folder::" + target.toUri()),
                "-Dspotless.check.skip",
                "-Dgpg.skip=" + !signs);
        return target;
    }

    private static void setVersion(Path checkout) throws IOException {
        try (Stream<Path> all = Files.walk(checkout)) {
            for (Path pom : all.filter(file -> file.endsWith("pom.xml")).toList()) {
                // The first one is the version of the project or of its parent.
                Files.writeString(pom, Files.readString(pom).replaceFirst("<version>[^<]+", "<version>" + VERSION));
            }
        }
    }

    /** The local repository of the test has the version, because {@code deploy} also installs it. */
    private static void compare(Path checkout, String version, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-Dmaven.test.skip", "-Dspotless.check.skip"));
        all.addAll(List.of(arguments));
        maintainer.run(
                checkout,
                PAGE.block("sh: ReleaseTest compare").replace("VERSION", version),
                all.toArray(String[]::new));
    }

    private static SortedMap<String, Path> files(Path repository) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(repository)) {
            all.filter(file -> file.toString().matches(".*\\.(jar|pom|json)"))
                    .forEach(file -> files.put(file.getFileName().toString().replace("-" + VERSION, ""), file));
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

package com.example.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Applications on Spring Boot, each with the versions of its libraries that Boot chooses, with its own class loader and
 * its own database, which has a table of the host before the first start.
 */
class BootHostsTest {

    private static final String OUR_TABLE = "ns_target_objects";
    private static final String OUR_HISTORY = "ns_schema_history";

    private static final String STARTER = "namespace-spring-boot-starter";

    /** Parts of the names of jars that turn an auto-configuration on. A host has the ones that it asks for. */
    private static final List<String> OPTIONAL = List.of(
            STARTER,
            "flyway",
            "liquibase",
            "hibernate-core",
            "actuator",
            "spring-boot-health",
            "spring-boot-micrometer");

    /** What the host itself has on its class path. */
    @TempDir
    private Path resources;

    @Test
    void our_published_pom_brings_no_flyway() {
        assertThat(Path.of("../namespace-jdbc-store/dependency-reduced-pom.xml"))
                .content()
                .contains("<artifactId>jdbi3-core</artifactId>")
                .doesNotContain("<groupId>org.flywaydb</groupId>");
    }

    @Test
    void a_host_without_a_tool_starts_with_our_jar() throws Exception {
        assertThat(tables(Tool.SCRIPT, List.of())).containsExactly("host_old");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SCRIPT")
    void a_host_with_a_tool_starts_with_our_jar(Tool tool) throws Exception {
        assertThat(tables(tool, tool.migrate(resources))).contains("host_new").doesNotContain(OUR_TABLE);
    }

    @ParameterizedTest
    @EnumSource
    void a_host_gets_our_tables_after_its_own(Tool tool) throws Exception {
        assertThat(tables(tool, tool.migrate(resources), StoresAfterMigrations.class))
                .contains("host_old", "host_new", OUR_TABLE, OUR_HISTORY);
    }

    @ParameterizedTest
    @EnumSource
    void a_host_creates_our_tables_with_its_own(Tool tool) throws Exception {
        assertThat(tables(tool, tool.migrateWithOurTables(resources), StoresWithoutMigration.class))
                .contains("host_new", OUR_TABLE)
                .doesNotContain(OUR_HISTORY);
    }

    @ParameterizedTest
    @EnumSource
    void a_host_with_the_starter_gets_our_tables_after_its_own(Tool tool) throws Exception {
        assertThat(tablesWithStarter(tool, tool.migrate(resources), PartsAfterMigrations.class))
                .contains("host_new", OUR_TABLE, OUR_HISTORY);
    }

    @ParameterizedTest
    @EnumSource
    void a_host_with_the_starter_creates_our_tables_with_its_own(Tool tool) throws Exception {
        List<String> arguments = new ArrayList<>(tool.migrateWithOurTables(resources));
        arguments.add("--namespaces.jdbc.schema=validate");

        assertThat(tablesWithStarter(tool, arguments, PartsAfterMigrations.class))
                .contains("host_new", OUR_TABLE)
                .doesNotContain(OUR_HISTORY);
    }

    @Test
    void a_scheduler_on_stores_of_the_host_is_built_after_its_tables() throws Exception {
        assertThat(tablesWithStarter(
                        Tool.FLYWAY, Tool.FLYWAY.migrate(resources), StoresInMemory.class, PartsAfterMigrations.class))
                .contains("host_new")
                .doesNotContain(OUR_TABLE);
    }

    private List<String> tables(Tool tool, List<String> arguments, Class<?>... configurations) throws Exception {
        return tables(classPath(List.of(tool.jar())), arguments, configurations);
    }

    private List<String> tablesWithStarter(Tool tool, List<String> arguments, Class<?>... configurations)
            throws Exception {
        return tables(classPath(List.of(tool.jar(), STARTER)), arguments, configurations);
    }

    /** Returns the class path of the test, without the optional jars that are not wanted. */
    private List<Path> classPath(List<String> wanted) {
        List<Path> classPath = new ArrayList<>(List.of(resources));
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(Path::of)
                .filter(jar -> OPTIONAL.stream()
                        .filter(jar.getFileName().toString()::contains)
                        .allMatch(wanted::contains))
                .forEach(classPath::add);
        return classPath;
    }

    /** Starts a host with beans of the configurations, and returns its tables. */
    @SuppressWarnings("unchecked") // The method returns a list of strings.
    private static List<String> tables(List<Path> classPath, List<String> arguments, Class<?>... configurations)
            throws Exception {
        List<String> all = new ArrayList<>(arguments);
        if (configurations.length > 0) {
            all.add("--spring.main.sources="
                    + String.join(
                            ",", Stream.of(configurations).map(Class::getName).toList()));
        }
        List<URL> urls = new ArrayList<>();
        for (Path entry : classPath) {
            urls.add(entry.toUri().toURL());
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader host = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(host);
            return (List<String>) host.loadClass(HostApplication.class.getName())
                    .getMethod("tables", String[].class)
                    .invoke(null, (Object) all.toArray(String[]::new));
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}

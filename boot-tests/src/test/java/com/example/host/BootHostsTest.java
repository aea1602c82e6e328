package com.example.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.jdbc.TableNames;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Applications on Spring Boot, each with the versions of its libraries that Boot chooses, with its own class loader and
 * its own database, which has a table of the host before the first start.
 */
class BootHostsTest {

    /** The folders in {@code target} with the jars of a tool. */
    private static final String FLYWAY = "flyway";

    private static final String LIQUIBASE = "liquibase";
    private static final String NONE = "";

    private static final String OUR_TABLE = "ns_target_objects";
    private static final String OUR_HISTORY = "ns_schema_history";

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
        assertThat(tablesOfHost(NONE)).containsExactly("host_old");
    }

    @Test
    void a_host_without_a_tool_gets_our_tables() throws Exception {
        resource("schema.sql", "CREATE TABLE host_new (id INT);");

        assertThat(tablesOfHost(NONE, sources(StoresAfterMigrations.class)))
                .contains("host_old", "host_new", OUR_TABLE, OUR_HISTORY);
    }

    @Test
    void a_host_with_a_schema_script_runs_our_script() throws Exception {
        resource("schema.sql", "CREATE TABLE host_new (id INT);");
        resource("namespaces.sql", JdbcSchema.sql(SqlDialect.H2, TableNames.DEFAULT));

        assertThat(tablesOfHost(
                        NONE,
                        sources(StoresWithoutMigration.class),
                        "--spring.sql.init.schema-locations=classpath:schema.sql,classpath:namespaces.sql"))
                .contains("host_new", OUR_TABLE)
                .doesNotContain(OUR_HISTORY);
    }

    @Test
    void a_host_with_flyway_starts_with_our_jar() throws Exception {
        assertThat(tablesOfHostWithFlyway()).contains("host_new").doesNotContain(OUR_TABLE);
    }

    @Test
    void a_host_with_flyway_gets_our_tables_after_its_own() throws Exception {
        assertThat(tablesOfHostWithFlyway(sources(StoresAfterMigrations.class)))
                .contains("host_new", "flyway_schema_history", OUR_TABLE, OUR_HISTORY);
    }

    @Test
    void a_host_with_flyway_runs_our_migrations() throws Exception {
        assertThat(tablesOfHostWithFlyway(
                        sources(StoresWithoutMigration.class),
                        "--spring.flyway.locations=classpath:db/migration," + JdbcSchema.flywayLocation(SqlDialect.H2),
                        "--spring.flyway.placeholders[namespaces_prefix]=ns_",
                        "--spring.flyway.placeholders[namespaces_schema]="))
                .contains("host_new", OUR_TABLE)
                .doesNotContain(OUR_HISTORY);
    }

    @Test
    void a_host_with_liquibase_starts_with_our_jar() throws Exception {
        liquibase("");

        assertThat(tablesOfHost(LIQUIBASE)).contains("host_new").doesNotContain(OUR_TABLE);
    }

    @Test
    void a_host_with_liquibase_gets_our_tables_after_its_own() throws Exception {
        liquibase("");

        assertThat(tablesOfHost(LIQUIBASE, sources(StoresAfterMigrations.class)))
                .contains("host_new", "databasechangelog", OUR_TABLE, OUR_HISTORY);
    }

    @Test
    void a_host_with_liquibase_runs_our_script() throws Exception {
        resource("db/changelog/namespaces.sql", JdbcSchema.sql(SqlDialect.H2, TableNames.DEFAULT));
        liquibase("""
                  - changeSet:
                      id: namespaces
                      author: host
                      runOnChange: true
                      changes:
                        - sqlFile:
                            path: namespaces.sql
                            relativeToChangelogFile: true
                """);

        assertThat(tablesOfHost(LIQUIBASE, sources(StoresWithoutMigration.class)))
                .contains("host_new", OUR_TABLE)
                .doesNotContain(OUR_HISTORY);
    }

    private List<String> tablesOfHostWithFlyway(String... arguments) throws Exception {
        resource("db/migration/V1__host.sql", "CREATE TABLE host_new (id INT);");
        List<String> all = new ArrayList<>(List.of(arguments));
        // This host has a table from the time before it had Flyway.
        all.add("--spring.flyway.baseline-on-migrate=true");
        all.add("--spring.flyway.baseline-version=0");
        return tablesOfHost(FLYWAY, all.toArray(String[]::new));
    }

    private void liquibase(String moreChanges) throws Exception {
        resource("db/changelog/db.changelog-master.yaml", """
                databaseChangeLog:
                  - changeSet:
                      id: host
                      author: host
                      changes:
                        - sql: CREATE TABLE host_new (id INT)
                """ + moreChanges);
    }

    private void resource(String name, String text) throws Exception {
        Path file = resources.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String sources(Class<?> configuration) {
        return "--spring.main.sources=" + configuration.getName();
    }

    /** Starts a host with that tool. */
    @SuppressWarnings("unchecked") // The method returns a list of strings.
    private List<String> tablesOfHost(String tool, String... arguments) throws Exception {
        List<Path> classPath = new ArrayList<>(List.of(resources));
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(Path::of)
                .forEach(classPath::add);
        if (!tool.equals(NONE)) {
            try (Stream<Path> jars = Files.list(Path.of("target", tool))) {
                jars.forEach(classPath::add);
            }
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
                    .invoke(null, (Object) arguments);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}

package com.example.host;

import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.jdbc.TableNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A tool that migrates the database of a host. */
enum Tool {
    SCRIPT {
        @Override
        List<String> migrate(Path resources) throws IOException {
            write(resources, "schema.sql", TABLE_OF_HOST);
            return List.of();
        }

        @Override
        List<String> migrateWithOurTables(Path resources) throws IOException {
            migrate(resources);
            write(resources, "namespaces.sql", OUR_SCRIPT);
            return List.of("--spring.sql.init.schema-locations=classpath:schema.sql,classpath:namespaces.sql");
        }
    },

    FLYWAY {
        @Override
        List<String> migrate(Path resources) throws IOException {
            write(resources, "db/migration/V1__host.sql", TABLE_OF_HOST);
            // This host has a table from the time before it had Flyway.
            return List.of("--spring.flyway.baseline-on-migrate=true", "--spring.flyway.baseline-version=0");
        }

        @Override
        List<String> migrateWithOurTables(Path resources) throws IOException {
            List<String> arguments = new ArrayList<>(migrate(resources));
            arguments.add(
                    "--spring.flyway.locations=classpath:db/migration," + JdbcSchema.flywayLocation(SqlDialect.H2));
            arguments.add("--spring.flyway.placeholders[namespaces_prefix]=ns_");
            arguments.add("--spring.flyway.placeholders[namespaces_schema]=");
            return arguments;
        }
    },

    LIQUIBASE {
        @Override
        List<String> migrate(Path resources) throws IOException {
            return migrate(resources, "");
        }

        @Override
        List<String> migrateWithOurTables(Path resources) throws IOException {
            write(resources, "db/changelog/namespaces.sql", OUR_SCRIPT);
            return migrate(resources, """
                  - changeSet:
                      id: namespaces
                      author: host
                      runOnChange: true
                      changes:
                        - sqlFile:
                            path: namespaces.sql
                            relativeToChangelogFile: true
                """);
        }

        private List<String> migrate(Path resources, String moreChanges) throws IOException {
            write(resources, "db/changelog/db.changelog-master.yaml", """
                    databaseChangeLog:
                      - changeSet:
                          id: host
                          author: host
                          changes:
                            - sql: %s
                    """.formatted(TABLE_OF_HOST) + moreChanges);
            return List.of();
        }
    };

    /** Fails if our tables exist already. */
    private static final String TABLE_OF_HOST =
            "CREATE TABLE ns_environments (id INT); DROP TABLE ns_environments; CREATE TABLE host_new (id INT);";

    private static final String OUR_SCRIPT = JdbcSchema.sql(SqlDialect.H2, TableNames.DEFAULT);

    /** Returns a part of the names of the tool's jars. */
    String jar() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Has the host create its table {@code host_new}, and returns the arguments for its start. */
    abstract List<String> migrate(Path resources) throws IOException;

    /** Has the host create its table and then ours, and returns the arguments for its start. */
    abstract List<String> migrateWithOurTables(Path resources) throws IOException;

    private static void write(Path resources, String name, String text) throws IOException {
        Path file = resources.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

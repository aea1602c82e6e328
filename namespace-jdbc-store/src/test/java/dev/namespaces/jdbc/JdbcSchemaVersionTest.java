package dev.namespaces.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A replica of this release that starts after one of the next release has migrated. */
class JdbcSchemaVersionTest {

    @ParameterizedTest
    @EnumSource
    void migrating_a_schema_that_a_newer_release_has_migrated_is_a_clear_error_and_changes_nothing(
            Server server, @TempDir Path migrationsOfNextRelease) throws Exception {
        TestDatabase database = server.migratedDatabase();
        int next = JdbcSchema.VERSION + 1;
        Files.writeString(
                migrationsOfNextRelease.resolve("R__namespaces_002_more.sql"),
                "INSERT INTO ns_schema_version (version, applied_at) VALUES (" + next + ", CURRENT_TIMESTAMP);");
        Flyway.configure()
                .dataSource(database.dataSource())
                .locations(JdbcSchema.flywayLocation(database.dialect()), "filesystem:" + migrationsOfNextRelease)
                .placeholders(JdbcSchema.flywayPlaceholders(TableNames.DEFAULT))
                .table("ns_schema_history")
                .load()
                .migrate();
        String history = history(database);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> JdbcSchema.migrate(database.dataSource()))
                .withMessageContaining("version " + next)
                .withMessageContaining("newer release")
                .satisfies(error -> assertThat(error.isRetryable()).isFalse());

        assertThat(history(database)).isEqualTo(history);
    }

    private static String history(TestDatabase database) {
        String quote = database.dialect() == SqlDialect.MARIADB ? "`" : "\"";
        return database.query("SELECT COUNT(*) FROM " + quote + "ns_schema_history" + quote, 1);
    }
}

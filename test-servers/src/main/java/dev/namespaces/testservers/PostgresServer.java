package dev.namespaces.testservers;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL, one of each major version for the whole JVM. It lives in a time zone that nobody expects, sorts
 * like a language where it can, and forgets everything in a crash, which makes it fast.
 */
public final class PostgresServer {

    private static final Map<Integer, PostgresServer> SERVERS = new ConcurrentHashMap<>();

    private final EmbeddedPostgres server;
    private final AtomicInteger databases = new AtomicInteger();

    private PostgresServer(EmbeddedPostgres server) {
        this.server = server;
    }

    /**
     * The server of that major version, 17 or 18, started by the first call. Skips the calling test where it cannot
     * run.
     */
    public static PostgresServer shared(int major) {
        DatabaseServers.assumeRuns("PostgreSQL " + major);
        return SERVERS.computeIfAbsent(major, PostgresServer::start);
    }

    private static PostgresServer start(int major) {
        String binaries = "postgres-" + major + "/postgres-linux-x86_64.txz";
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setPgBinaryResolver((system, machine) ->
                            Objects.requireNonNull(PostgresServer.class.getResourceAsStream(binaries), binaries))
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .setServerConfig("timezone", "America/St_Johns")
                    .setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "100")
                    .start();
            return new PostgresServer(server);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL " + major + " did not start", e);
        }
    }

    /** A new, empty database. */
    public DatabaseAddress newDatabase() {
        String name = "test_" + databases.incrementAndGet();
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name
                    + " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'");
        } catch (SQLException e) {
            throw new IllegalStateException("The database " + name + " cannot be created", e);
        }
        return new DatabaseAddress(
                "jdbc:postgresql://localhost:" + server.getPort() + "/" + name, "postgres", "postgres");
    }
}

package dev.namespaces.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.testservers.DatabaseAddress;
import dev.namespaces.testservers.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A migrated database, and three ways to its namespaces through one pool. */
public final class NamespacesDatabase implements AutoCloseable {

    public static final int NAMESPACES_PER_ENVIRONMENT = 20;

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.123456Z");

    public final StoredNamespaces ours;
    public final StoredNamespaces handWritten;
    public final StoredNamespaces hibernate;
    private final HibernateNamespaces sessions;
    private final HikariDataSource pool;

    static {
        // Before Hibernate looks for one by itself.
        System.setProperty("org.jboss.logging.provider", "slf4j");
    }

    public NamespacesDatabase(SqlDialect dialect) {
        this.pool = new HikariDataSource(configuration(dialect));
        JdbcSchema.migrate(pool);
        this.ours = ours(JdbcStores.on(pool).namespaces());
        this.handWritten = new HandWrittenNamespaces(pool, dialect);
        this.sessions = new HibernateNamespaces(pool);
        this.hibernate = sessions;
        requireSameResults();
    }

    private static HikariConfig configuration(SqlDialect dialect) {
        HikariConfig configuration = new HikariConfig();
        configuration.setMaximumPoolSize(4);
        switch (dialect) {
            case H2 -> configuration.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
            case POSTGRESQL -> {
                DatabaseAddress address = PostgresServer.shared(18).newDatabase();
                configuration.setJdbcUrl(address.jdbcUrl());
                configuration.setUsername(address.user());
                configuration.setPassword(address.password());
            }
            case MARIADB -> throw new IllegalArgumentException("MariaDB is not measured");
        }
        return configuration;
    }

    private static StoredNamespaces ours(NamespaceStore store) {
        return new StoredNamespaces() {
            @Override
            public void insert(List<Namespace> namespaces) {
                store.insert(namespaces);
            }

            @Override
            public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
                return store.findByEnvironments(List.of(environmentId));
            }
        };
    }

    /** Throws if the sides find different namespaces: a comparison of different work proves nothing. */
    private void requireSameResults() {
        for (StoredNamespaces writer : List.of(ours, handWritten, hibernate)) {
            List<Namespace> written = namespaces(NAMESPACES_PER_ENVIRONMENT);
            writer.insert(written);
            for (StoredNamespaces reader : List.of(ours, handWritten, hibernate)) {
                List<Namespace> found = reader.findByEnvironment(written.get(0).environmentId());
                if (!found.equals(written)) {
                    throw new IllegalStateException(reader + " does not find what " + writer + " has inserted");
                }
            }
            deleteAll();
        }
    }

    public void deleteAll() {
        execute("TRUNCATE TABLE ns_namespaces");
    }

    /** Gathers statistics, as a server does by itself after a while. */
    public void gatherStatistics() {
        execute("ANALYZE");
    }

    private void execute(String sql) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Creates that many, in environments of {@value #NAMESPACES_PER_ENVIRONMENT}, each of a few labels and annotations.
     */
    public static List<Namespace> namespaces(int count) {
        List<Namespace> namespaces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, String> annotations = new TreeMap<>();
            for (int note = 0; note < 3; note++) {
                annotations.put("example.com/note-" + note, "some \"words\" about it ".repeat(5) + i);
            }
            Map<String, String> metadata = new TreeMap<>();
            for (int fact = 0; fact < 6; fact++) {
                metadata.put("team.example.com/fact-" + fact, "value-" + i);
            }
            namespaces.add(new Namespace(
                    new NamespaceId(UUID.randomUUID().toString()),
                    environment(i / NAMESPACES_PER_ENVIRONMENT),
                    String.format("namespace-%06d", i),
                    metadata,
                    annotations,
                    1,
                    NOW,
                    NOW,
                    null));
        }
        return namespaces;
    }

    public static EnvironmentId environment(int number) {
        return new EnvironmentId("environment-" + number);
    }

    @Override
    public void close() {
        sessions.close();
        pool.close();
    }
}

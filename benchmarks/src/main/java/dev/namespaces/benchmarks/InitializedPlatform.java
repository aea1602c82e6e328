package dev.namespaces.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * One deployed environment, with stores on H2 in memory, a cluster in memory, and a clock that moves only when a
 * benchmark moves it.
 */
final class InitializedPlatform implements AutoCloseable {

    static final ClusterId CLUSTER = new ClusterId("eu-1");
    static final String NAMESPACE = "ns-0";

    private final HikariDataSource pool = new HikariDataSource(configuration());
    private final MovableClock clock = MovableClock.at(Instant.parse("2026-01-02T03:04:05Z"));
    private final NamespaceLifecycle lifecycle;

    InitializedPlatform(int namespaces) {
        JdbcSchema.migrate(pool);
        JdbcStores stores = JdbcStores.on(pool);
        Environment dev = Environment.of(
                new EnvironmentId("shop-dev"), new OrganizationId("acme"), new ProjectId("shop"), CLUSTER);
        stores.environments().save(dev);
        lifecycle = NamespaceLifecycle.builder(FakeClusters.any(), stores.stores())
                .clock(clock)
                .build();
        lifecycle.create(IntStream.range(0, namespaces)
                .mapToObj(i -> NamespaceRequest.of(dev.id(), "ns-" + i).withMetadata("team", "web"))
                .toList());
        lifecycle.deploy(dev.id());
    }

    private static HikariConfig configuration() {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
        configuration.setMaximumPoolSize(4);
        return configuration;
    }

    NamespaceLifecycle lifecycle() {
        return lifecycle;
    }

    /** Lets the initializer forget the namespaces that it remembers. The records of the deployment stay. */
    void letMemoryExpire() {
        clock.advance(Duration.ofMinutes(1));
    }

    @Override
    public void close() {
        lifecycle.close();
        pool.close();
    }
}

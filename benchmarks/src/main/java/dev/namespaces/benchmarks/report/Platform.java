package dev.namespaces.benchmarks.report;

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
import dev.namespaces.spi.ClusterGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A lifecycle with its stores on H2, which counts the round trips to the stores. */
final class Platform implements AutoCloseable {

    private static final int NAMESPACES_PER_CALL = 1_000;

    private final HikariDataSource pool;
    private final JdbcStores stores;
    private final NamespaceLifecycle lifecycle;
    private final AtomicInteger storeRoundTrips = new AtomicInteger();
    private int environments;

    Platform(String jdbcUrl, ClusterGateway gateway) {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(jdbcUrl);
        configuration.setMaximumPoolSize(4);
        pool = new HikariDataSource(configuration);
        JdbcSchema.migrate(pool);
        stores = JdbcStores.on(Watched.dataSource(pool, storeRoundTrips));
        lifecycle = NamespaceLifecycle.builder(gateway, stores.stores()).build();
    }

    NamespaceLifecycle lifecycle() {
        return lifecycle;
    }

    /** Creates another environment with that many namespaces, and deploys nothing. */
    EnvironmentId newEnvironment(int namespaces) {
        return newEnvironments(1, namespaces).get(0);
    }

    /** Creates further environments with that many namespaces each, and deploys nothing. */
    List<EnvironmentId> newEnvironments(int count, int namespacesEach) {
        List<EnvironmentId> created = new ArrayList<>();
        List<NamespaceRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EnvironmentId id = new EnvironmentId("env-" + environments++);
            stores.environments()
                    .save(Environment.of(id, new OrganizationId("acme"), new ProjectId("shop"), new ClusterId("eu-1")));
            created.add(id);
            for (int namespace = 0; namespace < namespacesEach; namespace++) {
                requests.add(NamespaceRequest.of(id, id + "-" + namespace).withMetadata("example.com/team", "web"));
                if (requests.size() == NAMESPACES_PER_CALL) {
                    lifecycle.create(requests);
                    requests.clear();
                }
            }
        }
        if (!requests.isEmpty()) {
            lifecycle.create(requests);
        }
        return created;
    }

    /** Returns how many round trips to the stores the work takes. */
    int storeRoundTrips(Runnable work) {
        int before = storeRoundTrips.get();
        work.run();
        return storeRoundTrips.get() - before;
    }

    @Override
    public void close() {
        lifecycle.close();
        pool.close();
    }
}

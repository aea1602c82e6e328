package dev.namespaces.dbscheduler;

import static dev.namespaces.testkit.TestData.anEnvironment;

import com.github.kagkarlsson.scheduler.ScheduledExecution;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import com.github.kagkarlsson.scheduler.testhelper.ManualScheduler;
import com.github.kagkarlsson.scheduler.testhelper.SettableClock;
import com.github.kagkarlsson.scheduler.testhelper.TestHelper;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterAvailability;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.RecordingClusterGateway;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** A replica whose scheduler runs what is due when a test says so, on a clock that the test moves. */
final class Replica implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-05-06T07:08:09.123456Z");
    static final Duration WINDOW = Duration.ofHours(6);

    final SettableClock clock = new SettableClock();
    final DataSource database;
    final JdbcTemplate sql;
    final FakeClusters clusters = FakeClusters.any();
    final Map<ClusterId, Duration> setAside = new ConcurrentHashMap<>();
    final InMemoryStores inMemory;
    final Stores stores;
    final NamespaceLifecycle lifecycle;
    final TargetScheduler targets;
    final ManualScheduler scheduler;

    /** Runs before each call of a cluster. */
    volatile Consumer<ClusterId> onCall = cluster -> {};

    /** The environment whose row cannot be read, unless it is null. */
    volatile @Nullable EnvironmentId unreadableEnvironment;

    /** The environment whose records cannot be read, unless it is null. */
    volatile @Nullable EnvironmentId unreadableRecords;

    /** Is thrown by the store of environments, unless it is null. */
    volatile @Nullable RuntimeException storeFailure;

    final RecordingClusterGateway gateway;

    Replica(DataSource database) {
        clock.set(NOW);
        this.database = database;
        sql = new JdbcTemplate(database);
        SchedulerSchema.migrate(database);
        inMemory = new InMemoryStores(javaClock());
        stores = inMemory.stores().toBuilder()
                .environments(failingOnRequest(inMemory.environments()))
                .deployments(failingOnRequest(inMemory.stores().deployments()))
                .inHostTransaction(TransactionSynchronizationManager::isActualTransactionActive)
                .build();
        gateway = new RecordingClusterGateway(observed());
        lifecycle =
                NamespaceLifecycle.builder(gateway, stores).clock(javaClock()).build();
        targets = builder().build();
        TestHelper.ManualSchedulerBuilder builder =
                TestHelper.createManualScheduler(database).clock(clock);
        targets.customize(builder);
        scheduler = builder.build();
        scheduler.start();
    }

    private EnvironmentStore failingOnRequest(EnvironmentStore store) {
        return new EnvironmentStore() {
            @Override
            public List<Environment> findByIds(Collection<EnvironmentId> ids) {
                RuntimeException failure = storeFailure;
                if (failure != null) {
                    throw failure;
                }
                failIfAmong(ids, unreadableEnvironment);
                return store.findByIds(ids);
            }

            @Override
            public List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit) {
                return store.findIds(after, limit);
            }
        };
    }

    private DeploymentStore failingOnRequest(DeploymentStore store) {
        return (DeploymentStore) Proxy.newProxyInstance(
                DeploymentStore.class.getClassLoader(),
                new Class<?>[] {DeploymentStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("findByEnvironments")) {
                        failIfAmong((Collection<?>) arguments[0], unreadableRecords);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void failIfAmong(Collection<?> ids, @Nullable EnvironmentId unreadable) {
        if (unreadable != null && ids.contains(unreadable)) {
            throw new StoreException(
                    ErrorContext.of(Operation.FIND), "a table", "a key", Retry.never(), "unreadable", null);
        }
    }

    TargetScheduler.Builder builder() {
        return TargetScheduler.builder(lifecycle, stores, database)
                .clock(javaClock())
                .retries(Duration.ofSeconds(10), Duration.ofMinutes(15))
                .round(Schedules.daily(ZoneOffset.UTC, LocalTime.of(1, 0)), WINDOW);
    }

    private Clock javaClock() {
        return new Clock() {
            @Override
            public Instant instant() {
                return clock.now();
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
            }
        };
    }

    private ClusterGateway observed() {
        return (ClusterGateway) Proxy.newProxyInstance(
                ClusterGateway.class.getClassLoader(),
                new Class<?>[] {ClusterAvailability.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("setAsideFor")) {
                        return Optional.ofNullable(setAside.get((ClusterId) arguments[0]));
                    }
                    if (method.getName().equals("extension")) {
                        return arguments[0] == ClusterAvailability.class ? Optional.of(proxy) : Optional.empty();
                    }
                    if (arguments != null && arguments[0] instanceof ClusterId cluster) {
                        onCall.accept(cluster);
                    }
                    try {
                        return method.invoke(clusters, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Stores an environment with one namespace. */
    Environment environment(String id, String... clusters) {
        Environment environment = anEnvironment().id(id).clusters(clusters).build();
        inMemory.environments().save(environment);
        namespace(environment.id(), id + "-web");
        return environment;
    }

    void namespace(EnvironmentId environment, String name) {
        lifecycle.create(NamespaceRequest.of(environment, name));
    }

    boolean isDeployed(String cluster, String namespace) {
        return clusters.cluster(cluster).objects("Namespace").stream()
                .anyMatch(each -> each.getMetadata().getName().equals(namespace));
    }

    /** Runs what is due. */
    void run() {
        scheduler.runAnyDueExecutions();
    }

    /** Lets time pass, and runs what is due then. */
    void runAfter(Duration wait) {
        clock.tick(wait);
        run();
    }

    int rows() {
        Integer rows = sql.queryForObject(
                "SELECT COUNT(*) FROM scheduled_tasks WHERE task_name = 'namespaces-target'", Integer.class);
        return rows == null ? 0 : rows;
    }

    /** Returns the number of tasks that every other transaction sees. */
    int committedRows() {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery(
                        "SELECT COUNT(*) FROM scheduled_tasks WHERE task_name = 'namespaces-target'")) {
            count.next();
            return count.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns when the target is due, or null if it has no task. */
    @Nullable
    Instant due(Target target) {
        return scheduler
                .getScheduledExecution(TaskInstanceId.of("namespaces-target", TaskIds.of(target)))
                .map(ScheduledExecution::getExecutionTime)
                .orElse(null);
    }

    static Target target(String environment, String cluster) {
        return new Target(new EnvironmentId(environment), new ClusterId(cluster));
    }

    void execute(String statement) {
        try (Connection connection = database.getConnection();
                Statement one = connection.createStatement()) {
            one.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        lifecycle.close();
    }
}

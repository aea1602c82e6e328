package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.target;
import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testservers.ChildJvm;
import dev.namespaces.testservers.OnDatabaseServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lock between two replicas if parts fail; the contract has the other cases. */
class JdbcDeploymentLockTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofSeconds(1);
    /** A lease that even a busy machine extends in time. */
    private static final Duration LONG = Duration.ofSeconds(5);

    private static final Duration LONGER_THAN_A_TEST = Duration.ofHours(1);

    private final EnvironmentId environment = newEnvironmentId();

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void a_lease_is_extended_repeatedly_while_its_holder_lives(Server server) {
        TestDatabase database = server.migratedDatabase();
        try (Lease lease = acquire(lock(database.dataSource(), LONG))) {
            String first = lockedUntil(database);
            await().atMost(PATIENCE).until(() -> lockedUntil(database).compareTo(first) > 0);
            String second = lockedUntil(database);
            await().atMost(PATIENCE).until(() -> lockedUntil(database).compareTo(second) > 0);

            assertThat(lease.isHeld()).isTrue();
            assertThat(lock(database.dataSource(), LONG).tryAcquire(target(environment)))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void an_extension_that_fails_once_is_tried_again_in_time(Server server) {
        TestDatabase database = server.migratedDatabase();
        AtomicInteger extensions = new AtomicInteger();
        DataSource failingOnce = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (isExtension(target, method.getName()) && extensions.incrementAndGet() == 1) {
                throw new SQLException("lost", "08006");
            }
            return proceed.call();
        });
        try (Lease lease = acquire(lock(failingOnce, LONG))) {
            String first = lockedUntil(database);

            await().atMost(PATIENCE).until(() -> lockedUntil(database).compareTo(first) > 0);

            assertThat(extensions).hasValueGreaterThan(1);
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void a_holder_without_a_database_loses_the_lock_before_another_takes_it(Server server) {
        TestDatabase database = server.migratedDatabase();
        AtomicBoolean gone = new AtomicBoolean();
        DataSource unreachable = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (target instanceof DataSource && gone.get()) {
                throw new SQLException("unreachable", "08001");
            }
            return proceed.call();
        });
        AtomicLong now = new AtomicLong();
        Lease lost = acquire(lock(unreachable, LONGER_THAN_A_TEST, now::get));
        gone.set(true);

        now.set(LONGER_THAN_A_TEST.toNanos() * 5 / 6 - 1);
        assertThat(lost.isHeld()).isTrue();
        now.incrementAndGet();
        assertThat(lost.isHeld()).isFalse();
        DeploymentLock another = lock(database.dataSource(), LONG);
        assertThat(another.tryAcquire(target(environment))).isEmpty();

        database.execute("UPDATE ns_locks SET lock_until = locked_at");
        try (Lease taken = acquire(another)) {
            assertThat(lost.isHeld()).isFalse();
            gone.set(false);
            lost.close();
            assertThat(lost.isHeld()).isFalse();
            assertThat(taken.isHeld()).isTrue();
            assertThat(lock(database.dataSource(), LONG).tryAcquire(target(environment)))
                    .as("released by a holder that had lost it")
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void a_lease_that_has_ended_in_the_database_is_lost_for_good(Server server) {
        TestDatabase database = server.migratedDatabase();
        Lease lost = acquire(lock(database.dataSource(), LONG));

        database.execute("UPDATE ns_locks SET lock_until = locked_at");

        await().atMost(PATIENCE).until(() -> !lost.isHeld());
        try (Lease taken = acquire(lock(database.dataSource(), LONG))) {
            lost.close();
            assertThat(lost.isHeld()).isFalse();
            assertThat(taken.isHeld()).isTrue();
            assertThat(lock(database.dataSource(), LONG).tryAcquire(target(environment)))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void a_lock_that_another_holder_has_by_now_is_not_extended(Server server) {
        TestDatabase database = server.migratedDatabase();
        Lease lost = acquire(lock(database.dataSource(), LONG));

        database.execute("UPDATE ns_locks SET locked_by = 'somebody else'");

        await().atMost(PATIENCE).until(() -> !lost.isHeld());
        String until = lockedUntil(database);
        lost.close();
        assertThat(lockedUntil(database)).isEqualTo(until);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void an_extension_that_is_answered_too_late_brings_no_lease_back(Server server) throws Exception {
        TestDatabase database = server.migratedDatabase();
        CountDownLatch extended = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch given = new CountDownLatch(1);
        DataSource slow = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            Object result = proceed.call();
            if (isExtension(target, method.getName())) {
                extended.countDown();
                answered.await();
            }
            if (answered.getCount() == 0
                    && target instanceof Connection
                    && method.getName().equals("close")) {
                given.countDown();
            }
            return result;
        });
        AtomicLong now = new AtomicLong();
        Lease lease = acquire(lock(slow, SHORT, now::get));

        assertThat(extended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(lease.isHeld()).isTrue();
        now.set(SHORT.toNanos());
        assertThat(lease.isHeld()).isFalse();
        answered.countDown();

        assertThat(given.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(lease.isHeld()).isFalse();
        lease.close();
    }

    @OnDatabaseServer
    @ParameterizedTest
    @EnumSource(names = {"POSTGRES_18", "MARIADB"})
    void the_lock_is_lost_if_its_process_is_stopped_for_the_whole_lease(Server server) {
        TestDatabase database = server.migratedDatabase();
        try (ChildJvm holder = ChildJvm.startForShortWork(
                Holder.class, database.dialect().name(), database.url(), environment.value())) {
            assertThat(holder.nextLine()).isEqualTo("held: true");
            holder.stop();

            DeploymentLock another = lock(database.dataSource(), LONG);
            try (Lease taken = await().atMost(PATIENCE)
                    .until(() -> another.tryAcquire(target(environment)), Optional::isPresent)
                    .orElseThrow()) {
                holder.println("and now?");
                holder.proceed();
                assertThat(holder.nextLine()).isEqualTo("held: false");
                assertThat(taken.isHeld()).isTrue();
            }
        }
    }

    /** Holds the lock in a process of its own, and prints on request whether it still does. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            TestDatabase database = TestDatabase.at(SqlDialect.valueOf(arguments[0]), arguments[1]);
            Lease lease = lock(database.dataSource(), LONG)
                    .tryAcquire(target(new EnvironmentId(arguments[2])))
                    .orElseThrow();
            BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            do {
                System.out.println("held: " + lease.isHeld());
                System.out.flush();
            } while (questions.readLine() != null);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void no_time_of_a_replica_reaches_the_database(Server server) {
        TestDatabase database = server.migratedDatabase();
        List<Object> bound = new CopyOnWriteArrayList<>();
        DataSource recording = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (target instanceof PreparedStatement && method.getName().startsWith("set") && arguments.length > 1) {
                bound.add(arguments[1]);
            }
            return proceed.call();
        });
        bound.clear();

        DeploymentLock lock = lock(recording, SHORT);
        Lease lease = acquire(lock);
        String until = lockedUntil(database);
        await().atMost(PATIENCE).until(() -> lockedUntil(database).compareTo(until) > 0 || !lease.isHeld());
        lease.close();

        assertThat(bound).isNotEmpty().allSatisfy(value -> {
            if (value instanceof Number number) {
                // A length of time and no point in it.
                assertThat(number.longValue()).isBetween(0L, SHORT.toNanos());
            } else {
                assertThat(value).isInstanceOf(String.class);
                assertThat((String) value).doesNotStartWith("20");
            }
        });
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void replicas_whose_sessions_are_in_other_zones_agree_on_the_time(Server server) {
        TestDatabase database = server.migratedDatabase();
        DeploymentLock east = lock(inZone(database, "+12:00"), LONG);
        DeploymentLock west = lock(inZone(database, "-11:00"), LONG);

        for (List<DeploymentLock> pair : List.of(List.of(east, west), List.of(west, east))) {
            try (Lease lease = acquire(pair.get(0))) {
                assertThat(pair.get(1).tryAcquire(target(environment))).isEmpty();
                assertThat(lease.isHeld()).isTrue();
            }
            acquire(pair.get(1)).close();
        }
    }

    private static DataSource inZone(TestDatabase database, String zone) {
        String set = switch (database.dialect()) {
            case POSTGRESQL -> "SET TIME ZONE INTERVAL '" + zone + "' HOUR TO MINUTE";
            case MARIADB -> "SET time_zone = '" + zone + "'";
            case H2 -> "SET TIME ZONE '" + zone + "'";
        };
        return Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            Object result = proceed.call();
            if (target instanceof DataSource && result instanceof Connection connection) {
                run(connection, set);
            }
            return result;
        });
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void the_longest_ids_are_locked_and_kept_whole(Server server) {
        TestDatabase database = server.migratedDatabase();
        EnvironmentId longest = new EnvironmentId("e".repeat(63));
        ClusterId cluster = new ClusterId("c".repeat(63));

        try (Lease lease = lock(database.dataSource(), LONG)
                .tryAcquire(new Target(longest, cluster))
                .orElseThrow()) {
            assertThat(lease.isHeld()).isTrue();
            assertThat(database.query("SELECT name FROM ns_locks", 1)).isEqualTo(longest + "/" + cluster);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "POSTGRES_17")
    void an_error_worth_a_retry_follows_if_the_lock_cannot_be_asked_for(Server server) {
        TestDatabase database = server.migratedDatabase();
        AtomicBoolean gone = new AtomicBoolean();
        DataSource unreachable = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (target instanceof DataSource && gone.get()) {
                throw new SQLException("unreachable", "08001");
            }
            return proceed.call();
        });
        DeploymentLock lock = lock(unreachable, LONG);
        gone.set(true);

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> lock.tryAcquire(target(environment)))
                .satisfies(error -> {
                    assertThat(error.isRetryable()).isTrue();
                    assertThat(error.table()).isEqualTo("ns_locks");
                    assertThat(error.context().environmentId()).isEqualTo(environment);
                    assertThat(error.context().cluster()).isEqualTo(CLUSTER);
                });
    }

    @ParameterizedTest
    @EnumSource(names = "H2")
    void an_interrupt_while_it_waits_for_a_connection_is_passed_on(Server server) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setDataSource(server.migratedDatabase().dataSource());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            DeploymentLock lock = lock(pool, LONG);
            CompletableFuture<String> outcome = new CompletableFuture<>();
            try (Connection onlyOne = pool.getConnection()) {
                Thread waiting = new Thread(() -> {
                    try {
                        lock.tryAcquire(target(environment));
                        outcome.complete("returned");
                    } catch (OperationInterruptedException e) {
                        outcome.complete("interrupted " + Thread.currentThread().isInterrupted());
                    } catch (RuntimeException e) {
                        outcome.completeExceptionally(e);
                    }
                });
                waiting.start();
                await().atMost(PATIENCE).until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);

                waiting.interrupt();

                assertThat(outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("interrupted true");
                assertThat(onlyOne.isClosed()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "H2")
    void many_leases_at_once_are_all_extended(Server server) {
        TestDatabase database = server.migratedDatabase();
        DeploymentLock lock = lock(database.dataSource(), LONG);
        List<Lease> leases = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            leases.add(lock.tryAcquire(new Target(environment, new ClusterId("cluster-" + i)))
                    .orElseThrow());
        }
        String first = database.query("SELECT MAX(lock_until) FROM ns_locks", 1);

        await().atMost(PATIENCE)
                .until(() -> database.query("SELECT MIN(lock_until) FROM ns_locks", 1)
                                .compareTo(first)
                        > 0);

        assertThat(leases).allMatch(Lease::isHeld);
        leases.forEach(Lease::close);
    }

    private static boolean isExtension(Object target, String method) {
        return target instanceof PreparedStatement
                && method.startsWith("execute")
                && Thread.currentThread().getName().equals("namespace-deployment-lock");
    }

    private static DeploymentLock lock(DataSource dataSource, Duration lease) {
        return lock(dataSource, lease, System::nanoTime);
    }

    private static DeploymentLock lock(DataSource dataSource, Duration lease, LongSupplier nanoTime) {
        return JdbcStores.builder(dataSource)
                .lease(lease)
                .nanoTime(nanoTime)
                .build()
                .deploymentLock();
    }

    private Lease acquire(DeploymentLock lock) {
        return lock.tryAcquire(target(environment)).orElseThrow();
    }

    /** Returns text whose order is the order in time. */
    private static String lockedUntil(TestDatabase database) {
        return database.query("SELECT CAST(lock_until AS CHAR(35)) FROM ns_locks", 1);
    }
}

package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.intents;
import static dev.namespaces.testkit.TestData.CLUSTER;
import static dev.namespaces.testkit.TestData.aNamespace;
import static org.awaitility.Awaitility.await;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentLock.Lease;
import dev.namespaces.testservers.ChildJvm;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Works on the database of a test in a second JVM, which the test kills in the middle of the work. */
final class ChildProcess {

    static final Target LOCKED = new Target(new EnvironmentId("locked"), CLUSTER);
    static final Duration LEASE = Duration.ofSeconds(6);
    static final int ROWS = 2_500;
    static final String IN_THE_MIDDLE = "in the middle";
    static final Target HALFWAY = new Target(new EnvironmentId("halfway"), CLUSTER);
    static final String INSERT = "insert";
    static final String BEGIN = "begin";
    static final String CONSUME = "consume";

    private ChildProcess() {}

    static ChildJvm start(String work, TestDatabase database, String argument) {
        return ChildJvm.startForShortWork(
                ChildProcess.class, work, database.dialect().name(), database.url(), argument);
    }

    public static void main(String[] arguments) throws Exception {
        TestDatabase database = TestDatabase.at(SqlDialect.valueOf(arguments[1]), arguments[2]);
        switch (arguments[0]) {
            case "lock" -> workUnderLock(database, arguments[3]);
            case "insert" -> insertForever(database);
            case "stop in the middle" -> stopInTheMiddle(database, arguments[3]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void workUnderLock(TestDatabase database, String worker) throws Exception {
        DeploymentLock lock =
                JdbcStores.builder(database.dataSource()).lease(LEASE).build().deploymentLock();
        String now = now(database.dialect());
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (int round = 0; ; round++) {
                try (Lease lease = await().atMost(Duration.ofMinutes(5))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> lock.tryAcquire(LOCKED), Optional::isPresent)
                        .orElseThrow()) {
                    String key = "worker = '" + worker + "' AND round = " + round;
                    statement.execute("INSERT INTO work (worker, round, entered_at) VALUES ('" + worker + "', " + round
                            + ", " + now + ")");
                    for (int step = 0; step < 20 && lease.isHeld(); step++) {
                        statement.execute("UPDATE work SET steps = " + step + " WHERE " + key);
                    }
                    if (lease.isHeld()) {
                        statement.execute("UPDATE work SET left_at = " + now + " WHERE " + key);
                    }
                }
                // Time for the other one.
                new CountDownLatch(1).await(ThreadLocalRandom.current().nextInt(20, 200), TimeUnit.MILLISECONDS);
            }
        }
    }

    /**
     * Returns an SQL expression for the database's time. It does not depend on the zone of the session, which is that
     * of each JVM.
     */
    static String now(SqlDialect dialect) {
        return dialect == SqlDialect.MARIADB ? "UTC_TIMESTAMP(6)" : "(CLOCK_TIMESTAMP() AT TIME ZONE 'UTC')";
    }

    private static void insertForever(TestDatabase database) {
        JdbcStores stores = JdbcStores.on(database.dataSource());
        for (int round = 0; ; round++) {
            EnvironmentId environment = new EnvironmentId("round-" + round);
            stores.namespaces().insert(namespaces(environment));
            print(environment.value());
        }
    }

    private static void stopInTheMiddle(TestDatabase database, String work) {
        AtomicInteger statements = new AtomicInteger();
        DataSource stopping = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (target instanceof PreparedStatement
                    && method.getName().startsWith("execute")
                    && statements.decrementAndGet() == 0) {
                print(IN_THE_MIDDLE);
                new CountDownLatch(1).await();
            }
            return proceed.call();
        });
        JdbcStores stores = JdbcStores.on(stopping);
        switch (work) {
            case INSERT -> {
                // The last of three batches.
                statements.set(3);
                stores.namespaces().insert(namespaces(HALFWAY.environmentId()));
            }
            case BEGIN -> {
                // Three statements on the record, five that look for rows, and then the third of five batches.
                statements.set(11);
                stores.deployments().begin(HALFWAY, 0, intents(ROWS));
            }
            case CONSUME -> {
                // An insert and an update for each target.
                statements.set(4);
                stores.deployments().consume(Map.of(HALFWAY, 0L, LOCKED, 0L));
            }
            default -> throw new IllegalArgumentException(work);
        }
    }

    static List<Namespace> namespaces(EnvironmentId environment) {
        return new ArrayList<>(IntStream.range(0, ROWS)
                .mapToObj(
                        i -> aNamespace().in(environment).name("namespace-" + i).build())
                .toList());
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }
}

package dev.namespaces.benchmarks.report;

import dev.namespaces.spi.ClusterGateway;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Ports with a wrapper that counts their round trips. */
final class Watched {

    private Watched() {}

    /** Returns a gateway that waits for the round trip in each call, and counts the calls. */
    static ClusterGateway gateway(ClusterGateway gateway, Duration roundTrip, AtomicInteger calls) {
        return proxy(ClusterGateway.class, gateway, result -> result, method -> {
            if (!method.getName().equals("extension")) {
                calls.incrementAndGet();
                Thread.sleep(roundTrip.toMillis());
            }
        });
    }

    /** Returns a data source that counts the statements, batches, commits and rollbacks of its connections. */
    static DataSource dataSource(DataSource dataSource, AtomicInteger roundTrips) {
        return proxy(
                DataSource.class,
                dataSource,
                result -> result instanceof Connection connection ? counted(connection, roundTrips) : result,
                method -> {});
    }

    private static Connection counted(Connection connection, AtomicInteger roundTrips) {
        return proxy(
                Connection.class,
                connection,
                result -> {
                    if (result instanceof PreparedStatement statement) {
                        return counted(PreparedStatement.class, statement, roundTrips);
                    }
                    return result instanceof Statement statement
                            ? counted(Statement.class, statement, roundTrips)
                            : result;
                },
                method -> {
                    if (method.getName().equals("commit") || method.getName().equals("rollback")) {
                        roundTrips.incrementAndGet();
                    }
                });
    }

    private static <T extends Statement> T counted(Class<T> type, T statement, AtomicInteger roundTrips) {
        return proxy(type, statement, result -> result, method -> {
            if (method.getName().startsWith("execute")) {
                roundTrips.incrementAndGet();
            }
        });
    }

    private interface Before {
        void call(Method method) throws InterruptedException;
    }

    private interface After {
        @Nullable
        Object of(@Nullable Object result);
    }

    private static <T> T proxy(Class<T> type, T delegate, After after, Before before) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            before.call(method);
            try {
                return after.of(method.invoke(delegate, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(Watched.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

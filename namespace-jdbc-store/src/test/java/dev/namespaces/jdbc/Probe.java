package dev.namespaces.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;

/** A {@link DataSource} that tells a test of every call, down to statements, and lets it act instead. */
final class Probe {

    private static final List<Class<?>> WRAPPED =
            List.of(PreparedStatement.class, Statement.class, DatabaseMetaData.class, Connection.class);

    private Probe() {}

    /** Wraps a JDBC object, and sees each call of it. */
    interface Interceptor {
        Object call(Object target, Method method, Object[] arguments, Callable<Object> proceed) throws Exception;
    }

    static DataSource intercept(DataSource dataSource, Interceptor interceptor) {
        return wrap(DataSource.class, dataSource, interceptor);
    }

    private static <T> T wrap(Class<T> type, Object target, Interceptor interceptor) {
        return type.cast(Proxy.newProxyInstance(
                Probe.class.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
                    Object[] arguments = given == null ? new Object[0] : given;
                    Object result = interceptor.call(target, method, arguments, () -> {
                        try {
                            return method.invoke(target, arguments);
                        } catch (InvocationTargetException e) {
                            if (e.getCause() instanceof Exception cause) {
                                throw cause;
                            }
                            throw e;
                        }
                    });
                    for (Class<?> wrapped : WRAPPED) {
                        if (wrapped.isInstance(result) && method.getReturnType().isAssignableFrom(wrapped)) {
                            return wrap(wrapped, result, interceptor);
                        }
                    }
                    return result;
                }));
    }
}

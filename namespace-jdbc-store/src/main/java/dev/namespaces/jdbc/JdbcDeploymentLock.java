package dev.namespaces.jdbc;

import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Target;
import dev.namespaces.spi.DeploymentLock;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.provider.sql.SqlConfiguration;
import net.javacrumbs.shedlock.provider.sql.SqlStatementsSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A row for each target, taken for a lease by ShedLock's statements, which use the database's clock. The clocks of
 * replicas do not matter: a holder trusts its lease only as long as its own monotonic clock says that the database must
 * still grant it. It counts from before it asked the database, and subtracts a margin.
 */
final class JdbcDeploymentLock implements DeploymentLock {

    private static final Logger LOG = LoggerFactory.getLogger(JdbcDeploymentLock.class);

    private static final int EXTENDING_THREADS = 4;
    private static final int EXTENSIONS_PER_LEASE = 3;
    private static final int RETRIES_PER_EXTENSION = 4;
    /** The part of a lease that is never trusted, so that a request that is sent under the lease arrives under it. */
    private static final int MARGIN_PART = 6;

    private final Database database;
    private final String table;
    private final Duration lease;
    private final LongSupplier nanoTime;
    private final SqlStatementsSource statements;
    private final String instance = UUID.randomUUID().toString();
    private final AtomicLong leases = new AtomicLong();
    private final ScheduledThreadPoolExecutor extender;

    /** @param nanoTime the monotonic clock that a holder uses to judge its lease */
    JdbcDeploymentLock(Database database, Duration lease, LongSupplier nanoTime) {
        this.database = database;
        this.nanoTime = nanoTime;
        this.table = database.table("locks");
        this.lease = lease;
        this.statements = SqlStatementsSource.create(new LockTable(database, table));
        this.extender = new ScheduledThreadPoolExecutor(EXTENDING_THREADS, task -> {
            Thread thread = new Thread(task, "namespace-deployment-lock");
            thread.setDaemon(true);
            return thread;
        });
        // Without leases there are no threads, so nothing has to be closed.
        extender.setKeepAliveTime(lease.toNanos(), TimeUnit.NANOSECONDS);
        extender.allowCoreThreadTimeOut(true);
        extender.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Optional<Lease> tryAcquire(Target target) {
        // No id has a slash.
        String name = target.environmentId() + "/" + target.clusterId();
        HeldLease attempt = new HeldLease(
                StoreOperation.onTarget(Operation.LOCK, table, target),
                name,
                instance + "/" + leases.incrementAndGet());
        if (!acquire(attempt)) {
            return Optional.empty();
        }
        attempt.begin();
        return Optional.of(attempt);
    }

    private boolean acquire(HeldLease attempt) {
        try {
            return database.commitAtOnce(
                    attempt.operation,
                    handle -> attempt.run(statements.getUpdateStatement(), handle) > 0 || insert(attempt, handle));
        } catch (StoreException e) {
            // A pool that is interrupted while it waits for a connection says so in its own way.
            if (Thread.currentThread().isInterrupted()) {
                throw new OperationInterruptedException(attempt.operation.context(), e);
            }
            throw e;
        }
    }

    private boolean insert(HeldLease attempt, Handle handle) {
        try {
            return attempt.run(statements.getInsertStatement(), handle) > 0;
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure != null && SqlErrors.isUniqueViolation(failure)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * One lease. It has an owner of its own, so that not even another lease of this instance is released by mistake.
     */
    private final class HeldLease implements Lease {

        private final StoreOperation operation;
        private final String name;
        private final String owner;
        private final long margin = lease.toNanos() / MARGIN_PART;
        private final long period = lease.toNanos() / EXTENSIONS_PER_LEASE;

        // Guarded by this.
        private boolean over;
        private boolean closed;
        private long provenUntil;
        private @Nullable ScheduledFuture<?> nextExtension;

        HeldLease(StoreOperation operation, String name, String owner) {
            this.operation = operation;
            this.name = name;
            this.owner = owner;
            this.provenUntil = nanoTime.getAsLong() + lease.toNanos() - margin;
        }

        /** Runs one of ShedLock's statements for this lease. */
        int run(String statement, Handle handle) {
            Map<String, Object> parameters =
                    new HashMap<>(statements.params(new LockConfiguration(Instant.now(), name, lease, Duration.ZERO)));
            parameters.put("lockedBy", owner);
            return handle.createUpdate(statement).bindMap(parameters).execute();
        }

        synchronized void begin() {
            nextExtension = extender.schedule(this::extend, period, TimeUnit.NANOSECONDS);
        }

        @Override
        public synchronized boolean isHeld() {
            if (!over && nanoTime.getAsLong() - provenUntil >= 0) {
                over = true;
                LOG.warn("The deployment lock {} was lost: it could not be extended in time", name);
            }
            return !over;
        }

        private void extend() {
            if (!isHeld()) {
                return;
            }
            long asked = nanoTime.getAsLong();
            boolean extended;
            try {
                extended = database.commitAtOnce(operation, handle -> run(statements.getExtendStatement(), handle) > 0);
            } catch (RuntimeException e) {
                LOG.warn(
                        "The deployment lock {} could not be extended and will be tried again: {}", name, e.toString());
                scheduleExtension(period / RETRIES_PER_EXTENSION);
                return;
            }
            extended(extended, asked);
        }

        private synchronized void extended(boolean extended, long asked) {
            if (over) {
                return;
            }
            if (!extended) {
                over = true;
                LOG.warn("The deployment lock {} was lost: its lease had ended in the database", name);
                return;
            }
            provenUntil = asked + lease.toNanos() - margin;
            scheduleExtension(period);
        }

        private synchronized void scheduleExtension(long delay) {
            if (!over) {
                nextExtension = extender.schedule(this::extend, delay, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void close() {
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
                over = true;
                if (nextExtension != null) {
                    nextExtension.cancel(false);
                }
            }
            // Pools refuse a connection to a thread that is interrupted, and the lock would exist until its lease ends.
            boolean interrupted = Thread.interrupted();
            try {
                database.commitAtOnce(operation, handle -> run(statements.getUnlockStatement(), handle));
            } catch (RuntimeException e) {
                // The work is done, and the lock expires.
                LOG.warn(
                        "The deployment lock {} could not be released; it expires within {}: {}",
                        name,
                        lease,
                        e.toString());
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Tells ShedLock about the table. */
    private static final class LockTable extends SqlConfiguration {
        LockTable(Database database, String table) {
            super(
                    database.dialect().lockProduct(),
                    false,
                    table,
                    null,
                    new ColumnNames("name", "lock_until", "locked_at", "locked_by"),
                    "every lease has an owner of its own",
                    true);
        }
    }
}

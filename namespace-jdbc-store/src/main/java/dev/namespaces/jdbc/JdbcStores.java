package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Every store, and the deployment lock, on one database. Safe to use from many threads at once.
 *
 * <p>Transactions: where a connection of the {@link DataSource} is in one already, as with one that is aware of the
 * host's transactions, the stores take part in it and commit nothing; an operation that fails leaves it as it was
 * before, by a savepoint. Otherwise every operation is a transaction of its own. Deployments and the lock never take
 * part in the host's.
 *
 * <p>A database that fails is a {@link StoreException}; its operation, table, key, and whether a retry makes sense are
 * fields, and neither its message nor that of a cause quotes stored values.
 */
public final class JdbcStores {

    private final Database database;
    private final Database outsideOfTransactions;
    private final DeploymentLock deploymentLock;

    private JdbcStores(Database database, Database outsideOfTransactions, DeploymentLock deploymentLock) {
        this.database = database;
        this.outsideOfTransactions = outsideOfTransactions;
        this.deploymentLock = deploymentLock;
    }

    /**
     * The stores on that database, with default settings.
     *
     * @throws StoreException see {@link Builder#build}
     */
    public static JdbcStores on(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /** To build the stores on that database with other settings. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /** Namespaces. */
    public NamespaceStore namespaces() {
        return new JdbcNamespaceStore(database);
    }

    /** Environments, for a host without tables of its own for them. */
    public JdbcEnvironmentStore environments() {
        return new JdbcEnvironmentStore(database);
    }

    /** Egress policies, for a host without tables of its own for them. */
    public JdbcEgressPolicyStore egressPolicies() {
        return new JdbcEgressPolicyStore(database);
    }

    /** Deployments. They never take part in a transaction of the host. */
    public DeploymentStore deployments() {
        return new JdbcDeploymentStore(outsideOfTransactions);
    }

    /** The lock that keeps replicas from deploying the same thing at once. */
    public DeploymentLock deploymentLock() {
        return deploymentLock;
    }

    /** Settings of the stores; all but the {@link DataSource} have defaults. Not safe to use from many threads. */
    public static final class Builder {

        private static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);
        private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
        private static final Duration LONGEST_LEASE = Duration.ofDays(1);

        private final DataSource dataSource;
        private @Nullable DataSource deploymentDataSource;
        private TableNames tables = TableNames.DEFAULT;
        private Duration lease = DEFAULT_LEASE;
        private LongSupplier nanoTime = System::nanoTime;

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /** Where the tables are; {@link TableNames#DEFAULT} without this. */
        public Builder tables(TableNames tables) {
            this.tables = Objects.requireNonNull(tables, "tables");
            return this;
        }

        /**
         * Where the deployment lock and the records of deployments get their connections; the stores' own
         * {@link DataSource} without this. It must lead to the same database, outside of the host's transactions:
         * others must see both at once, and no rollback undoes what was written to a cluster.
         */
        public Builder deploymentDataSource(DataSource deploymentDataSource) {
            this.deploymentDataSource = Objects.requireNonNull(deploymentDataSource, "deploymentDataSource");
            return this;
        }

        /**
         * How long a deployment lock lives on after its holder has died; 30 seconds without this. While the holder
         * lives it is extended again and again, so this says nothing about how long a deployment may take.
         *
         * @param lease from one second to one day
         * @throws IllegalArgumentException if it is shorter or longer
         */
        public Builder lease(Duration lease) {
            if (lease.compareTo(SHORTEST_LEASE) < 0 || lease.compareTo(LONGEST_LEASE) > 0) {
                throw new IllegalArgumentException("The lease must be from one second to one day, is " + lease);
            }
            this.lease = lease;
            return this;
        }

        /** Sets the monotonic clock that the holder of a lock judges its lease by, for tests. */
        Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /**
         * Asks the database for its product and for the version of the schema, and builds the stores.
         *
         * @throws StoreException if the database cannot be reached or is not supported, the schema is missing, older or
         *     newer, or connections come with auto-commit off where there is no transaction, so that nothing would ever
         *     be committed
         */
        public JdbcStores build() {
            SqlDialect dialect = SqlDialect.of(dataSource);
            requireAutoCommit(dataSource);
            JdbcSchema.verify(dataSource, tables);
            if (deploymentDataSource != null) {
                requireAutoCommit(deploymentDataSource);
                JdbcSchema.verify(deploymentDataSource, tables);
            }
            Database database = new Database(dataSource, dialect, tables);
            Database outsideOfTransactions =
                    deploymentDataSource == null ? database : new Database(deploymentDataSource, dialect, tables);
            return new JdbcStores(
                    database, outsideOfTransactions, new JdbcDeploymentLock(outsideOfTransactions, lease, nanoTime));
        }

        private static void requireAutoCommit(DataSource dataSource) {
            ErrorContext context = ErrorContext.of(Operation.INSPECT_DATABASE);
            try (Connection connection = dataSource.getConnection()) {
                if (!connection.getAutoCommit()) {
                    throw new StoreException(
                            context,
                            ErrorCategory.MISCONFIGURED,
                            "the database",
                            "any key",
                            Retry.never(),
                            "its connections have auto-commit off, so that nothing would ever be committed; turn it on"
                                    + " in the pool, and build the stores outside of a transaction",
                            null);
                }
            } catch (SQLException e) {
                throw SqlErrors.storeException(context, "the database", "any key", e);
            }
        }
    }
}

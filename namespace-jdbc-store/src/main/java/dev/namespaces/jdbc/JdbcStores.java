package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.NamespaceStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TargetObjectStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Every store, and the deployment lock, on one database. Safe to use from many threads at once.
 *
 * <p>Transactions: if a connection of the {@link DataSource} is in one already, as with a data source that knows the
 * host's transactions, the stores take part in it and commit nothing. An operation that fails leaves it as it was
 * before, by a savepoint. Otherwise every operation is a transaction of its own. Deployment records, target objects and
 * the lock are never written in the host's transaction.
 *
 * <p>A database that fails is a {@link StoreException}. Its operation, table, key, and whether a retry makes sense are
 * fields. Its message and those of its causes quote no stored values.
 */
public final class JdbcStores {

    private final NamespaceStore namespaces;
    private final JdbcEnvironmentStore environments;
    private final JdbcEgressPolicyStore egressPolicies;
    private final DeploymentStore deployments;
    private final TargetObjectStore targetObjects;
    private final DeploymentLock deploymentLock;
    private final HostTransactions hostTransactions;

    private JdbcStores(Database database, Database outsideOfTransactions, HostTransactions host, Builder settings) {
        this.namespaces = new JdbcNamespaceStore(database);
        this.environments = new JdbcEnvironmentStore(database);
        this.egressPolicies = new JdbcEgressPolicyStore(database);
        this.deployments = new JdbcDeploymentStore(database, outsideOfTransactions, settings.clock);
        this.targetObjects = new JdbcTargetObjectStore(database, outsideOfTransactions, settings.clock);
        this.deploymentLock = new JdbcDeploymentLock(outsideOfTransactions, settings.lease, settings.nanoTime);
        this.hostTransactions = host;
    }

    /**
     * Returns the stores on that database, with default settings.
     *
     * @throws StoreException see {@link Builder#build}
     */
    public static JdbcStores on(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /** Returns a builder of the stores on that database. */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /** Returns all stores, the lock included, as a lifecycle takes them. */
    public Stores stores() {
        return Stores.builder()
                .namespaces(namespaces)
                .environments(environments)
                .egressPolicies(egressPolicies)
                .deployments(deployments)
                .targetObjects(targetObjects)
                .deploymentLock(deploymentLock)
                .inHostTransaction(hostTransactions)
                .build();
    }

    /** Returns the store of namespaces. */
    public NamespaceStore namespaces() {
        return namespaces;
    }

    /** Returns the store of environments, for a host that has no tables of its own for them. */
    public JdbcEnvironmentStore environments() {
        return environments;
    }

    /** Returns the store of egress policies, for a host that has no tables of its own for them. */
    public JdbcEgressPolicyStore egressPolicies() {
        return egressPolicies;
    }

    /** Returns the store of deployment records. Its writes never take part in a transaction of the host. */
    public DeploymentStore deployments() {
        return deployments;
    }

    /** Returns the store of target objects. Its writes never take part in a transaction of the host. */
    public TargetObjectStore targetObjects() {
        return targetObjects;
    }

    /** Returns the lock that keeps two replicas from deploying a target at the same time. */
    public DeploymentLock deploymentLock() {
        return deploymentLock;
    }

    /**
     * Returns whether the calling thread is in a transaction of the host: if {@linkplain Builder#inHostTransaction the
     * host says so}, or if a data source hands out a connection that is in one. For that it takes a connection for a
     * moment, except from the pools and drivers that are known to hand out a connection of its own to each caller.
     *
     * @throws StoreException if no connection can be taken
     */
    public boolean inHostTransaction() {
        return hostTransactions.getAsBoolean();
    }

    /** Settings of the stores; all but the {@link DataSource} have defaults. Not safe to use from many threads. */
    public static final class Builder {

        private static final Duration DEFAULT_LEASE = Duration.ofSeconds(30);
        private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
        private static final Duration LONGEST_LEASE = Duration.ofDays(1);

        private final DataSource dataSource;
        private @Nullable DataSource deploymentDataSource;
        private @Nullable BooleanSupplier inHostTransaction;
        private TableNames tables = TableNames.DEFAULT;
        private Duration lease = DEFAULT_LEASE;
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanoTime = System::nanoTime;

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /** Sets where the tables are; {@link TableNames#DEFAULT} without this. */
        public Builder tables(TableNames tables) {
            this.tables = Objects.requireNonNull(tables, "tables");
            return this;
        }

        /**
         * Sets where the deployment lock, and all writes of deployment records and target objects, get their
         * connections; from the stores' own {@link DataSource} without this. It must lead to the same database, outside
         * of the host's transactions: other replicas must see these writes at once, and no rollback undoes what was
         * written to a cluster.
         */
        public Builder deploymentDataSource(DataSource deploymentDataSource) {
            this.deploymentDataSource = Objects.requireNonNull(deploymentDataSource, "deploymentDataSource");
            return this;
        }

        /**
         * Sets how the host tells whether the calling thread is in one of its transactions, for those that no
         * connection shows, such as with a data source that does not know them. It is asked often, so it must be quick.
         */
        public Builder inHostTransaction(BooleanSupplier inHostTransaction) {
            this.inHostTransaction = Objects.requireNonNull(inHostTransaction, "inHostTransaction");
            return this;
        }

        /**
         * Sets how long a deployment lock exists after its holder has died; 30 seconds without this. As long as the
         * holder lives it is extended, so this does not limit how long a deployment may take.
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

        /** Sets the clock for the times that the stores write themselves; the system's without this. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Sets the monotonic clock that the holder of a lock uses to judge its lease, for tests. */
        Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /**
         * Asks the database for its product and for the version of the schema, and builds the stores.
         *
         * <p>Connections must have auto-commit on outside of transactions. Those of the stores' own {@link DataSource}
         * may have it off if {@link #inHostTransaction} and a {@link #deploymentDataSource} are set: then the stores
         * commit what they write, unless the host says that it is in a transaction.
         *
         * @throws StoreException if the database cannot be reached or is not supported, if the schema is missing, older
         *     or newer, or if connections have auto-commit off and that is not allowed
         */
        public JdbcStores build() {
            SqlDialect dialect = SqlDialect.of(dataSource);
            List<DataSource> dataSources = new ArrayList<>();
            BooleanSupplier hostTransactionOfConnections = null;
            if (hasAutoCommit(dataSource)) {
                dataSources.add(dataSource);
            } else {
                hostTransactionOfConnections = requireHostToTell();
            }
            JdbcSchema.verify(dataSource, tables);
            if (deploymentDataSource != null) {
                if (!hasAutoCommit(deploymentDataSource)) {
                    throw refusal("the connections of the deploymentDataSource have auto-commit off, so nothing would"
                            + " be committed at once; turn it on in the pool, and build the stores outside of a"
                            + " transaction");
                }
                JdbcSchema.verify(deploymentDataSource, tables);
                dataSources.add(deploymentDataSource);
            }
            Database database = new Database(dataSource, dialect, tables, hostTransactionOfConnections);
            Database outsideOfTransactions =
                    deploymentDataSource == null ? database : new Database(deploymentDataSource, dialect, tables, null);
            BooleanSupplier host = inHostTransaction == null ? () -> false : inHostTransaction;
            return new JdbcStores(database, outsideOfTransactions, new HostTransactions(host, dataSources), this);
        }

        private BooleanSupplier requireHostToTell() {
            if (inHostTransaction == null || deploymentDataSource == null) {
                throw refusal("its connections have auto-commit off, so nothing would ever be committed; turn it on in"
                        + " the pool, and build the stores outside of a transaction; or set inHostTransaction and a"
                        + " deploymentDataSource with auto-commit on");
            }
            if (inHostTransaction.getAsBoolean()) {
                throw refusal("the stores are built inside a transaction; build them outside of it");
            }
            return inHostTransaction;
        }

        private static boolean hasAutoCommit(DataSource dataSource) {
            try (Connection connection = dataSource.getConnection()) {
                return connection.getAutoCommit();
            } catch (SQLException e) {
                throw SqlErrors.storeException(
                        ErrorContext.of(Operation.INSPECT_DATABASE), "the database", "any key", e);
            }
        }

        private static StoreException refusal(String reason) {
            return new StoreException(
                    ErrorContext.of(Operation.INSPECT_DATABASE),
                    ErrorCategory.MISCONFIGURED,
                    "the database",
                    "any key",
                    Retry.never(),
                    reason,
                    null);
        }
    }
}

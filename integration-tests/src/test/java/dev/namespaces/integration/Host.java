package dev.namespaces.integration;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.spi.Stores;
import dev.namespaces.testservers.DatabaseAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/** A host with a database: its transactions, and our stores as the host has set them up. */
final class Host implements AutoCloseable {

    /** How the host has set our stores up. */
    enum SetUp {
        ONE_DATA_SOURCE(true),
        DEPLOYMENT_DATA_SOURCE(true),
        PLAIN_POOL_WITH_SUPPLIER(false),
        TWO_DATABASES(true),
        JPA_CONNECTION(true),
        JPA_WITH_SUPPLIER(false),
        NO_AUTO_COMMIT_WITH_SUPPLIER(true);

        private final boolean joinsTransactions;

        SetUp(boolean joinsTransactions) {
            this.joinsTransactions = joinsTransactions;
        }

        /** Returns whether our stores use the connection of the host's transaction. */
        boolean joinsTransactions() {
            return joinsTransactions;
        }

        /** Returns whether records of deployments are read on that connection as well. */
        boolean readsRecordsInTransactions() {
            return joinsTransactions && this != TWO_DATABASES;
        }
    }

    /** The isolation of every connection of the host's pools. */
    enum Isolation {
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE
    }

    private static final Map<DatabaseKind, DatabaseAddress> FIRST = new ConcurrentHashMap<>();
    private static final Map<DatabaseKind, DatabaseAddress> SECOND = new ConcurrentHashMap<>();

    private final SetUp setUp;
    private final HikariDataSource pool;
    private final HikariDataSource second;
    private final HikariDataSource others;
    private final HikariDataSource secondOfOthers;
    private final HostTransactions transactions;
    private final JdbcStores rows;
    private final Stores stores;

    Host(SetUp setUp, DatabaseKind kind, Isolation isolation) {
        this.setUp = setUp;
        DatabaseAddress first = FIRST.computeIfAbsent(kind, DatabaseKind::newDatabase);
        DatabaseAddress deployments =
                setUp == SetUp.TWO_DATABASES ? SECOND.computeIfAbsent(kind, DatabaseKind::newDatabase) : first;
        this.pool = pool(first, isolation, setUp != SetUp.NO_AUTO_COMMIT_WITH_SUPPLIER);
        this.second = pool(deployments, isolation, true);
        this.others = new HikariDataSource(DatabaseKind.pool(first, 4));
        this.secondOfOthers = new HikariDataSource(DatabaseKind.pool(deployments, 4));
        this.transactions = setUp == SetUp.JPA_CONNECTION || setUp == SetUp.JPA_WITH_SUPPLIER
                ? HostTransactions.jpa(pool)
                : HostTransactions.spring(pool);
        this.rows = buildRows();
        this.stores = setUp == SetUp.TWO_DATABASES
                ? withDeployments(rows.stores(), JdbcStores.on(second).stores())
                : rows.stores();
        useOneConnection();
    }

    private HikariDataSource pool(DatabaseAddress address, Isolation isolation, boolean autoCommit) {
        HikariConfig config = DatabaseKind.pool(address, 1);
        config.setTransactionIsolation("TRANSACTION_" + isolation);
        config.setAutoCommit(autoCommit);
        if (config.getJdbcUrl().startsWith("jdbc:mariadb:")) {
            config.setConnectionInitSql("SET innodb_lock_wait_timeout = 1");
        }
        return new HikariDataSource(config);
    }

    private JdbcStores buildRows() {
        TransactionAwareDataSourceProxy aware = new TransactionAwareDataSourceProxy(pool);
        return switch (setUp) {
            case ONE_DATA_SOURCE, TWO_DATABASES -> JdbcStores.on(aware);
            case DEPLOYMENT_DATA_SOURCE, JPA_CONNECTION ->
                JdbcStores.builder(aware).deploymentDataSource(pool).build();
            case PLAIN_POOL_WITH_SUPPLIER, JPA_WITH_SUPPLIER ->
                JdbcStores.builder(pool)
                        .inHostTransaction(transactions::isActive)
                        .build();
            case NO_AUTO_COMMIT_WITH_SUPPLIER ->
                JdbcStores.builder(aware)
                        .inHostTransaction(transactions::isActive)
                        .deploymentDataSource(second)
                        .build();
        };
    }

    private static Stores withDeployments(Stores rows, Stores deployments) {
        return rows.toBuilder()
                .deployments(deployments.deployments())
                .targetObjects(deployments.targetObjects())
                .deploymentLock(deployments.deploymentLock())
                .build();
    }

    /** Returns the stores of the host's rows, which save environments and policies as well. */
    JdbcStores rows() {
        return rows;
    }

    /** Returns all stores, as a lifecycle of the host takes them. */
    Stores stores() {
        return stores;
    }

    /** Returns the stores of the host's rows for another replica, which has a pool of its own. */
    JdbcStores rowsOfOthers() {
        return JdbcStores.on(others);
    }

    /** Returns all stores of another replica. */
    Stores storesOfOthers() {
        return withDeployments(
                rowsOfOthers().stores(), JdbcStores.on(secondOfOthers).stores());
    }

    /** Does the work in a transaction of the host, and rolls it back. */
    void rollBack(Runnable work) {
        transactions.rollBack(work);
    }

    /** Lets a thread in a transaction have that one connection, and a second one only if the stores do not join it. */
    void useOneConnection() {
        pool.setMaximumPoolSize(setUp.joinsTransactions() ? 1 : 2);
        pool.getHikariPoolMXBean().softEvictConnections();
    }

    /** Lets a thread in a transaction have more connections. */
    void useManyConnections() {
        pool.setMaximumPoolSize(4);
    }

    @Override
    public void close() {
        transactions.close();
        pool.close();
        second.close();
        others.close();
        secondOfOthers.close();
    }
}

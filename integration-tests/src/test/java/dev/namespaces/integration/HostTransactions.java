package dev.namespaces.integration;

import javax.sql.DataSource;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The transactions of a host, each bound to the thread that begins it. */
interface HostTransactions extends AutoCloseable {

    /** Does the work in a transaction, and rolls it back. */
    void rollBack(Runnable work);

    /** Returns whether the calling thread is in a transaction. */
    boolean isActive();

    @Override
    void close();

    /** Returns transactions of Spring on the connections of that pool. */
    static HostTransactions spring(DataSource pool) {
        TransactionTemplate template = new TransactionTemplate(new DataSourceTransactionManager(pool));
        return new HostTransactions() {
            @Override
            public void rollBack(Runnable work) {
                template.executeWithoutResult(status -> {
                    status.setRollbackOnly();
                    work.run();
                });
            }

            @Override
            public boolean isActive() {
                return TransactionSynchronizationManager.isActualTransactionActive();
            }

            @Override
            public void close() {
                // The pool belongs to the caller.
            }
        };
    }

    /**
     * Returns transactions of Hibernate ORM on the connections of that pool. As with Spring's transaction manager for
     * JPA, a transaction-aware data source of the pool hands out the connection of the session.
     */
    static HostTransactions jpa(DataSource pool) {
        Configuration configuration = new Configuration();
        configuration.getProperties().put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, pool);
        // The core's validator is on the class path, and there is no entity that it could check.
        configuration.setProperty(AvailableSettings.JAKARTA_VALIDATION_MODE, "none");
        SessionFactory sessions = configuration.buildSessionFactory();
        return new HostTransactions() {
            @Override
            public void rollBack(Runnable work) {
                try (Session session = sessions.openSession()) {
                    session.beginTransaction();
                    session.doWork(connection -> {
                        TransactionSynchronizationManager.bindResource(sessions, session);
                        TransactionSynchronizationManager.bindResource(pool, new ConnectionHolder(connection));
                        try {
                            work.run();
                        } finally {
                            TransactionSynchronizationManager.unbindResource(pool);
                            TransactionSynchronizationManager.unbindResource(sessions);
                        }
                    });
                }
            }

            @Override
            public boolean isActive() {
                return TransactionSynchronizationManager.getResource(sessions) instanceof Session session
                        && session.getTransaction().isActive();
            }

            @Override
            public void close() {
                sessions.close();
            }
        };
    }
}

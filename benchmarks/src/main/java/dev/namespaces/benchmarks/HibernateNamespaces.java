package dev.namespaces.benchmarks;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import java.util.List;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.cfg.Configuration;

/** The peer: Hibernate ORM with batches as large as ours, on the same pool and the same table. */
final class HibernateNamespaces implements StoredNamespaces, AutoCloseable {

    private static final int ROWS_PER_BATCH = 1_000;

    private final SessionFactory sessions;

    HibernateNamespaces(DataSource dataSource) {
        Configuration configuration = new Configuration().addAnnotatedClass(NamespaceRow.class);
        configuration.getProperties().put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, dataSource);
        configuration.setProperty(AvailableSettings.STATEMENT_BATCH_SIZE, ROWS_PER_BATCH);
        configuration.setProperty(AvailableSettings.ORDER_INSERTS, true);
        configuration.setProperty(AvailableSettings.JDBC_TIME_ZONE, "UTC");
        // The core's validator is on the class path, and there is nothing here for it to check.
        configuration.setProperty(AvailableSettings.JAKARTA_VALIDATION_MODE, "none");
        this.sessions = configuration.buildSessionFactory();
    }

    @Override
    public void insert(List<Namespace> namespaces) {
        sessions.inTransaction(session -> {
            int rows = 0;
            for (Namespace row : namespaces) {
                session.persist(new NamespaceRow(row));
                if (++rows % ROWS_PER_BATCH == 0) {
                    session.flush();
                    session.clear();
                }
            }
        });
    }

    @Override
    public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
        return sessions.fromSession(session -> session
                .createSelectionQuery(
                        "from NamespaceRow where environmentId = :environment and liveName is not null"
                                + " order by liveName",
                        NamespaceRow.class)
                .setParameter("environment", environmentId.value())
                .setReadOnly(true)
                .getResultList()
                .stream()
                .map(NamespaceRow::toNamespace)
                .toList());
    }

    @Override
    public void close() {
        sessions.close();
    }
}

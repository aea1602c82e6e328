package com.example.platform;

import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import java.util.Map;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.JdbcTemplate;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostEnvironmentStoreTest extends EnvironmentStoreContract {

    private DataSource dataSource;
    private JdbcTemplate jdbc;

    DataSource newDatabase() {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:mem:platform;DB_CLOSE_DELAY=-1");
        return h2;
    }

    /** The type of an id's column; its order must be that of its characters, not that of a language. */
    String id() {
        return "VARCHAR(63)";
    }

    @BeforeAll
    void createTables() {
        dataSource = newDatabase();
        jdbc = new JdbcTemplate(dataSource);
        jdbc.execute("CREATE TABLE app_environment (id " + id() + " PRIMARY KEY, company VARCHAR(63) NOT NULL,"
                + " project VARCHAR(63) NOT NULL, title VARCHAR(200) NOT NULL, stage VARCHAR(63) NOT NULL,"
                + " owner VARCHAR(63) NOT NULL, rank_no INTEGER NOT NULL, archived BOOLEAN NOT NULL)");
        jdbc.execute("CREATE TABLE app_region (environment " + id() + " NOT NULL, position INTEGER NOT NULL,"
                + " cluster VARCHAR(63) NOT NULL, PRIMARY KEY (environment, position))");
    }

    // spotless:off
    // begin: host-contract
    @Override
    protected EnvironmentStore store() {
        return new HostEnvironmentStore(dataSource);
    }

    @Override
    protected void save(Environment environment) {
        String id = environment.id().value();
        jdbc.update("DELETE FROM app_region WHERE environment = ?", id);
        jdbc.update("DELETE FROM app_environment WHERE id = ?", id);
        jdbc.update("INSERT INTO app_environment (id, company, project, title, stage, owner, rank_no, archived)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, FALSE)",
                id, environment.organizationId().value(), environment.projectId().value(), environment.name(),
                environment.labels().get("stage"), environment.labels().get("example.com/owner"),
                environment.promotionOrder());
        for (int i = 0; i < environment.clusters().size(); i++) {
            jdbc.update("INSERT INTO app_region (environment, position, cluster) VALUES (?, ?, ?)",
                    id, i, environment.clusters().get(i).value());
        }
    }

    @Override
    protected void remove(EnvironmentId id) {
        jdbc.update("UPDATE app_environment SET archived = TRUE WHERE id = ?", id.value());
    }

    /** The platform keeps two labels, no more and no fewer. */
    @Override
    protected Environment sample(EnvironmentId id) {
        return withLabels(super.sample(id), Map.of("stage", "prod", "example.com/owner", "1e3"));
    }

    @Override
    protected Environment changed(Environment environment) {
        return withLabels(super.changed(environment), Map.of("stage", "dev", "example.com/owner", ""));
    }
    // end: host-contract
    // spotless:on

    private static Environment withLabels(Environment base, Map<String, String> labels) {
        return new Environment(
                base.id(),
                base.organizationId(),
                base.projectId(),
                base.name(),
                base.clusters(),
                labels,
                base.promotionOrder());
    }
}

package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.testkit.contract.EnvironmentStoreContract;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** The platform's own store of environments, on H2. */
class CatalogTest extends EnvironmentStoreContract {

    private JdbcClient database;

    @BeforeEach
    void create() {
        create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "schema.sql");
    }

    final void create(String url, String... scripts) {
        DriverManagerDataSource source = new DriverManagerDataSource(url);
        for (String script : scripts) {
            new ResourceDatabasePopulator(new ClassPathResource(script)).execute(source);
        }
        database = JdbcClient.create(source);
    }

    @Test
    void a_failure_shows_nothing_of_the_message_of_the_driver() {
        database.sql("DROP TABLE environment").update();

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store().findIds(null, 1))
                .withMessageContaining("BadSqlGrammarException")
                .withMessageNotContaining("SELECT");
    }

    @Override
    protected EnvironmentStore store() {
        return new Catalog(database);
    }

    @Override
    protected void save(Environment environment) {
        remove(environment.id());
        database.sql("INSERT INTO environment (id, organization, project, stage, clusters, rank_no)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")
                .params(
                        environment.id().value(),
                        environment.organizationId().value(),
                        environment.projectId().value(),
                        environment.name(),
                        environment.clusters().stream().map(ClusterId::value).collect(Collectors.joining(",")),
                        environment.promotionOrder())
                .update();
    }

    @Override
    protected void remove(EnvironmentId id) {
        database.sql("DELETE FROM environment WHERE id = ?").param(id.value()).update();
    }

    /** Returns ids of both cases: by the rules of a language, their order is not that of their characters. */
    @Override
    protected EnvironmentId newId() {
        String id = "env-" + UUID.randomUUID();
        return new EnvironmentId(id.hashCode() % 2 == 0 ? id : "E" + id.substring(1));
    }

    @Override
    protected Environment sample(EnvironmentId id) {
        return staged(id, "prod", List.of(new ClusterId("us-1"), new ClusterId("EU-1")), 2);
    }

    @Override
    protected Environment changed(Environment environment) {
        return staged(environment.id(), "dev", List.of(new ClusterId("ap-1")), 1);
    }

    private static Environment staged(EnvironmentId id, String stage, List<ClusterId> clusters, int order) {
        return new Environment(
                id,
                new OrganizationId("acme"),
                new ProjectId("shop"),
                stage,
                clusters,
                Map.of("example.com/stage", stage),
                order);
    }
}

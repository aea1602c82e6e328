package com.example.host;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.HostTransactionException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.support.TransactionTemplate;

/** A host that stores its shops with JPA, and that looks the environments of the shops up with plain JDBC. */
class JpaHostTest {

    private static final ConfigurableApplicationContext HOST = new SpringApplicationBuilder(Application.class)
            .web(WebApplicationType.NONE)
            .properties(
                    "spring.main.banner-mode=off",
                    "spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID(),
                    "spring.flyway.enabled=false",
                    "spring.liquibase.enabled=false")
            .run();
    private final EnvironmentId id = newEnvironmentId();
    private final TransactionTemplate transaction = new TransactionTemplate(HOST.getBean(JpaTransactionManager.class));
    private final EntityManager entities =
            SharedEntityManagerCreator.createSharedEntityManager(HOST.getBean(EntityManagerFactory.class));
    private final NamespaceLifecycle lifecycle = HOST.getBean(NamespaceLifecycle.class);

    @AfterAll
    static void close() {
        HOST.close();
    }

    @Test
    void a_shop_and_its_namespace_are_committed_and_then_deployed() {
        transaction.executeWithoutResult(status -> openShop());

        assertThat(lifecycle.deploy(id).succeeded()).isTrue();
        assertThat(HOST.getBean(FakeClusters.class).cluster("eu-1").objects("Namespace"))
                .hasSize(1);
    }

    @Test
    void a_rollback_undoes_the_shop_and_its_namespace() {
        transaction.executeWithoutResult(status -> {
            openShop();
            assertThat(storedNamespaces()).isEqualTo(1);
            status.setRollbackOnly();
        });

        assertThat(storedNamespaces()).isZero();
        assertThat(HOST.getBean(Stores.class).environments().findByIds(List.of(id)))
                .isEmpty();
    }

    @Test
    void a_deployment_inside_of_the_transaction_is_refused() {
        assertThatExceptionOfType(HostTransactionException.class)
                .isThrownBy(() -> transaction.executeWithoutResult(status -> {
                    openShop();
                    lifecycle.deploy(id);
                }));
    }

    @Test
    void a_shop_is_unknown_until_the_entity_manager_is_flushed() {
        assertThatExceptionOfType(UnknownEnvironmentException.class)
                .isThrownBy(() -> transaction.executeWithoutResult(status -> {
                    entities.persist(new Shop(id.value()));
                    lifecycle.create(NamespaceRequest.of(id, id.value()));
                }));
    }

    private void openShop() {
        entities.persist(new Shop(id.value()));
        entities.flush();
        lifecycle.create(NamespaceRequest.of(id, id.value()));
    }

    private int storedNamespaces() {
        return HOST.getBean(Stores.class)
                .namespaces()
                .findByEnvironments(List.of(id))
                .size();
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {

        @Bean
        FakeClusters clusters() {
            return FakeClusters.any();
        }

        @Bean
        EnvironmentStore environments(JdbcTemplate jdbc) {
            return new ShopEnvironments(jdbc);
        }
    }

    /** The environment of each shop has the id of the shop. */
    record ShopEnvironments(JdbcTemplate jdbc) implements EnvironmentStore {

        @Override
        public List<Environment> findByIds(Collection<EnvironmentId> ids) {
            return shops().filter(ids::contains)
                    .map(id -> anEnvironment().id(id.value()).build())
                    .toList();
        }

        @Override
        public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
            return shops().filter(id -> after == null || id.compareTo(after) > 0)
                    .limit(limit)
                    .toList();
        }

        private Stream<EnvironmentId> shops() {
            return jdbc.queryForList("SELECT id FROM shop ORDER BY id", String.class).stream()
                    .map(EnvironmentId::new);
        }
    }

    @Entity(name = "shop")
    static class Shop {

        @Id
        private String id;

        Shop() {}

        Shop(String id) {
            this.id = id;
        }
    }
}

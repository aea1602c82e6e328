package dev.namespaces.spring;

import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * A test of the host's code around the lifecycle, without a database and without a cluster. The context has the
 * lifecycle, an {@link InMemoryStores} and a {@link FakeClusters} of any cluster, new ones for each test method, and
 * the {@code namespaces} properties of the host. The test adds classes of the host with {@code @Import}.
 *
 * <p>It needs {@code namespace-testkit}, {@code spring-boot-test}, {@code spring-test} and {@code junit-jupiter-api}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(SpringExtension.class)
@ContextConfiguration(
        classes = NamespacesTest.Fakes.class,
        initializers = ConfigDataApplicationContextInitializer.class)
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
public @interface NamespacesTest {

    /** The fakes, and the lifecycle on them. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(NamespacesAutoConfiguration.class)
    class Fakes {

        @Bean
        InMemoryStores namespacesInMemoryStores() {
            return new InMemoryStores();
        }

        @Bean
        Stores namespacesStores(InMemoryStores stores) {
            return stores.stores();
        }

        @Bean
        FakeClusters namespacesClusterGateway() {
            return FakeClusters.any();
        }
    }
}

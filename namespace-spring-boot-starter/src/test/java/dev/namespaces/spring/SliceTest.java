package dev.namespaces.spring;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ActiveProfiles;

@NamespacesTest
@Import(SliceTest.Shop.class)
@ActiveProfiles("slice")
class SliceTest {

    private final Environment environment = anEnvironment().id("shop-dev").build();

    @Autowired
    private Shop shop;

    @Autowired
    private InMemoryStores stores;

    @Autowired
    private FakeClusters clusters;

    @RepeatedTest(2)
    void each_test_deploys_to_new_clusters_from_new_stores() {
        assertThat(stores.environments().findIds(null, 1)).isEmpty();
        assertThat(clusters.cluster("eu-1").objects("Namespace")).isEmpty();
        stores.environments().save(environment);
        stores.namespaces().insert(List.of(aNamespace().in(environment).build()));

        shop.open(environment);

        assertThat(clusters.cluster("eu-1").objects("Namespace"))
                .singleElement()
                .satisfies(namespace -> assertThat(
                                namespace.getMetadata().getLabels().keySet())
                        .anyMatch(label -> label.startsWith("shop.example/")));
    }

    /** A class of the host. */
    static class Shop {

        private final NamespaceLifecycle lifecycle;

        Shop(NamespaceLifecycle lifecycle) {
            this.lifecycle = lifecycle;
        }

        void open(Environment environment) {
            lifecycle.deploy(environment.id());
        }
    }
}

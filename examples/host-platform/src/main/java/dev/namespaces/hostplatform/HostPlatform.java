package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeClusters;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** Starts the platform. */
@SpringBootApplication
public class HostPlatform {

    /**
     * Starts it.
     *
     * @param arguments properties of Spring Boot, such as {@code --spring.profiles.active=real}
     */
    public static void main(String[] arguments) {
        SpringApplication.run(HostPlatform.class, arguments);
    }

    @Bean
    @ConditionalOnProperty(name = "platform.clusters", havingValue = "in-memory", matchIfMissing = true)
    FakeClusters clusters() {
        return FakeClusters.any().finishingDeletionsAtOnce();
    }

    /** Gives the first start something to show. */
    @Bean
    ApplicationRunner example(Catalog catalog, Stores stores, NamespaceLifecycle lifecycle) {
        return arguments -> {
            List<EnvironmentId> ids = catalog.findIds(null, 100);
            if (stores.namespaces().findByEnvironments(ids).isEmpty()) {
                lifecycle.create(ids.stream()
                        .flatMap(id -> Stream.of("web", "jobs")
                                .map(part -> NamespaceRequest.of(id, id + "-" + part)
                                        .withMetadata("team.example.com/owner", part)))
                        .toList());
            }
        };
    }
}

package dev.namespaces.hostplatform;

import dev.namespaces.testkit.FakeClusters;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The platform on a database of its own, with clusters that outlive it. */
final class Platform implements AutoCloseable {

    final FakeClusters clusters = FakeClusters.any().finishingDeletionsAtOnce();
    private final String database = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    private final Class<?>[] configurations;
    private ConfigurableApplicationContext application;

    Platform(Class<?>... more) {
        List<Class<?>> all = new ArrayList<>(List.of(more));
        all.add(0, HostPlatform.class);
        configurations = all.toArray(Class<?>[]::new);
        application = start();
    }

    private ConfigurableApplicationContext start() {
        return new SpringApplicationBuilder(configurations)
                .initializers(context ->
                        ((GenericApplicationContext) context).registerBean(FakeClusters.class, () -> clusters))
                .run(
                        "--server.port=0",
                        "--platform.clusters=of-the-test",
                        "--spring.datasource.url=" + database,
                        "--spring.main.banner-mode=off");
    }

    void restart() {
        application.close();
        application = start();
    }

    <T> T bean(Class<T> type) {
        return application.getBean(type);
    }

    String url(String path) {
        return "http://localhost:"
                + ((WebServerApplicationContext) application).getWebServer().getPort() + path;
    }

    @Override
    public void close() {
        application.close();
    }
}

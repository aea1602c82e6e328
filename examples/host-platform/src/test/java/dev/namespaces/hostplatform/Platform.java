package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.testkit.FakeClusters;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The platform on a free port. Its database and its clusters outlive it. */
final class Platform implements AutoCloseable {

    private final Supplier<SpringApplicationBuilder> builder;
    private final String[] properties;
    private ConfigurableApplicationContext application;

    private Platform(Supplier<SpringApplicationBuilder> builder, List<String> properties) {
        this.builder = builder;
        this.properties = Stream.concat(
                        properties.stream(), Stream.of("--server.port=0", "--spring.main.banner-mode=off"))
                .toArray(String[]::new);
        this.application = start();
    }

    /** Starts the platform on a new database in memory, and adds these controllers to its own. */
    static Platform inMemory(FakeClusters clusters, Class<?>... more) {
        return new Platform(
                () -> new SpringApplicationBuilder(HostPlatform.class)
                        .sources(more)
                        .initializers(context ->
                                ((GenericApplicationContext) context).registerBean(FakeClusters.class, () -> clusters)),
                List.of(
                        "--platform.clusters=of-the-test",
                        "--platform.deletion-wait=1ms",
                        "--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1"));
    }

    /** Starts the platform as a person does, with properties only. */
    static Platform by(String... properties) {
        return new Platform(() -> new SpringApplicationBuilder(HostPlatform.class), List.of(properties));
    }

    /**
     * Adds an environment with two namespaces, in a project of its own.
     *
     * @param id its id, and that of the project
     * @param clusters its clusters, separated by commas
     */
    void add(String id, String clusters) {
        bean(JdbcClient.class)
                .sql("INSERT INTO environment (id, organization, project, stage, clusters, rank_no)"
                        + " VALUES (?, 'acme', ?, 'dev', ?, 1)")
                .params(id, id, clusters)
                .update();
        Stream.of("jobs", "web")
                .map(part -> NamespaceRequest.of(new EnvironmentId(id), id + "-" + part))
                .forEach(bean(NamespaceLifecycle.class)::create);
    }

    /** Moves an environment to other clusters, as the host may do at any time. */
    void move(String id, String clusters) {
        bean(JdbcClient.class)
                .sql("UPDATE environment SET clusters = ? WHERE id = ?")
                .params(clusters, id)
                .update();
    }

    private ConfigurableApplicationContext start() {
        return builder.get().run(properties);
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

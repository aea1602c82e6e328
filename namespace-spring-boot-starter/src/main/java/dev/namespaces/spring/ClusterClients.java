package dev.namespaces.spring;

import dev.namespaces.fabric8.ClientFactory;
import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** How the clients of one cluster are made, by its properties. */
final class ClusterClients {

    private static final int LAST_PORT = 65_535;

    private final ClusterId id;
    private final String property;
    private final NamespacesProperties.Cluster cluster;

    /**
     * @throws InvalidConfigurationPropertyValueException if the properties name no way to the cluster, or several, or
     *     have a setting that the way does not use
     */
    ClusterClients(ClusterId id, String property, NamespacesProperties.Cluster cluster) {
        this.id = id;
        this.property = property;
        this.cluster = cluster;
        Map<String, Object> ways = new TreeMap<>();
        put(ways, "kubeconfig", cluster.kubeconfig());
        put(ways, "api-server", cluster.apiServer());
        put(ways, "client", cluster.client());
        if (ways.size() != 1) {
            throw new InvalidConfigurationPropertyValueException(
                    property, ways, "exactly one of kubeconfig, api-server and client must be set");
        }
        refuseSettingsWithoutEffect();
    }

    private void refuseSettingsWithoutEffect() {
        boolean byKubeconfig = cluster.kubeconfig() != null;
        boolean byToken = cluster.apiServer() != null;
        refuseUnless(byKubeconfig, "kubeconfig", "context", cluster.context());
        refuseUnless(byKubeconfig, "kubeconfig", "exec-plugins", cluster.execPlugins());
        refuseUnless(byToken, "api-server", "token-file", cluster.tokenFile());
        refuseUnless(byToken, "api-server", "ca-file", cluster.caFile());
    }

    private void refuseUnless(boolean hasWay, String way, String name, @Nullable Object value) {
        if (value != null && !hasWay) {
            throw new InvalidConfigurationPropertyValueException(
                    property + "." + name, value, "it has no effect without " + property + "." + way);
        }
    }

    private static void put(Map<String, Object> ways, String name, @Nullable Object value) {
        if (value != null) {
            ways.put(name, value);
        }
    }

    /** Returns the name of the bean that is the client, or null if clients are created. */
    @Nullable
    String bean() {
        return cluster.client();
    }

    KubernetesClient bean(BeanFactory beans, String name) {
        try {
            return beans.getBean(name, KubernetesClient.class);
        } catch (NoSuchBeanDefinitionException | BeanNotOfRequiredTypeException e) {
            throw new InvalidConfigurationPropertyValueException(
                    property + ".client", name, "there is no bean of that name and of type KubernetesClient");
        }
    }

    /** Returns what creates a client, with the credentials of that time. */
    Supplier<KubernetesClient> supplier() {
        Path kubeconfig = cluster.kubeconfig();
        return kubeconfig == null ? byToken(required("api-server", cluster.apiServer())) : byKubeconfig(kubeconfig);
    }

    private Supplier<KubernetesClient> byKubeconfig(Path kubeconfig) {
        Map<ClusterId, String> context = Map.of(id, required("context", cluster.context()));
        ClientFactory factory = Boolean.FALSE.equals(cluster.execPlugins())
                ? ClientFactory.ofKubeconfigWithoutPlugins(kubeconfig, context)
                : ClientFactory.ofKubeconfig(kubeconfig, context);
        return () -> factory.create(id).orElseThrow();
    }

    private Supplier<KubernetesClient> byToken(URI apiServer) {
        Path tokenFile = required("token-file", cluster.tokenFile());
        Path caFile = cluster.caFile();
        refuseCredentials(apiServer);
        problem(apiServer).ifPresent(problem -> {
            throw new InvalidConfigurationPropertyValueException(property + ".api-server", apiServer, problem);
        });
        return () -> {
            ConfigBuilder config = new ConfigBuilder(Config.empty())
                    .withMasterUrl(apiServer.toString())
                    .withOauthToken(token(tokenFile))
                    // As for the clients of a kubeconfig: over HTTP/2 the answer to refused credentials can be lost.
                    .withHttp2Disable(true);
            if (caFile != null) {
                config.withCaCertFile(caFile.toString());
            }
            return new KubernetesClientBuilder().withConfig(config.build()).build();
        };
    }

    private void refuseCredentials(URI apiServer) {
        if (apiServer.toString().contains("@")) {
            // Spring Boot prints the value of the property that the exception names, so it names the cluster.
            throw new InvalidConfigurationPropertyValueException(
                    property,
                    "api-server: (not shown)",
                    property + ".api-server must not have a user or a password; the token is in token-file");
        }
    }

    private static Optional<String> problem(URI apiServer) {
        if (!"https".equalsIgnoreCase(apiServer.getScheme())) {
            return Optional.of("the token would be sent in plain text; use https");
        }
        if (apiServer.getHost() == null || apiServer.getPort() == 0 || apiServer.getPort() > LAST_PORT) {
            return Optional.of("it must be https:// with a host, and with a port from 1 to " + LAST_PORT + " if any");
        }
        if (apiServer.getQuery() != null || apiServer.getFragment() != null) {
            return Optional.of("it must not have a query or a fragment");
        }
        // Spring escapes the spaces of the property.
        return apiServer.getPath().chars().anyMatch(Character::isWhitespace)
                ? Optional.of("it must not have spaces")
                : Optional.empty();
    }

    private static String token(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException("The token file " + file + " cannot be read", e);
        }
    }

    private <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw new InvalidConfigurationPropertyValueException(property + "." + name, "", "it must be set");
        }
        return value;
    }
}

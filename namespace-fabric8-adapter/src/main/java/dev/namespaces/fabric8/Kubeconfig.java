package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Shown;
import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.ExecConfig;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedCluster;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Creates clients for one context of a kubeconfig file, which is read again for each client.
 *
 * <p>The file holds credentials, and YAML that is malformed may have one anywhere. So messages quote nothing of the
 * file except the names of its contexts, and exceptions that quote it are not passed on as causes.
 */
final class Kubeconfig implements Supplier<KubernetesClient> {

    private final ClusterId cluster;
    private final Path file;
    private final String context;
    private final boolean withPlugins;
    private final Consumer<String> warnings;
    private final AtomicBoolean warned = new AtomicBoolean();

    private Kubeconfig(ClusterId cluster, Path file, String context, boolean withPlugins, Consumer<String> warnings) {
        this.cluster = cluster;
        this.file = file;
        this.context = context;
        this.withPlugins = withPlugins;
        this.warnings = warnings;
    }

    /**
     * Returns what creates a client for each cluster.
     *
     * @param withPlugins whether the commands that the file names for credentials may be run
     * @param warnings receives what is unsafe about a context, once for each cluster
     */
    static Map<ClusterId, Supplier<KubernetesClient>> clients(
            Path file, Map<ClusterId, String> contexts, boolean withPlugins, Consumer<String> warnings) {
        return contexts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey,
                        entry -> new Kubeconfig(entry.getKey(), file, entry.getValue(), withPlugins, warnings)));
    }

    @Override
    public KubernetesClient get() {
        Config config = config();
        if (!warned.getAndSet(true)) {
            warn(config);
        }
        try {
            return new KubernetesClientBuilder().withConfig(config).build();
        } catch (KubernetesClientException e) {
            if (e.getCause() == null) {
                throw e;
            }
            throw unusable("its certificates, its key or its proxy cannot be used");
        } catch (RuntimeException e) {
            throw unusable("its certificates, its key or its proxy cannot be used");
        }
    }

    private Config config() {
        io.fabric8.kubernetes.api.model.Config model = read();
        NamedContext named = find(model.getContexts(), NamedContext::getName, context);
        if (named == null) {
            throw new IllegalArgumentException("The kubeconfig " + file + " has no context '" + Shown.name(context)
                    + "'; it has "
                    + Shown.list(model.getContexts().stream()
                            .map(NamedContext::getName)
                            .toList()));
        }
        // For a cluster or a user that the file does not have, the client would take its defaults, and so another
        // server.
        NamedCluster server = named.getContext() == null
                ? null
                : find(
                        model.getClusters(),
                        NamedCluster::getName,
                        named.getContext().getCluster());
        NamedAuthInfo user = named.getContext() == null
                ? null
                : find(
                        model.getUsers(),
                        NamedAuthInfo::getName,
                        named.getContext().getUser());
        if (server == null || server.getCluster() == null || user == null || user.getUser() == null) {
            throw unusable("the file does not have its cluster or its user");
        }
        locate(server.getCluster());
        locate(user.getUser());
        model.setCurrentContext(context);
        model.setContexts(List.of(named));
        model.setClusters(List.of(server));
        model.setUsers(List.of(user));
        return config(model, user.getUser());
    }

    private io.fabric8.kubernetes.api.model.Config read() {
        io.fabric8.kubernetes.api.model.Config model;
        try {
            model = Serialization.unmarshal(Files.readString(file), io.fabric8.kubernetes.api.model.Config.class);
        } catch (IOException e) {
            throw new IllegalArgumentException("The kubeconfig " + file + " cannot be read", e);
        } catch (RuntimeException e) {
            model = null;
        }
        if (model == null) {
            throw new IllegalArgumentException("The kubeconfig " + file
                    + " is malformed; it is not quoted here, since it may hold credentials. Check it with: kubectl config"
                    + " view");
        }
        return model;
    }

    private static <T> @Nullable T find(List<T> all, Function<T, String> name, @Nullable String wanted) {
        return all.stream()
                .filter(each -> each != null && Objects.equals(name.apply(each), wanted))
                .findFirst()
                .orElse(null);
    }

    /** Makes paths absolute: they are relative to the file. */
    private void locate(Cluster server) {
        if (!isUrl(server.getServer())) {
            throw unusable("its server must be a URL with http or https, and without a user");
        }
        server.setCertificateAuthority(located(server.getCertificateAuthority()));
    }

    private static boolean isUrl(@Nullable String text) {
        try {
            URI uri = new URI(text == null ? "" : text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            return List.of("http", "https").contains(scheme) && uri.getHost() != null && uri.getUserInfo() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void locate(AuthInfo user) {
        user.setClientCertificate(located(user.getClientCertificate()));
        user.setClientKey(located(user.getClientKey()));
        // The client does not know tokenFile, and would be anonymous.
        String tokenFile = located(user.getTokenFile());
        if (tokenFile != null) {
            try {
                user.setToken(Files.readString(Path.of(tokenFile)).strip());
            } catch (IOException | RuntimeException e) {
                throw unusable("its tokenFile cannot be read");
            }
        }
        ExecConfig plugin = user.getExec();
        if (plugin == null) {
            return;
        }
        if (!withPlugins) {
            throw unusable("it needs an exec plugin, and exec plugins are switched off");
        }
        // As for kubectl, a name without a separator is looked up in the PATH.
        if (plugin.getCommand() != null && plugin.getCommand().contains("/")) {
            plugin.setCommand(located(plugin.getCommand()));
        }
    }

    private @Nullable String located(@Nullable String path) {
        try {
            return path == null || path.isEmpty()
                    ? null
                    : file.toAbsolutePath().resolveSibling(path).toString();
        } catch (RuntimeException e) {
            throw unusable("it has a path that is malformed");
        }
    }

    private Config config(io.fabric8.kubernetes.api.model.Config model, AuthInfo user) {
        Config config;
        try {
            config = Config.fromKubeconfig(Serialization.asYaml(model));
        } catch (RuntimeException e) {
            throw unusable(
                    user.getExec() == null ? "its credentials are malformed" : "its exec plugin could not be started");
        }
        boolean hasPluginsCredentials = !Objects.equals(config.getAutoOAuthToken(), user.getToken())
                || !Objects.equals(config.getClientCertData(), user.getClientCertificateData());
        if (user.getExec() != null && !hasPluginsCredentials) {
            throw unusable("its exec plugin failed, or gave no credentials of the apiVersion that the file names");
        }
        // Over HTTP/2 the API server sends a GOAWAY when it refuses credentials, and the JDK's client loses the answer.
        config.setHttp2Disable(true);
        return config;
    }

    private IllegalArgumentException unusable(String reason) {
        return new IllegalArgumentException(
                "The context '" + Shown.name(context) + "' of the kubeconfig " + file + " cannot be used: " + reason);
    }

    private void warn(Config config) {
        boolean hasCredentials = config.getAutoOAuthToken() != null || config.getPassword() != null;
        if (hasCredentials && config.getMasterUrl().toLowerCase(Locale.ROOT).startsWith("http:")) {
            warnings.accept("The cluster " + cluster.value()
                    + " gets its credentials by plain http, where others can read"
                    + " them: change the server of the context '" + Shown.name(context) + "' in " + file + " to https");
        }
        if (config.isTrustCerts()) {
            warnings.accept(
                    "The certificate of the cluster " + cluster.value() + " is not checked, so any server can take"
                            + " its credentials: replace insecure-skip-tls-verify by a certificate-authority for the context '"
                            + Shown.name(context) + "' in " + file);
        }
    }
}

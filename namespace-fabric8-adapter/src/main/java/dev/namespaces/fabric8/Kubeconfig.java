package dev.namespaces.fabric8;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

final class Kubeconfig {

    private Kubeconfig() {}

    static Map<ClusterId, Supplier<KubernetesClient>> clients(Path file, Map<ClusterId, String> contexts) {
        return contexts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey,
                        entry -> () -> new KubernetesClientBuilder()
                                .withConfig(config(file, entry.getValue()))
                                .build()));
    }

    private static Config config(Path file, String context) {
        Config config = Config.fromKubeconfig(context, file.toFile());
        List<String> contexts =
                config.getContexts().stream().map(NamedContext::getName).toList();
        // For a context that the file does not have, the client would take its defaults, and so another server.
        if (!contexts.contains(context)) {
            throw new IllegalArgumentException(
                    "The kubeconfig " + file + " has no context '" + context + "'; it has " + contexts);
        }
        // Over HTTP/2 the API server sends a GOAWAY when it refuses credentials, and the JDK's client loses the answer.
        config.setHttp2Disable(true);
        return config;
    }
}

package dev.namespaces.quickstart;

import dev.namespaces.fabric8.ClientFactory;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The clusters that a command works on. */
final class ClusterOptions {

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description =
                    "use the clusters of this kubeconfig; by default clusters in memory, which are empty in each run")
    private @Nullable Path kubeconfig;

    @Option(
            names = "--context",
            paramLabel = "CLUSTER=CONTEXT",
            description = "the context in the kubeconfig of a cluster; once for each cluster")
    private Map<String, String> contexts = new LinkedHashMap<>();

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** @throws ParameterException if the kubeconfig cannot be used */
    void check() {
        if (kubeconfig == null) {
            if (!contexts.isEmpty()) {
                throw badOption("--context needs a --kubeconfig");
            }
            return;
        }
        if (!Files.isReadable(kubeconfig)) {
            throw badOption("The kubeconfig " + kubeconfig + " cannot be read");
        }
        Set<String> existing = contextsOf(kubeconfig);
        Set<String> missing = new TreeSet<>(contexts.values());
        missing.removeAll(existing);
        if (!missing.isEmpty()) {
            throw badOption("The kubeconfig " + kubeconfig + " has no context " + missing + "; it has " + existing);
        }
    }

    /** @throws ParameterException if the contexts are not exactly those of the clusters */
    void requireContexts(Set<ClusterId> clusters) {
        if (kubeconfig == null) {
            return;
        }
        Set<String> without = clusters.stream().map(ClusterId::value).collect(Collectors.toCollection(TreeSet::new));
        Set<String> unknown = new TreeSet<>(contexts.keySet());
        unknown.removeAll(without);
        without.removeAll(contexts.keySet());
        if (!without.isEmpty()) {
            throw badOption("No --context for the clusters " + without + " of the platform file; the kubeconfig has "
                    + contextsOf(kubeconfig));
        }
        if (!unknown.isEmpty()) {
            throw badOption("--context names the clusters " + unknown + ", which the platform file does not use");
        }
    }

    /** @param inMemory the clusters to use without a kubeconfig */
    Clusters open(ClusterGateway inMemory) {
        if (kubeconfig == null) {
            return new Clusters(inMemory, null);
        }
        Map<ClusterId, String> byCluster = new TreeMap<>();
        contexts.forEach((cluster, context) -> byCluster.put(new ClusterId(cluster), context));
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                .clients(ClientFactory.ofKubeconfig(kubeconfig, byCluster))
                .build();
        return new Clusters(gateway, gateway);
    }

    private Set<String> contextsOf(Path kubeconfig) {
        try {
            List<NamedContext> found =
                    Config.fromKubeconfig(kubeconfig.toFile()).getContexts();
            return found.stream().map(NamedContext::getName).collect(Collectors.toCollection(TreeSet::new));
        } catch (RuntimeException e) {
            throw badOption("The kubeconfig " + kubeconfig + " cannot be used: " + e.getMessage());
        }
    }

    private ParameterException badOption(String message) {
        return new ParameterException(Objects.requireNonNull(command).commandLine(), message);
    }

    /**
     * The connection to the clusters, for one run.
     *
     * @param gateway the gateway to the clusters
     * @param real the gateway that has to be closed afterwards, or null
     */
    record Clusters(ClusterGateway gateway, @Nullable Fabric8ClusterGateway real) implements AutoCloseable {
        @Override
        public void close() {
            if (real != null) {
                real.close();
            }
        }
    }
}

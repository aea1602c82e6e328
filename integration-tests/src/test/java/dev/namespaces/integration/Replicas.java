package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.Stores;
import dev.namespaces.testservers.HttpModule;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;

/** Builds the replicas of these tests. */
final class Replicas {

    static final ClusterId CLUSTER = new ClusterId("real");

    private Replicas() {}

    /** Returns a lifecycle that writes policies in that dialect. */
    static NamespaceLifecycle lifecycle(
            KubernetesClient client, Duration callTimeout, Stores stores, PolicyDialect dialect) {
        Fabric8ClusterGateway gateway = Fabric8ClusterGateway.builder()
                .client(CLUSTER, client)
                .callTimeout(callTimeout)
                .build();
        return NamespaceLifecycle.builder(gateway, stores)
                .egressSettings(cluster -> EgressSettings.defaults().withDialect(new DialectChoice.Fixed(dialect)))
                .build();
    }

    /** Returns a builder of a client that sends to the proxy. The client needs no credentials. */
    static KubernetesClientBuilder client(String proxy, HttpModule module) {
        return module.builder(
                new ConfigBuilder(Config.empty()).withMasterUrl(proxy).build());
    }

    /** Deploys, and returns the simple name of the exception with the cause of the failure. */
    static String failureOfDeploying(NamespaceLifecycle lifecycle, EnvironmentId environment) {
        Throwable thrown = catchThrowable(() -> lifecycle.deploy(environment));
        Throwable cause = thrown instanceof DeploymentFailedException failed
                ? failed.report().failures().get(0)
                : thrown;
        return cause == null ? "none" : cause.getClass().getSimpleName();
    }
}

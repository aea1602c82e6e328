package dev.namespaces.integration;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.Stores;
import dev.namespaces.testservers.HeldRequest;
import dev.namespaces.testservers.HttpModule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A replica in this JVM. */
final class ReplicaOnAThread implements FirstReplica {

    /** How the replica gives up its write once the request is held. */
    interface GivingUp {
        void run(NamespaceLifecycle lifecycle, Thread caller);
    }

    private final HeldRequest write;
    private final GivingUp givingUp;
    private final KubernetesClient client;
    private final NamespaceLifecycle lifecycle;
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private final Thread caller;

    /** Starts the deployment. */
    ReplicaOnAThread(
            String proxy,
            HttpModule module,
            Duration callTimeout,
            Stores stores,
            EnvironmentId environment,
            HeldRequest write,
            GivingUp givingUp) {
        this.write = write;
        this.givingUp = givingUp;
        client = Replicas.client(proxy, module).build();
        lifecycle = Replicas.lifecycle(client, callTimeout, stores, PolicyDialect.KUBERNETES);
        caller = new Thread(
                () -> failure.complete(Replicas.failureOfDeploying(lifecycle, environment)), "first-replica");
        caller.start();
    }

    @Override
    public void giveUp() {
        write.awaitCaught();
        givingUp.run(lifecycle, caller);
    }

    @Override
    public int deliver() {
        return write.deliver();
    }

    @Override
    public String failure() {
        return failure.copy().orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        lifecycle.close();
        client.close();
    }
}

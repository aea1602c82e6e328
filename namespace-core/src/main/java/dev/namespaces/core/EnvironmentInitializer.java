package dev.namespaces.core;

import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Deploys a namespace that an environment claims before anything is applied in it. */
final class EnvironmentInitializer implements NamespaceInitializer {

    private final Engine engine;
    private final Deployments deployments;

    EnvironmentInitializer(Engine engine, Deployments deployments) {
        this.engine = engine;
        this.deployments = deployments;
    }

    @Override
    public void beforeApply(ClusterId cluster, HasMetadata manifest) {
        if (manifest.getMetadata() == null) {
            return;
        }
        String namespace = manifest.getMetadata().getNamespace();
        boolean isNamespace = "Namespace".equals(manifest.getKind()) && "v1".equals(manifest.getApiVersion());
        if (!isNamespace && namespace != null && !namespace.isEmpty()) {
            beforeApply(cluster, namespace);
        }
    }

    @Override
    public void beforeApply(ClusterId cluster, String namespace) {
        if (OwnCalls.isUnderWay()) {
            return;
        }
        engine.requireOpen(Operation.INITIALIZE);
        Optional<Claim> claim = claim(cluster, namespace);
        if (claim.isEmpty()) {
            return;
        }
        EnvironmentReport report = deployments.ensureDeployed(
                claim.get().environment(), cluster, claim.get().namespace().id());
        if (!report.succeeded()) {
            throw new DeploymentFailedException(
                    ErrorContext.of(Operation.INITIALIZE, cluster)
                            .withNamespace(namespace)
                            .withEnvironment(claim.get().environment().id()),
                    new DeploymentReport(List.of(report), List.of()));
        }
    }

    @Override
    public void namespaceWasAbsent(ClusterId cluster, String namespace) {}

    private record Claim(Environment environment, Namespace namespace) {}

    private Optional<Claim> claim(ClusterId cluster, String name) {
        Map<dev.namespaces.model.EnvironmentId, Namespace> rows =
                engine.stores().stores().namespaces().findByNames(List.of(name)).stream()
                        .collect(Collectors.toMap(Namespace::environmentId, Function.identity()));
        if (rows.isEmpty()) {
            return Optional.empty();
        }
        List<Environment> claiming = engine.stores().stores().environments().findByIds(rows.keySet()).stream()
                .filter(environment -> environment.clusters().contains(cluster))
                .toList();
        return claiming.size() != 1
                ? Optional.empty()
                : Optional.of(new Claim(
                        claiming.get(0),
                        Objects.requireNonNull(rows.get(claiming.get(0).id()))));
    }
}

package dev.namespaces.core;

import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.spi.NamespaceInitializer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** Deploys the environment that claims a namespace before anything is applied in it. */
final class EnvironmentInitializer implements NamespaceInitializer {

    private final Settings settings;
    private final Deployer deployer;
    private final Runnable requireOpen;

    /** @param requireOpen throws where the lifecycle was closed */
    EnvironmentInitializer(Settings settings, Deployer deployer, Runnable requireOpen) {
        this.settings = settings;
        this.deployer = deployer;
        this.requireOpen = requireOpen;
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
        if (Deployer.isAtWork()) {
            return;
        }
        requireOpen.run();
        List<Environment> claiming = claiming(cluster, namespace);
        if (claiming.size() != 1) {
            return;
        }
        EnvironmentReport report = deployer.ensureDeployed(claiming.get(0), List.of(cluster));
        if (!report.succeeded()) {
            throw new DeploymentFailedException(
                    ErrorContext.of(Operation.INITIALIZE, cluster)
                            .withNamespace(namespace)
                            .withEnvironment(claiming.get(0).id()),
                    new DeploymentReport(List.of(report), List.of()));
        }
    }

    private List<Environment> claiming(ClusterId cluster, String name) {
        List<EnvironmentId> owners = settings.namespaces().findByName(name).stream()
                .map(Namespace::environmentId)
                .distinct()
                .toList();
        return owners.isEmpty()
                ? List.of()
                : settings.environments().findByIds(owners).stream()
                        .filter(environment -> environment.clusters().contains(cluster))
                        .toList();
    }
}

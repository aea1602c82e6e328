package dev.namespaces.quickstart;

import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.render.ManifestWriter;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Manifests as files: {@code DIR/<cluster>/<namespace>/<kind>-<name>.yaml}. */
final class ManifestFiles {

    private ManifestFiles() {}

    /**
     * Writes every manifest of a dry run. Files of that name are overwritten, others are left alone.
     *
     * @return how many
     */
    static int write(Path directory, DeploymentReport plan) throws IOException {
        int files = 0;
        for (EnvironmentReport environment : plan.environments()) {
            for (ClusterReport cluster : environment.clusters()) {
                for (NamespaceReport namespace : cluster.namespaces()) {
                    if (namespace.outcome() instanceof NamespaceOutcome.Planned planned) {
                        Path folder = directory
                                .resolve(cluster.cluster().value())
                                .resolve(namespace.namespace().name());
                        Files.createDirectories(folder);
                        for (HasMetadata manifest : planned.manifests()) {
                            String file = manifest.getKind() + "-"
                                    + manifest.getMetadata().getName() + ".yaml";
                            Files.writeString(folder.resolve(file), ManifestWriter.toYaml(manifest));
                            files++;
                        }
                    }
                }
            }
        }
        return files;
    }
}

package dev.namespaces.integration;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Clusters whose objects are rows of a table, so that a fleet of any size needs no memory, and so that the clusters
 * survive the process. They serve no Cilium. They have one user, so an apply replaces the object. They do only what the
 * deployment of environments with one namespace each needs.
 */
final class ClusterTable implements ClusterGateway {

    private final JdbcTemplate database;
    private final KubernetesSerialization json = new KubernetesSerialization();

    ClusterTable(DataSource database) {
        this.database = new JdbcTemplate(database);
    }

    static void createIn(DataSource database) {
        new JdbcTemplate(database)
                .execute("CREATE TABLE cluster_objects (cluster VARCHAR(63), resource VARCHAR(400),"
                        + " manifest VARCHAR NOT NULL, PRIMARY KEY (cluster, resource))");
    }

    @Override
    public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
        return database
                .queryForList(
                        "SELECT manifest FROM cluster_objects WHERE cluster = ? AND resource = ?",
                        String.class,
                        cluster.value(),
                        resource.toString())
                .stream()
                .map(manifest -> json.<HasMetadata>unmarshal(manifest))
                .findFirst();
    }

    @Override
    public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
        ResourceRef resource = ResourceRef.of(manifest);
        requireMaySend(options.maySend(), cluster, resource);
        if (find(cluster, resource).isPresent()) {
            return new CreateResult.AlreadyExists(Arrival.SETTLED);
        }
        HasMetadata live = json.clone(manifest);
        live.getMetadata().setUid(cluster + "/" + resource);
        live.getMetadata().setResourceVersion("1");
        database.update(
                "INSERT INTO cluster_objects (cluster, resource, manifest) VALUES (?, ?, ?)",
                cluster.value(),
                resource.toString(),
                json.asJson(live));
        return new CreateResult.Created(live, List.of(), Arrival.SETTLED);
    }

    @Override
    public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
        ResourceRef resource = ResourceRef.of(manifest);
        requireMaySend(options.maySend(), cluster, resource);
        HasMetadata live = find(cluster, resource).orElse(null);
        if (live == null
                || !live.getMetadata().getUid().equals(manifest.getMetadata().getUid())
                || !live.getMetadata()
                        .getResourceVersion()
                        .equals(manifest.getMetadata().getResourceVersion())) {
            ErrorContext context = ErrorContext.of(Operation.APPLY, cluster, resource);
            throw new PreconditionFailedException(context, "it has changed", null).settled();
        }
        HasMetadata next = json.clone(manifest);
        if (json.asJson(next).equals(json.asJson(live))) {
            return new ApplyResult(live, ApplyResult.Effect.UNCHANGED, List.of(), Arrival.SETTLED);
        }
        next.getMetadata()
                .setResourceVersion(
                        String.valueOf(Long.parseLong(live.getMetadata().getResourceVersion()) + 1));
        database.update(
                "UPDATE cluster_objects SET manifest = ? WHERE cluster = ? AND resource = ?",
                json.asJson(next),
                cluster.value(),
                resource.toString());
        return new ApplyResult(next, ApplyResult.Effect.CHANGED, List.of(), Arrival.SETTLED);
    }

    private static void requireMaySend(BooleanSupplier maySend, ClusterId cluster, ResourceRef resource) {
        if (!maySend.getAsBoolean()) {
            throw new LeaseLostException(ErrorContext.of(Operation.APPLY, cluster, resource));
        }
    }

    @Override
    public boolean serves(ClusterId cluster, String apiVersion, String kind) {
        return !apiVersion.startsWith("cilium.io/");
    }

    @Override
    public ObjectPage list(ClusterId cluster, ListQuery query) {
        throw new UnsupportedOperationException("An environment of one namespace is looked at by name");
    }

    @Override
    public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
        throw new UnsupportedOperationException("No environment has an object that is not wanted");
    }
}

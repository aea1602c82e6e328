package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EnvironmentStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Environments in our own tables, for a host that has none. {@link JdbcStores} says how the store fails, and how it
 * takes part in the host's transaction.
 */
public final class JdbcEnvironmentStore implements EnvironmentStore {

    private final Database database;
    private final String table;
    private final String clusterTable;
    private final InListQuery findByIds;
    private final String findIds;
    private final String exists;
    private final String insert;
    private final String update;
    private final String deleteClusters;
    private final String insertCluster;
    private final String softDelete;

    JdbcEnvironmentStore(Database database) {
        this.database = database;
        this.table = database.table("environments");
        this.clusterTable = database.table("environment_clusters");
        this.findByIds = new InListQuery(
                "SELECT e.id, e.organization_id, e.project_id, e.name, e.labels, e.promotion_order, c.cluster_id"
                        + " FROM " + table + " e JOIN " + clusterTable + " c ON c.environment_id = e.id"
                        + " WHERE e.deleted_at IS NULL AND e.id IN (%s) ORDER BY e.id, c.position");
        this.findIds = "SELECT id FROM " + table + " WHERE deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit";
        this.exists = "SELECT id FROM " + table + " WHERE id = :id";
        String labels = database.dialect().json("labels");
        this.insert = "INSERT INTO " + table + " (id, organization_id, project_id, name, labels, promotion_order)"
                + " VALUES (:id, :organization, :project, :name, " + labels + ", :promotion)";
        this.update = "UPDATE " + table + " SET organization_id = :organization, project_id = :project, name = :name,"
                + " labels = " + labels + ", promotion_order = :promotion, deleted_at = NULL WHERE id = :id";
        this.deleteClusters = "DELETE FROM " + clusterTable + " WHERE environment_id = :id";
        this.insertCluster = "INSERT INTO " + clusterTable
                + " (environment_id, position, cluster_id) VALUES (:id, :position, :cluster)";
        this.softDelete = "UPDATE " + table + " SET deleted_at = :deleted WHERE id = :id AND deleted_at IS NULL";
    }

    /**
     * Adds the environment, or replaces the one of that id. A soft-deleted one is live again.
     *
     * @throws InvalidTextException if the name has U+0000 or an unpaired surrogate
     * @throws dev.namespaces.error.StoreException if the database cannot do it
     */
    public void save(Environment environment) {
        KubernetesSyntax.annotationValueProblem(environment.name()).ifPresent(problem -> {
            throw new InvalidTextException("name of environment " + environment.id(), null, problem);
        });
        String id = environment.id().value();
        database.write(operation(Operation.SAVE_ENVIRONMENT, environment.id()), handle -> {
            Database.insertOrUpdate(
                    handle.createQuery(exists).bind("id", id),
                    () -> bind(handle.createUpdate(insert), environment).execute(),
                    () -> {
                        // The environment comes first, because its lock makes two writers take turns.
                        int updated =
                                bind(handle.createUpdate(update), environment).execute();
                        handle.createUpdate(deleteClusters).bind("id", id).execute();
                        return updated;
                    });
            PreparedBatch clusters = handle.prepareBatch(insertCluster);
            List<ClusterId> ids = environment.clusters();
            for (int position = 0; position < ids.size(); position++) {
                clusters.bind("id", id)
                        .bind("position", position)
                        .bind("cluster", ids.get(position).value())
                        .add();
            }
            clusters.execute();
            return null;
        });
    }

    private static Update bind(Update statement, Environment environment) {
        return statement
                .bind("id", environment.id().value())
                .bind("organization", environment.organizationId().value())
                .bind("project", environment.projectId().value())
                .bind("name", environment.name())
                .bind("labels", StringMapJson.write(environment.labels()))
                .bind("promotion", environment.promotionOrder());
    }

    /**
     * Removes the environment from every look-up. Its row stays.
     *
     * @return whether it was live until now
     * @throws dev.namespaces.error.StoreException if the database cannot do it
     */
    public boolean softDelete(EnvironmentId id, Instant deletedAt) {
        Instant deleted = Instants.toMicros(deletedAt);
        return database.write(
                operation(Operation.SOFT_DELETE, id),
                handle -> handle.createUpdate(softDelete)
                                .bind("id", id.value())
                                .bind("deleted", database.dialect().instant(deleted))
                                .execute()
                        > 0);
    }

    @Override
    public List<Environment> findByIds(Collection<EnvironmentId> ids) {
        List<EnvironmentId> wanted = List.copyOf(ids);
        if (wanted.isEmpty()) {
            return List.of();
        }
        List<String> keys = wanted.stream().map(EnvironmentId::value).toList();
        return database.read(
                StoreOperation.onEnvironments(Operation.FIND_ENVIRONMENTS, table, wanted),
                handle -> findByIds.run(
                        handle,
                        List.of(),
                        keys,
                        query -> query.scanResultSet((results, context) -> read(results.get()))));
    }

    @Override
    public List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        String start = after == null ? "" : after.value();
        return database.read(
                new StoreOperation(ErrorContext.of(Operation.LIST_ENVIRONMENTS), table, "after '" + start + "'"),
                handle -> handle.createQuery(findIds)
                        .bind("after", start)
                        .bind("limit", limit)
                        .map((row, context) -> id(row.getString(1)))
                        .list());
    }

    private static EnvironmentId id(String text) {
        try {
            return new EnvironmentId(text);
        } catch (InvalidTextException e) {
            throw new UnreadableRowException("it has no valid id", e);
        }
    }

    /** Reads one row for each cluster of each environment. */
    private static List<Environment> read(ResultSet row) throws SQLException {
        List<Environment> environments = new ArrayList<>();
        boolean more = row.next();
        while (more) {
            try {
                EnvironmentId id = new EnvironmentId(row.getString(1));
                OrganizationId organization = new OrganizationId(row.getString(2));
                ProjectId project = new ProjectId(row.getString(3));
                String name = row.getString(4);
                Map<String, String> labels = StringMapJson.read("labels", row.getString(5));
                int promotionOrder = row.getInt(6);
                List<ClusterId> clusters = new ArrayList<>();
                do {
                    clusters.add(new ClusterId(row.getString(7)));
                    more = row.next();
                } while (more && row.getString(1).equals(id.value()));
                environments.add(new Environment(id, organization, project, name, clusters, labels, promotionOrder));
            } catch (IllegalArgumentException | InvalidTextException e) {
                throw new UnreadableRowException("it is not a valid environment", e);
            }
        }
        return environments;
    }

    private StoreOperation operation(Operation operation, EnvironmentId id) {
        return new StoreOperation(ErrorContext.of(operation, id), table, id.value());
    }
}

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
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Environments in tables of ours, for a host that has none of its own. Its failures, and its part in the host's
 * transaction, are those of {@link JdbcStores}.
 */
public final class JdbcEnvironmentStore implements EnvironmentStore {

    private static final int IDS_PER_QUERY = 1_000;

    private final Database database;
    private final String table;
    private final String clusterTable;
    private final String findByIds;
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
        this.findByIds =
                "SELECT e.id, e.organization_id, e.project_id, e.name, e.labels, e.promotion_order, c.cluster_id"
                        + " FROM " + table + " e JOIN " + clusterTable + " c ON c.environment_id = e.id"
                        + " WHERE e.deleted_at IS NULL AND e.id IN (%s) ORDER BY e.id, c.position";
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
     * Adds the environment, or puts it in the place of the one of that id, which is live again if it was not.
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
                        // First the environment, whose lock makes two writers take turns.
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
     * Takes the environment out of every look-up; its row stays.
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
        List<String> distinct =
                ids.stream().map(EnvironmentId::value).distinct().toList();
        if (distinct.isEmpty()) {
            return List.of();
        }
        String key = distinct.get(0) + (distinct.size() == 1 ? "" : " and " + (distinct.size() - 1) + " more");
        return database.read(new StoreOperation(ErrorContext.of(Operation.FIND_ENVIRONMENTS), table, key), handle -> {
            List<Environment> found = new ArrayList<>();
            for (int from = 0; from < distinct.size(); from += IDS_PER_QUERY) {
                found.addAll(find(handle, distinct.subList(from, Math.min(from + IDS_PER_QUERY, distinct.size()))));
            }
            return found;
        });
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

    private List<Environment> find(Handle handle, List<String> ids) {
        // Always a power of two, so that the database sees few different statements.
        int parameters = Integer.highestOneBit(Math.max(1, ids.size() * 2 - 1));
        Query query = handle.createQuery(findByIds.formatted("?" + ", ?".repeat(parameters - 1)));
        for (int i = 0; i < parameters; i++) {
            query.bind(i, ids.get(Math.min(i, ids.size() - 1)));
        }
        return query.scanResultSet((results, context) -> read(results.get()));
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

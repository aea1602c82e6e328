package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Deployment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.spi.DeploymentStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The newest deployment of each environment to each cluster, in a table. What it says of a cluster must not come back
 * with a rollback, since what was written to the cluster does not, so it takes part in no transaction of the host.
 */
final class JdbcDeploymentStore implements DeploymentStore {

    private final Database database;
    private final String table;
    private final String find;
    private final String begin;
    private final String complete;
    private final String findRevision;

    JdbcDeploymentStore(Database database) {
        this.database = database;
        this.table = database.table("deployments");
        this.find = "SELECT environment_id, cluster_id, revision, fingerprint, dialect, deployed_at FROM " + table
                + " WHERE environment_id = :environment ORDER BY cluster_id";
        this.begin = begin(database.dialect());
        this.complete =
                "UPDATE " + table + " SET fingerprint = :fingerprint, dialect = :dialect, deployed_at = :deployed"
                        + " WHERE environment_id = :environment AND cluster_id = :cluster AND revision = :revision";
        this.findRevision = "SELECT revision FROM " + table
                + " WHERE environment_id = :environment AND cluster_id = :cluster FOR UPDATE";
    }

    private String begin(SqlDialect dialect) {
        String insert = "INSERT INTO " + table + " (environment_id, cluster_id, revision)"
                + " VALUES (:environment, :cluster, 1)";
        String forget = "fingerprint = NULL, dialect = NULL, deployed_at = NULL";
        return switch (dialect) {
            case POSTGRESQL ->
                insert + " ON CONFLICT (environment_id, cluster_id) DO UPDATE SET revision = " + table
                        + ".revision + 1, " + forget + " RETURNING revision";
            case MARIADB ->
                insert + " ON DUPLICATE KEY UPDATE revision = revision + 1, " + forget + " RETURNING revision";
            case H2 ->
                "SELECT revision FROM FINAL TABLE (MERGE INTO " + table + " AS t"
                        + " USING (VALUES (:environment, :cluster)) AS s (environment_id, cluster_id)"
                        + " ON t.environment_id = s.environment_id AND t.cluster_id = s.cluster_id"
                        + " WHEN MATCHED THEN UPDATE SET revision = t.revision + 1, " + forget
                        + " WHEN NOT MATCHED THEN INSERT (environment_id, cluster_id, revision)"
                        + " VALUES (s.environment_id, s.cluster_id, 1))";
        };
    }

    @Override
    public List<Deployment> findByEnvironment(EnvironmentId environmentId) {
        return database.read(
                new StoreOperation(
                        ErrorContext.of(Operation.FIND_DEPLOYMENTS, environmentId),
                        table,
                        "environment " + environmentId),
                handle -> handle.createQuery(find)
                        .bind("environment", environmentId.value())
                        .map(this::read)
                        .list());
    }

    @Override
    public Deployment begin(EnvironmentId environmentId, ClusterId clusterId) {
        long revision = database.writeOnOurOwn(operation(Operation.BEGIN, environmentId, clusterId), handle -> {
            try {
                return begin(handle, environmentId, clusterId);
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                    throw e;
                }
                // H2 looks before it inserts; the row that came between is there now.
                return begin(handle, environmentId, clusterId);
            }
        });
        return new Deployment(environmentId, clusterId, revision, null);
    }

    private long begin(Handle handle, EnvironmentId environmentId, ClusterId clusterId) {
        return handle.createQuery(begin)
                .bind("environment", environmentId.value())
                .bind("cluster", clusterId.value())
                .mapTo(Long.class)
                .one();
    }

    @Override
    public CompleteResult complete(Deployment begun, Deployment.Completion completion) {
        Instant deployedAt = Instants.toMicros(completion.deployedAt());
        return database.writeOnOurOwn(
                operation(Operation.COMPLETE, begun.environmentId(), begun.clusterId()), handle -> {
                    int changed = handle.createUpdate(complete)
                            .bind("fingerprint", completion.fingerprint())
                            .bind("dialect", completion.dialect().name())
                            .bind("deployed", database.dialect().instant(deployedAt))
                            .bind("environment", begun.environmentId().value())
                            .bind("cluster", begun.clusterId().value())
                            .bind("revision", begun.revision())
                            .execute();
                    // A driver may be set to count rows that change, and the same completion changes none.
                    return changed > 0 || isNewest(handle, begun) ? CompleteResult.COMPLETED : CompleteResult.OVERTAKEN;
                });
    }

    private boolean isNewest(Handle handle, Deployment deployment) {
        return handle.createQuery(findRevision)
                .bind("environment", deployment.environmentId().value())
                .bind("cluster", deployment.clusterId().value())
                .mapTo(Long.class)
                .findOne()
                .filter(newest -> newest == deployment.revision())
                .isPresent();
    }

    private Deployment read(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new Deployment(
                    new EnvironmentId(row.getString(1)),
                    new ClusterId(row.getString(2)),
                    row.getLong(3),
                    completion(
                            row.getString(4),
                            row.getString(5),
                            database.dialect().instant(row, 6)));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid deployment", e);
        }
    }

    private static Deployment.@Nullable Completion completion(
            @Nullable String fingerprint, @Nullable String dialect, @Nullable Instant deployedAt) {
        return fingerprint == null || dialect == null || deployedAt == null
                ? null
                : new Deployment.Completion(fingerprint, PolicyDialect.valueOf(dialect), deployedAt);
    }

    private StoreOperation operation(Operation operation, EnvironmentId environmentId, ClusterId clusterId) {
        return new StoreOperation(
                new ErrorContext(operation, environmentId, clusterId, null, null),
                table,
                environmentId + "/" + clusterId);
    }
}

package dev.namespaces.jdbc;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.Target;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the table of deployment records. All statements that write rows of a target lock its record first, so
 * that its writers take turns. A transaction that writes several targets takes them in their order.
 */
final class DeploymentRecords {

    private final String table;
    private final SqlDialect dialect;
    private final InListQuery find;
    private final String insertIfAbsent;
    private final String lock;
    private final String begin;
    private final String complete;
    private final String isNewest;
    private final String forget;
    private final String forgetAndRaiseSerial;
    private final String raiseSerial;

    DeploymentRecords(Database database) {
        this.table = database.table("deployments");
        this.dialect = database.dialect();
        String key = " WHERE environment_id = :environment AND cluster_id = :cluster";
        String noCompletion = "input_fingerprint = NULL, rendered_fingerprint = NULL, rendering_generation = NULL,"
                + " dialect = NULL, deployed_at = NULL";
        String forgotten = "revision = revision + 1, attempt = NULL, " + noCompletion;
        this.find = new InListQuery("SELECT environment_id, cluster_id, revision, plan_serial, input_fingerprint,"
                + " rendered_fingerprint, rendering_generation, dialect, deployed_at FROM " + table
                + " WHERE environment_id IN (%s) ORDER BY environment_id, cluster_id");
        this.insertIfAbsent = dialect.insertIfAbsent(
                "INSERT INTO " + table + " (environment_id, cluster_id, revision, plan_serial)"
                        + " VALUES (:environment, :cluster, :revision, 0)",
                "environment_id");
        this.lock = "SELECT revision FROM " + table + key + " FOR UPDATE";
        this.begin = "UPDATE " + table + " SET revision = :revision, attempt = :attempt, " + noCompletion + key;
        this.complete = "UPDATE " + table + " SET input_fingerprint = :input, rendered_fingerprint = :rendered,"
                + " rendering_generation = :generation, dialect = :dialect, deployed_at = :deployed" + key
                + " AND revision = :revision AND attempt = :attempt";
        this.isNewest = "SELECT revision FROM " + table + key + " AND revision = :revision AND attempt = :attempt"
                + " FOR UPDATE";
        this.forget = "UPDATE " + table + " SET " + forgotten + key;
        this.forgetAndRaiseSerial = "UPDATE " + table + " SET " + forgotten + ", plan_serial = plan_serial + 1" + key;
        this.raiseSerial =
                "UPDATE " + table + " SET plan_serial = plan_serial + 1" + key + " AND plan_serial = :serial";
    }

    String table() {
        return table;
    }

    List<DeploymentRecord> find(Handle handle, Collection<EnvironmentId> ids) {
        return find.run(
                handle,
                List.of(),
                ids.stream().map(EnvironmentId::value).toList(),
                query -> query.map(this::read).list());
    }

    /** Makes sure that the target has a record, and locks it. */
    void insertIfAbsent(Handle handle, Target target) {
        insertIfAbsent(handle, target, 0);
    }

    private void insertIfAbsent(Handle handle, Target target, long revision) {
        Database.insertIfAbsent(
                bind(handle.createUpdate(insertIfAbsent), target).bind("revision", revision));
    }

    /**
     * Locks the record until the end of the transaction. Returns its newest revision, or empty if it does not exist.
     */
    OptionalLong lock(Handle handle, Target target) {
        return bind(handle.createQuery(lock), target)
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    void begin(Handle handle, Target target, long revision, String attempt) {
        bind(handle.createUpdate(begin), target)
                .bind("revision", revision)
                .bind("attempt", attempt)
                .execute();
    }

    /** Returns whether revision and attempt are still the newest ones, and the completion is stored. */
    boolean complete(
            Handle handle, Target target, long revision, String attempt, DeploymentRecord.Completion completion) {
        int changed = bind(handle.createUpdate(complete), target)
                .bind("input", completion.inputFingerprint())
                .bind("rendered", completion.renderedFingerprint())
                .bind("generation", completion.renderingGeneration())
                .bind("dialect", completion.dialect().name())
                .bind("deployed", dialect.instant(Instants.toMicros(completion.deployedAt())))
                .bind("revision", revision)
                .bind("attempt", attempt)
                .execute();
        // A driver may be set to count only rows that change, and the same completion changes none.
        return changed > 0
                || bind(handle.createQuery(isNewest), target)
                        .bind("revision", revision)
                        .bind("attempt", attempt)
                        .mapTo(Long.class)
                        .findOne()
                        .isPresent();
    }

    /** Clears the completion and raises the revision, if there is a record. */
    void forget(Handle handle, Target target) {
        bind(handle.createUpdate(forget), target).execute();
    }

    /** Makes sure that the target has a record, clears its completion, and raises its revision and its plan serial. */
    void forgetAndRaiseSerial(Handle handle, Target target) {
        bind(handle.createUpdate(forgetAndRaiseSerial), target).execute();
    }

    /** Locks the record, which exists afterwards, for {@link #forgetAndRaiseSerial}. */
    void lockToForget(Handle handle, Target target) {
        // A record that is new here has revision 0 once it is forgotten.
        insertIfAbsent(handle, target, -1);
        lock(handle, target);
    }

    /** Raises the plan serial by one. Returns false, with nothing written, if it is not the given one. */
    boolean raiseSerial(Handle handle, Target target, long serial) {
        return bind(handle.createUpdate(raiseSerial), target)
                        .bind("serial", serial)
                        .execute()
                > 0;
    }

    private static <T extends SqlStatement<T>> T bind(T statement, Target target) {
        return statement
                .bind("environment", target.environmentId().value())
                .bind("cluster", target.clusterId().value());
    }

    private DeploymentRecord read(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new DeploymentRecord(
                    new Target(new EnvironmentId(row.getString(1)), new ClusterId(row.getString(2))),
                    row.getLong(3),
                    row.getLong(4),
                    completion(row));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid deployment record", e);
        }
    }

    private DeploymentRecord.@Nullable Completion completion(ResultSet row) throws SQLException {
        String input = row.getString(5);
        if (input == null) {
            return null;
        }
        String rendered = row.getString(6);
        int generation = row.getInt(7);
        boolean hasGeneration = !row.wasNull();
        String policyDialect = row.getString(8);
        Instant deployedAt = dialect.instant(row, 9);
        if (rendered == null || !hasGeneration || policyDialect == null || deployedAt == null) {
            throw new UnreadableRowException("a part of its completion is missing");
        }
        return new DeploymentRecord.Completion(
                input, rendered, generation, PolicyDialect.valueOf(policyDialect), deployedAt);
    }
}

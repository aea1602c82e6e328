package dev.namespaces.jdbc;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EgressPolicyStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Egress policies in a table of ours. The database itself sees to it that an owner has at most one live policy. Its
 * failures, and its part in the host's transaction, are those of {@link JdbcStores}.
 */
public final class JdbcEgressPolicyStore implements EgressPolicyStore {

    private static final String PROJECT = "project";
    private static final String ORGANIZATION = "organization";

    private static final String ALLOW_LIST = "allow-list";
    private static final String DENY_ALL = "deny-all";
    private static final String ALLOW_ALL = "allow-all";

    private final Database database;
    private final String table;
    private final String find;
    private final String exists;
    private final String insert;
    private final String update;
    private final String softDelete;

    JdbcEgressPolicyStore(Database database) {
        this.database = database;
        this.table = database.table("egress_policies");
        this.find = "(" + newestOf(PROJECT) + ") UNION ALL (" + newestOf(ORGANIZATION) + ")";
        this.exists = "SELECT id FROM " + table + " WHERE id = :id";
        String rules = database.dialect().json("rules");
        this.insert = "INSERT INTO " + table + " (id, owner_kind, owner_id, egress_mode, rules, deleted_at)"
                + " VALUES (:id, :kind, :owner, :mode, " + rules + ", :deleted)";
        this.update = "UPDATE " + table + " SET owner_kind = :kind, owner_id = :owner, egress_mode = :mode, rules = "
                + rules + ", deleted_at = :deleted WHERE id = :id";
        this.softDelete = "UPDATE " + table + " SET deleted_at = :deleted WHERE id = :id AND deleted_at IS NULL";
    }

    private String newestOf(String kind) {
        return "SELECT id, owner_kind, owner_id, egress_mode, rules, deleted_at FROM " + table
                + " WHERE owner_kind = '" + kind + "' AND owner_id = :" + kind
                + " ORDER BY CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, deleted_at DESC, id DESC LIMIT 1";
    }

    /**
     * Adds the policy, live or soft-deleted as it is, or puts it in the place of the one of that id.
     *
     * @throws StoreException if it is live and its owner has another live policy, or the database cannot do it; nothing
     *     is stored
     */
    public void save(EgressPolicy policy) {
        Instant deletedAt = policy.deletedAt() == null ? null : Instants.toMicros(policy.deletedAt());
        StoreOperation operation = operation(Operation.SAVE_EGRESS_POLICY, policy.id());
        database.write(operation, handle -> {
            try {
                Database.insertOrUpdate(
                        handle.createQuery(exists).bind("id", policy.id().value()),
                        () -> bind(handle.createUpdate(insert), policy, deletedAt)
                                .execute(),
                        () -> bind(handle.createUpdate(update), policy, deletedAt)
                                .execute());
            } catch (JdbiException e) {
                SQLException failure = SqlErrors.find(e);
                if (failure != null
                        && SqlErrors.isUniqueViolation(failure)
                        && SqlErrors.names(failure, database.constraint("egress_policies_live_owner"))) {
                    throw new StoreException(
                            operation.context(),
                            ErrorCategory.CONFLICT,
                            table,
                            operation.key(),
                            Retry.never(),
                            "its owner has another live policy; soft-delete that one first",
                            SqlErrors.withoutValues(failure));
                }
                throw e;
            }
            return null;
        });
    }

    private Update bind(Update statement, EgressPolicy policy, @Nullable Instant deletedAt) {
        return statement
                .bind("id", policy.id().value())
                .bind("kind", policy.owner() instanceof ProjectId ? PROJECT : ORGANIZATION)
                .bind("owner", policy.owner().value())
                .bind("mode", mode(policy.mode()))
                .bind("rules", EgressRulesJson.write(rules(policy.mode())))
                .bind("deleted", database.dialect().instant(deletedAt));
    }

    /**
     * Marks a live policy as deleted; the look-up answers it until its owner has a live one again.
     *
     * @return whether it was live until now
     * @throws StoreException if the database cannot do it
     */
    public boolean softDelete(EgressPolicyId id, Instant deletedAt) {
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
    public OwnedPolicies find(ProjectId project, OrganizationId organization) {
        List<EgressPolicy> found = database.read(
                new StoreOperation(
                        ErrorContext.of(Operation.FIND_EGRESS_POLICIES),
                        table,
                        "project " + project + " and organization " + organization),
                handle -> handle.createQuery(find)
                        .bind(PROJECT, project.value())
                        .bind(ORGANIZATION, organization.value())
                        .map(this::read)
                        .list());
        return new OwnedPolicies(of(project, found), of(organization, found));
    }

    private static @Nullable EgressPolicy of(EgressPolicyOwner owner, List<EgressPolicy> found) {
        return found.stream()
                .filter(policy -> policy.owner().equals(owner))
                .findFirst()
                .orElse(null);
    }

    private EgressPolicy read(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new EgressPolicy(
                    new EgressPolicyId(row.getString(1)),
                    owner(row.getString(2), row.getString(3)),
                    mode(row.getString(4), EgressRulesJson.read(row.getString(5))),
                    database.dialect().instant(row, 6));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid egress policy", e);
        }
    }

    private static EgressPolicyOwner owner(String kind, String id) {
        return switch (kind) {
            case PROJECT -> new ProjectId(id);
            case ORGANIZATION -> new OrganizationId(id);
            default -> throw new UnreadableRowException("its kind of owner is not known", null);
        };
    }

    private static String mode(EgressMode mode) {
        if (mode instanceof EgressMode.AllowList) {
            return ALLOW_LIST;
        }
        return mode instanceof EgressMode.DenyAll ? DENY_ALL : ALLOW_ALL;
    }

    private static List<EgressRule> rules(EgressMode mode) {
        return mode instanceof EgressMode.AllowList list ? list.rules() : List.of();
    }

    private static EgressMode mode(String mode, List<EgressRule> rules) {
        if (!mode.equals(ALLOW_LIST) && !rules.isEmpty()) {
            throw new UnreadableRowException("it has rules, but is no allow-list", null);
        }
        return switch (mode) {
            case ALLOW_LIST -> new EgressMode.AllowList(rules);
            case DENY_ALL -> new EgressMode.DenyAll();
            case ALLOW_ALL -> new EgressMode.AllowAll();
            default -> throw new UnreadableRowException("its mode is not known", null);
        };
    }

    private StoreOperation operation(Operation operation, EgressPolicyId id) {
        return new StoreOperation(ErrorContext.of(operation), table, id.value());
    }
}

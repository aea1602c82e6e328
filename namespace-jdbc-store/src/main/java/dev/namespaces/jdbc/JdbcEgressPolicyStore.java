package dev.namespaces.jdbc;

import dev.namespaces.error.EgressPolicyIdTakenException;
import dev.namespaces.error.EgressPolicyOwnerTakenException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StaleEgressPolicyException;
import dev.namespaces.error.StoreException;
import dev.namespaces.jackson.NamespacesJson;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Egress policies in our own table, for a host that has none. The database itself ensures that an owner has at most one
 * live policy. {@link JdbcStores} says how the store fails, and how it takes part in the host's transaction.
 */
public final class JdbcEgressPolicyStore implements EgressPolicyStore {

    private static final String PROJECT = "project";
    private static final String ORGANIZATION = "organization";

    private static final String ALLOW_LIST = "allow-list";
    private static final String DENY_ALL = "deny-all";
    private static final String ALLOW_ALL = "allow-all";

    private static final String COLUMNS = "id, owner_kind, owner_id, egress_mode, rules, version, deleted_at";

    /** PostgreSQL takes 65,535 parameters in a statement, and each kind of owner has a list. */
    private static final int OWNERS_PER_LIST = 16_384;

    private final Database database;
    private final String table;
    private final String find;
    private final String findPage;
    private final String exists;
    private final String lock;
    private final String insert;
    private final String update;
    private final String softDelete;

    JdbcEgressPolicyStore(Database database) {
        this.database = database;
        this.table = database.table("egress_policies");
        this.find = "SELECT " + COLUMNS + " FROM (" + ranked(PROJECT) + " UNION ALL " + ranked(ORGANIZATION)
                + ") ranked WHERE place = 1";
        this.findPage = "SELECT " + COLUMNS + " FROM " + table
                + " WHERE deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit";
        this.exists = "SELECT id FROM " + table + " WHERE id = :id";
        this.lock = "SELECT " + COLUMNS + " FROM " + table + " WHERE id = :id FOR UPDATE";
        String rules = database.dialect().json("rules");
        this.insert = "INSERT INTO " + table + " (" + COLUMNS + ") VALUES (:id, :kind, :owner, :mode, " + rules
                + ", :version, :deleted)";
        this.update = "UPDATE " + table + " SET egress_mode = :mode, rules = " + rules
                + ", version = :version, deleted_at = :deleted WHERE id = :id";
        this.softDelete = "UPDATE " + table + " SET deleted_at = :deleted, version = version + 1"
                + " WHERE id = :id AND deleted_at IS NULL";
    }

    /** Returns a query for the policies of owners; the one that counts for its owner has place 1. */
    private String ranked(String kind) {
        return "SELECT " + COLUMNS + ", ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY"
                + " CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, deleted_at DESC, id DESC) AS place FROM " + table
                + " WHERE owner_kind = '" + kind + "' AND owner_id IN (%s)";
    }

    /**
     * Adds the policy as it is, live or soft-deleted, or replaces the one of that id. It replaces the version before
     * {@link EgressPolicy#version()} only.
     *
     * @return the policy as it is stored
     * @throws StaleEgressPolicyException if the version in the store is another one
     * @throws EgressPolicyOwnerTakenException if the policy is live and its owner has another live policy
     * @throws EgressPolicyIdTakenException if the policy of that id belongs to another owner
     * @throws StoreException if the database cannot do it
     */
    public EgressPolicy save(EgressPolicy policy) {
        EgressPolicy stored = new EgressPolicy(
                policy.id(),
                policy.owner(),
                policy.mode(),
                policy.version(),
                policy.deletedAt() == null ? null : Instants.toMicros(policy.deletedAt()));
        StoreOperation operation = operation(Operation.SAVE_EGRESS_POLICY, policy.id());
        return database.write(operation, handle -> {
            // To lock a row that does not exist would lock a gap on MariaDB, and two inserts into it a deadlock.
            boolean found = handle.createQuery(exists)
                    .bind("id", stored.id().value())
                    .mapTo(String.class)
                    .findOne()
                    .isPresent();
            if (found || !insert(handle, stored)) {
                replace(handle, operation, stored);
            }
            return stored;
        });
    }

    /** Returns whether the policy was inserted; false if another transaction has inserted one of that id. */
    private boolean insert(Handle handle, EgressPolicy policy) {
        try {
            Database.withSavepoint(
                    handle,
                    same -> bind(
                                    same.createUpdate(insert)
                                            .bind("kind", policy.owner() instanceof ProjectId ? PROJECT : ORGANIZATION)
                                            .bind("owner", policy.owner().value()),
                                    policy)
                            .execute());
            return true;
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure == null || !SqlErrors.isUniqueViolation(failure)) {
                throw e;
            }
            refuseSecondLivePolicy(policy, failure);
            return false;
        }
    }

    private void replace(Handle handle, StoreOperation operation, EgressPolicy policy) {
        Optional<EgressPolicy> locked = handle.createQuery(lock)
                .bind("id", policy.id().value())
                .map(this::read)
                .findOne();
        if (locked.isEmpty()) {
            throw new StoreException(
                    operation.context(),
                    table,
                    operation.key(),
                    Retry.later(),
                    "another transaction has inserted or deleted it since this one began; begin again",
                    null);
        }
        EgressPolicy current = locked.get();
        if (!current.owner().equals(policy.owner())) {
            throw new EgressPolicyIdTakenException(policy.id(), policy.owner());
        }
        if (current.version() != policy.version() - 1) {
            throw new StaleEgressPolicyException(policy.id(), policy.version() - 1, current.version());
        }
        try {
            bind(handle.createUpdate(update), policy).execute();
        } catch (JdbiException e) {
            SQLException failure = SqlErrors.find(e);
            if (failure != null && SqlErrors.isUniqueViolation(failure)) {
                refuseSecondLivePolicy(policy, failure);
            }
            throw e;
        }
    }

    private void refuseSecondLivePolicy(EgressPolicy policy, SQLException violation) {
        if (SqlErrors.names(violation, database.constraint("egress_policies_live_owner"))) {
            throw new EgressPolicyOwnerTakenException(policy.id(), policy.owner(), SqlErrors.withoutValues(violation));
        }
    }

    private Update bind(Update statement, EgressPolicy policy) {
        return statement
                .bind("id", policy.id().value())
                .bind("mode", mode(policy.mode()))
                .bind("rules", NamespacesJson.write(rules(policy.mode())))
                .bind("version", policy.version())
                .bind("deleted", database.dialect().instant(policy.deletedAt()));
    }

    /**
     * Marks a live policy as deleted and raises its version. The store returns it until its owner has a live one again.
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

    /**
     * Returns a page of all live policies, in the order of their ids.
     *
     * @param after the last id of the page before, or null for the first page
     * @param limit the most policies to return, at least 1; fewer mean that this is the last page
     * @throws StoreException if the database cannot do it
     */
    public List<EgressPolicy> findPage(@Nullable EgressPolicyId after, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        String start = after == null ? "" : after.value();
        return database.read(
                new StoreOperation(ErrorContext.of(Operation.FIND_EGRESS_POLICIES), table, "after '" + start + "'"),
                handle -> handle.createQuery(findPage)
                        .bind("after", start)
                        .bind("limit", limit)
                        .map(this::read)
                        .list());
    }

    @Override
    public List<EgressPolicy> findByOwners(Collection<? extends EgressPolicyOwner> owners) {
        List<EgressPolicyOwner> distinct =
                List.<EgressPolicyOwner>copyOf(owners).stream().distinct().toList();
        if (distinct.isEmpty()) {
            return List.of();
        }
        List<String> projects = idsOf(ProjectId.class, distinct);
        List<String> organizations = idsOf(OrganizationId.class, distinct);
        StoreOperation operation = new StoreOperation(
                ErrorContext.of(Operation.FIND_EGRESS_POLICIES),
                table,
                StoreOperation.several(distinct, JdbcEgressPolicyStore::key));
        return database.read(operation, handle -> {
            List<EgressPolicy> found = new ArrayList<>();
            int longest = Math.max(projects.size(), organizations.size());
            for (int from = 0; from < longest; from += OWNERS_PER_LIST) {
                found.addAll(find(handle, part(projects, from), part(organizations, from)));
            }
            return found;
        });
    }

    private List<EgressPolicy> find(Handle handle, List<String> projects, List<String> organizations) {
        int length = InListQuery.powerOfTwo(Math.max(projects.size(), organizations.size()));
        Query query = handle.createQuery(find.replace("%s", InListQuery.placeholders(length)));
        int next = InListQuery.bind(query, 0, InListQuery.padded(projects, length));
        InListQuery.bind(query, next, InListQuery.padded(organizations, length));
        return query.map(this::read).list();
    }

    private static List<String> part(List<String> ids, int from) {
        return ids.subList(Math.min(from, ids.size()), Math.min(from + OWNERS_PER_LIST, ids.size()));
    }

    private static List<String> idsOf(Class<? extends EgressPolicyOwner> kind, List<EgressPolicyOwner> owners) {
        return owners.stream()
                .filter(kind::isInstance)
                .map(EgressPolicyOwner::value)
                .toList();
    }

    private static String key(EgressPolicyOwner owner) {
        return (owner instanceof ProjectId ? PROJECT : ORGANIZATION) + " " + owner.value();
    }

    private EgressPolicy read(ResultSet row, StatementContext context) throws SQLException {
        try {
            return new EgressPolicy(
                    new EgressPolicyId(row.getString(1)),
                    owner(row.getString(2), row.getString(3)),
                    mode(row.getString(4), rules(row.getString(5))),
                    row.getLong(6),
                    database.dialect().instant(row, 7));
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("it is not a valid egress policy", e);
        }
    }

    private static EgressPolicyOwner owner(String kind, String id) {
        return switch (kind) {
            case PROJECT -> new ProjectId(id);
            case ORGANIZATION -> new OrganizationId(id);
            default -> throw new UnreadableRowException("its kind of owner is not known");
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

    private static List<EgressRule> rules(String json) {
        try {
            return List.of(NamespacesJson.read(json, EgressRule[].class));
        } catch (InvalidTextException e) {
            throw new UnreadableRowException("a rule of it is not valid", e);
        }
    }

    private static EgressMode mode(String mode, List<EgressRule> rules) {
        if (!mode.equals(ALLOW_LIST) && !rules.isEmpty()) {
            throw new UnreadableRowException("it has rules, but is no allow-list");
        }
        return switch (mode) {
            case ALLOW_LIST -> new EgressMode.AllowList(rules);
            case DENY_ALL -> new EgressMode.DenyAll();
            case ALLOW_ALL -> new EgressMode.AllowAll();
            default -> throw new UnreadableRowException("its mode is not known");
        };
    }

    private StoreOperation operation(Operation operation, EgressPolicyId id) {
        return new StoreOperation(ErrorContext.of(operation), table, id.value());
    }
}

package com.example.platform;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EnvironmentStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** Environments as the platform has always kept them: {@code app_environment}, and a row for each region of one. */
public record HostEnvironmentStore(DataSource dataSource) implements EnvironmentStore {

    private static final int IDS_PER_QUERY = 500;
    private static final String FIND_BY_IDS = "SELECT e.id, e.company, e.project, e.title, e.stage, e.owner, e.rank_no,"
            + " r.cluster FROM app_environment e JOIN app_region r ON r.environment = e.id"
            + " WHERE e.archived = FALSE AND e.id IN (%s) ORDER BY e.id, r.position";
    private static final String FIND_IDS =
            "SELECT id FROM app_environment WHERE archived = FALSE AND id > ? ORDER BY id LIMIT ?";

    @Override
    public List<Environment> findByIds(Collection<EnvironmentId> ids) {
        List<EnvironmentId> distinct = ids.stream().distinct().toList();
        List<Environment> found = new ArrayList<>();
        for (int from = 0; from < distinct.size(); from += IDS_PER_QUERY) {
            List<EnvironmentId> part = distinct.subList(from, Math.min(from + IDS_PER_QUERY, distinct.size()));
            String sql = FIND_BY_IDS.formatted("?" + ", ?".repeat(part.size() - 1));
            List<Object> parameters =
                    part.stream().<Object>map(EnvironmentId::value).toList();
            found.addAll(query(sql, parameters, HostEnvironmentStore::environments));
        }
        return found;
    }

    @Override
    public List<EnvironmentId> findIds(EnvironmentId after, int limit) {
        return query(FIND_IDS, List.of(after == null ? "" : after.value(), limit), row -> {
            List<EnvironmentId> ids = new ArrayList<>();
            while (row.next()) {
                ids.add(new EnvironmentId(row.getString(1)));
            }
            return ids;
        });
    }

    private static List<Environment> environments(ResultSet row) throws SQLException {
        List<Environment> found = new ArrayList<>();
        for (boolean more = row.next(); more; ) {
            EnvironmentId id = new EnvironmentId(row.getString(1));
            OrganizationId organization = new OrganizationId(row.getString(2));
            ProjectId project = new ProjectId(row.getString(3));
            String name = row.getString(4);
            Map<String, String> labels = Map.of("stage", row.getString(5), "example.com/owner", row.getString(6));
            int promotionOrder = row.getInt(7);
            List<ClusterId> clusters = new ArrayList<>();
            do {
                clusters.add(new ClusterId(row.getString(8)));
                more = row.next();
            } while (more && row.getString(1).equals(id.value()));
            found.add(new Environment(id, organization, project, name, clusters, labels, promotionOrder));
        }
        return found;
    }

    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> T query(String sql, List<Object> parameters, Reader<T> reader) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            try (ResultSet row = statement.executeQuery()) {
                return reader.read(row);
            }
        } catch (SQLException e) {
            // Class 08: the connection failed. Class 40: another transaction stood in the way.
            boolean passes = e.getSQLState() != null && e.getSQLState().matches("(08|40).*");
            Retry retry = passes ? Retry.later() : Retry.never();
            ErrorContext context = ErrorContext.of(Operation.FIND_ENVIRONMENTS);
            throw new StoreException(context, "app_environment", "from " + parameters.get(0), retry, e.getMessage(), e);
        }
    }
}

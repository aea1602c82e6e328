package dev.namespaces.hostplatform;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EnvironmentStore;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/** The platform's own environments, in a table of its own. */
@Component
record Catalog(JdbcClient database) implements EnvironmentStore {

    private static final String SELECT = "SELECT id, organization, project, stage, clusters, rank_no FROM environment";
    private static final RowMapper<Environment> ROW = (row, number) -> new Environment(
            new EnvironmentId(row.getString("id")),
            new OrganizationId(row.getString("organization")),
            new ProjectId(row.getString("project")),
            row.getString("stage"),
            Arrays.stream(row.getString("clusters").split(","))
                    .map(ClusterId::new)
                    .toList(),
            Map.of("example.com/stage", row.getString("stage")),
            row.getInt("rank_no"));

    @Override
    public List<Environment> findByIds(Collection<EnvironmentId> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        List<String> values = ids.stream().map(EnvironmentId::value).toList();
        return find(() -> database.sql(SELECT + " WHERE id IN (:ids)")
                .param("ids", values)
                .query(ROW)
                .list());
    }

    @Override
    public List<EnvironmentId> findIds(@Nullable EnvironmentId after, int limit) {
        return find(() -> database.sql("SELECT id FROM environment WHERE id > :after ORDER BY id LIMIT :limit")
                .param("after", after == null ? "" : after.value())
                .param("limit", limit)
                .query((row, number) -> new EnvironmentId(row.getString("id")))
                .list());
    }

    List<Environment> all() {
        return find(() -> database.sql(SELECT + " ORDER BY organization, project, rank_no")
                .query(ROW)
                .list());
    }

    /** Returns the environment, or fails as the library does if there is none. */
    Environment get(String id) {
        List<EnvironmentId> ids = List.of(new EnvironmentId(id));
        return findByIds(ids).stream()
                .findFirst()
                .orElseThrow(() -> new UnknownEnvironmentException(ErrorContext.of(Operation.FIND_ENVIRONMENTS), ids));
    }

    /** Returns the environments of the project, or fails if it has none: only environments name projects. */
    List<Environment> ofProject(ProjectId project) {
        List<Environment> found = all().stream()
                .filter(environment -> environment.projectId().equals(project))
                .toList();
        if (found.isEmpty()) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no project " + project);
        }
        return found;
    }

    /** Fails if there is no such project. */
    void requireProject(ProjectId project) {
        ofProject(project);
    }

    /** A store that fails must say so, since the library takes an empty answer for a removed environment. */
    private static <T> T find(Supplier<T> query) {
        try {
            return query.get();
        } catch (DataAccessException e) {
            LoggerFactory.getLogger(Catalog.class).warn("Reading environments failed", e);
            Retry retry = e instanceof TransientDataAccessException ? Retry.later() : Retry.never();
            throw new StoreException(
                    ErrorContext.of(Operation.FIND_ENVIRONMENTS),
                    "environment",
                    "any",
                    retry,
                    e.getClass().getSimpleName(),
                    e);
        }
    }
}

package dev.namespaces.spring;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.spi.Stores;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * Shows what is stored and recorded. It changes nothing, and only {@code orphans} calls a cluster. Values are in the
 * JSON form of the library, as maps and lists, so any mapper writes them.
 */
@Endpoint(id = "namespaces")
final class NamespacesEndpoint {

    private static final int PAGE = 100;
    private static final Set<ErrorCategory> NO_SUCH_RESOURCE = Set.of(ErrorCategory.NOT_FOUND, ErrorCategory.INVALID);

    private final NamespaceLifecycle lifecycle;
    private final Stores stores;

    NamespacesEndpoint(NamespaceLifecycle lifecycle, Stores stores) {
        this.lifecycle = lifecycle;
        this.stores = stores;
    }

    /** Returns the first environments. */
    @ReadOperation
    Map<String, Object> environments() {
        return page(null);
    }

    /**
     * Returns one part, or null if there is no such part.
     *
     * @param part {@code after}: the environments after the one with that id; {@code environments}: that environment,
     *     its records and its egress policy; {@code orphans}: the orphans on the cluster with that id
     */
    @ReadOperation
    @Nullable
    Map<String, Object> part(@Selector String part, @Selector String id) {
        try {
            return switch (part) {
                case "after" -> page(new EnvironmentId(id));
                case "environments" -> environment(new EnvironmentId(id));
                case "orphans" -> Map.of("orphans", json(lifecycle.findOrphans(new ClusterId(id))));
                default -> null;
            };
        } catch (UnknownClusterException e) {
            return null;
        } catch (NamespaceException e) {
            if (NO_SUCH_RESOURCE.contains(e.category())) {
                return null;
            }
            throw e;
        }
    }

    private Map<String, Object> page(@Nullable EnvironmentId after) {
        List<EnvironmentId> ids = stores.environments().findIds(after, PAGE);
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("environments", json(ids));
        if (ids.size() == PAGE) {
            page.put("after", ids.get(PAGE - 1).value());
        }
        return page;
    }

    private @Nullable Map<String, Object> environment(EnvironmentId id) {
        List<Environment> found = stores.environments().findByIds(List.of(id));
        if (found.isEmpty()) {
            return null;
        }
        Map<String, Object> environment = new LinkedHashMap<>();
        environment.put("environment", json(found.get(0)));
        environment.put("records", json(stores.deployments().findByEnvironments(List.of(id))));
        environment.put("policy", json(lifecycle.resolvePolicy(id)));
        return environment;
    }

    private static Object json(Object value) {
        return NamespacesJson.read(NamespacesJson.write(value), Object.class);
    }
}

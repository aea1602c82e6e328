package dev.namespaces.spring;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.ListQuery;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Asks one cluster for one namespace. That needs an answer of the API server, valid credentials, and a right. */
final class ClusterCheck {

    private final ClusterGateway gateway;
    private final ClusterId cluster;
    private final Duration timeout;

    private ClusterCheck(ClusterGateway gateway, ClusterId cluster, Duration timeout) {
        this.gateway = gateway;
        this.cluster = cluster;
        this.timeout = timeout;
    }

    /** Returns what the given function makes of the check of each cluster in the properties. */
    static <T> Map<String, T> ofEach(
            NamespacesProperties properties, ClusterGateway gateway, Function<ClusterCheck, T> indicator) {
        Duration timeout = properties.health().timeout();
        List<ClusterId> ids = ClusterIds.of(properties);
        Map<String, T> indicators = new LinkedHashMap<>();
        ids.forEach(id -> indicators.put(id.value(), indicator.apply(new ClusterCheck(gateway, id, timeout))));
        return indicators;
    }

    /** Returns why the cluster cannot be used, or empty if it can. */
    Optional<Map<String, String>> problem() {
        try {
            gateway.list(
                    cluster,
                    ListQuery.of("v1", "Namespace", Map.of()).withLimit(1).withTimeout(timeout));
            return Optional.empty();
        } catch (NamespaceException e) {
            return Optional.of(details(e));
        } catch (RuntimeException e) {
            // The gateway of a host may break its contract. The health of everything else must be shown all the same.
            return Optional.of(details(GatewayContractException.threw(ErrorContext.of(Operation.LIST, cluster), e)));
        }
    }

    private static Map<String, String> details(NamespaceException failure) {
        return Map.of("category", failure.category().name(), "message", String.valueOf(failure.getMessage()));
    }
}

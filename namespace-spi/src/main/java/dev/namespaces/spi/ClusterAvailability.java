package dev.namespaces.spi;

import dev.namespaces.model.ClusterId;
import java.time.Duration;
import java.util.Optional;

/**
 * A {@link ClusterGateway} that leaves clusters alone for a while after they have failed too often, such as one with a
 * circuit breaker. Its calls then throw {@link dev.namespaces.error.ClusterSetAsideException} without sending anything.
 * A deployment of many environments asks it first, so that it reads nothing for targets that cannot succeed.
 */
public interface ClusterAvailability extends ClusterGateway {

    /**
     * Returns how long the cluster is still left alone, or empty if the next call is let through, as a probe or
     * normally. The method is quick and sends nothing. Many threads may call it at once.
     */
    Optional<Duration> setAsideFor(ClusterId cluster);
}

/** A circuit breaker around a {@link dev.namespaces.spi.ClusterGateway}, on Resilience4j. */
@NullMarked
package dev.namespaces.resilience4j;

import org.jspecify.annotations.NullMarked;

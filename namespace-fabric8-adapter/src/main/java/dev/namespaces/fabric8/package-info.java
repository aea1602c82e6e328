/** The {@link dev.namespaces.spi.ClusterGateway} on fabric8's Kubernetes client. */
@NullMarked
package dev.namespaces.fabric8;

import org.jspecify.annotations.NullMarked;

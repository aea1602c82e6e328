/** Meters and observations of deployments and gateway calls, on Micrometer. */
@NullMarked
package dev.namespaces.micrometer;

import org.jspecify.annotations.NullMarked;

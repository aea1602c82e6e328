/** Options and reports of deployments. */
@NullMarked
package dev.namespaces.core.deploy;

import org.jspecify.annotations.NullMarked;

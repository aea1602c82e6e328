/** Options and outcomes of {@code ensureNamespaceExists}. */
@NullMarked
package dev.namespaces.core.ensure;

import org.jspecify.annotations.NullMarked;

/** The entry point: {@link dev.namespaces.core.NamespaceLifecycle}. */
@NullMarked
package dev.namespaces.core;

import org.jspecify.annotations.NullMarked;

/** Manifests from domain objects: pure and deterministic. */
@NullMarked
package dev.namespaces.core.render;

import org.jspecify.annotations.NullMarked;

/** The exceptions of this library: one unchecked root, one leaf for each cause, facts as fields. */
@NullMarked
package dev.namespaces.error;

import org.jspecify.annotations.NullMarked;

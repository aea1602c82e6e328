/** The ports that a host or an adapter implements, and the small types that they speak in. */
@NullMarked
package dev.namespaces.spi;

import org.jspecify.annotations.NullMarked;

/** The one JSON form of the values of this library, as a module of Jackson 2. */
@NullMarked
package dev.namespaces.jackson;

import org.jspecify.annotations.NullMarked;

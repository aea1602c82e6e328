/** A small developer platform with a web page: what a host writes in addition to the library's Spring Boot starter. */
@NullMarked
package dev.namespaces.hostplatform;

import org.jspecify.annotations.NullMarked;

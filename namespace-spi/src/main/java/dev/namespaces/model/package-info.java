/** Immutable domain records, free of any I/O. Every type is safe to share between threads. */
@NullMarked
package dev.namespaces.model;

import org.jspecify.annotations.NullMarked;

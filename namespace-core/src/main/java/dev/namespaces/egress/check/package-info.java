/** The offline check of a policy manifest of either dialect, written by this library or by hand. */
@NullMarked
package dev.namespaces.egress.check;

import org.jspecify.annotations.NullMarked;

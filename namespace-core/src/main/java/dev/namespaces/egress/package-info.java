/** Egress policy: which one applies to an environment, how it is written in each dialect, and its default. */
@NullMarked
package dev.namespaces.egress;

import org.jspecify.annotations.NullMarked;

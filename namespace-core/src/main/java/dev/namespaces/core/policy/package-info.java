/**
 * Egress policy: which one applies to an environment, how it is written in each dialect, what it allows, and whether a
 * manifest says what its author meant. Nothing here calls a cluster, apart from
 * {@link dev.namespaces.core.policy.DialectChoice}.
 */
@NullMarked
package dev.namespaces.core.policy;

import org.jspecify.annotations.NullMarked;

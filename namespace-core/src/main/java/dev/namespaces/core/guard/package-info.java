/**
 * An admission guard: ValidatingAdmissionPolicies that let the API server itself enforce who writes our labels,
 * policies and namespaces. Rendering is pure and deterministic.
 */
@NullMarked
package dev.namespaces.core.guard;

import org.jspecify.annotations.NullMarked;

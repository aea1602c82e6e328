/** The words of deployments of many environments: which, how, and what became of them. */
@NullMarked
package dev.namespaces.core.fleet;

import org.jspecify.annotations.NullMarked;

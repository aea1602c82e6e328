/** The words of deployments of many environments: which, how, and with which results. */
@NullMarked
package dev.namespaces.core.fleet;

import org.jspecify.annotations.NullMarked;

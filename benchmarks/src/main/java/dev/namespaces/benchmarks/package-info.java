@NullMarked
package dev.namespaces.benchmarks;

import org.jspecify.annotations.NullMarked;

/** Runs the measurements, and writes their report. */
@NullMarked
package dev.namespaces.benchmarks.report;

import org.jspecify.annotations.NullMarked;

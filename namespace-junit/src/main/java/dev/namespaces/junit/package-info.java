/** A JUnit extension that hands a test a lifecycle on fakes. */
@NullMarked
package dev.namespaces.junit;

import org.jspecify.annotations.NullMarked;

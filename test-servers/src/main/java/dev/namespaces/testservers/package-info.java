/** Real servers for the tests of the other modules. What is missing on this machine skips a test, and says so. */
@NullMarked
package dev.namespaces.testservers;

import org.jspecify.annotations.NullMarked;

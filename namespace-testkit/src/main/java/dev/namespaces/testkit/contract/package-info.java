/** The contract of every port as abstract test classes: extend one, fill in its few methods, and run it. */
@NullMarked
package dev.namespaces.testkit.contract;

import org.jspecify.annotations.NullMarked;

/** Fakes of every port, to test a platform without a cluster and without a database. */
@NullMarked
package dev.namespaces.testkit;

import org.jspecify.annotations.NullMarked;

/** One task for each target in the database of the host, so that many replicas share a fleet, on db-scheduler. */
@NullMarked
package dev.namespaces.dbscheduler;

import org.jspecify.annotations.NullMarked;

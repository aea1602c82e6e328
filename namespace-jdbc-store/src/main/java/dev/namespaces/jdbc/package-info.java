/**
 * The stores and the deployment lock on PostgreSQL, MariaDB and H2; start at {@link dev.namespaces.jdbc.JdbcStores}.
 */
@NullMarked
package dev.namespaces.jdbc;

import org.jspecify.annotations.NullMarked;

package dev.namespaces.testservers;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Marks a test class or a test method that runs on PostgreSQL or MariaDB only. A test that runs on H2 as well has no
 * such mark; its runs on the other databases are skipped where the system property {@value DatabaseServers#LEFT_OUT_BY}
 * names who leaves them out.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("database")
public @interface OnDatabaseServer {}

package dev.namespaces.testservers;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a test class or a test method on a real kube-apiserver. Where a part is missing, JUnit skips the tests before
 * any code of them runs, so a test may ask for the server in a factory or on another thread.
 *
 * <p>Tests and their set-up methods can have a parameter of type {@link KubeApiServer}.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("cluster")
@ExtendWith(RealClusterExtension.class)
public @interface OnRealCluster {

    /** Whether the tests need Cilium's kinds. They are installed before the first test. */
    boolean cilium() default false;

    /** Whether the tests need kubectl. */
    boolean kubectl() default false;

    /** Whether the tests start the namespace controller. */
    boolean namespaceController() default false;
}

package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Counts at the clusters which deployments wrote to which target. Each deployment writes an attempt of its own on every
 * namespace. Once another attempt has written to the target, the one before must not write any more.
 */
final class DeploymentsByTarget {

    private static final String ATTEMPT = "namespaces.dev/attempt";
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int NAMESPACES = 2;

    private final Map<String, String> newest = new HashMap<>();
    private final Map<String, Set<String>> ended = new HashMap<>();
    private final Map<String, Integer> namespacesWritten = new HashMap<>();
    private final Set<String> violations = new HashSet<>();
    private String lastEnvironment = "";
    private int writes;

    /** Returns the gateway with each write watched. The name of a namespace begins with its environment. */
    ClusterGateway watching(ClusterGateway gateway) {
        return (ClusterGateway) Proxy.newProxyInstance(
                ClusterGateway.class.getClassLoader(),
                new Class<?>[] {ClusterGateway.class},
                (proxy, method, arguments) -> {
                    boolean isWrite =
                            method.getName().equals("apply") || method.getName().equals("create");
                    if (isWrite) {
                        noteWrite((ClusterId) arguments[0], (HasMetadata) arguments[1]);
                    }
                    try {
                        return method.invoke(gateway, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private synchronized void noteWrite(ClusterId cluster, HasMetadata manifest) {
        Map<String, String> annotations = manifest.getMetadata().getAnnotations();
        String attempt = annotations == null ? null : annotations.get(ATTEMPT);
        if (attempt != null) {
            String name = manifest.getMetadata().getNamespace() == null
                    ? manifest.getMetadata().getName()
                    : manifest.getMetadata().getNamespace();
            lastEnvironment = name.substring(0, name.indexOf('-'));
            String target = lastEnvironment + " on " + cluster;
            String former = newest.put(target, attempt);
            if (former != null && !former.equals(attempt)) {
                ended.computeIfAbsent(target, any -> new HashSet<>()).add(former);
            }
            if (ended.getOrDefault(target, Set.of()).contains(attempt)) {
                violations.add(target + ": " + attempt + " and " + former);
            }
            if (manifest.getKind().equals("Namespace")) {
                namespacesWritten.merge(attempt, 1, Integer::sum);
            }
        }
        writes++;
        notifyAll();
    }

    /** Makes changes until that many further writes have arrived, and another one after each write or pause. */
    void awaitWrites(int further, Runnable change) throws InterruptedException {
        int seen = writes();
        int enough = seen + further;
        while (seen < enough) {
            change.run();
            seen = writesAfter(seen);
        }
    }

    private synchronized int writes() {
        return writes;
    }

    private synchronized int writesAfter(int seen) throws InterruptedException {
        if (writes == seen) {
            TimeUnit.NANOSECONDS.timedWait(this, LONGEST_WAIT_NANOS);
        }
        return writes;
    }

    /** Returns the id of the environment that was written last and may still be under way; empty before all writes. */
    synchronized String lastEnvironment() {
        return lastEnvironment;
    }

    synchronized int count() {
        return namespacesWritten.size();
    }

    /** Returns how many deployments did not write all namespaces, because they were killed. */
    synchronized long cutShort() {
        return namespacesWritten.values().stream()
                .filter(written -> written < NAMESPACES)
                .count();
    }

    synchronized void assertOneAtATime(String what) {
        assertThat(namespacesWritten).as(what).isNotEmpty();
        assertThat(violations).as(what).isEmpty();
    }
}

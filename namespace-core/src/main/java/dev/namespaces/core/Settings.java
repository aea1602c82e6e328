package dev.namespaces.core;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.RefusedKeysException;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.EgressSettingsException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.ProtectedNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The choices that a lifecycle is built with. No port is among them, so every thread may have them.
 *
 * @param requests the rules for what a namespace may be called and which keys it may have
 * @param egress the host's function; see {@link #egressOn}
 * @param templates the egress templates that were used recently
 * @param memory how long the initializer remembers a namespace that it found deployed
 * @param writesInHostTransaction whether clusters are written while the caller is in a transaction of the host
 * @param sharedNames whether a request may have the name of a namespace of another environment on the same cluster
 * @param greatestAge the age from which a record counts as none, or null for never
 * @param callLimit the longest time that one gateway call may take before the gateway has broken its contract
 * @param conflictLimit how long an object that others keep changing is read and written again
 * @param planValidity how long the plan of a deletion is good, unless it says otherwise
 * @param deletionCap the most deletions of a plan that need no confirmation, or null for no cap
 * @param lateWriteLimit the time after which a create that was given up is taken not to arrive any more
 */
record Settings(
        LabelScheme scheme,
        ProtectedNames protectedNames,
        RequestValidator requests,
        Function<ClusterId, EgressSettings> egress,
        EgressTemplates templates,
        EgressMode defaultEgress,
        AdoptionPolicy adoption,
        int parallelismPerCluster,
        Duration lockWait,
        Duration callLimit,
        Duration conflictLimit,
        Duration lateWriteLimit,
        @Nullable Duration greatestAge,
        Duration planValidity,
        @Nullable Integer deletionCap,
        Duration memory,
        boolean writesInHostTransaction,
        boolean sharedNames,
        Clock clock) {

    /**
     * Returns how egress is written on the cluster.
     *
     * @throws EgressSettingsException if the host's function fails
     */
    EgressSettings egressOn(ClusterId cluster) {
        try {
            return Objects.requireNonNull(egress.apply(cluster), "it returned null");
        } catch (NamespaceException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new EgressSettingsException(ErrorContext.of(Operation.RENDER, cluster), e);
        }
    }

    /** Returns whether a stored namespace must not reach a cluster. */
    boolean refuses(Environment environment, Namespace namespace) {
        return protectedNames.contains(namespace.name())
                || !requests.refusedKeys(namespace, environment).isEmpty();
    }

    /**
     * Requires that a stored namespace may reach a cluster.
     *
     * @throws ProtectedNamespaceException if its name is protected
     * @throws RefusedKeysException if it or its environment has keys that the host does not allow
     */
    void requireDeployable(Environment environment, Namespace namespace, ErrorContext context) {
        if (protectedNames.contains(namespace.name())) {
            throw new ProtectedNamespaceException(context, namespace.name());
        }
        List<Violation> refused = requests.refusedKeys(namespace, environment);
        if (!refused.isEmpty()) {
            throw new RefusedKeysException(context, refused);
        }
    }

    /** Returns the time as stores keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}

package dev.namespaces.core;

import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.ObjectIdentity;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.TargetObject;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.ObjectIntent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The work for one namespace on one cluster, as the result of a look at it.
 *
 * @param desired the manifests that are wanted
 * @param namespaceRow the row of the Namespace object as it was read, or null if there is none
 * @param policyRow the row of the policy object as it was read, or null if there is none
 * @param live the namespace of that name on the cluster, or null if there is none
 * @param livePolicy the policy object of the wanted dialect, or null if there is none
 * @param unwanted our policy objects of other dialects
 * @param renewsNamespaceRow whether the row of the Namespace object is about another object than the write
 * @param renewsPolicyRow whether the row of the policy object is about another object than the write
 * @param writesNamespace whether the Namespace object has to be written
 * @param writesPolicy whether the policy object has to be written
 */
record NamespaceWork(
        Rendered.Entry desired,
        @Nullable TargetObject namespaceRow,
        @Nullable TargetObject policyRow,
        @Nullable Namespace live,
        @Nullable HasMetadata livePolicy,
        List<HasMetadata> unwanted,
        boolean renewsNamespaceRow,
        boolean renewsPolicyRow,
        boolean writesNamespace,
        boolean writesPolicy) {

    /** Compares the wanted manifests with the live objects. */
    static NamespaceWork of(
            Rendered.Entry desired, Look look, Map<ResourceRef, TargetObject> rows, DeployOptions options) {
        LabelScheme scheme = desired.scheme();
        String name = desired.namespace().name();
        ResourceRef namespaceRef = ResourceRef.namespace(name);
        ResourceRef policyRef = ResourceRef.of(desired.egress().manifest());
        TargetObject namespaceRow = rows.get(namespaceRef);
        TargetObject policyRow = rows.get(policyRef);
        Namespace live = look.namespace(name);
        HasMetadata livePolicy = look.find(policyRef).orElse(null);
        List<HasMetadata> unwanted = Look.policies(name, scheme).stream()
                .filter(other -> !other.equals(policyRef))
                .flatMap(other -> look.find(other).stream())
                .filter(other -> isOurPolicy(other, rows.get(ResourceRef.of(other)), scheme))
                .toList();
        return new NamespaceWork(
                desired,
                namespaceRow,
                policyRow,
                live,
                livePolicy,
                unwanted,
                look.isProvenAbsent(namespaceRef) && knowsAnObject(namespaceRow),
                look.isProvenAbsent(policyRef) && knowsAnObject(policyRow),
                // The deployer says why a namespace is refused, also if it would have nothing to write.
                options.rewriteAll()
                        || desired.refused()
                        || isNamespaceToBeWritten(desired, live, namespaceRow, options),
                options.rewriteAll() || isPolicyToBeWritten(desired, livePolicy, policyRow));
    }

    /** Returns whether nothing has to be written or deleted. */
    boolean isDone() {
        return !writesNamespace && !writesPolicy && unwanted.isEmpty();
    }

    /** Returns whether the namespace exists, is not being deleted, and is recorded as ours. */
    boolean isManaged() {
        return live != null
                && !LiveNamespaces.isTerminating(live)
                && namespaceRow != null
                && namespaceRow.identity() != null
                && isProvenOurs(live, namespaceRow, desired.scheme());
    }

    /** Returns whether the namespace exists without any of our policies. */
    boolean isUnfenced() {
        return live != null && livePolicy == null && unwanted.isEmpty();
    }

    /**
     * Returns whether the rows say that both objects were applied from the input of the wanted manifests, by this or a
     * newer release.
     */
    boolean isRecorded() {
        return namespaceRow != null
                && policyRow != null
                && desired.isRecordedAs(namespaceRow.fingerprint())
                && desired.isRecordedAs(policyRow.fingerprint());
    }

    /**
     * Returns the rows of objects that need no write because they are as wanted, if the rows do not record that yet.
     */
    List<TargetObject> unrecordedAsWanted() {
        List<TargetObject> rows = new ArrayList<>();
        if (!writesNamespace) {
            rows.add(Objects.requireNonNull(namespaceRow));
        }
        if (!writesPolicy) {
            rows.add(Objects.requireNonNull(policyRow));
        }
        rows.removeIf(row -> desired.isRecordedAs(row.fingerprint()));
        return rows;
    }

    /** Returns the objects that the work may send requests for, with the live values that the write overwrites. */
    List<ObjectIntent> intents() {
        LabelScheme scheme = desired.scheme();
        List<ObjectIntent> intents = new ArrayList<>();
        if (writesNamespace) {
            intents.add(new ObjectIntent(
                    ResourceRef.namespace(desired.namespace().name()),
                    desired.namespace().id(),
                    namespaceMetadata(Origin.CREATED).keysToSet(live, scheme),
                    renewsNamespaceRow));
        }
        if (writesPolicy) {
            intents.add(new ObjectIntent(
                    ResourceRef.of(desired.egress().manifest()),
                    desired.namespace().id(),
                    policyMetadata().keysToSet(null, scheme),
                    renewsPolicyRow));
        }
        // A delete that is given up may arrive when the object is wanted again, so its row is open until then.
        unwanted.forEach(other -> intents.add(
                new ObjectIntent(ResourceRef.of(other), desired.namespace().id(), WrittenKeys.none(), false)));
        return intents;
    }

    /** Returns the objects that the work may send requests for, apart from those that are not to be written. */
    List<ResourceRef> resources() {
        List<ResourceRef> resources = new ArrayList<>();
        resources.add(ResourceRef.namespace(desired.namespace().name()));
        resources.add(ResourceRef.of(desired.egress().manifest()));
        unwanted.forEach(other -> resources.add(ResourceRef.of(other)));
        return resources;
    }

    /**
     * Returns the same work, with a Namespace of others that a create met.
     *
     * @param adopts whether the work adopts it. Then its row gets the values that the adoption overwrites. The row of
     *     an unfinished release keeps its older values.
     */
    NamespaceWork met(Namespace found, boolean adopts) {
        boolean renews = adopts && (namespaceRow == null || namespaceRow.released() == null);
        return new NamespaceWork(
                desired, namespaceRow, policyRow, found, livePolicy, unwanted, renews, false, true, writesPolicy);
    }

    /** Returns the same work, for a Namespace that was deleted since the look, together with its policies. */
    NamespaceWork gone() {
        return new NamespaceWork(
                desired, namespaceRow, policyRow, null, null, unwanted, true, knowsAnObject(policyRow), true, true);
    }

    WantedMetadata namespaceMetadata(Origin origin) {
        return WantedMetadata.of(desired.manifest(origin), namespaceRow);
    }

    WantedMetadata policyMetadata() {
        return WantedMetadata.of(desired.egress().manifest(), policyRow);
    }

    EnvironmentId environmentId() {
        return desired.environment().id();
    }

    private static boolean knowsAnObject(@Nullable TargetObject row) {
        return row != null && (row.identity() != null || row.released() != null);
    }

    private static boolean isNamespaceToBeWritten(
            Rendered.Entry desired, @Nullable Namespace live, @Nullable TargetObject row, DeployOptions options) {
        Standing standing = Standing.of(live, row, desired.environment().id(), desired.scheme());
        if (row == null || row.open() || live == null || !(standing instanceof Standing.Ours ours)) {
            return true;
        }
        return ours.provenByNonce()
                || options.mode() == ApplyMode.CREATE
                || !bearsToken(live, row, desired.scheme())
                || !WantedMetadata.of(desired.manifest(ours.origin()), row).isMetBy(live, desired.scheme());
    }

    private static boolean isPolicyToBeWritten(
            Rendered.Entry desired, @Nullable HasMetadata live, @Nullable TargetObject row) {
        if (row == null || row.open() || live == null || LiveNamespaces.isTerminating(live)) {
            return true;
        }
        ObjectIdentity identity = row.identity();
        HasMetadata wanted = desired.egress().manifest();
        return identity == null
                || !identity.uid().equals(live.getMetadata().getUid())
                || !bearsToken(live, row, desired.scheme())
                || !WantedMetadata.of(wanted, row).isMetBy(live, desired.scheme())
                || !ManifestContent.isSame(wanted, live);
    }

    private static boolean bearsToken(HasMetadata live, TargetObject row, LabelScheme scheme) {
        return row.attempt().equals(LiveMetadata.annotations(live).get(scheme.attemptKey()));
    }

    /** Returns whether the row proves that we created the object, or that it is the one that we took. */
    static boolean isProvenOurs(HasMetadata live, @Nullable TargetObject row, LabelScheme scheme) {
        if (row == null) {
            return false;
        }
        ObjectIdentity identity = row.identity();
        return identity == null
                ? row.createNonce().equals(LiveMetadata.annotations(live).get(scheme.createdKey()))
                : identity.uid().equals(live.getMetadata().getUid());
    }

    /**
     * Returns whether the policy object, which has our reserved name in one of our namespaces, is to be treated as
     * ours: proven by its row, or labelled as ours. The label is enough here for two reasons. No row may prove a policy
     * any more that arrived late. And policies add up: another policy next to the wanted one can only allow more.
     */
    static boolean isOurPolicy(HasMetadata policy, @Nullable TargetObject row, LabelScheme scheme) {
        return isProvenOurs(policy, row, scheme)
                || LiveNamespaces.label(policy, scheme.managedByKey())
                        .filter(scheme.managedByValue()::equals)
                        .isPresent();
    }
}

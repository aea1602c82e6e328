package dev.namespaces.core;

import dev.namespaces.core.adopt.ReleaseReport.Outcome;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeleteOptions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives one namespace on one cluster back, on a worker thread: deletes our policy objects in it, and removes our labels
 * and annotations. Every write is bound to the UID and the version that was read.
 *
 * <p>Server-side apply removes what its manager has applied before and no longer sends, and keeps what others own. So
 * an apply of an empty object under our manager removes exactly our keys. A value that adoption has overwritten is
 * first applied under a manager of its own, {@link LabelScheme#releaseFieldManager}, which therefore owns it
 * afterwards. A key whose value another manager changed since then belongs to that manager, and stays.
 */
final class NamespaceReleaser {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final ClusterGateway gateway;
    private final Settings settings;
    private final LabelScheme scheme;
    private final Target target;
    private final String name;
    private final List<TargetObject> rows;
    private final BooleanSupplier maySend;
    private final List<ResourceRef> deleted = new ArrayList<>();
    private final List<String> restored = new ArrayList<>();
    private final Set<String> remaining = new LinkedHashSet<>();

    /** @param rows the rows of the namespace's objects, whose release has begun */
    NamespaceReleaser(ClusterSide side, Target target, String name, List<TargetObject> rows, BooleanSupplier maySend) {
        this.gateway = side.gateway();
        this.settings = side.settings();
        this.scheme = settings.scheme();
        this.target = target;
        this.name = name;
        this.rows = rows;
        this.maySend = maySend;
    }

    /** Releases the namespace. Failures are outcomes. */
    Outcome run() {
        try {
            TargetObject row = rows.stream()
                    .filter(each -> each.resource().equals(ResourceRef.namespace(name)))
                    .findFirst()
                    .orElse(null);
            Optional<HasMetadata> live = gateway.find(target.clusterId(), ResourceRef.namespace(name));
            if (live.isEmpty()) {
                return new Outcome.Absent();
            }
            if (row == null || !isReleased(live.get(), row)) {
                return new Outcome.NotOurs();
            }
            for (TargetObject policy : rows) {
                if (policy.resource().namespace() != null) {
                    deletePolicy(policy);
                }
            }
            removeKeys((Namespace) live.get(), row);
            return new Outcome.Released(deleted, restored, List.copyOf(remaining));
        } catch (NamespaceException e) {
            return new Outcome.Failed(e, true);
        }
    }

    /** Returns whether the object is the one that the row was about when its release began. */
    private boolean isReleased(HasMetadata live, TargetObject row) {
        TargetObject.Released released = Objects.requireNonNull(row.released());
        return released.uid() == null
                ? released.createNonce().equals(LiveMetadata.annotations(live).get(scheme.createdKey()))
                : released.uid().equals(live.getMetadata().getUid());
    }

    private void deletePolicy(TargetObject row) {
        Backoff backoff = backoff();
        while (true) {
            Optional<HasMetadata> live = gateway.find(target.clusterId(), row.resource());
            if (live.isEmpty()) {
                return;
            }
            if (!isReleased(live.get(), row)) {
                remaining.add(row.resource() + " stays: no record says that it is ours");
                return;
            }
            if (LiveNamespaces.isTerminating(live.get())) {
                remaining.add(row.resource() + " is being deleted, and held by the finalizers "
                        + live.get().getMetadata().getFinalizers());
                return;
            }
            requireMaySend();
            try {
                gateway.delete(
                        target.clusterId(),
                        row.resource(),
                        DeleteOptions.of(
                                        live.get().getMetadata().getUid(),
                                        live.get().getMetadata().getResourceVersion())
                                .withMaySend(maySend));
                deleted.add(row.resource());
                return;
            } catch (PreconditionFailedException e) {
                pauseOrThrow(backoff, e);
            }
        }
    }

    private void removeKeys(Namespace first, TargetObject row) {
        Backoff backoff = backoff();
        Namespace live = first;
        while (true) {
            try {
                Namespace after = restore(live, row);
                after = removeOwn(after, row);
                reportRemaining(after, row);
                return;
            } catch (PreconditionFailedException e) {
                pauseOrThrow(backoff, e);
            }
            live = (Namespace) gateway.find(target.clusterId(), ResourceRef.namespace(name))
                    .filter(found -> found.getMetadata()
                            .getUid()
                            .equals(first.getMetadata().getUid()))
                    .orElse(null);
            if (live == null) {
                remaining.add("the namespace was deleted by others");
                return;
            }
        }
    }

    /** Writes the overwritten values back, unless another manager has changed ours since then. */
    private Namespace restore(Namespace live, TargetObject row) {
        Map<String, String> labels = restorable(
                row.keys().labels(),
                LiveMetadata.labels(live),
                LiveMetadata.labelsOwnedOnlyBy(scheme.fieldManager(), live),
                "label");
        Map<String, String> annotations = restorable(
                row.keys().annotations(),
                LiveMetadata.annotations(live),
                LiveMetadata.annotationsOwnedOnlyBy(scheme.fieldManager(), live),
                "annotation");
        if (labels.isEmpty() && annotations.isEmpty()) {
            return live;
        }
        Namespace manifest = boundTo(live);
        manifest.getMetadata().setLabels(labels);
        manifest.getMetadata().setAnnotations(annotations.isEmpty() ? null : annotations);
        requireMaySend();
        return (Namespace) gateway.apply(
                        target.clusterId(),
                        manifest,
                        ApplyOptions.as(scheme.releaseFieldManager())
                                .withConflicts(Conflicts.TAKE_OVER)
                                .withMaySend(maySend))
                .live();
    }

    private Map<String, String> restorable(
            Map<String, @Nullable String> keys, Map<String, String> live, Set<String> owned, String what) {
        Map<String, String> values = new TreeMap<>();
        keys.forEach((key, value) -> {
            String text = what + " " + Shown.name(key);
            boolean ours = value != null && live.containsKey(key) && owned.contains(key);
            if (ours) {
                values.put(key, value);
            }
            // An earlier run of the release, or a call of this one, may have written the value back already.
            if ((ours || (value != null && value.equals(live.get(key)))) && !restored.contains(text)) {
                restored.add(text);
            }
        });
        return values;
    }

    private Namespace removeOwn(Namespace live, TargetObject row) {
        Namespace manifest = boundTo(live);
        remaining.addAll(new WantedMetadata(Map.of(), Map.of(), row).putInto(manifest, live, null, false, scheme));
        requireMaySend();
        return (Namespace) gateway.apply(
                        target.clusterId(),
                        manifest,
                        ApplyOptions.as(scheme.fieldManager())
                                .withConflicts(Conflicts.TAKE_OVER)
                                .withMaySend(maySend))
                .live();
    }

    private void reportRemaining(Namespace live, TargetObject row) {
        remaining(row.keys().labels(), LiveMetadata.labels(live), "label");
        remaining(row.keys().annotations(), LiveMetadata.annotations(live), "annotation");
    }

    private void remaining(Map<String, @Nullable String> keys, Map<String, String> live, String what) {
        keys.keySet().stream()
                .filter(key -> live.containsKey(key) && !restored.contains(what + " " + Shown.name(key)))
                .forEach(key -> remaining.add(
                        "the " + what + " " + Shown.name(key) + " stays: others have set it or changed it"));
    }

    private Namespace boundTo(Namespace live) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withUid(live.getMetadata().getUid())
                .withResourceVersion(live.getMetadata().getResourceVersion())
                .endMetadata()
                .build();
    }

    private void pauseOrThrow(Backoff backoff, PreconditionFailedException conflict) {
        if (backoff.isOver()) {
            throw conflict;
        }
        backoff.pause(Duration.ZERO, context());
    }

    private Backoff backoff() {
        return new Backoff(FIRST_PAUSE, LONGEST_PAUSE, settings.conflictLimit());
    }

    private void requireMaySend() {
        if (!maySend.getAsBoolean()) {
            throw new LeaseLostException(context()).settled();
        }
    }

    private ErrorContext context() {
        return ErrorContext.of(Operation.RELEASE, target.clusterId(), ResourceRef.namespace(name))
                .withEnvironment(target.environmentId());
    }
}

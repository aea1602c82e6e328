package dev.namespaces.testkit.contract;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.KindNotServedException;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.error.ManifestRejectedException;
import dev.namespaces.error.NamespaceAbsentException;
import dev.namespaces.error.NamespaceTerminatingException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.CreateResult.AlreadyExists;
import dev.namespaces.spi.CreateResult.Created;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.FakeClusters;
import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Gateways with one mistake each. */
final class BrokenClusterGateways {

    private static final ObjectMapper JSON = new ObjectMapper();

    private BrokenClusterGateways() {}

    /** A gateway without a mistake; each of the others makes one. */
    abstract static class Broken extends ClusterGatewayContract implements ClusterGateway {

        final FakeClusters correct = FakeClusters.of("eu-1");
        final FakeCluster fake = correct.cluster("eu-1");

        @Override
        protected ClusterGateway gateway() {
            return this;
        }

        @Override
        protected ClusterId cluster() {
            return fake.id();
        }

        @Override
        protected void applyAsOther(String fieldManager, HasMetadata manifest) {
            fake.as(fieldManager).apply(manifest);
        }

        @Override
        protected void runNamespaceController(String namespace) {
            fake.finishDeletion(namespace);
        }

        @Override
        protected String expire(String continueToken) {
            fake.expireContinueTokens();
            return continueToken;
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(300);
        }

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options);
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            return correct.create(cluster, manifest, options);
        }

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return correct.find(cluster, resource);
        }

        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            return correct.list(cluster, query);
        }

        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return correct.delete(cluster, resource, options);
        }

        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return correct.serves(cluster, apiVersion, kind);
        }
    }

    static class MakesNoMistake extends Broken {}

    /** Changes the results of applies. */
    abstract static class ChangesApplyResults extends Broken {

        abstract ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options);

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return changed(correct.apply(cluster, manifest, options), manifest, options);
        }
    }

    static class SaysUnchangedOfEveryApply extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            return new ApplyResult(result.live(), Effect.UNCHANGED, result.warnings(), result.arrival());
        }
    }

    static class SaysChangedOfEveryApply extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            return new ApplyResult(result.live(), Effect.CHANGED, result.warnings(), result.arrival());
        }
    }

    static class SaysThatAnAppliedRequestMayStillArrive extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            return new ApplyResult(result.live(), result.effect(), result.warnings(), Arrival.MAY_STILL_ARRIVE);
        }
    }

    static class ReturnsTheManifestOfAnApply extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            return new ApplyResult(manifest, result.effect(), result.warnings(), result.arrival());
        }
    }

    static class ReturnsTheVersionThatItWasGiven extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            result.live()
                    .getMetadata()
                    .setResourceVersion(manifest.getMetadata().getResourceVersion());
            return result;
        }
    }

    static class HidesLabelsOfTheApiServer extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            result.live().getMetadata().getLabels().remove("kubernetes.io/metadata.name");
            return result;
        }
    }

    static class HidesTheOwnerOfLabelsOfTheApiServer extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            if (result instanceof Created created) {
                created.live().getMetadata().getManagedFields().forEach(entry -> entry.setFieldsV1(new FieldsV1()));
            }
            return result;
        }
    }

    static class DropsWarnings extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            return new ApplyResult(result.live(), result.effect(), List.of(), result.arrival());
        }
    }

    static class WipesLabelsOfOthers extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            if (!options.dryRun()) {
                result.live().getMetadata().getLabels().keySet().stream()
                        .filter(key -> !manifest.getMetadata().getLabels().containsKey(key))
                        .forEach(key -> fake.as("put").removeLabel(ResourceRef.of(manifest), key));
            }
            return result;
        }
    }

    static class ReplacesAWholeObjectWithItsMetadata extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            if (options.extent() == Extent.WHOLE_OBJECT && !options.dryRun()) {
                Map<String, String> labels =
                        Objects.requireNonNullElse(manifest.getMetadata().getLabels(), Map.of());
                fake.as("put")
                        .edit(ResourceRef.of(manifest), object -> object.put("metadata", Map.of("labels", labels)));
            }
            return result;
        }
    }

    static class WritesAtEveryApply extends ChangesApplyResults {
        private int writes;

        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            if (options.dryRun()) {
                return result;
            }
            writes++;
            fake.as("touch").annotate(ResourceRef.of(manifest), "applied", String.valueOf(writes));
            return new ApplyResult(
                    fake.find(ResourceRef.of(manifest)).orElseThrow(),
                    result.effect(),
                    result.warnings(),
                    result.arrival());
        }
    }

    /** Server-side apply moves the version of a NetworkPolicy whenever the manifest has an empty list. */
    static class WritesEmptyLists extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            if (!String.valueOf(JSON.valueToTree(manifest)).contains("\"egress\":[]")) {
                return result;
            }
            fake.as("touch").annotate(ResourceRef.of(manifest), "now", String.valueOf(System.nanoTime()));
            return new ApplyResult(
                    fake.find(ResourceRef.of(manifest)).orElseThrow(),
                    Effect.CHANGED,
                    result.warnings(),
                    result.arrival());
        }
    }

    static class ChangesTheManifest extends ChangesApplyResults {
        @Override
        ApplyResult changed(ApplyResult result, HasMetadata manifest, ApplyOptions options) {
            manifest.getMetadata()
                    .setResourceVersion(result.live().getMetadata().getResourceVersion());
            return result;
        }
    }

    static class KeepsDroppedLabels extends KeepsTrack {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            sentBefore(manifest).forEach(copy.getMetadata().getLabels()::putIfAbsent);
            remember(copy);
            return correct.apply(cluster, copy, options);
        }
    }

    static class RemovesWhatAnotherSetAsWell extends KeepsTrack {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            ApplyResult result = correct.apply(cluster, manifest, options);
            if (!options.dryRun()) {
                sentBefore(manifest).keySet().stream()
                        .filter(key -> !manifest.getMetadata().getLabels().containsKey(key))
                        .forEach(key -> fake.as("put").removeLabel(resource, key));
                remember(manifest);
            }
            return result;
        }
    }

    abstract static class KeepsTrack extends Broken {
        private final Map<ResourceRef, Map<String, String>> sent = new ConcurrentHashMap<>();

        Map<String, String> sentBefore(HasMetadata manifest) {
            return sent.getOrDefault(ResourceRef.of(manifest), Map.of());
        }

        void remember(HasMetadata manifest) {
            sent.put(ResourceRef.of(manifest), Map.copyOf(manifest.getMetadata().getLabels()));
        }
    }

    /** Changes the options of applies. */
    abstract static class ChangesApplyOptions extends Broken {

        abstract ApplyOptions changed(ApplyOptions options);

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, changed(options));
        }
    }

    static class TakesOverEveryConflict extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.withConflicts(Conflicts.TAKE_OVER);
        }
    }

    static class TakesOverInADryRun extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.dryRun() ? options.withConflicts(Conflicts.TAKE_OVER) : options;
        }
    }

    static class NeverTakesOver extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.withConflicts(Conflicts.FAIL);
        }
    }

    static class ForcesLabelsOfAWholeObject extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.extent() == Extent.WHOLE_OBJECT ? options.withConflicts(Conflicts.TAKE_OVER) : options;
        }
    }

    static class TakesAWholeObjectForOwnFields extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.withExtent(Extent.OWN_FIELDS);
        }
    }

    static class TakesOwnFieldsForAWholeObject extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.withExtent(Extent.WHOLE_OBJECT);
        }
    }

    static class UsesOneFieldManagerForAll extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return new ApplyOptions(
                    "one",
                    options.dryRun(),
                    options.conflicts(),
                    options.extent(),
                    options.maySend(),
                    options.timeout());
        }
    }

    static class AppliesWithoutAsking extends ChangesApplyOptions {
        @Override
        ApplyOptions changed(ApplyOptions options) {
            return options.withMaySend(() -> true);
        }
    }

    static class CreatesWithoutAsking extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            return correct.create(cluster, manifest, options.withMaySend(() -> true));
        }
    }

    static class DeletesWithoutAsking extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return correct.delete(cluster, resource, options.withMaySend(() -> true));
        }
    }

    static class WritesBeforeItAsksWhetherItMaySend extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options.withMaySend(() -> true));
            if (!options.dryRun() && !options.maySend().getAsBoolean()) {
                return correct.create(cluster, manifest, options);
            }
            return result;
        }
    }

    static class TakesAWholeObjectForOwnFieldsAndForcesThem extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            Map<String, String> labels = manifest.getMetadata().getLabels();
            return options.extent() == Extent.WHOLE_OBJECT && (labels == null || labels.isEmpty())
                    ? correct.apply(
                            cluster,
                            manifest,
                            options.withExtent(Extent.OWN_FIELDS).withConflicts(Conflicts.TAKE_OVER))
                    : correct.apply(cluster, manifest, options);
        }
    }

    static class TakesTheSpecForTheWholeObject extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            boolean hasSpec = manifest.getKind().endsWith("Policy");
            return correct.apply(cluster, manifest, hasSpec ? options : options.withExtent(Extent.OWN_FIELDS));
        }
    }

    static class ReportsTheFirstConflictOnly extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (ApplyConflictException e) {
                throw new ApplyConflictException(e.context(), e.conflicts().subList(0, 1), e).settled();
            }
        }
    }

    static class SaysThatARefusedRequestMayStillArrive extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (ApplyConflictException e) {
                throw new ApplyConflictException(e.context(), e.conflicts(), e);
            }
        }
    }

    static class IgnoresDryRunOfApply extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            if (options.dryRun()) {
                fake.as(options.fieldManager()).apply(manifest);
            }
            return result;
        }
    }

    static class IgnoresDryRunOfCreate extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            return correct.create(cluster, manifest, options.withDryRun(false));
        }
    }

    static class RefusesADryRunInAPlannedNamespace extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            String namespace = manifest.getMetadata().getNamespace();
            if (namespace != null && fake.find(ResourceRef.namespace(namespace)).isEmpty()) {
                throw new NamespaceAbsentException(ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)))
                        .settled();
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class SaysCreatedOfExistingObjects extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            return result instanceof AlreadyExists
                    ? new Created(
                            correct.find(cluster, ResourceRef.of(manifest)).orElseThrow(), List.of(), result.arrival())
                    : result;
        }
    }

    static class AppliesWhenAskedToCreate extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            if (result instanceof AlreadyExists && !options.dryRun()) {
                fake.as(options.fieldManager()).apply(manifest);
            }
            return result;
        }
    }

    static class KeepsWhatACreateHasSet extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            Map<String, String> labels =
                    correct.find(cluster, resource).orElseThrow().getMetadata().getLabels();
            ApplyResult result = correct.apply(cluster, manifest, options);
            labels.putAll(result.live().getMetadata().getLabels());
            fake.as("put").edit(resource, object -> object.put("metadata", Map.of("labels", labels)));
            return result;
        }
    }

    static class ReturnsTheManifestOfACreate extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            return result instanceof AlreadyExists ? result : new Created(manifest, List.of(), Arrival.SETTLED);
        }
    }

    static class SaysThatACreateMayStillArrive extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            return result instanceof Created created
                    ? new Created(created.live(), created.warnings(), Arrival.MAY_STILL_ARRIVE)
                    : new AlreadyExists(Arrival.MAY_STILL_ARRIVE);
        }
    }

    static class CreatesAsAnotherManager extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            return correct.create(cluster, manifest, CreateOptions.as("client").withDryRun(options.dryRun()));
        }
    }

    /** Applies an unbound manifest to the object as it is now. */
    static class BindsByItself extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            if (options.dryRun()) {
                return correct.apply(cluster, manifest, options);
            }
            HasMetadata copy = copy(manifest);
            fake.find(ResourceRef.of(manifest)).ifPresent(live -> {
                if (copy.getMetadata().getUid() == null) {
                    copy.getMetadata().setUid(live.getMetadata().getUid());
                }
                if (copy.getMetadata().getResourceVersion() == null) {
                    copy.getMetadata().setResourceVersion(live.getMetadata().getResourceVersion());
                }
            });
            return correct.apply(cluster, copy, options);
        }
    }

    static class IgnoresTheUidOfApply extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            fake.find(ResourceRef.of(manifest))
                    .filter(live -> manifest.getMetadata().getUid() != null)
                    .ifPresent(
                            live -> copy.getMetadata().setUid(live.getMetadata().getUid()));
            return correct.apply(cluster, copy, options);
        }
    }

    static class IgnoresTheUidOfADryRun extends IgnoresTheUidOfApply {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return options.dryRun()
                    ? super.apply(cluster, manifest, options)
                    : correct.apply(cluster, manifest, options);
        }
    }

    static class ReadsAgainAfterAConflictOfVersions extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (PreconditionFailedException e) {
                HasMetadata copy = copy(manifest);
                copy.getMetadata()
                        .setResourceVersion(fake.find(ResourceRef.of(manifest))
                                .orElseThrow(() -> e)
                                .getMetadata()
                                .getResourceVersion());
                return correct.apply(cluster, copy, options);
            }
        }
    }

    static class CreatesAnObjectThatIsGone extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            copy.getMetadata().setUid(null);
            copy.getMetadata().setResourceVersion(null);
            if (!options.dryRun()
                    && fake.find(ResourceRef.of(manifest)).isEmpty()
                    && manifest.getMetadata().getUid() != null
                    && correct.create(cluster, copy, CreateOptions.as(options.fieldManager()))
                            instanceof Created created) {
                return new ApplyResult(created.live(), Effect.CREATED, created.warnings(), Arrival.SETTLED);
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class RefusesEveryPrecondition extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            if (manifest.getMetadata().getUid() != null) {
                throw new PreconditionFailedException(
                                ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)), "never", null)
                        .settled();
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class WritesBeforeItValidates extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (ManifestRejectedException e) {
                fake.as("lock").annotate(ResourceRef.of(manifest), "locked", "true");
                throw e;
            }
        }
    }

    static class IgnoresTheUidOfDelete extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return fake.find(resource)
                    .map(live -> correct.delete(
                            cluster,
                            resource,
                            DeleteOptions.of(live.getMetadata().getUid(), options.resourceVersion())))
                    .orElse(DeleteResult.GONE);
        }
    }

    static class IgnoresTheVersionOfDelete extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return fake.find(resource)
                    .map(live -> correct.delete(
                            cluster,
                            resource,
                            DeleteOptions.of(options.uid(), live.getMetadata().getResourceVersion())))
                    .orElse(DeleteResult.GONE);
        }
    }

    static class DeletesNothing extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            return DeleteResult.ACCEPTED;
        }
    }

    static class FailsToDeleteWhatIsGone extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            DeleteResult result = correct.delete(cluster, resource, options);
            if (result == DeleteResult.GONE) {
                throw new PreconditionFailedException(
                                ErrorContext.of(Operation.DELETE, cluster, resource), "gone", null)
                        .settled();
            }
            return result;
        }
    }

    static class NamesNoResourceInErrors extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            try {
                return correct.delete(cluster, resource, options);
            } catch (PreconditionFailedException e) {
                throw new PreconditionFailedException(ErrorContext.of(Operation.DELETE, cluster), "other UID", e)
                        .settled();
            }
        }
    }

    static class StripsFinalizers extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) {
            DeleteResult result = correct.delete(cluster, resource, options);
            fake.find(resource)
                    .ifPresent(live -> List.copyOf(live.getFinalizers())
                            .forEach(finalizer -> fake.as("strip").removeFinalizer(resource, finalizer)));
            return result;
        }
    }

    static class SaysForbiddenForTerminating extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (NamespaceTerminatingException e) {
                throw new ForbiddenException(e.context(), "create", "configmaps", "terminating", e).settled();
            }
        }
    }

    static class HidesWhatHoldsATerminatingNamespace extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            try {
                return correct.create(cluster, manifest, options);
            } catch (NamespaceTerminatingException e) {
                throw new NamespaceTerminatingException(e.context(), List.of(), e).settled();
            }
        }
    }

    static class SaysTerminatingForATerminatingNamespaceItself extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            if (result instanceof AlreadyExists
                    && correct.find(cluster, ResourceRef.of(manifest))
                            .orElseThrow()
                            .isMarkedForDeletion()) {
                throw new NamespaceTerminatingException(
                                ErrorContext.of(Operation.CREATE, cluster, ResourceRef.of(manifest)), List.of(), null)
                        .settled();
            }
            return result;
        }
    }

    static class RefusesEveryWriteToATerminatingNamespace extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            String name = resource.namespace() == null ? resource.name() : resource.namespace();
            boolean terminating = correct.find(cluster, ResourceRef.namespace(name))
                    .filter(HasMetadata::isMarkedForDeletion)
                    .isPresent();
            if (terminating) {
                throw new NamespaceTerminatingException(
                                ErrorContext.of(Operation.APPLY, cluster, resource), List.of(), null)
                        .settled();
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class CreatesTheNamespaceAsWell extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            String namespace = manifest.getMetadata().getNamespace();
            if (namespace != null && !options.dryRun()) {
                correct.create(
                        cluster,
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(namespace)
                                .endMetadata()
                                .build(),
                        CreateOptions.as("helpful"));
            }
            return correct.create(cluster, manifest, options);
        }
    }

    /** Changes objects that are found. */
    abstract static class ChangesFoundObjects extends Broken {

        abstract HasMetadata changed(HasMetadata found);

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return correct.find(cluster, resource).map(this::changed);
        }
    }

    static class FindsGenericObjects extends ChangesFoundObjects {
        @Override
        HasMetadata changed(HasMetadata found) {
            return JSON.convertValue(found, GenericKubernetesResource.class);
        }
    }

    static class HidesThatANamespaceIsTerminating extends ChangesFoundObjects {
        @Override
        HasMetadata changed(HasMetadata found) {
            found.getMetadata().setDeletionTimestamp(null);
            return found;
        }
    }

    static class FailsToFindAnUnservedKind extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            if (!correct.serves(cluster, resource.apiVersion(), resource.kind())) {
                throw new KindNotServedException(
                                ErrorContext.of(Operation.FIND, cluster, resource),
                                resource.apiVersion(),
                                resource.kind(),
                                null)
                        .settled();
            }
            return correct.find(cluster, resource);
        }
    }

    static class FailsToFindInAnAbsentNamespace extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            String namespace = resource.namespace();
            if (namespace != null && fake.find(ResourceRef.namespace(namespace)).isEmpty()) {
                throw new NamespaceAbsentException(ErrorContext.of(Operation.FIND, cluster, resource)).settled();
            }
            return correct.find(cluster, resource);
        }
    }

    static class FindsInACache extends Broken {
        private final Map<ResourceRef, Optional<HasMetadata>> found = new ConcurrentHashMap<>();

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return found.computeIfAbsent(resource, ref -> correct.find(cluster, ref));
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            CreateResult result = correct.create(cluster, manifest, options);
            find(cluster, ResourceRef.of(manifest));
            return result;
        }
    }

    /** Lists only some of the objects. */
    abstract static class ListsSomeObjects extends Broken {

        abstract boolean lists(HasMetadata object);

        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            ObjectPage page = correct.list(cluster, query);
            return new ObjectPage(page.items().stream().filter(this::lists).toList(), page.continueToken());
        }
    }

    static class ListsOneNamespace extends ListsSomeObjects {
        private final Map<String, String> first = new ConcurrentHashMap<>();

        @Override
        boolean lists(HasMetadata object) {
            String namespace = String.valueOf(object.getMetadata().getNamespace());
            return first.computeIfAbsent("first", key -> namespace).equals(namespace);
        }
    }

    static class ListsOurOwnObjectsOnly extends ListsSomeObjects {
        @Override
        boolean lists(HasMetadata object) {
            return object.getMetadata().getManagedFields().stream()
                    .anyMatch(entry -> entry.getManager().equals("namespaces.dev"));
        }
    }

    static class ListsBuiltInKindsOnly extends ListsSomeObjects {
        @Override
        boolean lists(HasMetadata object) {
            return !object.getApiVersion().startsWith("cilium.io/");
        }
    }

    static class ListsWithoutLabels extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            return correct.list(cluster, withLabels(query, Map.of()));
        }
    }

    static class ListsByOneLabel extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            Map<String, String> token = Map.of("token", query.labels().getOrDefault("token", ""));
            return correct.list(cluster, query.labels().containsKey("token") ? withLabels(query, token) : query);
        }
    }

    static class ListsMetadataOnly extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            ObjectPage page = correct.list(cluster, query);
            return new ObjectPage(
                    page.items().stream().map(ListsMetadataOnly::metadata).toList(), page.continueToken());
        }

        private static HasMetadata metadata(HasMetadata object) {
            GenericKubernetesResource metadata = new GenericKubernetesResource();
            metadata.setApiVersion(object.getApiVersion());
            metadata.setKind(object.getKind());
            metadata.setMetadata(new ObjectMetaBuilder(object.getMetadata()).build());
            return metadata;
        }
    }

    static class LosesTheLastPage extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            ObjectPage page = correct.list(cluster, query);
            return query.continueToken() != null && page.continueToken() == null ? ObjectPage.empty() : page;
        }
    }

    static class SortsByNamespaceThenName extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            ObjectPage page = correct.list(cluster, query);
            return new ObjectPage(
                    page.items().stream()
                            .sorted(Comparator.comparing((HasMetadata item) ->
                                            String.valueOf(item.getMetadata().getNamespace()))
                                    .thenComparing(item -> item.getMetadata().getName()))
                            .toList(),
                    page.continueToken());
        }
    }

    static class ReturnsTooLongPages extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            return correct.list(cluster, query.withLimit(500));
        }
    }

    /** The continue token is the number of the objects so far, and each page is of the state that is there now. */
    static class ListsTheStateOfNowOnEachPage extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            List<HasMetadata> all = correct.list(
                            cluster, query.withContinueToken(null).withLimit(1_000))
                    .items();
            int from = query.continueToken() == null ? 0 : Integer.parseInt(query.continueToken());
            int to = Math.min(all.size(), from + query.limit());
            return new ObjectPage(all.subList(Math.min(from, to), to), to < all.size() ? String.valueOf(to) : null);
        }
    }

    static class ListsFromACache extends Broken {
        private final Map<ListQuery, ObjectPage> pages = new ConcurrentHashMap<>();

        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            return pages.computeIfAbsent(query, asked -> correct.list(cluster, asked));
        }
    }

    static class BeginsAnExpiredListAgain extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            try {
                return correct.list(cluster, query);
            } catch (ListExpiredException e) {
                return correct.list(cluster, query.withContinueToken(null));
            }
        }
    }

    static class FailsToListAnUnservedKind extends Broken {
        @Override
        public ObjectPage list(ClusterId cluster, ListQuery query) {
            if (!correct.serves(cluster, query.apiVersion(), query.kind())) {
                throw new KindNotServedException(
                                ErrorContext.of(Operation.LIST, cluster), query.apiVersion(), query.kind(), null)
                        .settled();
            }
            return correct.list(cluster, query);
        }
    }

    static class ServesEveryKind extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return true;
        }
    }

    static class LooksAtTheGroupOnly extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return apiVersion.startsWith("networking.k8s.io/") || correct.serves(cluster, apiVersion, kind);
        }
    }

    static class ServesBuiltInKindsOnly extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return !apiVersion.startsWith("cilium.io/") && correct.serves(cluster, apiVersion, kind);
        }
    }

    static class LosesTheFieldsThatAreWrong extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            try {
                return correct.create(cluster, manifest, options);
            } catch (ManifestRejectedException e) {
                throw new ManifestRejectedException(e.context(), List.of(), "invalid", e).settled();
            }
        }
    }

    static class DropsUnknownFields extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            if (copy instanceof GenericKubernetesResource generic) {
                generic.getAdditionalProperties().remove("sepc");
            }
            return correct.apply(cluster, copy, options);
        }
    }

    static class ListsNoClusters extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            try {
                return correct.serves(cluster, apiVersion, kind);
            } catch (UnknownClusterException e) {
                throw new UnknownClusterException(e.context(), List.of()).settled();
            }
        }
    }

    static class GoesOnWhenInterrupted extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            boolean interrupted = Thread.interrupted();
            try {
                return correct.create(cluster, manifest, options);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    static class ClearsTheInterruptFlag extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            if (Thread.interrupted()) {
                throw new OperationInterruptedException(ErrorContext.of(Operation.FIND, cluster, resource), null);
            }
            return correct.find(cluster, resource);
        }
    }

    /** The first two applies both see the version that they were given before either writes. */
    static class ChecksTheVersionBeforeItWrites extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            String version = manifest.getMetadata().getResourceVersion();
            if (!fake.find(resource)
                    .orElseThrow()
                    .getMetadata()
                    .getResourceVersion()
                    .equals(version)) {
                return correct.apply(cluster, manifest, options);
            }
            meet(looked);
            HasMetadata unbound = copy(manifest);
            unbound.getMetadata().setUid(null);
            unbound.getMetadata().setResourceVersion(null);
            return new ApplyResult(
                    fake.as(options.fieldManager()).apply(unbound), Effect.CHANGED, List.of(), Arrival.SETTLED);
        }
    }

    /** The first two applies both read the object before either writes it. */
    static class WritesTheLabelsThatItHasRead extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            HasMetadata read = correct.find(cluster, resource).orElseThrow();
            read.getMetadata().getLabels().putAll(manifest.getMetadata().getLabels());
            meet(looked);
            fake.as("put")
                    .edit(
                            resource,
                            object -> object.put(
                                    "metadata",
                                    Map.of("labels", read.getMetadata().getLabels())));
            return new ApplyResult(fake.find(resource).orElseThrow(), Effect.CHANGED, List.of(), Arrival.SETTLED);
        }
    }

    /** The first two creates both see that the object is absent. */
    static class LooksBeforeItCreates extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, CreateOptions options) {
            if (correct.find(cluster, ResourceRef.of(manifest)).isPresent()) {
                return new AlreadyExists(Arrival.SETTLED);
            }
            meet(looked);
            return new Created(fake.as(options.fieldManager()).apply(manifest), List.of(), Arrival.SETTLED);
        }
    }

    private static void meet(CountDownLatch others) {
        others.countDown();
        try {
            others.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ListQuery withLabels(ListQuery query, Map<String, String> labels) {
        return new ListQuery(
                query.apiVersion(), query.kind(), labels, query.limit(), query.continueToken(), query.timeout());
    }

    private static HasMetadata copy(HasMetadata manifest) {
        return JSON.convertValue(JSON.valueToTree(manifest), manifest.getClass());
    }
}

package dev.namespaces.testkit.contract;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.KindNotServedException;
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
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.CreateResult.AlreadyExists;
import dev.namespaces.spi.CreateResult.Created;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.FakeClusters;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
        protected Duration patience() {
            return Duration.ofMillis(300);
        }

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options);
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            return correct.create(cluster, manifest, fieldManager, dryRun);
        }

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return correct.find(cluster, resource);
        }

        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            return correct.delete(cluster, resource, uid);
        }

        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return correct.serves(cluster, apiVersion, kind);
        }
    }

    static class MakesNoMistake extends Broken {}

    static class WipesLabelsOfOthers extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            if (!options.dryRun()) {
                result.live().getMetadata().getLabels().keySet().stream()
                        .filter(key -> !manifest.getMetadata().getLabels().containsKey(key))
                        .forEach(key -> fake.as("put").removeLabel(ResourceRef.of(manifest), key));
            }
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

    static class IgnoresDryRunOfApply extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.withDryRun(false));
        }
    }

    static class IgnoresDryRunOfCreate extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            return correct.create(cluster, manifest, fieldManager, false);
        }
    }

    static class RefusesADryRunInAPlannedNamespace extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            String namespace = manifest.getMetadata().getNamespace();
            if (namespace != null && fake.find(ResourceRef.namespace(namespace)).isEmpty()) {
                throw new NamespaceAbsentException(ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)));
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class SaysCreatedOfEveryApply extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            return new ApplyResult(result.live(), Effect.CREATED, result.warnings());
        }
    }

    static class SaysCreatedOfWhatStands extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            CreateResult result = correct.create(cluster, manifest, fieldManager, dryRun);
            return result instanceof AlreadyExists
                    ? new Created(
                            correct.find(cluster, ResourceRef.of(manifest)).orElseThrow(), List.of())
                    : result;
        }
    }

    static class AppliesWhenAskedToCreate extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            boolean stands = fake.find(ResourceRef.of(manifest)).isPresent();
            ApplyResult result = correct.apply(
                    cluster, manifest, ApplyOptions.as(fieldManager).withDryRun(dryRun));
            return stands ? new AlreadyExists() : new Created(result.live(), result.warnings());
        }
    }

    static class TakesOverEveryConflict extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.with(Conflicts.TAKE_OVER));
        }
    }

    static class NeverTakesOver extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.with(Conflicts.FAIL));
        }
    }

    static class ReportsTheFirstConflictOnly extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (ApplyConflictException e) {
                throw new ApplyConflictException(e.context(), e.conflicts().subList(0, 1), e);
            }
        }
    }

    static class UsesOneFieldManagerForAll extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(
                    cluster,
                    manifest,
                    new ApplyOptions("one", options.dryRun(), options.conflicts(), options.extent()));
        }
    }

    static class ForgetsWhatCreateHasSet extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            CreateResult result = correct.create(cluster, manifest, fieldManager, true);
            return dryRun || result instanceof AlreadyExists
                    ? result
                    : new Created(fake.as(fieldManager).create(manifest), List.of());
        }
    }

    static class TakesAWholeObjectForOwnFields extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.with(Extent.OWN_FIELDS));
        }
    }

    static class TakesAWholeObjectForOwnFieldsAndForcesThem extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return options.extent() == Extent.WHOLE_OBJECT
                            && manifest.getMetadata().getLabels().isEmpty()
                    ? correct.apply(
                            cluster, manifest, options.with(Extent.OWN_FIELDS).with(Conflicts.TAKE_OVER))
                    : correct.apply(cluster, manifest, options);
        }
    }

    static class TakesOwnFieldsForAWholeObject extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.with(Extent.WHOLE_OBJECT));
        }
    }

    static class ForcesLabelsOfAWholeObject extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(
                    cluster,
                    manifest,
                    options.extent() == Extent.WHOLE_OBJECT ? options.with(Conflicts.TAKE_OVER) : options);
        }
    }

    static class ReplacesAWholeObjectWithItsMetadata extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            if (options.extent() == Extent.WHOLE_OBJECT && !options.dryRun()) {
                fake.as("put").edit(ResourceRef.of(manifest), object -> {
                    object.put(
                            "metadata", Map.of("labels", manifest.getMetadata().getLabels()));
                });
            }
            return result;
        }
    }

    static class WritesAtEveryApply extends Broken {
        private int writes;

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            if (!options.dryRun()) {
                writes++;
                fake.as("touch").annotate(ResourceRef.of(manifest), "applied", String.valueOf(writes));
            }
            return new ApplyResult(
                    options.dryRun()
                            ? result.live()
                            : fake.find(ResourceRef.of(manifest)).orElseThrow(),
                    result.effect(),
                    result.warnings());
        }
    }

    static class IgnoresPreconditionsOfApply extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            copy.getMetadata().setUid(null);
            copy.getMetadata().setResourceVersion(null);
            return correct.apply(cluster, copy, options);
        }
    }

    static class CreatesWhatHasAResourceVersion extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            HasMetadata copy = copy(manifest);
            if (fake.find(ResourceRef.of(manifest)).isEmpty()) {
                copy.getMetadata().setResourceVersion(null);
            }
            return correct.apply(cluster, copy, options);
        }
    }

    static class IgnoresTheUidOfDelete extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            return fake.as("delete").delete(resource);
        }
    }

    static class FailsToDeleteWhatIsGone extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            DeleteResult result = correct.delete(cluster, resource, uid);
            if (result == DeleteResult.GONE) {
                throw new PreconditionFailedException(
                        ErrorContext.of(Operation.DELETE, cluster, resource), "gone", null);
            }
            return result;
        }
    }

    static class StripsFinalizers extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            DeleteResult result = correct.delete(cluster, resource, uid);
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
                throw new ForbiddenException(e.context(), "create", "configmaps", "terminating", e);
            }
        }
    }

    static class HidesWhatHoldsATerminatingNamespace extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            try {
                return correct.create(cluster, manifest, fieldManager, dryRun);
            } catch (NamespaceTerminatingException e) {
                throw new NamespaceTerminatingException(e.context(), List.of(), e);
            }
        }
    }

    static class SaysTerminatingForATerminatingNamespaceItself extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            CreateResult result = correct.create(cluster, manifest, fieldManager, dryRun);
            if (result instanceof AlreadyExists
                    && correct.find(cluster, ResourceRef.of(manifest))
                            .orElseThrow()
                            .isMarkedForDeletion()) {
                throw new NamespaceTerminatingException(
                        ErrorContext.of(Operation.CREATE, cluster, ResourceRef.of(manifest)), List.of(), null);
            }
            return result;
        }
    }

    static class CreatesTheNamespaceAsWell extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            String namespace = manifest.getMetadata().getNamespace();
            if (namespace != null && !options.dryRun()) {
                correct.create(
                        cluster,
                        new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(namespace)
                                .endMetadata()
                                .build(),
                        "helpful",
                        false);
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class FindsGenericObjects extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return correct.find(cluster, resource)
                    .map(found -> JSON.convertValue(found, GenericKubernetesResource.class));
        }
    }

    static class FailsToFindAnUnservedKind extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            if (!fake.find(resource).isPresent() && !correct.serves(cluster, resource.apiVersion(), resource.kind())) {
                throw new KindNotServedException(
                        ErrorContext.of(Operation.FIND, cluster, resource),
                        resource.apiVersion(),
                        resource.kind(),
                        null);
            }
            return correct.find(cluster, resource);
        }
    }

    static class ServesWhateverIsAskedFor extends Broken {
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

    static class LosesTheFieldsThatAreWrong extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            try {
                return correct.apply(cluster, manifest, options);
            } catch (ManifestRejectedException e) {
                throw new ManifestRejectedException(e.context(), List.of(), "invalid", e);
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

    static class DropsWarnings extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            return new ApplyResult(result.live(), result.effect(), List.of());
        }
    }

    static class ListsNoClusters extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            try {
                return correct.serves(cluster, apiVersion, kind);
            } catch (UnknownClusterException e) {
                throw new UnknownClusterException(e.context(), List.of());
            }
        }
    }

    static class GoesOnWhenInterrupted extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            boolean interrupted = Thread.interrupted();
            try {
                return correct.create(cluster, manifest, fieldManager, dryRun);
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

    static class ChangesTheManifest extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            manifest.getMetadata().setUid(result.live().getMetadata().getUid());
            return result;
        }
    }

    static class AnswersWhatWasSent extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            return new ApplyResult(manifest, result.effect(), result.warnings());
        }
    }

    static class NamesNoResourceInErrors extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            try {
                return correct.delete(cluster, resource, uid);
            } catch (PreconditionFailedException e) {
                throw new PreconditionFailedException(ErrorContext.of(Operation.DELETE, cluster), "other UID", e);
            }
        }
    }

    static class ServesBuiltInKindsOnly extends Broken {
        @Override
        public boolean serves(ClusterId cluster, String apiVersion, String kind) {
            return !apiVersion.startsWith("cilium.io/") && correct.serves(cluster, apiVersion, kind);
        }
    }

    static class DeletesNothing extends Broken {
        @Override
        public DeleteResult delete(ClusterId cluster, ResourceRef resource, String uid) {
            return DeleteResult.ACCEPTED;
        }
    }

    static class TakesOverInADryRun extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            return correct.apply(cluster, manifest, options.dryRun() ? options.with(Conflicts.TAKE_OVER) : options);
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

    static class AnswersFromACache extends Broken {
        private final Map<ResourceRef, Optional<HasMetadata>> found = new ConcurrentHashMap<>();

        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            return found.computeIfAbsent(resource, ref -> correct.find(cluster, ref));
        }

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            CreateResult result = correct.create(cluster, manifest, fieldManager, dryRun);
            find(cluster, ResourceRef.of(manifest));
            return result;
        }
    }

    static class HidesThatANamespaceIsTerminating extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            Optional<HasMetadata> found = correct.find(cluster, resource);
            found.ifPresent(live -> live.getMetadata().setDeletionTimestamp(null));
            return found;
        }
    }

    static class TakesTheSpecForTheWholeObject extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            boolean hasSpec = manifest.getKind().endsWith("Policy");
            return correct.apply(cluster, manifest, hasSpec ? options : options.with(Extent.OWN_FIELDS));
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
                        ErrorContext.of(Operation.APPLY, cluster, resource), List.of(), null);
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class RefusesEveryPrecondition extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            if (manifest.getMetadata().getUid() != null) {
                throw new PreconditionFailedException(
                        ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)), "never", null);
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class WritesBeforeItAsks extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ResourceRef resource = ResourceRef.of(manifest);
            if (fake.find(resource).isPresent()) {
                fake.as("lock").annotate(resource, "locked", "true");
            }
            return correct.apply(cluster, manifest, options);
        }
    }

    static class AnswersACreateWithWhatWasSent extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            CreateResult result = correct.create(cluster, manifest, fieldManager, dryRun);
            return result instanceof AlreadyExists ? result : new Created(manifest, List.of());
        }
    }

    static class CreatesAsAnotherManager extends Broken {
        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            return correct.create(cluster, manifest, "client", dryRun);
        }
    }

    static class HidesLabelsOfTheApiServer extends Broken {
        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            ApplyResult result = correct.apply(cluster, manifest, options);
            result.live().getMetadata().getLabels().remove("kubernetes.io/metadata.name");
            return result;
        }
    }

    static class FailsToFindInAnAbsentNamespace extends Broken {
        @Override
        public Optional<HasMetadata> find(ClusterId cluster, ResourceRef resource) {
            String namespace = resource.namespace();
            if (namespace != null && fake.find(ResourceRef.namespace(namespace)).isEmpty()) {
                throw new NamespaceAbsentException(ErrorContext.of(Operation.FIND, cluster, resource));
            }
            return correct.find(cluster, resource);
        }
    }

    /** The first two applies both see that the object is absent. */
    static class FailsWhereItLosesTheRaceToCreate extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public ApplyResult apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) {
            if (correct.find(cluster, ResourceRef.of(manifest)).isPresent()) {
                return correct.apply(cluster, manifest, options);
            }
            meet(looked);
            if (correct.create(cluster, manifest, options.fieldManager(), false) instanceof Created created) {
                return new ApplyResult(created.live(), Effect.CREATED, created.warnings());
            }
            throw new PreconditionFailedException(
                    ErrorContext.of(Operation.APPLY, cluster, ResourceRef.of(manifest)), "exists", null);
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
            return new ApplyResult(fake.find(resource).orElseThrow(), Effect.CONFIGURED, List.of());
        }
    }

    /** The first two creates both see that the object is absent. */
    static class LooksBeforeItCreates extends Broken {
        private final CountDownLatch looked = new CountDownLatch(2);

        @Override
        public CreateResult create(ClusterId cluster, HasMetadata manifest, String fieldManager, boolean dryRun) {
            if (correct.find(cluster, ResourceRef.of(manifest)).isPresent()) {
                return new AlreadyExists();
            }
            meet(looked);
            ApplyResult result = correct.apply(cluster, manifest, ApplyOptions.as(fieldManager));
            return new Created(result.live(), result.warnings());
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

    private static HasMetadata copy(HasMetadata manifest) {
        return JSON.convertValue(JSON.valueToTree(manifest), manifest.getClass());
    }
}

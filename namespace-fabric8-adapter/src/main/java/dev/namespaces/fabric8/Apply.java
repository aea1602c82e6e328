package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ApplyConflictException.FieldConflict;
import dev.namespaces.error.Arrival;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.ApplyResult.Effect;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Server-side apply plus two things that it cannot do: adopt the fields that our own create has set, and replace a
 * whole object. Both take further requests, each bound to the UID and the version that the request before it returned;
 * see decision record 0022.
 */
final class Apply {

    private final Session session;
    private final ResourceType type;
    private final ResourceRef resource;
    private final ObjectNode manifest;
    private final ApplyOptions options;
    private final ContentForm form;
    private final String path;
    private final Set<String> warnings = new LinkedHashSet<>();

    Apply(Session session, ResourceType type, ResourceRef resource, ObjectNode manifest, ApplyOptions options) {
        this.session = session;
        this.type = type;
        this.resource = resource;
        this.options = options;
        this.form = ContentForm.of(type);
        this.manifest = options.extent() == Extent.WHOLE_OBJECT ? form.stored(manifest) : manifest;
        this.path = type.path(resource.namespace(), resource.name());
    }

    ApplyResult run() {
        Round round = new Round(version(manifest), options.conflicts(), Ownership.AS_FOUND);
        while (true) {
            ApiAnswer answer = send(round);
            List<FieldConflict> conflicts = Failures.fieldConflicts(answer);
            if (!conflicts.isEmpty()) {
                round = past(conflicts, round);
            } else if (!answer.isSuccess()) {
                return withoutSuccess(answer);
            } else {
                ObjectNode live = object(answer);
                if (options.dryRun()) {
                    return predicted(live, answer.status() == 201);
                }
                if (round.ownership() == Ownership.MOVED || !owners(live).createOwnsFields()) {
                    return result(whole(live));
                }
                round = round.moved(moveCreateToApply(live));
            }
        }
    }

    /**
     * One apply request of the call. Each round after the first one has taken one more measure, so the rounds end.
     *
     * @param version the version that the object must have; empty for any, in a dry run only
     * @param conflicts what happens to fields of others, in this request
     * @param ownership whether the fields that our create has set belong to our apply already
     */
    private record Round(String version, Conflicts conflicts, Ownership ownership) {

        Round forced() {
            return new Round(version, Conflicts.TAKE_OVER, ownership);
        }

        Round moved(ObjectNode live) {
            return new Round(Apply.version(live), conflicts, Ownership.MOVED);
        }
    }

    private enum Ownership {
        AS_FOUND,
        MOVED
    }

    private ApiAnswer send(Round round) {
        ObjectNode body = manifest;
        if (!round.version().isEmpty()) {
            body = manifest.deepCopy();
            metadata(body).put("resourceVersion", round.version());
        }
        boolean force = round.conflicts() == Conflicts.TAKE_OVER;
        ApiRequest request = dryRunOrNot(ApiRequest.apply(
                path + query() + "&force=" + force, Json.yamlSafe(Json.write(body)), type.qualifiedName()));
        ApiAnswer answer = session.sendWrite(request.notRepeatedAfter(Apply::isWithoutReason), resource.namespace());
        if (isWithoutReason(answer)) {
            ApiAnswer verdict = askAboutManifest();
            if (verdict.status() == 400 || verdict.status() == 422) {
                throw Failures.rejected(verdict, session.call());
            }
            answer = session.sendWrite(request, resource.namespace()).after(Arrival.MAY_STILL_ARRIVE);
        }
        warnings.addAll(answer.warnings());
        return answer;
    }

    /**
     * Returns whether the manifest may have caused the failure: to an apply with an unknown field or a wrong type the
     * API server answers 500, as to a fault of its own, but without a reason.
     */
    private static boolean isWithoutReason(ApiAnswer answer) {
        return answer.status() == 500
                && answer.reason().isEmpty()
                && answer.isStatus()
                && !answer.isDenial()
                && !answer.saysTooLargeForEtcd();
    }

    /** Has the manifest judged as one to create, where the API server tells a bad manifest from a fault. */
    private ApiAnswer askAboutManifest() {
        ObjectNode body = manifest.deepCopy();
        metadata(body).remove(List.of("uid", "resourceVersion"));
        return session.send(ApiRequest.create(
                        type.collectionPath(resource.namespace()) + query(), Json.write(body), type.qualifiedName())
                .asDryRun()
                .notRepeatedAfter(answer -> true));
    }

    /**
     * Returns the round that gets past the conflicts. It is bound to the same version, or to the one that moving the
     * ownership of fields has made of it.
     *
     * @throws ApplyConflictException if no round gets past them
     */
    private Round past(List<FieldConflict> conflicts, Round round) {
        List<FieldConflict> hard = new ArrayList<>();
        boolean withOurCreate = false;
        for (FieldConflict conflict : conflicts) {
            if (conflict.manager().equals(options.fieldManager())) {
                withOurCreate = true;
            } else if (options.extent() == Extent.OWN_FIELDS || conflict.field().startsWith(".metadata.")) {
                hard.add(conflict);
            }
        }
        if (!hard.isEmpty()) {
            throw new ApplyConflictException(session.call().context(), hard, null);
        }
        if (withOurCreate && !options.dryRun() && round.ownership() == Ownership.AS_FOUND) {
            return round.moved(moveCreateToApply(readAt(round.version())));
        }
        if (round.conflicts() == Conflicts.TAKE_OVER) {
            throw new ApplyConflictException(session.call().context(), conflicts, null);
        }
        return round.forced();
    }

    /** Reads the object for the owners of its fields, which the answer to a conflict does not have. */
    private ObjectNode readAt(String version) {
        ObjectNode live = read().orElseThrow(() -> preconditionFailed("it does not exist any more"));
        if (!live.path("metadata").path("uid").equals(metadata(manifest).path("uid"))) {
            throw otherUid();
        }
        if (!version(live).equals(version)) {
            throw preconditionFailed("it is at version " + version(live) + " and not " + version);
        }
        return live;
    }

    private ApplyResult withoutSuccess(ApiAnswer answer) {
        Optional<ObjectNode> done = doneByEarlierAttempt(answer);
        if (done.isPresent()) {
            return result(done.get());
        }
        if (options.dryRun() && answer.saysNamespaceAbsent(resource.namespace()) && !isBound()) {
            // The namespace may only be planned so far.
            return new ApplyResult(
                    session.model(manifest),
                    Effect.CREATED,
                    List.copyOf(warnings),
                    session.call().arrival());
        }
        throw failure(answer);
    }

    /**
     * Returns the object if an earlier attempt to send the same request was carried out, although its answer was lost.
     * The next attempt then meets the version that the earlier one has made. The object that is read is only compared:
     * if it is not just what the call was to bring about, the call fails.
     */
    private Optional<ObjectNode> doneByEarlierAttempt(ApiAnswer answer) {
        return answer.status() == 409
                        && !answer.isDenial()
                        && answer.earlier() == Arrival.MAY_STILL_ARRIVE
                        && !options.dryRun()
                ? read().filter(this::isAsWanted)
                : Optional.empty();
    }

    private boolean isAsWanted(ObjectNode live) {
        ObjectNode wanted = metadata(manifest).deepCopy();
        wanted.remove("resourceVersion");
        ManagedFields owners = owners(live);
        return Json.contains(live.path("metadata"), wanted)
                && Json.contains(form.content(live), form.content(manifest))
                && owners.applyOwnsJustFieldsOf(manifest)
                && !owners.createOwnsFields()
                && isWhole(live);
    }

    private boolean isWhole(ObjectNode live) {
        return options.extent() == Extent.OWN_FIELDS || form.content(live).equals(form.content(manifest));
    }

    private ObjectNode moveCreateToApply(ObjectNode live) {
        ArrayNode patch = Json.array();
        patch.add(operation("replace", "/metadata/managedFields", owners(live).withCreateMovedToApply()));
        ApiRequest request = patch(patch, live);
        ApiAnswer answer = send(request);
        if (!answer.isSuccess()) {
            throw patchFailure(answer, request);
        }
        return object(answer);
    }

    /**
     * Returns the object with the manifest's content. Who owns which field is not asked: others may write that, too.
     * Where the API server has set defaults, sending the manifest's content changes nothing.
     */
    private ObjectNode whole(ObjectNode live) {
        if (isWhole(live)) {
            return live;
        }
        ApiRequest request = replaceContent(live);
        ApiAnswer answer = send(request);
        return answer.isSuccess()
                ? object(answer)
                : doneByEarlierAttempt(answer).orElseThrow(() -> patchFailure(answer, request));
    }

    /** Makes everything but metadata and status exactly the manifest's. */
    private ApiRequest replaceContent(ObjectNode live) {
        ArrayNode patch = Json.array();
        Set<String> fields = ContentForm.names(live);
        fields.addAll(ContentForm.names(manifest));
        for (String field : fields) {
            String pointer = "/" + field.replace("~", "~0").replace("/", "~1");
            if (manifest.has(field)) {
                patch.add(operation("add", pointer, manifest.get(field)));
            } else {
                patch.add(operation("remove", pointer, null));
            }
        }
        return patch(patch, live);
    }

    /** Patches the object if it is still the one, and of the version, that was returned last. */
    private ApiRequest patch(ArrayNode operations, ObjectNode live) {
        operations.add(
                operation("replace", "/metadata/uid", live.path("metadata").path("uid")));
        operations.add(operation("replace", "/metadata/resourceVersion", Json.text(version(live))));
        return dryRunOrNot(ApiRequest.jsonPatch(path + query(), Json.write(operations), type.qualifiedName()));
    }

    private ApiAnswer send(ApiRequest patch) {
        ApiAnswer answer = session.sendWrite(patch, resource.namespace());
        warnings.addAll(answer.warnings());
        return answer;
    }

    private RuntimeException patchFailure(ApiAnswer answer, ApiRequest request) {
        if (answer.saysAbsent(type, resource.name()) || answer.saysNamespaceAbsent(resource.namespace())) {
            return preconditionFailed("it does not exist any more");
        }
        return isAboutUid(answer) ? otherUid() : session.failure(answer, request, type, resource);
    }

    /** Returns what a real apply would return, with what the requests after its first one would change. */
    private ApplyResult predicted(ObjectNode applied, boolean created) {
        if (created && isBound()) {
            throw preconditionFailed("it does not exist any more");
        }
        ObjectNode predicted = applied.deepCopy();
        owners(applied).ownedByCreateOnly().labelsAndAnnotations().removeFrom(predicted);
        if (!isWhole(applied)) {
            ApiAnswer answer = send(replaceContent(applied));
            if (answer.isSuccess()) {
                ContentForm.replace(predicted, object(answer));
            }
        }
        return new ApplyResult(
                session.model(predicted),
                created ? Effect.CREATED : effectOn(read(), predicted),
                List.copyOf(warnings),
                session.call().arrival());
    }

    /** A dry run does not change the version, so the objects themselves are compared. */
    private static Effect effectOn(Optional<ObjectNode> before, ObjectNode after) {
        return before.isPresent() && withoutVersions(before.get()).equals(withoutVersions(after))
                ? Effect.UNCHANGED
                : Effect.CHANGED;
    }

    private static ObjectNode withoutVersions(ObjectNode object) {
        ObjectNode copy = object.deepCopy();
        metadata(copy).remove(List.of("managedFields", "resourceVersion", "generation"));
        return copy;
    }

    private ApplyResult result(ObjectNode live) {
        return new ApplyResult(
                session.model(live),
                version(live).equals(version(manifest)) ? Effect.UNCHANGED : Effect.CHANGED,
                List.copyOf(warnings),
                session.call().arrival());
    }

    private RuntimeException failure(ApiAnswer answer) {
        if (isBound() && isAboutUid(answer)) {
            return otherUid();
        }
        ApiRequest request = ApiRequest.apply(path, Json.write(manifest), type.qualifiedName());
        return session.failure(answer, request, type, resource);
    }

    private static boolean isAboutUid(ApiAnswer answer) {
        return answer.status() == 422
                && !answer.isDenial()
                && !answer.causes().isEmpty()
                && answer.causes().stream().allMatch(cause -> cause.field().equals("metadata.uid"));
    }

    private PreconditionFailedException otherUid() {
        return preconditionFailed("another object of that name exists now");
    }

    private PreconditionFailedException preconditionFailed(String reason) {
        return new PreconditionFailedException(session.call().context(), reason, null);
    }

    /** Returns the object in a successful answer, which is the one that the call is about. */
    private ObjectNode object(ApiAnswer answer) {
        ObjectNode object = options.dryRun()
                ? session.object(answer, type, resource.namespace(), resource.name())
                : session.stored(answer, type, resource.namespace(), resource.name());
        JsonNode uid = metadata(manifest).path("uid");
        if (!uid.isMissingNode() && !uid.equals(metadata(object).path("uid"))) {
            throw Failures.notFromKubernetes(answer, session.call());
        }
        return object;
    }

    private Optional<ObjectNode> read() {
        return session.read(type, resource.namespace(), resource.name());
    }

    private ManagedFields owners(ObjectNode live) {
        return new ManagedFields(live, options.fieldManager());
    }

    private ApiRequest dryRunOrNot(ApiRequest request) {
        return options.dryRun() ? request.asDryRun() : request;
    }

    private String query() {
        return "?fieldManager=" + ResourceType.segment(options.fieldManager()) + "&fieldValidation=Strict";
    }

    private boolean isBound() {
        return manifest.path("metadata").has("uid") || manifest.path("metadata").has("resourceVersion");
    }

    private static String version(ObjectNode object) {
        return object.path("metadata").path("resourceVersion").asText("");
    }

    private static ObjectNode metadata(ObjectNode object) {
        return (ObjectNode) object.path("metadata");
    }

    private static ObjectNode operation(String operation, String pointer, @Nullable JsonNode value) {
        ObjectNode node = Json.object().put("op", operation).put("path", pointer);
        if (value != null) {
            node.set("value", value);
        }
        return node;
    }
}

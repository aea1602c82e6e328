package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ApplyConflictException;
import dev.namespaces.error.ApplyConflictException.FieldConflict;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import dev.namespaces.spi.ApplyResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Server-side apply, with what it lacks: fields that our own create owns become our apply's, and an object can be ours
 * whole. Both take further requests, each bound to the version that was seen; see decision record 0022.
 */
final class Apply {

    /** How often others may change the object between two of our requests before we give up. */
    private static final int ROUNDS = 6;

    private static final Set<String> NOT_CONTENT = Set.of("apiVersion", "kind", "metadata", "status");

    private final Session session;
    private final ResourceType type;
    private final ResourceRef resource;
    private final ObjectNode manifest;
    private final ApplyOptions options;
    private final String path;
    private final Set<String> warnings = new LinkedHashSet<>();

    /** Whether somebody else's value is overridden in the next round. */
    private boolean force;
    /** The version that the next round is bound to by us, rather than by the caller. */
    private @Nullable String seenVersion;

    private boolean created;

    Apply(Session session, ResourceType type, ResourceRef resource, ObjectNode manifest, ApplyOptions options) {
        this.session = session;
        this.type = type;
        this.resource = resource;
        this.manifest = manifest;
        this.options = options;
        this.path = type.path(resource.namespace(), resource.name());
        this.force = options.conflicts() == Conflicts.TAKE_OVER;
    }

    ApplyResult run() {
        bindVersionToUid();
        ApiAnswer last = null;
        for (int round = 0; round < ROUNDS; round++) {
            last = send();
            Optional<ObjectNode> applied = applied(last);
            if (applied.isPresent()) {
                ObjectNode live = applied.get();
                created |= last.status() == 201;
                ManagedFields owners = new ManagedFields(live, options.fieldManager());
                if (options.dryRun()) {
                    return result(predict(live, owners));
                }
                // The caller's version has been seen to hold; what follows may meet a later one.
                metadata(manifest).remove("resourceVersion");
                if (owners.createOwnsFields()) {
                    moveCreateToApply(live, owners);
                    continue;
                }
                if (options.extent() == Extent.WHOLE_OBJECT && !hasTheManifestsContent(live)) {
                    Optional<ObjectNode> whole = replaceContent(live);
                    if (whole.isEmpty()) {
                        continue;
                    }
                    live = whole.get();
                }
                return result(live);
            }
            List<FieldConflict> conflicts = Failures.fieldConflicts(last);
            if (!conflicts.isEmpty()) {
                resolve(conflicts);
            } else if (isPlan(last)) {
                return new ApplyResult(session.model(manifest), ApplyResult.Effect.CREATED, List.copyOf(warnings));
            } else if (!isOvertaken(last)) {
                throw failure(last);
            }
        }
        throw new PreconditionFailedException(
                session.call().context(),
                "others kept changing it: " + (last == null ? "" : Failures.shortened(last.message())),
                null);
    }

    /** An apply that has a version but no UID would create an object that is gone. */
    private void bindVersionToUid() {
        JsonNode metadata = manifest.path("metadata");
        if (metadata.has("uid") || !metadata.has("resourceVersion")) {
            return;
        }
        ObjectNode live = read();
        metadata(manifest).put("uid", live.path("metadata").path("uid").asText());
    }

    private ApiAnswer send() {
        ObjectNode body = manifest;
        if (seenVersion != null) {
            body = manifest.deepCopy();
            metadata(body).put("resourceVersion", seenVersion);
        }
        ApiRequest request = ApiRequest.apply(
                        path + query() + "&fieldValidation=Strict&force=" + force,
                        Json.yamlSafe(Json.write(body)),
                        type.qualifiedName())
                .notRepeatedAfter(Apply::isWithoutReason);
        if (isBoundToVersion()) {
            request = request.repeatedByUs();
        }
        ApiAnswer answer = session.send(request);
        if (isWithoutReason(answer)) {
            ApiAnswer verdict = askAboutManifest();
            if (verdict.status() == 400 || verdict.status() == 422) {
                throw Failures.rejected(verdict, session.call());
            }
            answer = session.send(request.notRepeatedAfter(again -> false));
        }
        warnings.addAll(answer.warnings());
        return answer;
    }

    /**
     * The object as applied. An apply bound to a version that was carried out without our hearing of it fails when it
     * is repeated, since it has changed the version itself; what it was to bring about stands then.
     */
    private Optional<ObjectNode> applied(ApiAnswer answer) {
        if (answer.isSuccess()) {
            return Optional.of(session.object(answer));
        }
        if (answer.status() != 409 || !answer.mayBeSecond() || !isBoundToVersion() || options.dryRun()) {
            return Optional.empty();
        }
        ObjectNode wanted = manifest.deepCopy();
        metadata(wanted).remove("resourceVersion");
        return session.read(type, resource.namespace(), resource.name()).filter(live -> Json.contains(live, wanted));
    }

    /**
     * Whether the failure may be the manifest's: to an apply with an unknown field or a wrong type the API server
     * answers 500 like to a fault of its own, but without a reason.
     */
    private static boolean isWithoutReason(ApiAnswer answer) {
        return answer.status() == 500 && answer.reason().isEmpty();
    }

    /** Has the manifest judged as one to create, where the API server tells a bad manifest from a fault. */
    private ApiAnswer askAboutManifest() {
        ObjectNode body = manifest.deepCopy();
        metadata(body).remove(List.of("uid", "resourceVersion"));
        return session.send(ApiRequest.post(
                        type.collectionPath(resource.namespace())
                                + "?dryRun=All&fieldValidation=Strict&fieldManager="
                                + ResourceType.segment(options.fieldManager()),
                        Json.write(body),
                        type.qualifiedName())
                .notRepeatedAfter(answer -> true));
    }

    /** Decides how the next round gets past the conflicts, or throws. */
    private void resolve(List<FieldConflict> conflicts) {
        List<FieldConflict> hard = new ArrayList<>();
        boolean override = false;
        for (FieldConflict conflict : conflicts) {
            if (conflict.manager().equals(options.fieldManager())) {
                continue;
            }
            if (options.extent() == Extent.WHOLE_OBJECT && !conflict.field().startsWith(".metadata.")) {
                override = true;
            } else {
                hard.add(conflict);
            }
        }
        if (!hard.isEmpty()) {
            throw new ApplyConflictException(session.call().context(), hard, null);
        }
        if (options.dryRun()) {
            force = true;
            return;
        }
        ObjectNode live = read();
        requireCallersVersion(live);
        ManagedFields owners = new ManagedFields(live, options.fieldManager());
        if (owners.createOwnsFields()) {
            Optional<ObjectNode> moved = moveCreateToApply(live, owners);
            if (moved.isPresent() && isBoundToVersion()) {
                metadata(manifest).put("resourceVersion", version(moved.get()));
            }
        } else if (override) {
            force = true;
            seenVersion = version(live);
        }
    }

    /** Whether a dry run was told that the namespace does not exist, where it may only be planned so far. */
    private boolean isPlan(ApiAnswer answer) {
        return options.dryRun() && type.namespaced() && answer.saysNamespaceAbsent() && !isBound();
    }

    /** Whether somebody else's write came in between, which another round gets past. */
    private boolean isOvertaken(ApiAnswer answer) {
        if (answer.status() != 409) {
            return false;
        }
        if (seenVersion != null) {
            seenVersion = null;
            force = options.conflicts() == Conflicts.TAKE_OVER;
            return !isBoundToVersion();
        }
        return !isBound();
    }

    /**
     * Whether everything but metadata and status is just what we send. Who owns which field is not asked: others may
     * write that, too. Where the API server has set defaults, being sent the manifest's content changes nothing.
     */
    private boolean hasTheManifestsContent(ObjectNode live) {
        return content(live).equals(content(manifest));
    }

    private static ObjectNode content(ObjectNode object) {
        ObjectNode content = object.deepCopy().without(NOT_CONTENT);
        // The API server leaves out such as "data": {}.
        content.properties()
                .removeIf(field ->
                        field.getValue().isContainerNode() && field.getValue().isEmpty());
        return content;
    }

    private Optional<ObjectNode> moveCreateToApply(ObjectNode live, ManagedFields owners) {
        ArrayNode patch = Json.array();
        patch.add(operation("replace", "/metadata/managedFields", owners.withCreateMovedToApply()));
        return patch(patch, live);
    }

    /** Makes everything but metadata and status exactly the manifest's. */
    private Optional<ObjectNode> replaceContent(ObjectNode live) {
        ArrayNode patch = Json.array();
        Set<String> fields = new LinkedHashSet<>();
        live.fieldNames().forEachRemaining(fields::add);
        manifest.fieldNames().forEachRemaining(fields::add);
        fields.removeAll(NOT_CONTENT);
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

    /** Patches the object if it is still of that version; empty where it is not. */
    private Optional<ObjectNode> patch(ArrayNode operations, ObjectNode live) {
        operations.add(operation("replace", "/metadata/resourceVersion", Json.text(version(live))));
        ApiRequest request = ApiRequest.jsonPatch(
                path + query() + "&fieldValidation=Strict", Json.write(operations), type.qualifiedName());
        ApiAnswer answer = session.send(request);
        warnings.addAll(answer.warnings());
        if (answer.isSuccess()) {
            return Optional.of(session.object(answer));
        }
        if (answer.status() == 409 || (answer.status() == 404 && !answer.saysKindNotServed())) {
            return Optional.empty();
        }
        throw session.failure(answer, request, resource);
    }

    private void requireCallersVersion(ObjectNode live) {
        String wanted = manifest.path("metadata").path("resourceVersion").asText("");
        if (!wanted.isEmpty() && !wanted.equals(version(live))) {
            throw new PreconditionFailedException(
                    session.call().context(), "it is at version " + version(live) + " and not " + wanted, null);
        }
    }

    /** What a dry run's answer would be, had the requests that follow a real one been made. */
    private ObjectNode predict(ObjectNode live, ManagedFields owners) {
        owners.ownedByCreateOnly().labelsAndAnnotations().removeFrom(live);
        if (options.extent() == Extent.WHOLE_OBJECT && !hasTheManifestsContent(live)) {
            replaceContent(live).ifPresent(whole -> {
                live.retain(NOT_CONTENT);
                live.setAll(content(whole));
            });
        }
        return live;
    }

    private ApplyResult result(ObjectNode live) {
        return new ApplyResult(
                session.model(live),
                created ? ApplyResult.Effect.CREATED : ApplyResult.Effect.CONFIGURED,
                List.copyOf(warnings));
    }

    private RuntimeException failure(ApiAnswer answer) {
        if (isBound() && isAboutUid(answer)) {
            return new PreconditionFailedException(
                    session.call().context(), "another object of that name has taken its place", null);
        }
        ApiRequest request = ApiRequest.apply(path, "", type.qualifiedName());
        return session.failure(answer, request, resource);
    }

    private static boolean isAboutUid(ApiAnswer answer) {
        return answer.status() == 422
                && !answer.causes().isEmpty()
                && answer.causes().stream().allMatch(cause -> cause.field().equals("metadata.uid"));
    }

    private ObjectNode read() {
        return session.read(type, resource.namespace(), resource.name())
                .orElseThrow(() ->
                        new PreconditionFailedException(session.call().context(), "it does not exist any more", null));
    }

    private String query() {
        return "?fieldManager=" + ResourceType.segment(options.fieldManager())
                + (options.dryRun() ? "&dryRun=All" : "");
    }

    private boolean isBound() {
        return manifest.path("metadata").has("uid") || isBoundToVersion();
    }

    private boolean isBoundToVersion() {
        return manifest.path("metadata").has("resourceVersion");
    }

    private String version(ObjectNode live) {
        return live.path("metadata").path("resourceVersion").asText();
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

package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Who owns which fields of a live object. */
final class ManagedFields {

    private final JsonNode entries;
    private final String manager;

    /** @param manager the manager that is us */
    ManagedFields(ObjectNode live, String manager) {
        this.entries = live.path("metadata").path("managedFields");
        this.manager = manager;
    }

    /** Returns whether our create still owns fields: the API server records a create as an update, not as an apply. */
    boolean createOwnsFields() {
        return list().stream().anyMatch(this::isOurCreate);
    }

    /** Returns whether we have applied the object, and our apply owns no field that the manifest does not have. */
    boolean applyOwnsJustFieldsOf(ObjectNode manifest) {
        List<JsonNode> applies = list().stream().filter(this::isOurApply).toList();
        return !applies.isEmpty()
                && applies.stream()
                        .allMatch(entry -> FieldSet.of(entry.path("fieldsV1")).isWithin(manifest));
    }

    /**
     * Returns the fields that only our create owns: our apply does not own them, and other field managers do not
     * either.
     */
    FieldSet ownedByCreateOnly() {
        FieldSet create = FieldSet.none();
        FieldSet others = FieldSet.none();
        for (JsonNode entry : list()) {
            FieldSet fields = FieldSet.of(entry.path("fieldsV1"));
            if (isOurCreate(entry)) {
                create = create.plus(fields);
            } else {
                others = others.plus(fields);
            }
        }
        return create.minus(others);
    }

    /** Returns the entries as they are once our apply owns what our create owns. */
    ArrayNode withCreateMovedToApply() {
        ArrayNode moved = Json.array();
        ObjectNode apply = null;
        List<JsonNode> creates = new ArrayList<>();
        for (JsonNode entry : list()) {
            if (isOurCreate(entry)) {
                creates.add(entry);
            } else if (isOurApply(entry)) {
                apply = entry.deepCopy();
                moved.add(apply);
            } else {
                moved.add(entry.deepCopy());
            }
        }
        for (JsonNode create : creates) {
            if (apply == null) {
                apply = create.deepCopy();
                apply.put("operation", "Apply");
                moved.add(apply);
            } else {
                apply.set("fieldsV1", FieldSet.union(apply.path("fieldsV1"), create.path("fieldsV1")));
            }
        }
        return moved;
    }

    private boolean isOurCreate(JsonNode entry) {
        return isOurs(entry) && entry.path("operation").asText("").equals("Update");
    }

    private boolean isOurApply(JsonNode entry) {
        return isOurs(entry) && entry.path("operation").asText("").equals("Apply");
    }

    private boolean isOurs(JsonNode entry) {
        return entry.path("manager").asText("").equals(manager)
                && entry.path("subresource").asText("").isEmpty();
    }

    private List<JsonNode> list() {
        List<JsonNode> list = new ArrayList<>();
        entries.forEach(list::add);
        return list;
    }
}

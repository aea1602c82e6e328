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

    /** Whether a create of ours still owns fields, as an update does: apart from what we apply. */
    boolean createOwnsFields() {
        return list().stream().anyMatch(this::isOurCreate);
    }

    /** What a create of ours owns, and neither our apply nor anybody else. */
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

    /** The entries as they are once our apply owns what our create owns. */
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

package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.io.IOException;

/** Reads and writes the owner of a policy as an object, because its id alone does not say which kind of owner it is. */
final class OwnerJson {

    private static final String PROJECT = "project";
    private static final String ORGANIZATION = "organization";

    private static final String ID = "id";

    private OwnerJson() {}

    static final class Serializer extends StdSerializer<EgressPolicyOwner> {

        private static final long serialVersionUID = 1L;

        Serializer() {
            super(EgressPolicyOwner.class);
        }

        @Override
        public void serialize(EgressPolicyOwner owner, JsonGenerator generator, SerializerProvider provider)
                throws IOException {
            generator.writeStartObject();
            generator.writeStringField(Form.TYPE, owner instanceof ProjectId ? PROJECT : ORGANIZATION);
            generator.writeStringField(ID, owner.value());
            generator.writeEndObject();
        }
    }

    static final class Deserializer extends StdDeserializer<EgressPolicyOwner> {

        private static final long serialVersionUID = 1L;

        Deserializer() {
            super(EgressPolicyOwner.class);
        }

        @Override
        public EgressPolicyOwner deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            JsonNode owner = context.readTree(parser);
            JsonNode id = owner.path(ID);
            if (owner.size() != 2 || !id.isTextual()) {
                return context.reportInputMismatch(this, "an object with 'type' and 'id' is expected");
            }
            try {
                return switch (owner.path(Form.TYPE).asText()) {
                    case PROJECT -> new ProjectId(id.textValue());
                    case ORGANIZATION -> new OrganizationId(id.textValue());
                    default -> context.reportInputMismatch(this, "'type' is not 'project' or 'organization'");
                };
            } catch (InvalidTextException e) {
                throw JsonMappingException.from(parser, e.getMessage(), e);
            }
        }
    }
}

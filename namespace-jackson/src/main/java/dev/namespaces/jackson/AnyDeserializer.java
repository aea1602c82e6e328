package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;

/** Reads any value as the mapper does, but a decimal number with all of its digits. */
final class AnyDeserializer extends StdDeserializer<Object> {

    private static final long serialVersionUID = 1L;

    AnyDeserializer() {
        super(Object.class);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        return parser.hasToken(JsonToken.VALUE_NUMBER_FLOAT)
                ? parser.getDecimalValue()
                : context.readValue(parser, Object.class);
    }
}

package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;

/** Reads a whole number or a boolean from its own kind of JSON value, and from nothing else. */
final class ScalarDeserializer extends StdScalarDeserializer<Object> {

    private static final long serialVersionUID = 1L;

    ScalarDeserializer(Class<?> type) {
        super(type);
    }

    static boolean reads(Class<?> type) {
        return type == boolean.class || type == long.class || type == int.class || type == Integer.class;
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (handledType() == boolean.class) {
            return parser.currentToken().isBoolean()
                    ? parser.getBooleanValue()
                    : context.reportInputMismatch(this, "true or false is expected");
        }
        if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            return context.reportInputMismatch(this, "a whole number is expected");
        }
        return handledType() == long.class ? (Object) parser.getLongValue() : (Object) parser.getIntValue();
    }
}

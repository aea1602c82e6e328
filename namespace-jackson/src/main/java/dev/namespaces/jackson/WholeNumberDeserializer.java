package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;

/** Reads an {@code int} or a {@code long} from a whole number, and from nothing else. */
final class WholeNumberDeserializer extends StdScalarDeserializer<Number> {

    private static final long serialVersionUID = 1L;

    WholeNumberDeserializer(Class<?> type) {
        super(type);
    }

    @Override
    public Number deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            return context.reportInputMismatch(this, "a whole number is expected");
        }
        return handledType() == int.class ? (Number) parser.getIntValue() : (Number) parser.getLongValue();
    }
}

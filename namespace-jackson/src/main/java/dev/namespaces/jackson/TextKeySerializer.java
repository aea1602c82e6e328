package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.function.Function;

/** Writes a key of a map as a field's name. */
final class TextKeySerializer<T> extends StdSerializer<T> {

    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // as in TextSerializer
    private final Function<T, String> text;

    TextKeySerializer(Class<T> type, Function<T, String> text) {
        super(type);
        this.text = text;
    }

    @Override
    public void serialize(T key, JsonGenerator generator, SerializerProvider provider) throws IOException {
        generator.writeFieldName(text.apply(key));
    }
}

package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.util.function.Function;

/** Writes a value as text. */
final class TextSerializer<T> extends StdScalarSerializer<T> {

    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // Jackson's own serializers are not serialized with their functions either.
    private final Function<T, String> text;

    TextSerializer(Class<T> type, Function<T, String> text) {
        super(type);
        this.text = text;
    }

    @Override
    public void serialize(T value, JsonGenerator generator, SerializerProvider provider) throws IOException {
        generator.writeString(text.apply(value));
    }
}

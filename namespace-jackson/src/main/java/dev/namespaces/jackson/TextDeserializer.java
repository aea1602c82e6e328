package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import dev.namespaces.error.InvalidTextException;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads a value from text, and from nothing else. */
final class TextDeserializer<T> extends StdScalarDeserializer<T> {

    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // as in TextSerializer
    private final Function<String, T> parse;

    TextDeserializer(Class<T> type, Function<String, T> parse) {
        super(type);
        this.parse = parse;
    }

    /** Returns a deserializer that reads the name of an enum's constant. */
    static TextDeserializer<Object> ofConstant(Class<?> type) {
        Map<String, Object> constants = Arrays.stream(type.getEnumConstants())
                .collect(Collectors.toMap(
                        each -> ((Enum<?>) each).name(), Function.identity(), (one, other) -> one, TreeMap::new));
        return new TextDeserializer<>(Object.class, name -> {
            Object constant = constants.get(name);
            if (constant == null) {
                throw new InvalidTextException(type.getSimpleName(), name, "is not one of " + constants.keySet());
            }
            return constant;
        });
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_STRING)) {
            return context.reportInputMismatch(this, "a string is expected");
        }
        return parsed(parser, parser.getText(), parse);
    }

    private static <T> T parsed(JsonParser parser, String text, Function<String, T> parse) throws IOException {
        try {
            return parse.apply(text);
        } catch (InvalidTextException e) {
            throw JsonMappingException.from(parser, e.getMessage(), e);
        } catch (DateTimeException e) {
            throw JsonMappingException.from(parser, "it is not a time in ISO 8601", e);
        }
    }

    /** Reads a field's name as a key of a map. */
    static final class Key<T> extends KeyDeserializer {

        private final Function<String, T> parse;

        Key(Function<String, T> parse) {
            this.parse = parse;
        }

        @Override
        public Object deserializeKey(String key, DeserializationContext context) throws IOException {
            return parsed(context.getParser(), key, parse);
        }
    }
}

package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.Shown;
import java.util.stream.Collectors;

/**
 * The JSON form of {@link NamespacesModule} for a caller that has no mapper of Jackson 2, such as a host on Jackson 3.
 * Thread-safe.
 */
public final class NamespacesJson {

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .addModule(new NamespacesModule())
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private NamespacesJson() {}

    /** Returns the value as one line of JSON. */
    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("There is no JSON form of " + value.getClass(), e);
        }
    }

    /**
     * Reads a value that {@link #write} has written. The reader guesses nothing: a number for a string, a repeated
     * field, or text after the end is an error.
     *
     * @param type a type that can be read, such as {@code EgressPolicy} or {@code EgressRule[]}
     * @throws InvalidTextException if the text is not of that form; its message says where, and repeats no value
     */
    public static <T> T read(String json, Class<T> type) {
        String what = "JSON of " + type.getSimpleName();
        T value;
        try {
            value = MAPPER.readValue(json, type);
        } catch (JsonMappingException e) {
            throw e.getCause() instanceof InvalidTextException cause
                    ? new InvalidTextException(cause.what() + " at " + path(e), null, cause.problem())
                    : new InvalidTextException(what, null, "is not valid at " + path(e) + ": " + problem(e));
        } catch (JsonProcessingException e) {
            throw new InvalidTextException(what, null, "is not JSON");
        }
        if (value == null) {
            throw new InvalidTextException(what, null, "is null");
        }
        return value;
    }

    private static String path(JsonMappingException e) {
        String path = e.getPath().stream().map(NamespacesJson::step).collect(Collectors.joining());
        return path.isEmpty() ? "the top level" : path.substring(path.startsWith(".") ? 1 : 0);
    }

    private static String step(Reference reference) {
        return reference.getFieldName() == null
                ? "[" + reference.getIndex() + "]"
                : "." + Shown.name(reference.getFieldName());
    }

    private static String problem(JsonMappingException e) {
        return e instanceof UnrecognizedPropertyException
                ? "the field is unknown"
                : "the field is missing, or its value cannot be used";
    }
}

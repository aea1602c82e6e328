package dev.namespaces.jdbc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps of strings as JSON objects of strings. */
final class StringMapJson {

    // At most 256 KiB of annotations are ever written, each character as up to six.
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private interface Value<T extends @Nullable Object> {
        T read(JsonParser json) throws IOException;
    }

    private StringMapJson() {}

    /** Returns the map as an object; a value may be null. */
    static String write(Map<String, ? extends @Nullable String> map) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, ? extends @Nullable String> entry : map.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("A string writer never fails", e);
        }
        return text.toString();
    }

    /** @throws UnreadableRowException if it is not an object of strings */
    static Map<String, String> read(String column, String text) {
        return read(column, text, "a JSON object of strings", json -> {
            require(column, json.currentToken() == JsonToken.VALUE_STRING, "a JSON object of strings");
            return json.getText();
        });
    }

    /** @throws UnreadableRowException if it is not an object of strings and nulls */
    static Map<String, @Nullable String> readNullable(String column, String text) {
        return read(column, text, "a JSON object of strings and nulls", json -> {
            if (json.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            require(column, json.currentToken() == JsonToken.VALUE_STRING, "a JSON object of strings and nulls");
            return json.getText();
        });
    }

    private static <T extends @Nullable Object> Map<String, T> read(
            String column, String text, String expected, Value<T> value) {
        try (JsonParser json = JSON.createParser(text)) {
            Map<String, T> map = new LinkedHashMap<>();
            require(column, json.nextToken() == JsonToken.START_OBJECT, expected);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                json.nextToken();
                map.put(key, value.read(json));
            }
            require(column, json.currentToken() == JsonToken.END_OBJECT, expected);
            return map;
        } catch (IOException e) {
            // The parser's message quotes the text.
            throw new UnreadableRowException("its " + column + " is not valid JSON", null);
        }
    }

    private static void require(String column, boolean condition, String expected) {
        if (!condition) {
            throw new UnreadableRowException("its " + column + " is not " + expected, null);
        }
    }
}

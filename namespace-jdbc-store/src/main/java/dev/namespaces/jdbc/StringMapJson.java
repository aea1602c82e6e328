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
import java.util.NavigableMap;
import java.util.TreeMap;
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

    private interface Entry {
        void read(String key, @Nullable String value);
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
        Map<String, String> map = new LinkedHashMap<>();
        read(column, text, (key, value) -> {
            if (value == null) {
                throw noObject(column);
            }
            map.put(key, value);
        });
        return map;
    }

    /** @throws UnreadableRowException if it is not an object of strings and nulls */
    static NavigableMap<String, @Nullable String> readNullable(String column, String text) {
        NavigableMap<String, @Nullable String> map = new TreeMap<>();
        read(column, text, map::put);
        return map;
    }

    private static void read(String column, String text, Entry entry) {
        try (JsonParser json = JSON.createParser(text)) {
            require(column, json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                boolean isNull = json.nextToken() == JsonToken.VALUE_NULL;
                require(column, isNull || json.currentToken() == JsonToken.VALUE_STRING);
                entry.read(key, isNull ? null : json.getText());
            }
            require(column, json.currentToken() == JsonToken.END_OBJECT);
        } catch (IOException e) {
            // The parser's message quotes the text.
            throw new UnreadableRowException("its " + column + " is not valid JSON");
        }
    }

    private static void require(String column, boolean condition) {
        if (!condition) {
            throw noObject(column);
        }
    }

    private static UnreadableRowException noObject(String column) {
        return new UnreadableRowException("its " + column + " is not a JSON object of strings");
    }
}

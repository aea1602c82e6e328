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

/** Maps of strings as JSON objects of strings. */
final class StringMapJson {

    // 256 KiB of annotations are the most that is ever written, in up to six characters each.
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private StringMapJson() {}

    static String write(Map<String, String> map) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, String> entry : map.entrySet()) {
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
        try (JsonParser json = JSON.createParser(text)) {
            Map<String, String> map = new LinkedHashMap<>();
            require(column, json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                require(column, json.nextToken() == JsonToken.VALUE_STRING);
                map.put(key, json.getText());
            }
            require(column, json.currentToken() == JsonToken.END_OBJECT);
            return map;
        } catch (IOException e) {
            // The parser's message quotes the text.
            throw new UnreadableRowException("its " + column + " is not valid JSON", null);
        }
    }

    private static void require(String column, boolean condition) {
        if (!condition) {
            throw new UnreadableRowException("its " + column + " is not a JSON object of strings", null);
        }
    }
}

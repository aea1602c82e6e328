package dev.namespaces.jackson;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.io.IOException;
import java.util.Collection;

/**
 * Refuses a field that a record does not have, also if the host's mapper ignores such fields. A field that is ignored
 * would change what a policy allows, or what a person has approved.
 */
final class UnknownFields extends DeserializationProblemHandler {

    @Override
    public boolean handleUnknownProperty(
            DeserializationContext context,
            JsonParser parser,
            JsonDeserializer<?> deserializer,
            Object beanOrClass,
            String name)
            throws IOException {
        Class<?> type = beanOrClass instanceof Class<?> given ? given : beanOrClass.getClass();
        if (!Form.isRecord(type)) {
            return false;
        }
        Collection<Object> known = deserializer.getKnownPropertyNames();
        throw UnrecognizedPropertyException.from(parser, beanOrClass, name, known);
    }
}

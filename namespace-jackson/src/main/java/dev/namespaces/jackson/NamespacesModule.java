package dev.namespaces.jackson;

import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.module.SimpleDeserializers;
import com.fasterxml.jackson.databind.module.SimpleKeyDeserializers;
import com.fasterxml.jackson.databind.module.SimpleSerializers;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.EgressPolicyOwner;

/**
 * Gives a Jackson 2 mapper the JSON form of this library's values. Jackson finds it by
 * {@link com.fasterxml.jackson.databind.ObjectMapper#findAndRegisterModules()}. The form is the same in each mapper: no
 * setting for names, nulls, times or unknown fields changes it.
 *
 * <ul>
 *   <li>A record is an object with a field for each component. Null is written.
 *   <li>Ids, address ranges, times and durations are strings; times and durations as in ISO 8601. Enum constants have
 *       their Java names.
 *   <li>A value that is one of several, such as an egress mode, has a field {@code type}: {@code deny-all}.
 *   <li>A failure is {@code {type, category, message, context, retryable, retryAfterSeconds, facts}}, without cause and
 *       stack trace. Failures, and reports that have some, are written only.
 *   <li>A field that is unknown, missing or null where it must not be is an error.
 * </ul>
 */
public final class NamespacesModule extends Module {

    @Override
    public String getModuleName() {
        return "dev.namespaces";
    }

    @Override
    public Version version() {
        return Version.unknownVersion();
    }

    @Override
    public Object getTypeId() {
        return getModuleName();
    }

    @Override
    public void setupModule(SetupContext context) {
        SimpleSerializers serializers = new SimpleSerializers();
        SimpleSerializers keySerializers = new SimpleSerializers();
        SimpleDeserializers deserializers = new SimpleDeserializers();
        SimpleKeyDeserializers keyDeserializers = new SimpleKeyDeserializers();
        Form.TEXTS.forEach(text -> add(text, serializers, keySerializers, deserializers, keyDeserializers));
        serializers.addSerializer(NamespaceException.class, new ErrorSerializer());
        deserializers.addDeserializer(EgressPolicyOwner.class, new OwnerJson.Deserializer());
        context.addSerializers(serializers);
        context.addSerializers(new ConstantSerializers());
        context.addKeySerializers(keySerializers);
        context.addDeserializers(deserializers);
        context.addKeyDeserializers(keyDeserializers);
        context.insertAnnotationIntrospector(new FormIntrospector());
        context.addDeserializationProblemHandler(new UnknownFields());
    }

    private static <T> void add(
            Form.Text<T> text,
            SimpleSerializers serializers,
            SimpleSerializers keySerializers,
            SimpleDeserializers deserializers,
            SimpleKeyDeserializers keyDeserializers) {
        serializers.addSerializer(text.type(), new TextSerializer<>(text.type(), text.write()));
        keySerializers.addSerializer(text.type(), new TextKeySerializer<>(text.type(), text.write()));
        deserializers.addDeserializer(text.type(), new TextDeserializer<>(text.type(), text.read()));
        keyDeserializers.addDeserializer(text.type(), new TextDeserializer.Key<>(text.read()));
    }
}

package dev.namespaces.core.delete;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MutableCoercionConfig;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Shown;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The JSON form of a plan. The fields have the names of the components of the records; ids and times are text. Reading
 * is strict: an unknown, missing or repeated field is an error, because a person approved exactly the text that they
 * saw.
 */
final class DeletionPlanJson {

    private static final String WHAT = "deletion plan";

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new SimpleModule()
                    .addSerializer(new Text<>(ClusterId.class, ClusterId::value))
                    .addSerializer(new Text<>(EnvironmentId.class, EnvironmentId::value))
                    .addSerializer(new Text<>(NamespaceId.class, NamespaceId::value))
                    .addSerializer(new Text<>(Instant.class, Instant::toString))
                    .addDeserializer(ClusterId.class, new Parsed<>(ClusterId.class, ClusterId::new))
                    .addDeserializer(EnvironmentId.class, new Parsed<>(EnvironmentId.class, EnvironmentId::new))
                    .addDeserializer(NamespaceId.class, new Parsed<>(NamespaceId.class, NamespaceId::new))
                    .addDeserializer(Instant.class, new Parsed<>(Instant.class, Instant::parse)))
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .withCoercionConfig(LogicalType.Textual, DeletionPlanJson::onlyText)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // A person reads the plan, perhaps in a terminal, and a cluster's answer can have any character.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private DeletionPlanJson() {}

    private static void onlyText(MutableCoercionConfig config) {
        Stream.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)
                .forEach(shape -> config.setCoercion(shape, CoercionAction.Fail));
    }

    static String write(DeletionPlan plan) {
        try {
            return MAPPER.writeValueAsString(plan);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A plan cannot be written as JSON", e);
        }
    }

    static DeletionPlan read(String json) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            requireFormat(tree);
            return MAPPER.treeToValue(tree, DeletionPlan.class);
        } catch (JsonMappingException e) {
            throw new InvalidTextException(WHAT, null, "is not valid at " + path(e) + ": " + problem(e));
        } catch (JsonProcessingException e) {
            throw new InvalidTextException(WHAT, null, "is not JSON: " + e.getOriginalMessage());
        }
    }

    /** Throws if the plan has another format. Its fields may differ, so an error about a field would mislead. */
    private static void requireFormat(JsonNode tree) {
        JsonNode format = tree.path("format");
        if (!tree.isObject()) {
            throw new InvalidTextException(WHAT, null, "is not a JSON object");
        }
        if (format.isInt() && format.intValue() != DeletionPlan.FORMAT) {
            throw DeletionPlan.unknownFormat(format.intValue());
        }
    }

    private static String path(JsonMappingException e) {
        String path = e.getPath().stream().map(DeletionPlanJson::step).collect(Collectors.joining());
        return path.isEmpty() ? "the top level" : path.substring(path.startsWith(".") ? 1 : 0);
    }

    private static String step(Reference reference) {
        return reference.getFieldName() == null
                ? "[" + reference.getIndex() + "]"
                : "." + Shown.name(reference.getFieldName());
    }

    private static String problem(JsonMappingException e) {
        if (e.getCause() instanceof InvalidTextException cause) {
            return String.valueOf(cause.getMessage());
        }
        return e instanceof UnrecognizedPropertyException
                ? "the field is unknown"
                : "the field is missing, or its value cannot be used";
    }

    private static final class Text<T> extends StdScalarSerializer<T> {

        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // Jackson's own serializers are not serialized with their functions either.
        private final Function<T, String> text;

        Text(Class<T> type, Function<T, String> text) {
            super(type);
            this.text = text;
        }

        @Override
        public void serialize(T value, JsonGenerator generator, SerializerProvider provider) throws IOException {
            generator.writeString(text.apply(value));
        }
    }

    private static final class Parsed<T> extends StdScalarDeserializer<T> {

        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // as above
        private final Function<String, T> parse;

        Parsed(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.hasToken(JsonToken.VALUE_STRING)) {
                return handledType().cast(context.handleUnexpectedToken(handledType(), parser));
            }
            try {
                return parse.apply(parser.getText());
            } catch (InvalidTextException | DateTimeException e) {
                throw JsonMappingException.from(parser, String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        @SuppressWarnings("unchecked") // the constructor took this class
        public Class<T> handledType() {
            return (Class<T>) super.handledType();
        }
    }
}

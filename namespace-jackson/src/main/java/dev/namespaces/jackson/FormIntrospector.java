package dev.namespaces.jackson;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.PropertyMetadata;
import com.fasterxml.jackson.databind.PropertyName;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedConstructor;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import com.fasterxml.jackson.databind.introspect.VirtualAnnotatedMember;
import com.fasterxml.jackson.databind.introspect.VisibilityChecker;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.jsontype.impl.StdTypeResolverBuilder;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.VirtualBeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.util.Annotations;
import com.fasterxml.jackson.databind.util.SimpleBeanPropertyDefinition;
import dev.namespaces.model.EgressPolicyOwner;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells Jackson about our records what annotations would tell it. The fields are the components, whichever naming, null
 * and visibility settings the host has. A component that cannot be null is required. A record that is one of several
 * has a field that says which one.
 */
final class FormIntrospector extends NopAnnotationIntrospector {

    private static final long serialVersionUID = 1L;

    // Jackson's own code takes null for "no opinion", but has no annotations that say so.

    @Override
    public VisibilityChecker<?> findAutoDetectVisibility(AnnotatedClass type, VisibilityChecker<?> checker) {
        return Form.isRecord(type.getRawType())
                ? checker.withGetterVisibility(JsonAutoDetect.Visibility.PUBLIC_ONLY)
                        .withIsGetterVisibility(JsonAutoDetect.Visibility.NONE)
                        .withFieldVisibility(JsonAutoDetect.Visibility.NONE)
                : checker;
    }

    @Override
    public @Nullable PropertyName findNameForSerialization(Annotated annotated) {
        return annotated instanceof AnnotatedMethod method
                        && method.getParameterCount() == 0
                        && isComponent(method.getDeclaringClass(), method.getName())
                ? PropertyName.construct(method.getName())
                : null;
    }

    @Override
    public @Nullable PropertyName findNameForDeserialization(Annotated annotated) {
        return annotated instanceof AnnotatedParameter parameter && isOfCanonicalConstructor(parameter)
                ? PropertyName.construct(parameter
                        .getDeclaringClass()
                        .getRecordComponents()[parameter.getIndex()]
                        .getName())
                : null;
    }

    @Override
    public JsonCreator.@Nullable Mode findCreatorAnnotation(MapperConfig<?> config, Annotated annotated) {
        return annotated instanceof AnnotatedConstructor && isCanonical(annotated.getAnnotated())
                ? JsonCreator.Mode.PROPERTIES
                : null;
    }

    @Override
    public JsonSetter.Value findSetterInfo(Annotated annotated) {
        return annotated instanceof AnnotatedParameter parameter && isOfCanonicalConstructor(parameter)
                ? JsonSetter.Value.construct(isNullable(parameter) ? Nulls.SET : Nulls.FAIL, Nulls.SET)
                : JsonSetter.Value.empty();
    }

    @Override
    public JsonFormat.Value findFormat(Annotated annotated) {
        if (annotated instanceof AnnotatedMember member && Form.isRecord(member.getDeclaringClass())) {
            return JsonFormat.Value.empty()
                    .withoutFeature(JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    .withoutFeature(JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED);
        }
        return JsonFormat.Value.empty();
    }

    @Override
    public JsonInclude.Value findPropertyInclusion(Annotated annotated) {
        return annotated instanceof AnnotatedMember member && Form.isRecord(member.getDeclaringClass())
                ? JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS)
                : JsonInclude.Value.empty();
    }

    @Override
    public @Nullable Object findSerializer(Annotated annotated) {
        if (!(annotated instanceof AnnotatedMember member) || !Form.isRecord(member.getDeclaringClass())) {
            return null;
        }
        if (isTime(member.getRawType())) {
            return ToStringSerializer.instance;
        }
        return member.getRawType() == EgressPolicyOwner.class ? new OwnerJson.Serializer() : null;
    }

    @Override
    public @Nullable Object findDeserializer(Annotated annotated) {
        return isPartOfRecord(annotated) ? exact(annotated.getRawType()) : null;
    }

    @Override
    public @Nullable Object findContentDeserializer(Annotated annotated) {
        if (!isPartOfRecord(annotated)) {
            return null;
        }
        JavaType content = annotated.getType().getContentType();
        return content == null ? null : exact(content.getRawClass());
    }

    @Override
    public @Nullable TypeResolverBuilder<?> findTypeResolver(
            MapperConfig<?> config, AnnotatedClass type, JavaType baseType) {
        // The record's own field writes the type: Jackson's own way omits it in a list whose type is erased.
        return config instanceof SerializationConfig || !Form.isChoice(type.getRawType())
                ? null
                : new StdTypeResolverBuilder()
                        .init(JsonTypeInfo.Id.NAME, null)
                        .inclusion(JsonTypeInfo.As.PROPERTY)
                        .typeProperty(Form.TYPE);
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(Annotated annotated) {
        return annotated instanceof AnnotatedClass type && Form.isChoice(type.getRawType())
                ? Form.choices(type.getRawType())
                        .map(each -> new NamedType(each, Form.typeName(each)))
                        .toList()
                : null;
    }

    @Override
    public void findAndAddVirtualProperties(
            MapperConfig<?> config, AnnotatedClass type, List<BeanPropertyWriter> properties) {
        if (Form.hasTypeField(type.getRawType())) {
            properties.add(0, TypeField.of(config, type));
        }
    }

    private static boolean isPartOfRecord(Annotated annotated) {
        return annotated instanceof AnnotatedParameter parameter && Form.isRecord(parameter.getDeclaringClass());
    }

    /**
     * Returns a deserializer that accepts only the type's own kind of JSON value, or null if Jackson's deserializer
     * does so already.
     */
    private static @Nullable JsonDeserializer<?> exact(Class<?> type) {
        if (type == Instant.class) {
            return new TextDeserializer<>(Instant.class, Instant::parse);
        }
        if (type == Duration.class) {
            return new TextDeserializer<>(Duration.class, Duration::parse);
        }
        if (type == String.class) {
            return new TextDeserializer<>(String.class, Function.identity());
        }
        if (type.isEnum() && Form.covers(type)) {
            return TextDeserializer.ofConstant(type);
        }
        if (type == Object.class) {
            return new AnyDeserializer();
        }
        return ScalarDeserializer.reads(type) ? new ScalarDeserializer(type) : null;
    }

    private static boolean isTime(Class<?> type) {
        return type == Instant.class || type == Duration.class;
    }

    private static boolean isComponent(Class<?> type, String name) {
        return Form.isRecord(type)
                && Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .anyMatch(name::equals);
    }

    private static boolean isOfCanonicalConstructor(AnnotatedParameter parameter) {
        return isCanonical(parameter.getOwner().getAnnotated());
    }

    private static boolean isCanonical(@Nullable AnnotatedElement element) {
        return element instanceof Constructor<?> constructor
                && Form.isRecord(constructor.getDeclaringClass())
                && Arrays.equals(
                        constructor.getParameterTypes(),
                        Arrays.stream(constructor.getDeclaringClass().getRecordComponents())
                                .map(RecordComponent::getType)
                                .toArray());
    }

    private static boolean isNullable(AnnotatedParameter parameter) {
        return parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor
                && constructor.getAnnotatedParameterTypes()[parameter.getIndex()].isAnnotationPresent(Nullable.class);
    }

    /** The field {@code type} of a record that is one of several. */
    private static final class TypeField extends VirtualBeanPropertyWriter {

        private static final long serialVersionUID = 1L;

        private final String name;

        private TypeField(BeanPropertyDefinition definition, Annotations annotations, JavaType text, String name) {
            super(definition, annotations, text);
            this.name = name;
        }

        static TypeField of(MapperConfig<?> config, AnnotatedClass type) {
            JavaType text = config.constructType(String.class);
            AnnotatedMember member = new VirtualAnnotatedMember(type, type.getRawType(), Form.TYPE, text);
            return new TypeField(
                    SimpleBeanPropertyDefinition.construct(
                            config,
                            member,
                            PropertyName.construct(Form.TYPE),
                            PropertyMetadata.STD_REQUIRED,
                            JsonInclude.Include.ALWAYS),
                    type.getAnnotations(),
                    text,
                    Form.typeName(type.getRawType()));
        }

        @Override
        protected Object value(Object bean, JsonGenerator generator, SerializerProvider provider) {
            return name;
        }

        @Override
        public VirtualBeanPropertyWriter withConfig(
                MapperConfig<?> config, AnnotatedClass type, BeanPropertyDefinition definition, JavaType text) {
            return new TypeField(definition, type.getAnnotations(), text, Form.typeName(type.getRawType()));
        }
    }
}

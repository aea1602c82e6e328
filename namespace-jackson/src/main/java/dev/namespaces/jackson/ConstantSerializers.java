package dev.namespaces.jackson;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.ser.Serializers;
import org.jspecify.annotations.Nullable;

/**
 * Writes the name of an enum's constant, also if the host's mapper writes its own enums as numbers or in lower case.
 */
final class ConstantSerializers extends Serializers.Base {

    @Override
    public @Nullable JsonSerializer<?> findSerializer(
            SerializationConfig config, JavaType type, BeanDescription description) {
        return type.isEnumType() && Form.covers(type.getRawClass())
                ? new TextSerializer<>(Object.class, constant -> ((Enum<?>) constant).name())
                : null;
    }
}

package dev.namespaces.core.request;

import static dev.namespaces.core.request.ValidAs.Syntax.ANNOTATIONS_SIZE;
import static dev.namespaces.core.request.ValidAs.Syntax.ANNOTATION_KEY;
import static dev.namespaces.core.request.ValidAs.Syntax.ANNOTATION_VALUE;
import static dev.namespaces.core.request.ValidAs.Syntax.ID;
import static dev.namespaces.core.request.ValidAs.Syntax.LABEL_KEY;
import static dev.namespaces.core.request.ValidAs.Syntax.LABEL_VALUE;
import static dev.namespaces.core.request.ValidAs.Syntax.NAMESPACE_NAME;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Shown;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a host asks for: a namespace of an environment. It is untrusted input, so it can hold anything, nulls included;
 * it is checked as a whole when it is used, by the constraints that it carries and by the host's own settings.
 *
 * @param environmentId the environment; a valid, non-empty label value
 * @param name the namespace's name; an RFC 1123 label, see {@link NamespaceNames}
 * @param metadata the platform's own facts, which become labels. Values may be strings, numbers, booleans, enums,
 *     characters and UUIDs; null instead of a map means none
 * @param annotations the same for annotations, at most 256 KiB in all
 */
public record NamespaceRequest(
        @ValidAs(ID) @Nullable String environmentId,
        @ValidAs(NAMESPACE_NAME) @Nullable String name,
        Map<@ValidAs(LABEL_KEY) @Nullable String, @ValidAs(LABEL_VALUE) @Nullable Object> metadata,

        @ValidAs(ANNOTATIONS_SIZE)
        Map<@ValidAs(ANNOTATION_KEY) @Nullable String, @ValidAs(ANNOTATION_VALUE) @Nullable Object> annotations) {

    public NamespaceRequest(
            @Nullable String environmentId,
            @Nullable String name,
            @Nullable Map<@Nullable String, @Nullable Object> metadata,
            @Nullable Map<@Nullable String, @Nullable Object> annotations) {
        this.environmentId = environmentId;
        this.name = name;
        this.metadata = copy(metadata);
        this.annotations = copy(annotations);
    }

    /** A request without metadata and annotations. */
    public static NamespaceRequest of(EnvironmentId environmentId, String name) {
        return new NamespaceRequest(
                Objects.requireNonNull(environmentId, "environmentId").value(), name, null, null);
    }

    /** The same with one more metadata entry. */
    public NamespaceRequest withMetadata(String key, Object value) {
        return new NamespaceRequest(environmentId, name, plus(metadata, key, value), annotations);
    }

    /** The same with one more annotation. */
    public NamespaceRequest withAnnotation(String key, Object value) {
        return new NamespaceRequest(environmentId, name, metadata, plus(annotations, key, value));
    }

    /** Returns text such as {@code request for namespace shop-web of shop-dev}, without metadata and annotations. */
    @Override
    public String toString() {
        return "request for namespace " + Shown.name(String.valueOf(name)) + " of "
                + Shown.name(String.valueOf(environmentId));
    }

    private static Map<@Nullable String, @Nullable Object> copy(@Nullable Map<@Nullable String, @Nullable Object> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    private static Map<@Nullable String, @Nullable Object> plus(
            Map<@Nullable String, @Nullable Object> map, String key, Object value) {
        Map<@Nullable String, @Nullable Object> more = new LinkedHashMap<>(map);
        more.put(key, value);
        return more;
    }
}

package dev.namespaces.core.request;

import static dev.namespaces.core.request.ValidAs.Syntax.ID;
import static dev.namespaces.core.request.ValidAs.Syntax.NAMESPACE_NAME;
import static dev.namespaces.core.request.ValidEntries.Kind.ANNOTATIONS;
import static dev.namespaces.core.request.ValidEntries.Kind.LABELS;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Shown;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a host asks for: a namespace of an environment. It is untrusted input, so it can hold anything, nulls included;
 * it is checked as a whole when it is used, by the constraints that it carries and by the host's own settings.
 *
 * <p>Maps and values are read once, when the request is created. A map that throws, or has more than 1,000 entries, is
 * read as far as that, and the request is not valid.
 *
 * @param environmentId the environment; a valid, non-empty label value
 * @param name the namespace's name; an RFC 1123 label, see {@link NamespaceNames}
 * @param metadata the platform's own facts, which become labels, at most 64 KiB in all. Values may be strings, Java's
 *     own numbers of at most 1,000 digits, booleans, enums, characters and UUIDs; they are kept as text. Null instead
 *     of a map means none
 * @param annotations the same for annotations, at most 255 KiB in all
 */
public record NamespaceRequest(
        @ValidAs(ID) @Nullable String environmentId,
        @ValidAs(NAMESPACE_NAME) @Nullable String name,
        @ValidEntries(LABELS) Map<@Nullable String, @Nullable Object> metadata,
        @ValidEntries(ANNOTATIONS) Map<@Nullable String, @Nullable Object> annotations) {

    public NamespaceRequest(
            @Nullable String environmentId,
            @Nullable String name,
            @Nullable Map<@Nullable String, @Nullable Object> metadata,
            @Nullable Map<@Nullable String, @Nullable Object> annotations) {
        this.environmentId = environmentId;
        this.name = name;
        this.metadata = Entries.of(metadata);
        this.annotations = Entries.of(annotations);
    }

    /** Returns a request without metadata and annotations. */
    public static NamespaceRequest of(EnvironmentId environmentId, String name) {
        return new NamespaceRequest(
                Objects.requireNonNull(environmentId, "environmentId").value(), name, null, null);
    }

    /** Returns the same with one more metadata entry. */
    public NamespaceRequest withMetadata(String key, Object value) {
        return new NamespaceRequest(environmentId, name, ((Entries) metadata).plus(key, value), annotations);
    }

    /** Returns the same with one more annotation. */
    public NamespaceRequest withAnnotation(String key, Object value) {
        return new NamespaceRequest(environmentId, name, metadata, ((Entries) annotations).plus(key, value));
    }

    /** Names the namespace and the environment; metadata and annotations are left out. */
    @Override
    public String toString() {
        return "request for namespace " + Shown.name(String.valueOf(name)) + " of "
                + Shown.name(String.valueOf(environmentId));
    }
}

package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored namespace of an environment: what should exist on each of the environment's clusters.
 *
 * @param id its id, which no other namespace ever has, not even one of the same name
 * @param environmentId the environment that it belongs to
 * @param name its name on every cluster; an RFC 1123 label
 * @param metadata the platform's own facts, which become labels; valid Kubernetes labels, kept in key order
 * @param annotations valid Kubernetes annotations, at most 256 KiB in all, kept in key order
 * @param version 1 when inserted, one more with each update
 * @param createdAt when it was inserted; stores keep microseconds
 * @param updatedAt when it was last changed; stores keep microseconds
 * @param deletedAt when it was soft-deleted, or null while it is live
 */
public record Namespace(
        NamespaceId id,
        EnvironmentId environmentId,
        String name,
        Map<String, String> metadata,
        Map<String, String> annotations,
        long version,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant deletedAt)
        implements Serializable {

    /**
     * @throws InvalidTextException if the name, the metadata or the annotations are not valid on a cluster
     * @throws IllegalArgumentException if the version is less than 1
     */
    public Namespace {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(environmentId, "environmentId");
        KubernetesSyntax.namespaceNameProblem(name).ifPresent(problem -> {
            throw new InvalidTextException("name of namespace " + id, name, problem);
        });
        metadata = SortedMaps.labels("metadata", " of namespace " + id, metadata);
        annotations = SortedMaps.annotations("annotations", " of namespace " + id, annotations);
        if (version < 1) {
            throw new IllegalArgumentException("Namespace " + id + ": the version must be at least 1, is " + version);
        }
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
    }

    /** Returns whether it has not been soft-deleted. */
    public boolean isLive() {
        return deletedAt == null;
    }

    /** Returns the next version, with this content. */
    public Namespace changed(Map<String, String> metadata, Map<String, String> annotations, Instant at) {
        return new Namespace(id, environmentId, name, metadata, annotations, version + 1, createdAt, at, deletedAt);
    }

    /** Returns the next version, soft-deleted. Everything else stays, {@code updatedAt} too. */
    public Namespace deleted(Instant at) {
        return new Namespace(id, environmentId, name, metadata, annotations, version + 1, createdAt, updatedAt, at);
    }

    /** Names it by name, environment, id and version; values of metadata and annotations are left out. */
    @Override
    public String toString() {
        return "namespace " + name + " of " + environmentId + " (" + id + ", version " + version
                + (isLive() ? ")" : ", deleted)");
    }
}

package dev.namespaces.testkit;

import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Namespace} for a test; see {@link TestData#aNamespace}. */
public final class NamespaceBuilder {

    /** When everything happened that a test says nothing of. */
    static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    private @Nullable String id;
    private EnvironmentId environment = TestData.anEnvironment().build().id();
    private @Nullable String name;
    private final Map<String, String> metadata = new TreeMap<>();
    private final Map<String, String> annotations = new TreeMap<>();
    private long version = 1;
    private Instant createdAt = LONG_AGO;
    private @Nullable Instant updatedAt;
    private @Nullable Instant deletedAt;

    NamespaceBuilder() {}

    /** Takes over everything of another namespace, to be changed by later calls. */
    public NamespaceBuilder like(Namespace other) {
        id = other.id().value();
        environment = other.environmentId();
        name = other.name();
        metadata.clear();
        metadata.putAll(other.metadata());
        annotations.clear();
        annotations.putAll(other.annotations());
        version = other.version();
        createdAt = other.createdAt();
        updatedAt = other.updatedAt();
        deletedAt = other.deletedAt();
        return this;
    }

    /** Its id; without one, a random one, another with each {@link #build}. */
    public NamespaceBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** Its environment; {@code shop-dev} by default. */
    public NamespaceBuilder in(Environment environment) {
        return in(environment.id());
    }

    /** Its environment; {@code shop-dev} by default. */
    public NamespaceBuilder in(EnvironmentId environment) {
        this.environment = environment;
        return this;
    }

    /** Its name on every cluster; that of its environment's id by default. */
    public NamespaceBuilder name(String name) {
        this.name = name;
        return this;
    }

    /** One more entry of metadata; there are none by default. */
    public NamespaceBuilder metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** One more annotation; there are none by default. */
    public NamespaceBuilder annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    /** Its version; 1 by default. */
    public NamespaceBuilder version(long version) {
        this.version = version;
        return this;
    }

    /** When it was inserted; the first day of 2026 by default. */
    public NamespaceBuilder createdAt(Instant createdAt) {
        this.createdAt = createdAt;
        return this;
    }

    /** When it was last changed; when it was inserted by default. */
    public NamespaceBuilder updatedAt(Instant updatedAt) {
        this.updatedAt = updatedAt;
        return this;
    }

    /** When it was soft-deleted; it is live by default. */
    public NamespaceBuilder deletedAt(Instant deletedAt) {
        this.deletedAt = deletedAt;
        return this;
    }

    /** The namespace. */
    public Namespace build() {
        return new Namespace(
                new NamespaceId(id == null ? UUID.randomUUID().toString() : id),
                environment,
                name == null ? environment.value() : name,
                metadata,
                annotations,
                version,
                createdAt,
                updatedAt == null ? createdAt : updatedAt,
                deletedAt);
    }
}

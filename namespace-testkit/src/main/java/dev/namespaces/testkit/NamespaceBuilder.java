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

    /** The time of each event that a test does not mention. */
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

    /** Sets the id. Without one, each {@link #build} draws a random id. */
    public NamespaceBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** Sets the environment; {@code shop-dev} by default. */
    public NamespaceBuilder in(Environment environment) {
        return in(environment.id());
    }

    /** Sets the environment; {@code shop-dev} by default. */
    public NamespaceBuilder in(EnvironmentId environment) {
        this.environment = environment;
        return this;
    }

    /** Sets the name on every cluster; the id of the environment by default. */
    public NamespaceBuilder name(String name) {
        this.name = name;
        return this;
    }

    /** Adds an entry of metadata; there are none by default. */
    public NamespaceBuilder metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** Adds an annotation; there are none by default. */
    public NamespaceBuilder annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    /** Sets the version; 1 by default. */
    public NamespaceBuilder version(long version) {
        this.version = version;
        return this;
    }

    /** Sets when it was inserted; the first day of 2026 by default. */
    public NamespaceBuilder createdAt(Instant createdAt) {
        this.createdAt = createdAt;
        return this;
    }

    /** Sets when it was last changed; the time of its insertion by default. */
    public NamespaceBuilder updatedAt(Instant updatedAt) {
        this.updatedAt = updatedAt;
        return this;
    }

    /** Sets when it was soft-deleted; it is live by default. */
    public NamespaceBuilder deletedAt(Instant deletedAt) {
        this.deletedAt = deletedAt;
        return this;
    }

    /** Returns the namespace. */
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

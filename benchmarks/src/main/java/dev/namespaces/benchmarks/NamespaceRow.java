package dev.namespaces.benchmarks;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Map;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * A namespace as Hibernate ORM maps it. It is immutable to Hibernate, so that no copy of it is kept to find out later
 * whether it has changed; the rows here never do.
 */
@Entity
@Immutable
@Table(name = "ns_namespaces")
@SuppressWarnings("NullAway.Init") // Hibernate makes it empty and fills it in.
class NamespaceRow {

    @Id
    private String id;

    @Column(name = "environment_id")
    private String environmentId;

    private String name;

    @Column(name = "live_name", insertable = false, updatable = false)
    private @Nullable String liveName;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, String> metadata;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, String> annotations;

    private long version;

    @Column(name = "created_at")
    private Instant createdAt;

    @Column(name = "updated_at")
    private Instant updatedAt;

    @Column(name = "deleted_at")
    private @Nullable Instant deletedAt;

    protected NamespaceRow() {}

    NamespaceRow(Namespace namespace) {
        this.id = namespace.id().value();
        this.environmentId = namespace.environmentId().value();
        this.name = namespace.name();
        this.metadata = namespace.metadata();
        this.annotations = namespace.annotations();
        this.version = namespace.version();
        this.createdAt = namespace.createdAt();
        this.updatedAt = namespace.updatedAt();
        this.deletedAt = namespace.deletedAt();
    }

    Namespace toNamespace() {
        return new Namespace(
                new NamespaceId(id),
                new EnvironmentId(environmentId),
                name,
                metadata,
                annotations,
                version,
                createdAt,
                updatedAt,
                deletedAt);
    }
}

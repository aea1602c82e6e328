-- Version 1 of the schema. Every statement can run again. Never changed once released: a new version is a new file.

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}schema_version (
    version INTEGER NOT NULL,
    applied_at DATETIME(6) NOT NULL,
    CONSTRAINT ${namespaces_prefix}schema_version_pk PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}environments (
    id VARCHAR(63) NOT NULL,
    organization_id VARCHAR(63) NOT NULL,
    project_id VARCHAR(63) NOT NULL,
    name LONGTEXT NOT NULL,
    labels JSON NOT NULL,
    promotion_order INTEGER NOT NULL,
    deleted_at DATETIME(6),
    CONSTRAINT ${namespaces_prefix}environments_pk PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}environment_clusters (
    environment_id VARCHAR(63) NOT NULL,
    position INTEGER NOT NULL,
    cluster_id VARCHAR(63) NOT NULL,
    CONSTRAINT ${namespaces_prefix}environment_clusters_pk PRIMARY KEY (environment_id, position),
    CONSTRAINT ${namespaces_prefix}environment_clusters_fk FOREIGN KEY (environment_id) REFERENCES ${namespaces_schema}${namespaces_prefix}environments (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- A column that is null once the row is soft-deleted makes "unique among live rows" an ordinary unique constraint.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}namespaces (
    id VARCHAR(63) NOT NULL,
    environment_id VARCHAR(63) NOT NULL,
    name VARCHAR(63) NOT NULL,
    live_name VARCHAR(63) GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN name END) STORED,
    metadata JSON NOT NULL,
    annotations JSON NOT NULL,
    version BIGINT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    deleted_at DATETIME(6),
    CONSTRAINT ${namespaces_prefix}namespaces_pk PRIMARY KEY (id),
    CONSTRAINT ${namespaces_prefix}namespaces_live_name UNIQUE (environment_id, live_name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ${namespaces_prefix}namespaces_by_name ON ${namespaces_schema}${namespaces_prefix}namespaces (live_name, environment_id);

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}egress_policies (
    id VARCHAR(63) NOT NULL,
    owner_kind VARCHAR(16) NOT NULL,
    owner_id VARCHAR(63) NOT NULL,
    live_owner_id VARCHAR(63) GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN owner_id END) STORED,
    egress_mode VARCHAR(16) NOT NULL,
    rules JSON NOT NULL,
    version BIGINT NOT NULL,
    deleted_at DATETIME(6),
    CONSTRAINT ${namespaces_prefix}egress_policies_pk PRIMARY KEY (id),
    CONSTRAINT ${namespaces_prefix}egress_policies_live_owner UNIQUE (live_owner_id, owner_kind)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ${namespaces_prefix}egress_policies_by_owner ON ${namespaces_schema}${namespaces_prefix}egress_policies (owner_id, owner_kind);

-- One row for each target, of constant size. Its lock makes all writers of the target's other rows take turns.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}deployments (
    environment_id VARCHAR(63) NOT NULL,
    cluster_id VARCHAR(63) NOT NULL,
    revision BIGINT NOT NULL,
    plan_serial BIGINT NOT NULL,
    attempt VARCHAR(63),
    input_fingerprint VARCHAR(255),
    rendered_fingerprint VARCHAR(255),
    rendering_generation INTEGER,
    dialect VARCHAR(32),
    deployed_at DATETIME(6),
    CONSTRAINT ${namespaces_prefix}deployments_pk PRIMARY KEY (environment_id, cluster_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- One row for each object that may exist on a cluster. A Namespace counts as in itself. api_version has 127 characters
-- at most, so that the key fits into the 3072 bytes that MariaDB allows.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}target_objects (
    environment_id VARCHAR(63) NOT NULL,
    cluster_id VARCHAR(63) NOT NULL,
    namespace_name VARCHAR(63) NOT NULL,
    kind VARCHAR(63) NOT NULL,
    name VARCHAR(253) NOT NULL,
    api_version VARCHAR(127) NOT NULL,
    namespace_id VARCHAR(63) NOT NULL,
    attempt VARCHAR(63) NOT NULL,
    attempted_at DATETIME(6) NOT NULL,
    open BOOLEAN NOT NULL,
    create_nonce VARCHAR(63) NOT NULL,
    uid VARCHAR(127),
    origin VARCHAR(16),
    fingerprint VARCHAR(255),
    label_keys JSON NOT NULL,
    annotation_keys JSON NOT NULL,
    released_uid VARCHAR(127),
    released_nonce VARCHAR(63),
    CONSTRAINT ${namespaces_prefix}target_objects_pk PRIMARY KEY (environment_id, cluster_id, namespace_name, kind, name, api_version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ${namespaces_prefix}target_objects_by_uid ON ${namespaces_schema}${namespaces_prefix}target_objects (uid, cluster_id);

-- Namespaces that an ensure created, for no environment.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}ensured_namespaces (
    cluster_id VARCHAR(63) NOT NULL,
    uid VARCHAR(127) NOT NULL,
    name VARCHAR(63) NOT NULL,
    ensured_at DATETIME(6) NOT NULL,
    CONSTRAINT ${namespaces_prefix}ensured_namespaces_pk PRIMARY KEY (cluster_id, uid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- As ShedLock needs it. The name is "environment/cluster", with both ids at their longest.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}locks (
    name VARCHAR(127) NOT NULL,
    lock_until DATETIME(6) NOT NULL,
    locked_at DATETIME(6) NOT NULL,
    locked_by VARCHAR(127) NOT NULL,
    CONSTRAINT ${namespaces_prefix}locks_pk PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

INSERT INTO ${namespaces_schema}${namespaces_prefix}schema_version (version, applied_at)
SELECT 1, UTC_TIMESTAMP(6) WHERE NOT EXISTS (SELECT 1 FROM ${namespaces_schema}${namespaces_prefix}schema_version WHERE version = 1);

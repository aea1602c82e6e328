-- Version 1 of the schema. Every statement can run again. Never changed once released: a new version is a new file.
-- VARCHAR itself ignores case in a database with IGNORECASE.

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}schema_version (
    version INTEGER NOT NULL,
    applied_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    CONSTRAINT ${namespaces_prefix}schema_version_pk PRIMARY KEY (version)
);

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}environments (
    id VARCHAR_CASESENSITIVE(63) NOT NULL,
    organization_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    project_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    name VARCHAR_CASESENSITIVE NOT NULL,
    labels JSON NOT NULL,
    promotion_order INTEGER NOT NULL,
    deleted_at TIMESTAMP(6) WITH TIME ZONE,
    CONSTRAINT ${namespaces_prefix}environments_pk PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}environment_clusters (
    environment_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    position INTEGER NOT NULL,
    cluster_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    CONSTRAINT ${namespaces_prefix}environment_clusters_pk PRIMARY KEY (environment_id, position),
    CONSTRAINT ${namespaces_prefix}environment_clusters_fk FOREIGN KEY (environment_id) REFERENCES ${namespaces_schema}${namespaces_prefix}environments (id)
);

-- A column that is null once the row is soft-deleted makes "unique among live rows" an ordinary unique constraint.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}namespaces (
    id VARCHAR_CASESENSITIVE(63) NOT NULL,
    environment_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    name VARCHAR_CASESENSITIVE(63) NOT NULL,
    live_name VARCHAR_CASESENSITIVE(63) GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN name END),
    metadata JSON NOT NULL,
    annotations JSON NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP(6) WITH TIME ZONE,
    CONSTRAINT ${namespaces_prefix}namespaces_pk PRIMARY KEY (id),
    CONSTRAINT ${namespaces_prefix}namespaces_live_name UNIQUE (environment_id, live_name)
);

CREATE INDEX IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}namespaces_by_name ON ${namespaces_schema}${namespaces_prefix}namespaces (live_name, environment_id);

CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}egress_policies (
    id VARCHAR_CASESENSITIVE(63) NOT NULL,
    owner_kind VARCHAR_CASESENSITIVE(16) NOT NULL,
    owner_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    live_owner_id VARCHAR_CASESENSITIVE(63) GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN owner_id END),
    egress_mode VARCHAR_CASESENSITIVE(16) NOT NULL,
    rules JSON NOT NULL,
    version BIGINT NOT NULL,
    deleted_at TIMESTAMP(6) WITH TIME ZONE,
    CONSTRAINT ${namespaces_prefix}egress_policies_pk PRIMARY KEY (id),
    CONSTRAINT ${namespaces_prefix}egress_policies_live_owner UNIQUE (live_owner_id, owner_kind)
);

CREATE INDEX IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}egress_policies_by_owner ON ${namespaces_schema}${namespaces_prefix}egress_policies (owner_id, owner_kind);

-- One row for each target, of constant size. Its lock makes all writers of the target's other rows take turns.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}deployments (
    environment_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    cluster_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    revision BIGINT NOT NULL,
    plan_serial BIGINT NOT NULL,
    attempt VARCHAR_CASESENSITIVE(63),
    input_fingerprint VARCHAR_CASESENSITIVE(255),
    rendered_fingerprint VARCHAR_CASESENSITIVE(255),
    rendering_generation INTEGER,
    dialect VARCHAR_CASESENSITIVE(32),
    deployed_at TIMESTAMP(6) WITH TIME ZONE,
    CONSTRAINT ${namespaces_prefix}deployments_pk PRIMARY KEY (environment_id, cluster_id)
);

-- One row for each object that may exist on a cluster. A Namespace counts as in itself. api_version has 127 characters
-- at most, so that the key fits into the 3072 bytes that MariaDB allows.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}target_objects (
    environment_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    cluster_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    namespace_name VARCHAR_CASESENSITIVE(63) NOT NULL,
    kind VARCHAR_CASESENSITIVE(63) NOT NULL,
    name VARCHAR_CASESENSITIVE(253) NOT NULL,
    api_version VARCHAR_CASESENSITIVE(127) NOT NULL,
    namespace_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    attempt VARCHAR_CASESENSITIVE(63) NOT NULL,
    attempted_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    open BOOLEAN NOT NULL,
    create_nonce VARCHAR_CASESENSITIVE(63) NOT NULL,
    uid VARCHAR_CASESENSITIVE(127),
    origin VARCHAR_CASESENSITIVE(16),
    fingerprint VARCHAR_CASESENSITIVE(255),
    label_keys JSON NOT NULL,
    annotation_keys JSON NOT NULL,
    released_uid VARCHAR_CASESENSITIVE(127),
    released_nonce VARCHAR_CASESENSITIVE(63),
    CONSTRAINT ${namespaces_prefix}target_objects_pk PRIMARY KEY (environment_id, cluster_id, namespace_name, kind, name, api_version)
);

CREATE INDEX IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}target_objects_by_uid ON ${namespaces_schema}${namespaces_prefix}target_objects (uid, cluster_id);

-- Namespaces that an ensure created, for no environment.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}ensured_namespaces (
    cluster_id VARCHAR_CASESENSITIVE(63) NOT NULL,
    uid VARCHAR_CASESENSITIVE(127) NOT NULL,
    name VARCHAR_CASESENSITIVE(63) NOT NULL,
    ensured_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    CONSTRAINT ${namespaces_prefix}ensured_namespaces_pk PRIMARY KEY (cluster_id, uid)
);

-- As ShedLock needs it. The name is "environment/cluster", with both ids at their longest.
CREATE TABLE IF NOT EXISTS ${namespaces_schema}${namespaces_prefix}locks (
    name VARCHAR_CASESENSITIVE(127) NOT NULL,
    lock_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    locked_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
    locked_by VARCHAR_CASESENSITIVE(127) NOT NULL,
    CONSTRAINT ${namespaces_prefix}locks_pk PRIMARY KEY (name)
);

INSERT INTO ${namespaces_schema}${namespaces_prefix}schema_version (version, applied_at)
SELECT 1, CURRENT_TIMESTAMP WHERE NOT EXISTS (SELECT 1 FROM ${namespaces_schema}${namespaces_prefix}schema_version WHERE version = 1);

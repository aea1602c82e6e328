-- The table that db-scheduler needs. Every statement can run again. After a release this file never changes: a new version is a new file.

CREATE TABLE IF NOT EXISTS ${namespaces_task_table} (
    task_name VARCHAR(250) NOT NULL,
    task_instance VARCHAR(250) NOT NULL,
    task_data BLOB,
    execution_time DATETIME(6) NOT NULL,
    picked BOOLEAN NOT NULL,
    picked_by VARCHAR(50),
    last_success DATETIME(6),
    last_failure DATETIME(6),
    consecutive_failures INTEGER,
    last_heartbeat DATETIME(6),
    version BIGINT NOT NULL,
    priority SMALLINT,
    PRIMARY KEY (task_name, task_instance)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ${namespaces_task_index}_by_time ON ${namespaces_task_table} (execution_time);

CREATE INDEX IF NOT EXISTS ${namespaces_task_index}_by_heartbeat ON ${namespaces_task_table} (last_heartbeat);

CREATE INDEX IF NOT EXISTS ${namespaces_task_index}_by_priority ON ${namespaces_task_table} (priority DESC, execution_time);

package dev.namespaces.dbscheduler;

import com.github.kagkarlsson.scheduler.jdbc.AutodetectJdbcCustomization;
import com.github.kagkarlsson.scheduler.serializer.Serializer;

/** Builds a table of tasks. */
final class Tables {

    private Tables() {}

    static TaskTable of(Replica replica) {
        return new TaskTable(
                replica.database,
                () -> false,
                SchedulerSchema.DEFAULT_TABLE,
                "namespaces-target",
                new AutodetectJdbcCustomization(replica.database, true),
                Serializer.DEFAULT_JAVA_SERIALIZER);
    }
}

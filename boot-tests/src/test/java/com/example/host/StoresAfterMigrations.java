package com.example.host;

import dev.namespaces.jdbc.JdbcSchema;
import dev.namespaces.jdbc.JdbcStores;
import javax.sql.DataSource;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The stores, with tables that the library itself creates after all migrations of the host. */
@Configuration
public class StoresAfterMigrations {

    // begin: boot-stores
    @Bean
    @DependsOnDatabaseInitialization
    JdbcStores stores(DataSource dataSource) {
        JdbcSchema.migrate(dataSource);
        return JdbcStores.on(dataSource);
    }
    // end: boot-stores
}

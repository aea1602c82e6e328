package com.example.host;

import dev.namespaces.jdbc.JdbcStores;
import javax.sql.DataSource;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The stores, with tables that the host's own tool creates. They refuse to start without these tables. */
@Configuration
public class StoresWithoutMigration {

    @Bean
    @DependsOnDatabaseInitialization
    JdbcStores stores(DataSource dataSource) {
        return JdbcStores.on(dataSource);
    }
}

package com.example.host;

import dev.namespaces.spring.JdbcStoresCustomizer;
import dev.namespaces.spring.TargetSchedulerCustomizer;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/** Reads the host's table while a part of the starter is built, which fails before the migrations of the host. */
@Configuration
public class PartsAfterMigrations {

    @Bean
    JdbcStoresCustomizer storesAfterTables(DataSource dataSource) {
        return builder -> readTable(dataSource);
    }

    @Bean
    TargetSchedulerCustomizer targetsAfterTables(DataSource dataSource) {
        return builder -> readTable(dataSource);
    }

    private static void readTable(DataSource dataSource) {
        new JdbcTemplate(dataSource).queryForList("SELECT id FROM host_new");
    }
}

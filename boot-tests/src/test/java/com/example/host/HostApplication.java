package com.example.host;

import java.util.List;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** A host on Spring Boot, with a database that has a table already. */
@SpringBootConfiguration
@EnableAutoConfiguration
public class HostApplication {

    /** Starts the application, stops it, and returns the names of the tables that it had when it ran. */
    public static List<String> tables(String... arguments) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(HostApplication.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.datasource.url="
                                + "jdbc:h2:mem:host;DATABASE_TO_LOWER=TRUE;INIT=CREATE TABLE IF NOT EXISTS host_old(id INT)",
                        "spring.main.banner-mode=off")
                .run(arguments)) {
            return context.getBean(JdbcTemplate.class)
                    .queryForList(
                            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
                            String.class);
        }
    }
}

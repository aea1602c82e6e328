package com.example.host;

import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.InMemoryStores;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Stores of the host that need no table. */
@Configuration
public class StoresInMemory {

    @Bean
    Stores stores() {
        return new InMemoryStores().stores();
    }
}

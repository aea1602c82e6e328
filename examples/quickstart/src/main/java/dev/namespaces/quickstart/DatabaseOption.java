package dev.namespaces.quickstart;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The database that a command works on. */
final class DatabaseOption {

    @Option(
            names = "--jdbc-url",
            paramLabel = "URL",
            defaultValue = "jdbc:h2:file:${sys:quickstart.data:-./target}/quickstart",
            description = "the database; an embedded H2 file under target/ by default")
    private String jdbcUrl = "";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** @throws ParameterException if the program has no driver for the database */
    void check() {
        if (!Databases.isKnown(jdbcUrl)) {
            // The URL may hold a password, so it is not repeated.
            throw new ParameterException(
                    Objects.requireNonNull(command).commandLine(),
                    "--jdbc-url must begin with jdbc:h2:, jdbc:postgresql: or jdbc:mariadb:");
        }
    }

    /** Returns a pool of connections. */
    HikariDataSource pool() {
        return Databases.pool(jdbcUrl);
    }

    /** Returns a pool of connections that does not create the database. */
    HikariDataSource poolOfExisting() {
        return Databases.poolOfExisting(jdbcUrl);
    }
}

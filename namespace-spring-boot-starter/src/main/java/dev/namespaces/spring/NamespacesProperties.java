package dev.namespaces.spring;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.error.InvalidTextException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * The properties under {@code namespaces}. A property that is not set leaves the default of the builder that it is for,
 * and that builder also judges the value; see {@link #set}.
 *
 * @param clusters the clusters that the gateway reaches, by id
 */
@ConfigurationProperties("namespaces")
record NamespacesProperties(
        @DefaultValue Jdbc jdbc,
        @DefaultValue Gateway gateway,
        Map<String, Cluster> clusters,
        @DefaultValue Lifecycle lifecycle,
        @DefaultValue Shutdown shutdown,
        @DefaultValue Health health,
        @DefaultValue Web web) {

    /** Much longer than anybody waits, and short enough to be counted in nanoseconds and added to a date. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    NamespacesProperties {
        // The binder passes null if no cluster is set.
        clusters = clusters == null ? Map.of() : Map.copyOf(clusters);
    }

    /**
     * The stores on the host's data source.
     *
     * @param schema who creates the tables
     * @param tableSchema database schema of the tables; the default one of a connection if not set
     * @param tablePrefix how the name of each table begins; ns_ if not set
     * @param lease how long a deployment lock exists after its holder has died; 30s if not set
     */
    record Jdbc(
            @DefaultValue("migrate") Schema schema,
            @Nullable String tableSchema,
            @Nullable String tablePrefix,
            @Nullable Duration lease) {}

    /** Who creates the tables of the stores. */
    enum Schema {
        /** The library does at the start, after the host's own migrations. */
        MIGRATE,
        /** The host does, with its own Flyway, Liquibase or script; the start only checks the tables. */
        VALIDATE
    }

    /**
     * The gateway to the clusters.
     *
     * @param callTimeout longest time of one call, retries included; 30s if not set
     */
    record Gateway(@Nullable Duration callTimeout) {}

    /**
     * A cluster. Exactly one of kubeconfig, api-server and client is set.
     *
     * @param kubeconfig kubeconfig file, which is read again for each client
     * @param context context in the kubeconfig
     * @param execPlugins whether the commands that the kubeconfig names for credentials may be run; true if not set
     * @param apiServer URL of the API server
     * @param tokenFile file with the bearer token for the API server, which is read again for each client
     * @param caFile file with the certificates that the API server is checked against
     * @param client name of a bean of type KubernetesClient
     */
    record Cluster(
            @Nullable Path kubeconfig,
            @Nullable String context,
            @Nullable Boolean execPlugins,
            @Nullable URI apiServer,
            @Nullable Path tokenFile,
            @Nullable Path caFile,
            @Nullable String client) {

        Cluster {
            // A profile clears the value of another file by a blank one.
            kubeconfig = unlessBlank(kubeconfig);
            context = unlessBlank(context);
            apiServer = unlessBlank(apiServer);
            tokenFile = unlessBlank(tokenFile);
            caFile = unlessBlank(caFile);
            client = unlessBlank(client);
        }

        private static <T> @Nullable T unlessBlank(@Nullable T value) {
            return value == null || value.toString().isBlank() ? null : value;
        }
    }

    /**
     * The lifecycle.
     *
     * @param lockWait how long to wait for another deployment of the same environment and cluster; 2m if not set
     * @param gatewayCallLimit time after which a gateway call is given up; 2m if not set
     * @param conflictLimit how long an object that others keep changing is read and written again; 30s if not set
     * @param lateWriteLimit time after which a create that was given up cannot arrive any more; 10m if not set
     * @param greatestRecordAge age from which the record of a deployment no longer counts; no limit if not set
     * @param planValidity how long the plan of a deletion can be used; 24h if not set
     * @param deletionCap how many deletions a plan may have without a confirmation of their number; no cap if not set
     * @param initializerMemory how long the initializer remembers that a namespace is deployed; 30s if not set
     * @param parallelismPerCluster how many namespaces are worked on at once on a cluster; 8 if not set
     * @param adoption what happens to namespaces that exist and that the library did not create; never if not set
     * @param labelDomain domain of the labels that the library writes; namespaces.dev if not set
     */
    record Lifecycle(
            @Nullable Duration lockWait,
            @Nullable Duration gatewayCallLimit,
            @Nullable Duration conflictLimit,
            @Nullable Duration lateWriteLimit,
            @Nullable Duration greatestRecordAge,
            @Nullable Duration planValidity,
            @Nullable Integer deletionCap,
            @Nullable Duration initializerMemory,
            @Nullable Integer parallelismPerCluster,
            @Nullable AdoptionPolicy adoption,
            @Nullable String labelDomain) {}

    /**
     * The end of the application.
     *
     * @param timeout how long the shutdown waits for calls of the lifecycle that it has interrupted
     */
    record Shutdown(@DefaultValue("20s") Duration timeout) {
        Shutdown {
            requireNotTooLong("namespaces.shutdown.timeout", timeout);
            if (timeout.isNegative()) {
                throw new InvalidConfigurationPropertyValueException(
                        "namespaces.shutdown.timeout", timeout, "it must not be negative");
            }
        }
    }

    /**
     * The health contributor.
     *
     * @param timeout longest time of the call that checks a cluster
     */
    record Health(@DefaultValue("2s") Duration timeout) {
        Health {
            requireNotTooLong("namespaces.health.timeout", timeout);
            if (timeout.isNegative() || timeout.isZero()) {
                throw new InvalidConfigurationPropertyValueException(
                        "namespaces.health.timeout", timeout, "it must be positive");
            }
        }
    }

    /**
     * The answers to HTTP requests.
     *
     * @param problemDetails whether failures of the library become answers of type application/problem+json
     */
    record Web(@DefaultValue("false") boolean problemDetails) {}

    /**
     * Hands the value of a property to a builder.
     *
     * @param name the canonical name of the property
     * @param value the value, or null if the property is not set; the builder then keeps its default
     * @throws InvalidConfigurationPropertyValueException if the builder refuses the value, or if it is a duration that
     *     is too long to be counted
     */
    static <T> void set(String name, @Nullable T value, Consumer<T> setter) {
        if (value == null) {
            return;
        }
        if (value instanceof Duration duration) {
            requireNotTooLong(name, duration);
        }
        try {
            setter.accept(value);
        } catch (InvalidTextException e) {
            throw new InvalidConfigurationPropertyValueException(name, value, e.reason());
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(name, value, String.valueOf(e.getMessage()));
        }
    }

    private static void requireNotTooLong(String name, Duration duration) {
        if (duration.compareTo(LONGEST) > 0) {
            throw new InvalidConfigurationPropertyValueException(
                    name, duration, "it must not be longer than " + LONGEST.toDays() + " days");
        }
    }
}

package dev.namespaces.testservers;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.okhttp.OkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;

/**
 * The HTTP clients that a host may choose for fabric8's client. A Maven module that uses them declares the dependencies
 * itself.
 */
public enum HttpModule {
    VERTX,
    JDK,
    OKHTTP;

    /** Returns a builder of fabric8's client with this HTTP client. */
    public KubernetesClientBuilder builder(Config config) {
        HttpClient.Factory factory = switch (this) {
            case VERTX -> new VertxHttpClientFactory();
            case JDK -> new JdkHttpClientFactory();
            case OKHTTP -> new OkHttpClientFactory();
        };
        return new KubernetesClientBuilder().withConfig(config).withHttpClientFactory(factory);
    }

    /** Returns fabric8's client with this HTTP client. */
    public KubernetesClient client(Config config) {
        return builder(config).build();
    }
}

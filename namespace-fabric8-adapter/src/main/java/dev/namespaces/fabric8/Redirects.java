package dev.namespaces.fabric8;

import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.StandardHttpClientBuilder;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the credentials from the target of a redirect.
 *
 * <p>fabric8 has each HTTP client follow redirects, and its builders have no method that switches this off. Vert.x does
 * not follow them, and OkHttp drops the {@code Authorization} header for another host. The JDK's client sends the
 * header to any host, so requests go through another client of the JDK, which has the same settings and follows
 * nothing.
 */
final class Redirects {

    private static final String OF_JDK = "io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory";

    private Redirects() {}

    /** Returns whether the client sends its credentials to the target of a redirect. */
    static boolean leakThrough(HttpClient client) {
        return client.newBuilder() instanceof StandardHttpClientBuilder<?, ?, ?> settings
                && settings.isFollowRedirects()
                && isOfJdk(settings.getClientFactory());
    }

    /**
     * Compares the names of classes: the JDK's client is no dependency of this module, and a host may extend its
     * factory.
     */
    private static boolean isOfJdk(HttpClient.Factory factory) {
        Class<?> type = factory.getClass();
        while (type != null && !type.getName().equals(OF_JDK)) {
            type = type.getSuperclass();
        }
        return type != null;
    }

    /**
     * Returns a builder of a client with the settings of the other, except that it follows no redirects. The caller
     * closes that client.
     */
    static HttpClient.Builder withoutRedirects(HttpClient client) {
        StandardHttpClientBuilder<?, ?, ?> settings = (StandardHttpClientBuilder<?, ?, ?>) client.newBuilder();
        HttpClient.Builder builder = settings.getClientFactory().newBuilder();
        settings.getInterceptors().forEach(builder::addOrReplaceInterceptor);
        settings.getTags().values().forEach(builder::tag);
        if (settings.getConnectTimeout() != null) {
            builder.connectTimeout(settings.getConnectTimeout().toMillis(), TimeUnit.MILLISECONDS);
        }
        if (settings.getSslContext() != null) {
            builder.sslContext(settings.getKeyManagers(), settings.getTrustManagers());
        }
        if (settings.getTlsVersions() != null) {
            builder.tlsVersions(settings.getTlsVersions());
        }
        if (settings.isPreferHttp11()) {
            builder.preferHttp11();
        }
        return builder.proxyType(settings.getProxyType())
                .proxyAddress(settings.getProxyAddress())
                .proxyAuthorization(settings.getProxyAuthorization());
    }
}

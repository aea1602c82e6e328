package dev.namespaces.spi;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which objects of a cluster a {@link ClusterGateway} lists, and which page of them. Immutable.
 *
 * @param apiVersion group and version, such as {@code v1} or {@code cilium.io/v2}
 * @param kind such as {@code Namespace}; objects in all namespaces are listed
 * @param labels the labels that an object must have, each with this value; kept in key order
 * @param limit the most objects of a page, at least 1; a page may have fewer and still not be the last
 * @param continueToken the {@link ObjectPage#continueToken()} of the page before, or null for the first page
 * @param timeout the longest time that the call may take, or null for the gateway's own limit; the shorter of both
 *     holds
 */
public record ListQuery(
        String apiVersion,
        String kind,
        Map<String, String> labels,
        int limit,
        @Nullable String continueToken,
        @Nullable Duration timeout) {

    /** The size of a page, unless another one is asked for: that of {@code kubectl}. */
    public static final int DEFAULT_LIMIT = 500;

    /** @throws IllegalArgumentException if the limit or the timeout is not positive */
    public ListQuery {
        Objects.requireNonNull(apiVersion, "apiVersion");
        Objects.requireNonNull(kind, "kind");
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        if (limit < 1) {
            throw new IllegalArgumentException("The limit must be at least 1, is " + limit);
        }
        ApplyOptions.requirePositive(timeout);
    }

    /** Returns a query for the first page of the objects of that kind that have these labels. */
    public static ListQuery of(String apiVersion, String kind, Map<String, String> labels) {
        return new ListQuery(apiVersion, kind, labels, DEFAULT_LIMIT, null, null);
    }

    /** Returns a copy with pages of at most that many objects. */
    public ListQuery withLimit(int limit) {
        return new ListQuery(apiVersion, kind, labels, limit, continueToken, timeout);
    }

    /** Returns a copy that asks for the page that follows. */
    public ListQuery withContinueToken(@Nullable String continueToken) {
        return new ListQuery(apiVersion, kind, labels, limit, continueToken, timeout);
    }

    /** Returns a copy with this time limit; null for the gateway's own. */
    public ListQuery withTimeout(@Nullable Duration timeout) {
        return new ListQuery(apiVersion, kind, labels, limit, continueToken, timeout);
    }
}

package dev.namespaces.core;

import dev.namespaces.error.ListExpiredException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;

/** Reads a list to its end. */
final class Listing {

    private static final int MAX_LISTS = 3;

    private Listing() {}

    /** Returns all objects that the query asks for. A list whose continue token expires begins again. */
    static List<HasMetadata> all(ClusterGateway gateway, ClusterId cluster, ListQuery first) {
        for (int attempt = 1; ; attempt++) {
            try {
                List<HasMetadata> all = new ArrayList<>();
                ListQuery next = first;
                while (true) {
                    ObjectPage page = gateway.list(cluster, next);
                    all.addAll(page.items());
                    if (page.continueToken() == null) {
                        return all;
                    }
                    next = first.withContinueToken(page.continueToken());
                }
            } catch (ListExpiredException e) {
                if (attempt == MAX_LISTS) {
                    throw e;
                }
            }
        }
    }
}

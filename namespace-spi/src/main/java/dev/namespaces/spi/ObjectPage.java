package dev.namespaces.spi;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the objects that a {@link ListQuery} asked for.
 *
 * @param items the objects in the order of the API server: by the text {@code namespace/name}, so that
 *     {@code shop-dev/a} comes before {@code shop/a}, or by name if the kind is cluster-scoped. A page may be empty and
 *     still not be the last one
 * @param continueToken asks for the next page, or null if this is the last one
 */
public record ObjectPage(List<HasMetadata> items, @Nullable String continueToken) {

    public ObjectPage {
        items = List.copyOf(items);
    }

    /** Returns text such as {@code 500 objects, and more}. */
    @Override
    public String toString() {
        return items.size() + " objects" + (continueToken == null ? "" : ", and more");
    }

    /** Returns a page without objects, and without a next page. */
    public static ObjectPage empty() {
        return new ObjectPage(List.of(), null);
    }
}

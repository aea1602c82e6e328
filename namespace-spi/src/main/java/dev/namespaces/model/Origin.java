package dev.namespaces.model;

import java.util.Arrays;
import java.util.Optional;

/** How an object on a cluster came under our management. */
public enum Origin {
    /** We created it for its environment. Only such a namespace may ever be deleted by us. */
    CREATED("created"),
    /** It existed before our first deployment. We deploy it and never delete it. */
    ADOPTED("adopted"),
    /** We created it by an ensure, for no environment. We never delete it. */
    ENSURED("ensured");

    private final String label;

    Origin(String label) {
        this.label = label;
    }

    /** Returns the value of the origin label. */
    public String label() {
        return label;
    }

    /** Returns the origin that a label's value means, or empty for any other value. */
    public static Optional<Origin> ofLabel(String value) {
        return Arrays.stream(values())
                .filter(origin -> origin.label.equals(value))
                .findFirst();
    }
}

package dev.namespaces.core.render;

import java.util.Arrays;
import java.util.Optional;

/** How a namespace came to stand on a cluster. */
public enum Origin {
    /** We created it for its environment. Only such a namespace may ever be deleted by us. */
    CREATED("created"),
    /** It stood there before our first apply. It is deployed, and never deleted by us. */
    ADOPTED("adopted");

    private final String label;

    Origin(String label) {
        this.label = label;
    }

    /** The value of the origin label. */
    public String label() {
        return label;
    }

    /** The origin that a label's value means, or empty for any other value. */
    public static Optional<Origin> ofLabel(String value) {
        return Arrays.stream(values())
                .filter(origin -> origin.label.equals(value))
                .findFirst();
    }
}

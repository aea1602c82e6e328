package dev.namespaces.core.fleet;

import dev.namespaces.model.EnvironmentId;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A place in the order of a fleet: all environments up to it have ended. A host that stores it can go on from there
 * after a restart, with the same filter and the same order.
 *
 * @param promotionOrder the promotion order of the wave that was under way, or null if the fleet has no waves
 * @param after the last environment of the place, or null for the beginning
 */
public record FleetPosition(
        @Nullable Integer promotionOrder, @Nullable EnvironmentId after) implements Serializable {

    private static final FleetPosition START = new FleetPosition(null, null);

    /** Returns the place before all environments. */
    public static FleetPosition start() {
        return START;
    }

    /** Returns the place after the environment, of a fleet without waves. */
    public static FleetPosition after(EnvironmentId id) {
        return new FleetPosition(null, id);
    }
}

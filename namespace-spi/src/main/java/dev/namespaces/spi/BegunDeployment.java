package dev.namespaces.spi;

import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A deployment that has begun.
 *
 * @param target the environment and cluster
 * @param revision the revision that the deployment has drawn
 * @param attempt the random token that the deployment has drawn; no two deployments have the same
 * @param objects the objects that the deployment may send requests for, in the order of its intents
 */
public record BegunDeployment(Target target, long revision, String attempt, List<Entry> objects) {

    public BegunDeployment {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(attempt, "attempt");
        objects = List.copyOf(objects);
    }

    /**
     * The row of an object, and what it was before the deployment began.
     *
     * @param object the row as it is now, with the attempt of this deployment
     * @param wasOpen whether a request of an earlier deployment could still arrive
     * @param formerAttempt the attempt that the row had before, or null if the row is new
     */
    public record Entry(
            TargetObject object, boolean wasOpen, @Nullable String formerAttempt) {
        public Entry {
            Objects.requireNonNull(object, "object");
        }
    }
}

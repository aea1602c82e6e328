package dev.namespaces.core;

import dev.namespaces.core.fleet.FleetPosition;
import org.jspecify.annotations.Nullable;

/**
 * How far a fleet is. Environments end in any order, and the position moves over those that have ended. A place that
 * has ended becomes part of the one before it, so an environment that takes hours keeps nothing of those after it.
 */
final class FleetPlaces {

    private FleetPosition position;
    private long done;
    private @Nullable Place last;
    private int size;

    FleetPlaces(FleetPosition position) {
        this.position = position;
    }

    /** An environment with targets that have not ended, and those after it that have ended. */
    final class Place {

        private FleetPosition until;
        private int environments = 1;
        private int targetsLeft;
        private @Nullable Place before;
        private @Nullable Place after;

        private Place(FleetPosition until, int targets, @Nullable Place before) {
            this.until = until;
            this.targetsLeft = targets;
            this.before = before;
        }

        /** Counts one target as ended. */
        void targetEnded() {
            targetsLeft--;
            if (targetsLeft == 0) {
                pass(before, until, environments);
                remove(this);
            }
        }
    }

    /** Returns the position up to which all environments have ended. */
    FleetPosition position() {
        return position;
    }

    /** Returns how many environments there are up to the position. */
    long done() {
        return done;
    }

    /** Returns how many places are kept. */
    int size() {
        return size;
    }

    /** Begins to read at that position, and forgets the places after it. */
    void begin(FleetPosition start) {
        position = start;
        last = null;
        size = 0;
    }

    /** Adds environments that have nothing to do. */
    void addEnded(FleetPosition until, int environments) {
        pass(last, until, environments);
    }

    /** Adds an environment with that many targets, at least one. */
    Place add(FleetPosition until, int targets) {
        Place added = new Place(until, targets, last);
        if (last != null) {
            last.after = added;
        }
        last = added;
        size++;
        return added;
    }

    private void pass(@Nullable Place before, FleetPosition until, int environments) {
        if (before == null) {
            position = until;
            done += environments;
        } else {
            before.until = until;
            before.environments += environments;
        }
    }

    private void remove(Place place) {
        Place before = place.before;
        Place after = place.after;
        if (before != null) {
            before.after = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.before = before;
        }
        size--;
    }
}

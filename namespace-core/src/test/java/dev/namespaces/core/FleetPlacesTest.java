package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.FleetPlaces.Place;
import dev.namespaces.core.fleet.FleetPosition;
import dev.namespaces.model.EnvironmentId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A fleet goes on after the environments that have ended, and after no other. */
class FleetPlacesTest {

    private final FleetPlaces places = new FleetPlaces(FleetPosition.start());

    @Test
    void the_position_is_before_the_first_environment_that_has_not_ended() {
        List<Place> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            open.add(places.add(position(i), 1));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(4711));
        List<Integer> left = new ArrayList<>(order);

        for (Integer next : order) {
            open.get(next).targetEnded();
            left.remove(next);

            int first = left.isEmpty() ? 100 : Collections.min(left);
            assertThat(places.done()).isEqualTo(first);
            assertThat(places.position()).isEqualTo(first == 0 ? FleetPosition.start() : position(first - 1));
        }
        assertThat(places.size()).isZero();
    }

    @Test
    void one_place_is_kept_for_an_environment_that_takes_long() {
        Place slow = places.add(position(0), 1);
        for (int i = 1; i < 10_000; i++) {
            places.add(position(i), 1).targetEnded();
            places.addEnded(position(i), 1);
        }

        assertThat(places.size()).isEqualTo(1);
        assertThat(places.position()).isEqualTo(FleetPosition.start());
        slow.targetEnded();
        assertThat(places.position()).isEqualTo(position(9_999));
        assertThat(places.done()).isEqualTo(2 * 10_000 - 1);
    }

    @Test
    void an_environment_ends_with_the_last_of_its_targets() {
        Place place = places.add(position(0), 2);

        place.targetEnded();
        assertThat(places.done()).isZero();

        place.targetEnded();
        assertThat(places.done()).isEqualTo(1);
    }

    private static FleetPosition position(int i) {
        return FleetPosition.after(new EnvironmentId("e-%04d".formatted(i)));
    }
}

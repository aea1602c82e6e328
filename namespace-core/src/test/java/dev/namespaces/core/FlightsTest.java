package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlightsTest {

    private final Flights<String, String> flights = new Flights<>();
    private final List<String> woken = new ArrayList<>();

    private Flights<String, String>.Passenger board(String name) {
        return flights.board("key", false, 0, () -> woken.add(name));
    }

    @Test
    void a_call_joins_the_flight_that_has_not_read_the_stores() {
        Flights<String, String>.Passenger leader = board("leader");
        Flights<String, String>.Passenger second = board("second");
        assertThat(leader.leads()).isTrue();
        assertThat(second.leads()).isFalse();

        leader.depart();
        leader.land("done");

        assertThat(second.result()).isEqualTo("done");
        assertThat(woken).containsExactly("second");
        assertThat(flights.size()).isZero();
    }

    @Test
    void calls_that_come_later_share_the_next_flight() {
        Flights<String, String>.Passenger leader = board("leader");
        leader.depart();
        Flights<String, String>.Passenger late = board("late");
        Flights<String, String>.Passenger later = board("later");

        leader.land("old");

        assertThat(late.result()).isNull();
        assertThat(late.leads()).isTrue();
        late.depart();
        late.land("new");
        assertThat(later.result()).isEqualTo("new");
        assertThat(flights.size()).isZero();
    }

    @Test
    void a_call_that_may_be_late_joins_the_flight_that_has_read() {
        Flights<String, String>.Passenger leader = board("leader");
        leader.depart();
        Flights<String, String>.Passenger late = flights.board("key", true, 0, () -> {});

        leader.land("old");

        assertThat(late.isLate()).isTrue();
        assertThat(late.result()).isEqualTo("old");
    }

    @Test
    void the_next_passenger_leads_if_the_leader_leaves_and_takes_the_next_flight_along() {
        Flights<String, String>.Passenger leader = board("leader");
        Flights<String, String>.Passenger second = board("second");
        leader.depart();
        Flights<String, String>.Passenger late = board("late");

        leader.leave();

        assertThat(second.leads()).isTrue();
        assertThat(woken).containsExactly("second");
        second.depart();
        second.land("done");
        assertThat(late.result()).isEqualTo("done");
        assertThat(flights.size()).isZero();
    }

    @Test
    void passengers_that_leave_are_not_kept() {
        Flights<String, String>.Passenger leader = board("leader");
        leader.depart();
        Flights<String, String>.Passenger late = board("late");
        late.leave();
        leader.leave();
        leader.leave();

        assertThat(flights.size()).isZero();
        assertThat(woken).isEmpty();
    }

    @Test
    void a_look_ends_the_wait_of_those_who_had_boarded_before_it_alone() {
        Flights<String, String>.Passenger leader = board("leader");
        Flights<String, String>.Passenger before = board("before");
        long mark = flights.mark();
        Flights<String, String>.Passenger after = board("after");

        leader.settle(mark, each -> "seen");

        assertThat(leader.result()).isEqualTo("seen");
        assertThat(before.result()).isEqualTo("seen");
        assertThat(after.result()).isNull();
        assertThat(after.leads()).isTrue();
    }

    @Test
    void only_the_leader_lands_a_flight() {
        Flights<String, String>.Passenger leader = board("leader");
        Flights<String, String>.Passenger second = board("second");

        second.land("not mine");

        assertThat(leader.result()).isNull();
        assertThat(second.result()).isNull();
    }
}

package dev.namespaces.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineTimeTest {

    @Test
    void stolen_time_is_a_share_of_the_time_of_all_processors() {
        MachineTime before = MachineTime.parse("cpu  100 0 50 800 10 0 5 35 0 0\ncpu0 50 0 25 400 5 0 2 17 0 0\n");
        MachineTime after = MachineTime.parse("cpu  150 0 60 820 10 0 5 55 0 0\n");
        assertThat(after.stolenShareSince(before)).isEqualTo(0.2);
    }

    @Test
    void the_time_of_guests_is_not_counted_twice() {
        assertThat(MachineTime.parse("cpu 100 20 50 800 10 0 5 15 90 10")).isEqualTo(new MachineTime(1000, 15));
    }

    @Test
    void nothing_is_stolen_between_two_readings_of_the_same_time() {
        MachineTime now = new MachineTime(1000, 15);
        assertThat(now.stolenShareSince(now)).isZero();
    }

    @Test
    void text_of_another_form_has_no_time() {
        assertThat(MachineTime.parse("")).isNull();
        assertThat(MachineTime.parse("intr 1 2 3 4 5 6 7 8 9")).isNull();
        assertThat(MachineTime.parse("cpu 1 2 3 4"))
                .as("a kernel without stolen time")
                .isNull();
    }
}

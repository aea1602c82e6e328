package dev.namespaces.dbscheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The waits between attempts. */
class RetriesTest {

    private static final Duration LONGEST = Duration.ofMinutes(15);

    private final Retries retries = new Retries(Duration.ofSeconds(10), LONGEST);
    private final Random random = new Random(4711);

    @Test
    void an_exception_that_is_not_ours_may_pass() {
        Duration wait = retries.after(new IllegalStateException("away"), 1, random);

        assertThat(wait).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(15));
    }

    @Test
    void a_wait_has_a_limit_after_any_number_of_failures() {
        assertThat(retries.after(new IllegalStateException(), Integer.MAX_VALUE, random))
                .isBetween(LONGEST.dividedBy(2), LONGEST.multipliedBy(3).dividedBy(2));
    }

    @Test
    void the_targets_of_a_dead_cluster_spread_over_a_time_that_grows() {
        Duration asked = Duration.ofSeconds(30);
        for (Duration outage : new Duration[] {Duration.ZERO, Duration.ofMinutes(5), Duration.ofDays(1)}) {
            Duration spread = outage.compareTo(LONGEST) > 0 ? LONGEST : outage.compareTo(asked) > 0 ? outage : asked;
            Duration longest = Duration.ZERO;
            for (int i = 0; i < 1_000; i++) {
                Duration wait = retries.whileSetAside(asked, outage, random);
                assertThat(wait).isBetween(asked, asked.plus(spread));
                longest = wait.compareTo(longest) > 0 ? wait : longest;
            }
            assertThat(longest).isGreaterThan(asked.plus(spread.multipliedBy(9).dividedBy(10)));
        }
    }

    @Test
    void waits_that_are_not_positive_or_not_ordered_are_refused() {
        assertThatThrownBy(() -> new Retries(Duration.ZERO, LONGEST)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> new Retries(Duration.ofHours(1), LONGEST)).hasMessageContaining("PT1H of PT15M");
    }
}

package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventsTest {

    private record Numbered(int number) implements LifecycleEvent {}

    private final List<LifecycleEvent> seen = Collections.synchronizedList(new ArrayList<>());

    @Test
    void events_come_one_after_the_other_on_a_thread_of_their_own() throws Exception {
        Events events = new Events(
                List.of(
                        event -> assertThat(Thread.currentThread().getName()).isEqualTo("namespaces-events"),
                        seen::add),
                null);

        IntStream.range(0, 1000).forEach(i -> events.publish(new Numbered(i)));
        events.awaitDelivery(Duration.ofSeconds(30));

        assertThat(seen).hasSize(1000).isSortedAccordingTo((a, b) -> number(a) - number(b));
    }

    @Test
    void a_listener_that_throws_an_exception_or_an_error_harms_nothing() {
        LifecycleListener broken = event -> {
            throw new NoClassDefFoundError("com/example/Metrics");
        };
        Events events = new Events(List.of(broken, seen::add), Runnable::run);

        events.publish(new Numbered(1));
        events.publish(new Numbered(2));

        assertThat(seen).hasSize(2);
    }

    @Test
    void events_are_delivered_after_a_virtual_machine_error_of_a_listener() {
        AtomicBoolean first = new AtomicBoolean(true);
        LifecycleListener broken = event -> {
            if (first.getAndSet(false)) {
                throw new OutOfMemoryError("as it happens");
            }
        };
        Events events = new Events(List.of(broken, seen::add), Runnable::run);

        assertThatThrownBy(() -> events.publish(new Numbered(1))).isInstanceOf(OutOfMemoryError.class);
        events.publish(new Numbered(2));

        assertThat(seen).containsExactly(new Numbered(2));
    }

    @Test
    void a_slow_listener_delays_no_publisher_and_what_is_too_much_is_dropped() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Events events = new Events(
                List.of(event -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    seen.add(event);
                }),
                null);

        IntStream.range(0, Events.QUEUE_LENGTH + 500).forEach(i -> events.publish(new Numbered(i)));
        assertThat(seen).isEmpty();
        gate.countDown();
        events.awaitDelivery(Duration.ofSeconds(30));

        assertThat(seen).hasSizeBetween(Events.QUEUE_LENGTH, Events.QUEUE_LENGTH + 1);
        events.publish(new Numbered(-1));
        await().until(() -> seen.contains(new Numbered(-1)));
    }

    @Test
    void an_executor_that_refuses_work_loses_the_event_and_nothing_else() {
        AtomicBoolean refusing = new AtomicBoolean(true);
        Events events = new Events(List.of(seen::add), delivery -> {
            if (refusing.get()) {
                throw new RejectedExecutionException("full");
            }
            delivery.run();
        });

        events.publish(new Numbered(1));
        refusing.set(false);
        events.publish(new Numbered(2));

        assertThat(seen).containsExactly(new Numbered(2));
    }

    @Test
    void a_listener_that_waits_for_the_delivery_does_not_wait_for_itself() throws Exception {
        CountDownLatch waited = new CountDownLatch(1);
        Events[] holder = new Events[1];
        holder[0] = new Events(
                List.of(event -> {
                    try {
                        holder[0].awaitDelivery(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    waited.countDown();
                }),
                null);

        holder[0].publish(new Numbered(1));

        await().until(() -> waited.getCount() == 0);
    }

    private static int number(LifecycleEvent event) {
        return ((Numbered) event).number();
    }
}

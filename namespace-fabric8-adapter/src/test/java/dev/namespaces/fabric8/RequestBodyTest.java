package dev.namespaces.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.Arrival;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestBodyTest {

    private static final byte[] CONTENT = "0123456789é".getBytes(StandardCharsets.UTF_8);

    private boolean mayRepeat = true;
    private int asked;

    private final RequestBody body = new RequestBody(CONTENT, () -> {
        asked++;
        return mayRepeat;
    });

    @Test
    void a_body_that_nobody_has_read_was_not_sent_and_cannot_be_sent_later() {
        assertThat(body.withdraw()).isEqualTo(Arrival.SETTLED);

        assertThatExceptionOfType(IOException.class).isThrownBy(body::read).withMessageContaining("given up");
    }

    @Test
    void a_body_that_was_read_in_part_was_not_sent_and_cannot_be_sent_later() throws IOException {
        assertThat(body.readNBytes(CONTENT.length - 1)).hasSize(CONTENT.length - 1);

        assertThat(body.withdraw()).isEqualTo(Arrival.SETTLED);

        assertThatExceptionOfType(IOException.class).isThrownBy(body::read);
    }

    @Test
    void a_body_whose_last_byte_was_read_may_have_been_sent() throws IOException {
        assertThat(body.readNBytes(CONTENT.length)).isEqualTo(CONTENT);

        assertThat(body.withdraw()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
    }

    @Test
    void one_reading_needs_no_permission_and_leaves_nothing_open() throws IOException {
        try (InputStream buffered = new BufferedInputStream(body)) {
            assertThat(buffered.readAllBytes()).isEqualTo(CONTENT);
        }

        assertThat(asked).isZero();
        assertThat(body.earlierPasses()).isEqualTo(Arrival.SETTLED);
    }

    @Test
    void another_reading_needs_permission_and_leaves_the_first_one_open() throws IOException {
        assertThat(body.readAllBytes()).isEqualTo(CONTENT);

        assertThat(body.readAllBytes()).isEqualTo(CONTENT);

        assertThat(asked).isEqualTo(1);
        assertThat(body.earlierPasses()).isEqualTo(Arrival.MAY_STILL_ARRIVE);
    }

    @Test
    void another_reading_after_half_a_reading_begins_at_the_first_byte() throws IOException {
        assertThat(body.readNBytes(3)).hasSize(3);
        body.close();

        assertThat(body.readAllBytes()).isEqualTo(CONTENT);

        assertThat(asked).isEqualTo(1);
        assertThat(body.earlierPasses()).as("the first one was not whole").isEqualTo(Arrival.SETTLED);
    }

    @Test
    void another_reading_without_permission_fails() throws IOException {
        assertThat(body.readAllBytes()).isEqualTo(CONTENT);
        mayRepeat = false;

        assertThatExceptionOfType(IOException.class).isThrownBy(body::read).withMessageContaining("again");
    }
}

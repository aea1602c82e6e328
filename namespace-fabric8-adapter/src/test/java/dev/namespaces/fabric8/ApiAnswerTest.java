package dev.namespaces.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ApiAnswerTest {

    @Test
    void warnings_are_read_with_any_quotes_commas_and_dates() {
        assertThat(warnings("299 - \"one\"")).containsExactly("one");
        assertThat(warnings("299 - \"one, with \\\"quotes\\\" and \\\\\""))
                .containsExactly("one, with \"quotes\" and \\");
        assertThat(warnings("299 - \"one\", 299 - \"two\"", "299 - \"three\"")).containsExactly("one", "two", "three");
        assertThat(warnings("299 - \"one\" \"Sat, 25 Aug 2012 23:34:45 GMT\", 299 - \"two\""))
                .containsExactly("one", "two");
        assertThat(warnings("299 - \"cut off", "299 - \"a\" \"cut off", "299 - none", "", "\"", "299 - \"end\\"))
                .containsExactly("cut off", "a", "", "end\\");
    }

    @Test
    void a_time_to_come_back_is_at_most_an_hour_and_garbage_is_none() {
        assertThat(retryAfter("0")).isEqualTo(Duration.ZERO);
        assertThat(retryAfter(" 7 ")).isEqualTo(Duration.ofSeconds(7));
        assertThat(retryAfter("3600")).isEqualTo(Duration.ofHours(1));
        assertThat(retryAfter("3601")).isEqualTo(Duration.ofHours(1));
        assertThat(retryAfter("99999999999999999999")).isEqualTo(Duration.ofHours(1));
        assertThat(retryAfter("Sat, 25 Aug 2012 23:34:45 GMT")).isEqualTo(Duration.ZERO);
        assertThat(retryAfter("Fri, 31 Dec 9999 23:59:59 GMT")).isEqualTo(Duration.ofHours(1));
        for (String none : List.of("", "-1", "1.5", "soon")) {
            assertThat(retryAfter(none)).as(none).isNull();
        }
        assertThat(retryAfter(null)).isNull();
    }

    @Test
    void warnings_and_causes_are_at_most_a_hundred_short_ones() {
        String[] many =
                Collections.nCopies(150, "299 - \"" + "x".repeat(5_000) + "\"").toArray(String[]::new);

        assertThat(warnings(many)).hasSize(100).allMatch(text -> text.length() < 1_100);

        String causes = IntStream.range(0, 150)
                .mapToObj(i -> "{\"reason\":\"x\",\"field\":\"f" + i + "\",\"message\":\"m\"}")
                .collect(Collectors.joining(","));
        ApiAnswer answer = ApiAnswer.of(
                422, ("{\"details\":{\"causes\":[" + causes + "]}}").getBytes(StandardCharsets.UTF_8), List.of(), null);
        assertThat(answer.causes()).hasSize(100);
    }

    private static List<String> warnings(String... headers) {
        return answer(List.of(headers), null).warnings();
    }

    private static @Nullable Duration retryAfter(@Nullable String header) {
        return answer(List.of(), header).retryAfter();
    }

    private static ApiAnswer answer(List<String> warnings, @Nullable String retryAfter) {
        return ApiAnswer.of(200, "{}".getBytes(StandardCharsets.UTF_8), warnings, retryAfter);
    }
}

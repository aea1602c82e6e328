package dev.namespaces.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShownTest {

    @ParameterizedTest
    @CsvSource({
        "0a,\\u000a", "0d,\\u000d", "09,\\u0009", "1b,\\u001b", "00,\\u0000", "7f,\\u007f", "85,\\u0085",
        "9b,\\u009b", "ad,\\u00ad", "61c,\\u061c", "200b,\\u200b", "200e,\\u200e", "2028,\\u2028", "2029,\\u2029",
        "202e,\\u202e", "2066,\\u2066", "feff,\\ufeff", "d800,\\ud800", "e0041,\\U000e0041"
    })
    void escaped_is_what_a_reader_cannot_see(String codePoint, String shown) {
        String text = new StringBuilder("a")
                .appendCodePoint(Integer.parseInt(codePoint, 16))
                .append('b')
                .toString();

        assertThat(Shown.name(text)).isEqualTo("a" + shown + "b");
    }

    @Test
    void unchanged_is_text_of_any_script() {
        assertThat(Shown.name("größe 東京 שלום 🚀 'x' \\n")).isEqualTo("größe 東京 שלום 🚀 'x' \\n");
    }

    @Test
    void cut_is_what_is_too_long_but_no_character_in_half() {
        assertThat(Shown.name("x".repeat(80))).isEqualTo("x".repeat(80));
        assertThat(Shown.name("🚀".repeat(81))).isEqualTo("🚀".repeat(80) + "…");
        assertThat(Shown.sentence("x".repeat(100_000))).hasSize(1_001);
    }

    @Test
    void counted_are_the_entries_that_a_list_does_not_show() {
        List<String> many = IntStream.range(0, 1_000).mapToObj(i -> "a\n" + i).toList();

        assertThat(Shown.list(List.of("a", "b"))).isEqualTo("[a, b]");
        assertThat(Shown.list(many)).startsWith("[a\\u000a0, a\\u000a1,").endsWith("a\\u000a19 and 980 more]");
        assertThat(Shown.sentences(many)).hasSize(101).endsWith("a\\u000a99", "and 900 more");
        assertThat(Shown.sentences(many.subList(0, 100))).hasSize(100).endsWith("a\\u000a99");
    }
}

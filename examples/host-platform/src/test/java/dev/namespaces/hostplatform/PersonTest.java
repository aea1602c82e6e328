package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

class PersonTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Ada Lovelace",
                "ADA LOVELACE",
                "ada  lovelace",
                "ada\tlovelace",
                "adalovelace",
                "ada-lovelace.",
                "ada lovelace\u00a0", // no-break space
                "\u2003ada lovelace", // em space
                "ada\u3000lovelace", // ideographic space
                "ada lovelace\u2800", // blank braille pattern
                "ada lovelace\u200b", // zero-width space
                "ada love\u00adlace", // soft hyphen
                "ada love\u200dlace", // zero-width joiner
                "ada lovelace\ufeff", // byte order mark
                "\u202eada lovelace", // right-to-left override
                "ada lovelace\u2029", // paragraph separator
                "ada lovelace\u0000",
                "ada love\u034flace", // combining grapheme joiner
                "ada lovelace\ufe0f", // variation selector
                "ada lovelace\u3164", // Hangul filler
                "ada lovelace\uffa0", // halfwidth Hangul filler
                "ada lovelace\u115f", // Hangul filler of an initial
                "ada lovelace\udb40\udc41", // tag
                "\uff41\uff44\uff41 lovelace", // fullwidth letters
            })
    void a_name_that_looks_the_same_is_of_the_same_person(String name) {
        assertThat(new Person(name).isAlso("ada lovelace")).isTrue();
        assertThat(new Person("ada lovelace").isAlso(name)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"ada, grace", "ada, adam", "ada1, ada2", "李, 王", "Анна, Инна"})
    void another_name_is_of_another_person(String one, String other) {
        assertThat(new Person(one).isAlso(other)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Jose\u0301", "Jose\u200b\u0301", "Jose\u034f\u0301"})
    void accents_are_the_same_in_one_character_and_in_two(String name) {
        assertThat(new Person("Jos\u00e9").isAlso(name)).isTrue();
    }

    @Test
    void a_name_is_shown_without_invisible_characters() {
        assertThat(new Person("\u202eAda\u00a0Lovelace\u200b\u3164 ").name()).isEqualTo("Ada Lovelace");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\u00a0", "\u200b\u3164", "\u2800", "\ufe0f", "!?"})
    void a_name_without_a_letter_or_a_digit_is_refused(String name) {
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> new Person(name))
                .satisfies(refused -> assertThat(refused.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST))
                .withMessageContaining("The name of a person needs a letter or a digit");
    }
}

package dev.namespaces.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.namespaces.model.NamespaceId;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** A request may have maps and values that lie, throw, never end, or are far too big. */
class HostileRequestProperties {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final int MEBIBYTE = 1024 * 1024;

    private final RequestValidator validator = RequestValidator.defaults();

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void a_hostile_request_has_violations_or_becomes_a_namespace(
            @ForAll("texts") String environment,
            @ForAll("texts") String name,
            @ForAll("maps") Map<String, Object> metadata,
            @ForAll("maps") Map<String, Object> annotations) {
        NamespaceRequest request = new NamespaceRequest(environment, name, metadata, annotations);
        List<Violation> violations = validator.validate(request);

        Statistics.label("valid").collect(violations.isEmpty());
        assertThat(violations).hasSizeLessThan(250).allSatisfy(violation -> {
            assertThat(violation.path()).hasSizeLessThan(2100).doesNotContain("\n");
            assertThat(violation.message()).isNotEmpty().hasSizeLessThan(400).doesNotContain("\n");
        });
        assertThat(request.toString()).hasSizeLessThan(1100);
        if (violations.isEmpty()) {
            assertThat(validator
                            .toNamespace(request, () -> new NamespaceId("n-1"), NOW)
                            .metadata())
                    .hasSize(request.metadata().size());
        } else {
            assertThatExceptionOfType(InvalidNamespaceRequestException.class)
                    .isThrownBy(() -> validator.toNamespace(request, () -> new NamespaceId("n-1"), NOW))
                    .satisfies(error -> assertThat(error.getMessage()).hasSizeLessThan(60_000));
        }
    }

    /** Each took seconds: the bound is 20 times what it may take, so that a busy machine fails nothing. */
    @Example
    void a_mebibyte_of_anything_is_judged_at_once() {
        String valid = "x".repeat(63);
        Map<String, Supplier<Map<String, Object>>> inputs = new LinkedHashMap<>();
        inputs.put("one value", () -> Map.of("k", "x".repeat(MEBIBYTE)));
        inputs.put("one key", () -> Map.of("k".repeat(MEBIBYTE), "x"));
        inputs.put("one key of dots", () -> Map.of("a.".repeat(MEBIBYTE / 2) + "/x", "x"));
        inputs.put("one key of case", () -> Map.of("\u0130".repeat(MEBIBYTE / 2) + "/x", "x"));
        inputs.put("16,000 bad values", () -> entries(16_000, i -> "k" + i, "not valid " + valid));
        inputs.put("1,000 bad values", () -> entries(1_000, i -> "k" + i, "!".repeat(1000)));
        inputs.put("20,000 labels", () -> entries(20_000, i -> "example.com/k" + i, valid));
        inputs.put("1,000 bad keys", () -> entries(1_000, i -> "/" + i + "!".repeat(1000), valid));
        inputs.put("1,000 reserved keys", () -> entries(1_000, i -> "k8s.io/" + i, "!".repeat(1000)));
        inputs.put("a number", () -> Map.of("k", BigInteger.ONE.shiftLeft(8 * MEBIBYTE)));
        inputs.put("a fraction", () -> Map.of("k", new BigDecimal(BigInteger.ONE.shiftLeft(8 * MEBIBYTE), 5)));
        inputs.put("a scale", () -> Map.of("k", new BigDecimal("1e2000000000")));

        inputs.forEach((what, input) -> {
            Map<String, Object> map = input.get();
            List<Violation> violations = assertTimeoutPreemptively(
                    Duration.ofSeconds(2),
                    () -> validator.validate(new NamespaceRequest("shop-dev", "shop-web", map, map)),
                    what);
            assertThat(violations).as(what).isNotEmpty().hasSizeLessThan(250);
        });
    }

    @Example
    void the_first_violations_are_listed_and_the_others_are_counted() {
        NamespaceRequest request =
                new NamespaceRequest("shop-dev", "shop-web", entries(1000, i -> "k" + i, "not valid"), null);

        List<Violation> violations = validator.validate(request);

        assertThat(violations).hasSize(51);
        assertThat(violations.get(0)).hasToString("metadata has 950 more violations of this kind");
    }

    @Example
    void a_thousand_labels_are_read_and_one_more_is_a_violation() {
        assertThat(validator.validate(
                        new NamespaceRequest("shop-dev", "shop-web", entries(1000, i -> "k" + i, "x"), null)))
                .isEmpty();
        NamespaceRequest more = new NamespaceRequest("shop-dev", "shop-web", entries(1001, i -> "k" + i, "x"), null);
        assertThat(validator.validate(more))
                .containsExactly(new Violation("metadata", "must have at most 1000 entries"));
        assertThat(validator.validate(
                        new NamespaceRequest("shop-dev", "shop-web", entries(1000, i -> "k" + i, "x"), null)
                                .withMetadata("one", "more")))
                .containsExactly(new Violation("metadata", "must have at most 1000 entries"));
        assertThat(validator.validate(more.withMetadata("k1", "y"))).hasSize(1);
    }

    @Example
    void labels_of_64_kib_are_taken_and_more_are_refused() {
        Map<String, Object> labels = new HashMap<>(entries(1000, i -> String.format("k%03d", i), "x".repeat(61)));
        labels.put("k000", "x".repeat(63));
        assertThat(KubernetesBytes.of(labels)).isLessThanOrEqualTo(64 * 1024);
        assertThat(validator.validate(new NamespaceRequest("shop-dev", "shop-web", labels, null)))
                .isEmpty();

        assertThat(validator.validate(new NamespaceRequest(
                        "shop-dev", "shop-web", entries(1000, i -> String.format("k%03d", i), "x".repeat(63)), null)))
                .containsExactly(new Violation("metadata", "must have at most 65536 bytes in all, has 67000"));
    }

    @Example
    void a_map_that_answers_differently_the_second_time_is_read_once() {
        AtomicInteger calls = new AtomicInteger();
        Map<String, Object> changing = new AbstractMap<>() {
            @Override
            public Set<Entry<String, Object>> entrySet() {
                String key = calls.getAndIncrement() == 0 ? "team.example.com/a" : "istio-injection";
                return Map.<String, Object>of(key, new Changing()).entrySet();
            }
        };

        NamespaceRequest request = new NamespaceRequest("shop-dev", "shop-web", changing, null);

        assertThat(validator.validate(request)).isEmpty();
        assertThat(validator
                        .toNamespace(request, () -> new NamespaceId("n-1"), NOW)
                        .metadata())
                .isEqualTo(Map.of("team.example.com/a", "aaa"));
        assertThat(calls).hasValue(1);
    }

    @Example
    void what_throws_or_never_ends_is_a_violation_with_its_place() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("text", new Throwing());
        values.put("number", new OwnNumber());
        values.put("big", new BigInteger("1") {
            @Override
            public String toString() {
                throw new AssertionError("was asked");
            }
        });
        values.put("length", new EndlessText());
        Map<Object, Object> keys = new HashMap<>();
        keys.put(1, "x");
        @SuppressWarnings({"unchecked", "rawtypes"}) // as a raw type or a JSON library does
        NamespaceRequest request = new NamespaceRequest("shop-dev", "shop-web", values, (Map) keys);

        assertThat(validator.validate(request).stream().map(Violation::toString))
                .containsExactly(
                        "annotations must have strings as keys, has a Integer",
                        "metadata[big] must be a string, number, boolean, enum, character or UUID, "
                                + "not a value of a class without a name",
                        "metadata[length] must have at most 262144 characters",
                        "metadata[number] must be a string, number, boolean, enum, character or UUID, not a OwnNumber",
                        "metadata[text] could not be read, it failed with a IllegalStateException");
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> wild = Arbitraries.oneOf(
                        Arbitraries.of("kube-system", "${1+1}", "a\u202eb", "\ud800"),
                        Arbitraries.strings().ofMaxLength(70),
                        Arbitraries.of("x".repeat(MEBIBYTE), "\n".repeat(1000)))
                .injectNull(0.05);
        return Arbitraries.frequencyOf(Tuple.of(3, Arbitraries.of("shop-dev", "shop-web")), Tuple.of(1, wild));
    }

    @Provide
    Arbitrary<Map<String, Object>> maps() {
        Arbitrary<String> keys = Arbitraries.oneOf(
                        Arbitraries.of("k", "example.com/a", "ISTIO.IO/rev", "kuma.io/x", "{validatedValue}", "a/b/c"),
                        Arbitraries.strings().ofMaxLength(80),
                        Arbitraries.of("k".repeat(100_000), "a.".repeat(50_000) + "/x", "\u0000\u202e\ud800"))
                .injectNull(0.05);
        // jqwik keeps values in sets, and a hostile value has no hash, so it is created with the map.
        Arbitrary<Supplier<Object>> values = Arbitraries.oneOf(
                        Arbitraries.of("x", "y", 1, -1L, 1.5, true, 'c', Duration.ZERO, "{0} ${a}")
                                .map(value -> () -> value),
                        Arbitraries.strings().ofMaxLength(80).map(text -> () -> text),
                        Arbitraries.bigDecimals().map(number -> () -> number),
                        Arbitraries.bigIntegers().map(number -> () -> number.pow(50)),
                        Arbitraries.<Supplier<Object>>of(
                                Throwing::new,
                                Changing::new,
                                OwnNumber::new,
                                EndlessText::new,
                                HostileRequestProperties::containsItself))
                .injectNull(0.05);
        Arbitrary<Map<String, Object>> plain = Arbitraries.maps(keys, values)
                .ofMaxSize(4)
                .map(made -> {
                    Map<String, Object> map = new LinkedHashMap<>();
                    made.forEach((key, value) -> map.put(key, value == null ? null : value.get()));
                    return map;
                });
        Arbitrary<Map<String, Object>> good = Arbitraries.maps(
                        Arbitraries.of("a", "b", "example.com/c"),
                        Arbitraries.of("x", 1, true).map(v -> (Object) v))
                .ofMaxSize(3);
        return Arbitraries.frequencyOf(
                Tuple.of(2, good),
                Tuple.of(1, plain),
                Tuple.of(
                        1,
                        Combinators.combine(plain, Arbitraries.of(Trick.values()))
                                .as(TrickyMap::new)));
    }

    private static Map<String, Object> entries(int count, java.util.function.IntFunction<String> key, Object value) {
        Map<String, Object> entries = new LinkedHashMap<>();
        IntStream.range(0, count).forEach(i -> entries.put(key.apply(i), value));
        return entries;
    }

    private static Object containsItself() {
        Object[] self = new Object[1];
        self[0] = self;
        return Arrays.asList(self);
    }

    private static final class KubernetesBytes {
        static int of(Map<String, Object> entries) {
            return entries.entrySet().stream()
                    .mapToInt(entry -> entry.getKey().length()
                            + entry.getValue().toString().length())
                    .sum();
        }
    }

    private enum Trick {
        THROWS,
        ENDLESS,
        NULL_ENTRY,
        NULL_SET,
        OVERFLOWS
    }

    /** A map with one more fault than its entries have. */
    private static final class TrickyMap extends AbstractMap<String, Object> {
        private final Map<String, Object> entries;
        private final Trick trick;

        TrickyMap(Map<String, Object> entries, Trick trick) {
            this.entries = entries;
            this.trick = trick;
        }

        @Override
        @SuppressWarnings({"InfiniteRecursion", "NullAway"}) // what this map is for
        public Set<Entry<String, Object>> entrySet() {
            return switch (trick) {
                case THROWS -> throw new UnsupportedOperationException("no entries for you");
                case NULL_SET -> null;
                case OVERFLOWS -> entrySet();
                case ENDLESS ->
                    set(() -> Stream.<Entry<String, Object>>generate(() -> Map.entry("k", "x"))
                            .iterator());
                case NULL_ENTRY ->
                    set(() -> Stream.concat(entries.entrySet().stream(), Stream.of((Entry<String, Object>) null))
                            .iterator());
            };
        }

        private static Set<Entry<String, Object>> set(Supplier<Iterator<Entry<String, Object>>> iterator) {
            return new AbstractSet<>() {
                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    return iterator.get();
                }

                @Override
                public int size() {
                    return -1;
                }
            };
        }
    }

    private static class Throwing implements CharSequence {
        @Override
        public int length() {
            throw new IllegalStateException("no length for you");
        }

        @Override
        public char charAt(int index) {
            throw new IllegalStateException("no character for you");
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            throw new IllegalStateException("no text for you");
        }

        @Override
        public int hashCode() {
            throw new IllegalStateException("no hash for you");
        }

        @Override
        public boolean equals(Object other) {
            throw new IllegalStateException("nothing equals me");
        }

        @Override
        public String toString() {
            throw new IllegalStateException("no text for you");
        }
    }

    private static final class EndlessText extends Throwing {
        @Override
        public int length() {
            return Integer.MAX_VALUE;
        }
    }

    /** Has one text when it is read first, and another text then. */
    private static final class Changing extends Throwing {
        private int asked;

        @Override
        public int length() {
            return 3;
        }

        @Override
        public char charAt(int index) {
            return asked++ < 3 ? 'a' : '!';
        }
    }

    private static final class OwnNumber extends Number {
        private static final long serialVersionUID = 1L;

        @Override
        public int intValue() {
            throw new IllegalStateException("no number for you");
        }

        @Override
        public long longValue() {
            throw new IllegalStateException("no number for you");
        }

        @Override
        public float floatValue() {
            throw new IllegalStateException("no number for you");
        }

        @Override
        public double doubleValue() {
            throw new IllegalStateException("no number for you");
        }
    }
}

package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.StoreException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.NamespaceStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every {@link NamespaceStore} does. Extend it and hand in the store; it may hold other data, and keep what the
 * tests leave behind.
 */
public abstract class NamespaceStoreContract {

    private static final Instant CREATED = Instant.parse("2026-03-29T01:30:00.123456Z");
    private static final Instant LATER = CREATED.plus(Duration.ofDays(1));

    private final EnvironmentId environment = newEnvironmentId();

    /** For the test that extends it. */
    protected NamespaceStoreContract() {}

    /** The store under test; called many times in a test, and each time answering the same data. */
    protected abstract NamespaceStore store();

    /** An environment id that no test has used; overridden where the store takes ids of a certain form only. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** A namespace id that no test has used; overridden where the store takes ids of a certain form only. */
    protected NamespaceId newNamespaceId() {
        return new NamespaceId(UUID.randomUUID().toString());
    }

    @Test
    void an_inserted_namespace_is_found_by_its_id_as_it_was_given() {
        Namespace namespace = namespace("shop");

        store().insert(List.of(namespace));

        assertThat(store().findById(namespace.id())).contains(namespace);
    }

    @Test
    void a_namespace_is_inserted_as_it_is_whatever_its_version_and_deletion() {
        Namespace imported = new Namespace(
                newNamespaceId(),
                environment,
                "shop",
                Map.of("team", "a"),
                Map.of("note", "b"),
                7,
                CREATED,
                LATER,
                LATER);

        store().insert(List.of(imported));

        assertThat(store().findById(imported.id())).contains(imported);
    }

    @Test
    void inserting_nothing_does_nothing() {
        store().insert(List.of());

        assertThat(store().findByEnvironment(environment)).isEmpty();
    }

    @Test
    void an_id_that_was_never_inserted_is_not_found() {
        assertThat(store().findById(newNamespaceId())).isEmpty();
    }

    @Test
    void many_namespaces_are_inserted_at_once() {
        List<Namespace> namespaces = new ArrayList<>();
        for (int i = 1000; i < 1500; i++) {
            namespaces.add(namespace("shop-" + i));
        }

        store().insert(namespaces);

        assertThat(store().findByEnvironment(environment)).isEqualTo(namespaces);
    }

    @Test
    void a_name_that_a_live_namespace_of_the_environment_has_is_refused() {
        Namespace first = insert(namespace("shop"));
        Namespace second = namespace("shop");

        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store().insert(List.of(second)))
                .satisfies(taken -> {
                    assertThat(taken.environmentId()).isEqualTo(environment);
                    assertThat(taken.name()).isEqualTo("shop");
                    assertThat(taken.isRetryable()).isFalse();
                });
        assertThat(store().findById(second.id())).isEmpty();
        assertThat(store().findByEnvironment(environment)).containsExactly(first);
    }

    @Test
    void one_name_that_is_taken_stores_none_of_the_given_namespaces() {
        Namespace standing = insert(namespace("shop"));

        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), namespace("shop"), namespace("web"))))
                .satisfies(taken -> assertThat(taken.name()).isEqualTo("shop"));

        assertThat(store().findByEnvironment(environment)).containsExactly(standing);
    }

    @Test
    void two_given_namespaces_of_one_name_store_neither() {
        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), namespace("shop"), namespace("shop"))))
                .satisfies(taken -> {
                    assertThat(taken.environmentId()).isEqualTo(environment);
                    assertThat(taken.name()).isEqualTo("shop");
                });

        assertThat(store().findByEnvironment(environment)).isEmpty();
    }

    @Test
    void an_id_that_is_taken_stores_none_of_the_given_namespaces() {
        Namespace standing = insert(namespace("shop"));
        Namespace sameId = with(namespace("web"), standing.id());

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), sameId)))
                .satisfies(failure -> assertThat(failure.isRetryable()).isFalse());

        assertThat(store().findByEnvironment(environment)).containsExactly(standing);
    }

    @Test
    void the_same_name_may_stand_in_another_environment() {
        Namespace here = insert(namespace("shop"));
        Namespace there = insert(namespace(newEnvironmentId(), "shop"));

        assertThat(store().findByEnvironment(environment)).containsExactly(here);
        assertThat(store().findByEnvironment(there.environmentId())).containsExactly(there);
    }

    @Test
    void concurrent_inserts_of_one_name_store_one_and_refuse_the_others() {
        List<Concurrently.Outcome<Namespace>> outcomes = Concurrently.run(8, i -> () -> insert(namespace("shop")));

        assertThat(outcomes.stream().filter(Concurrently.Outcome::succeeded)).hasSize(1);
        assertThat(outcomes.stream().filter(outcome -> !outcome.succeeded()))
                .allSatisfy(outcome -> assertThat(outcome.failure()).isInstanceOf(NamespaceNameTakenException.class));
        assertThat(store().findByEnvironment(environment)).hasSize(1);
    }

    @Test
    void an_update_writes_metadata_annotations_and_time_and_raises_the_version() {
        Namespace before = insert(namespace("shop"));
        Namespace change = new Namespace(
                before.id(),
                environment,
                "shop",
                Map.of("tier", "gold"),
                Map.of("example.com/owner", "someone else"),
                before.version(),
                before.createdAt(),
                LATER,
                null);

        Namespace stored = store().update(change);

        assertThat(stored)
                .isEqualTo(new Namespace(
                        before.id(),
                        environment,
                        "shop",
                        change.metadata(),
                        change.annotations(),
                        before.version() + 1,
                        before.createdAt(),
                        LATER,
                        null));
        assertThat(store().findById(before.id())).contains(stored);
    }

    @Test
    void an_update_can_empty_metadata_and_annotations() {
        Namespace before = insert(namespace("shop"));

        Namespace stored = store().update(with(before, Map.of(), Map.of()));

        assertThat(stored.metadata()).isEmpty();
        assertThat(stored.annotations()).isEmpty();
        assertThat(store().findById(before.id())).contains(stored);
    }

    @Test
    void an_update_never_changes_environment_name_creation_or_deletion() {
        Namespace before = insert(namespace("shop"));
        Namespace change = new Namespace(
                before.id(),
                newEnvironmentId(),
                "renamed",
                before.metadata(),
                before.annotations(),
                before.version(),
                LATER,
                LATER,
                LATER);

        Namespace stored = store().update(change);

        assertThat(stored.environmentId()).isEqualTo(environment);
        assertThat(stored.name()).isEqualTo("shop");
        assertThat(stored.createdAt()).isEqualTo(before.createdAt());
        assertThat(stored.isLive()).isTrue();
        assertThat(store().findById(before.id())).contains(stored);
    }

    @Test
    void an_update_of_an_older_version_is_refused_and_writes_nothing() {
        Namespace first = insert(namespace("shop"));
        Namespace second = store().update(with(first, Map.of("tier", "gold"), Map.of()));

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(with(first, Map.of("tier", "lead"), Map.of())))
                .satisfies(stale -> {
                    assertThat(stale.id()).isEqualTo(first.id());
                    assertThat(stale.expected()).isEqualTo(first.version());
                    assertThat(stale.actual()).isEqualTo(second.version());
                });
        assertThat(store().findById(first.id())).contains(second);
    }

    @Test
    void an_update_of_a_version_that_is_yet_to_come_is_refused_and_writes_nothing() {
        Namespace namespace = insert(namespace("shop"));
        Namespace ahead = new Namespace(
                namespace.id(), environment, "shop", Map.of(), Map.of(), namespace.version() + 1, CREATED, LATER, null);

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(ahead))
                .satisfies(stale -> {
                    assertThat(stale.expected()).isEqualTo(namespace.version() + 1);
                    assertThat(stale.actual()).isEqualTo(namespace.version());
                });
        assertThat(store().findById(namespace.id())).contains(namespace);
    }

    @Test
    void an_update_of_a_namespace_that_was_never_inserted_is_refused() {
        Namespace unknown = namespace("shop");

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(unknown))
                .satisfies(failure -> assertThat(failure.id()).isEqualTo(unknown.id()));
        assertThat(store().findById(unknown.id())).isEmpty();
    }

    @Test
    void an_update_of_a_soft_deleted_namespace_is_refused() {
        Namespace namespace = insert(namespace("shop"));
        Namespace deleted = store().softDelete(namespace.id(), namespace.version(), LATER);

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(with(deleted, Map.of("tier", "gold"), Map.of())));
        assertThat(store().findById(namespace.id())).contains(deleted);
    }

    @Test
    void no_concurrent_update_is_lost() {
        NamespaceId id = insert(with(namespace("shop"), Map.of("counter", "0"), Map.of()))
                .id();
        int threads = 4;
        int increments = 20;

        List<Concurrently.Outcome<Integer>> outcomes = Concurrently.run(threads, thread -> () -> {
            int done = 0;
            while (done < increments) {
                Namespace current = store().findById(id).orElseThrow();
                int counter = Integer.parseInt(current.metadata().get("counter"));
                try {
                    store().update(with(current, Map.of("counter", String.valueOf(counter + 1)), Map.of()));
                    done++;
                } catch (StaleVersionException e) {
                    assertThat(e.actual()).isGreaterThan(e.expected());
                }
            }
            return done;
        });

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
        Namespace last = store().findById(id).orElseThrow();
        assertThat(last.metadata()).containsEntry("counter", String.valueOf(threads * increments));
        assertThat(last.version()).isEqualTo(1 + threads * increments);
    }

    @Test
    void an_environment_lists_its_live_namespaces_in_the_order_of_their_names() {
        // Languages sort '-' after letters, or leave it out.
        List<String> names = List.of("10", "9", "a", "a--b", "a-b", "a0", "aa", "ab", "b", "z-1");
        List<Namespace> shuffled = new ArrayList<>();
        for (int i : new int[] {7, 2, 9, 0, 4, 6, 8, 1, 5, 3}) {
            shuffled.add(namespace(names.get(i)));
        }
        store().insert(shuffled);

        assertThat(store().findByEnvironment(environment))
                .extracting(Namespace::name)
                .isEqualTo(names);
    }

    @Test
    void an_environment_without_namespaces_has_an_empty_list() {
        assertThat(store().findByEnvironment(environment)).isEmpty();
    }

    @Test
    void an_environment_lists_neither_soft_deleted_namespaces_nor_those_of_others() {
        Namespace kept = insert(namespace("kept"));
        Namespace gone = insert(namespace("gone"));
        insert(namespace(newEnvironmentId(), "elsewhere"));

        store().softDelete(gone.id(), gone.version(), LATER);

        assertThat(store().findByEnvironment(environment)).containsExactly(kept);
    }

    @Test
    void a_name_is_found_in_every_environment_in_their_order() {
        String name = newName();
        List<EnvironmentId> environments = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            environments.add(insert(namespace(newEnvironmentId(), name)).environmentId());
        }

        assertThat(store().findByName(name))
                .extracting(Namespace::environmentId)
                .isEqualTo(environments.stream().sorted().toList());
    }

    @Test
    void a_name_is_found_among_live_namespaces_only() {
        String name = newName();
        Namespace kept = insert(namespace(name));
        Namespace gone = insert(namespace(newEnvironmentId(), name));

        store().softDelete(gone.id(), gone.version(), LATER);

        assertThat(store().findByName(name)).containsExactly(kept);
    }

    @Test
    void only_the_exact_name_is_found() {
        String name = newName();
        Namespace namespace = insert(namespace(name));
        insert(namespace(newEnvironmentId(), name + "-2"));

        assertThat(store().findByName(name)).containsExactly(namespace);
        for (String other : List.of(
                name.toUpperCase(Locale.ROOT),
                name + " ",
                " " + name,
                name.substring(0, name.length() - 1),
                name.substring(0, name.length() - 1) + "%",
                "' OR '1'='1",
                "")) {
            assertThat(store().findByName(other)).as("'%s'", other).isEmpty();
        }
    }

    @Test
    void a_namespace_that_was_soft_deleted_is_still_found_by_its_id() {
        Namespace namespace = insert(namespace("shop"));

        Namespace deleted = store().softDelete(namespace.id(), namespace.version(), LATER);

        assertThat(deleted)
                .isEqualTo(new Namespace(
                        namespace.id(),
                        environment,
                        "shop",
                        namespace.metadata(),
                        namespace.annotations(),
                        namespace.version() + 1,
                        namespace.createdAt(),
                        namespace.updatedAt(),
                        LATER));
        assertThat(store().findById(namespace.id())).contains(deleted);
    }

    @Test
    void a_namespace_that_was_soft_deleted_frees_its_name() {
        Namespace first = insert(namespace("shop"));
        store().softDelete(first.id(), first.version(), LATER);
        Namespace second = insert(namespace("shop"));
        store().softDelete(second.id(), second.version(), LATER);

        Namespace third = insert(namespace("shop"));

        assertThat(store().findByEnvironment(environment)).containsExactly(third);
    }

    @Test
    void a_soft_delete_of_another_version_is_refused_and_writes_nothing() {
        Namespace first = insert(namespace("shop"));
        Namespace second = store().update(with(first, Map.of("tier", "gold"), Map.of()));

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().softDelete(first.id(), first.version(), LATER))
                .satisfies(stale -> {
                    assertThat(stale.expected()).isEqualTo(first.version());
                    assertThat(stale.actual()).isEqualTo(second.version());
                });
        assertThat(store().findById(first.id())).contains(second);
    }

    @Test
    void a_soft_delete_of_what_is_not_live_is_refused() {
        Namespace namespace = insert(namespace("shop"));
        Namespace deleted = store().softDelete(namespace.id(), namespace.version(), LATER);

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().softDelete(deleted.id(), deleted.version(), LATER.plusSeconds(1)));
        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().softDelete(newNamespaceId(), 1, LATER));
        assertThat(store().findById(namespace.id())).contains(deleted);
    }

    @Test
    void every_string_comes_back_as_it_was_given() {
        Map<String, String> metadata = Map.of(
                "empty", "",
                "number", "1e3",
                "yes", "y",
                "no", "no",
                "hexadecimal", "0x1F",
                "null", "null",
                "Case", "Upper",
                "case", "lower",
                "team.example.com/Owner_1", "A.b-C_9");
        Map<String, String> annotations = Map.ofEntries(
                Map.entry("empty", ""),
                Map.entry("blank", " \t\r\n "),
                Map.entry("number", "1e3"),
                Map.entry("quotes", "it's \"quoted\" \\ `and` /slashed/ \\u0041"),
                Map.entry("umlauts", "äöüß ÄÖÜ é e\u0301 ﬁ İ ı"),
                Map.entry("scripts", "日本語 العربية हिन्दी 한국어"),
                Map.entry("emoji", "😀👩‍👩‍👧‍👦🏳️‍🌈"),
                Map.entry("controls", "\u0001\u0007\b\f\u001b\u007f\u0085\u2028\u2029\ufeff\ufffe\uffff"),
                Map.entry("json", "{\"a\": [1, 2.50, null], \"a\": \"twice\"}"),
                Map.entry("sql", "'; DROP TABLE namespaces; -- :id ? ?? $1 {fn now()}"),
                Map.entry("trailing", "space "),
                Map.entry("Case", "Upper"),
                Map.entry("case", "lower"));
        Namespace namespace = insert(with(namespace("shop"), metadata, annotations));

        Namespace found = store().findById(namespace.id()).orElseThrow();
        assertThat(found.metadata()).isEqualTo(metadata);
        assertThat(found.annotations()).isEqualTo(annotations);

        Namespace updated = store().update(with(found, Map.of(), annotations));
        assertThat(store().findById(namespace.id()).orElseThrow().annotations()).isEqualTo(updated.annotations());
    }

    @Test
    void annotations_may_be_as_large_as_kubernetes_lets_them() {
        int room = KubernetesSyntax.MAX_ANNOTATIONS_BYTES - "big".length();
        for (String filler : List.of("x", "\"", "\u0001", "ß", "😀")) {
            int bytes = filler.getBytes(StandardCharsets.UTF_8).length;
            Map<String, String> annotations = Map.of("big", filler.repeat(room / bytes));
            Namespace namespace = insert(with(namespace(newEnvironmentId(), "shop"), Map.of(), annotations));

            assertThat(store().findById(namespace.id())
                            .orElseThrow()
                            .annotations()
                            .equals(annotations))
                    .as("filled with U+%04X", filler.codePointAt(0))
                    .isTrue();
        }
    }

    @Test
    void instants_are_kept_to_the_microsecond() {
        for (String moment : List.of(
                "1970-01-01T00:00:00Z",
                "1999-12-31T23:59:59.999999Z",
                "2026-03-29T01:30:00.000001Z",
                "2026-10-25T00:30:00.100000Z",
                "2038-01-19T03:14:08.5Z",
                "9999-12-30T23:59:59.999999Z")) {
            Instant instant = Instant.parse(moment);
            Namespace namespace = insert(new Namespace(
                    newNamespaceId(), newEnvironmentId(), "shop", Map.of(), Map.of(), 1, instant, instant, instant));

            assertThat(store().findById(namespace.id())).contains(namespace);
        }
    }

    @Test
    void what_an_instant_has_below_the_microsecond_is_cut_off() {
        Instant nanos = CREATED.plusNanos(999);
        Namespace namespace =
                insert(new Namespace(newNamespaceId(), environment, "shop", Map.of(), Map.of(), 1, nanos, nanos, null));
        Namespace inserted = store().findById(namespace.id()).orElseThrow();
        assertThat(inserted.createdAt()).isEqualTo(CREATED);
        assertThat(inserted.updatedAt()).isEqualTo(CREATED);

        Namespace updated = store().update(namespace);
        assertThat(updated.updatedAt()).isEqualTo(CREATED);
        assertThat(store().findById(namespace.id())).contains(updated);

        Namespace deleted = store().softDelete(namespace.id(), updated.version(), nanos);
        assertThat(deleted.deletedAt()).isEqualTo(CREATED);
        assertThat(store().findById(namespace.id())).contains(deleted);
    }

    private Namespace insert(Namespace namespace) {
        store().insert(List.of(namespace));
        return namespace;
    }

    private Namespace namespace(String name) {
        return namespace(environment, name);
    }

    private Namespace namespace(EnvironmentId environmentId, String name) {
        return new Namespace(
                newNamespaceId(),
                environmentId,
                name,
                Map.of("team", "shop", "tier", "silver"),
                Map.of("example.com/owner", "someone", "note", "as it was"),
                1,
                CREATED,
                CREATED,
                null);
    }

    private static String newName() {
        return "n-" + UUID.randomUUID();
    }

    private static Namespace with(Namespace base, NamespaceId id) {
        return copy(id, base, base.metadata(), base.annotations());
    }

    private static Namespace with(Namespace base, Map<String, String> metadata, Map<String, String> annotations) {
        return copy(base.id(), base, metadata, annotations);
    }

    private static Namespace copy(
            NamespaceId id, Namespace base, Map<String, String> metadata, Map<String, String> annotations) {
        return new Namespace(
                id,
                base.environmentId(),
                base.name(),
                metadata,
                annotations,
                base.version(),
                base.createdAt(),
                base.updatedAt(),
                base.deletedAt());
    }
}

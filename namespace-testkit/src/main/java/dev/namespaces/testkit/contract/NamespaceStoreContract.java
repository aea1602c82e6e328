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
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What every {@link NamespaceStore} does. Extend it and hand in the store; it may have other data, and keep that of the
 * tests.
 */
public abstract class NamespaceStoreContract {

    private static final Instant CREATED = Instant.parse("2026-03-29T01:30:00.123456Z");
    private static final Instant LATER = CREATED.plus(Duration.ofDays(1));

    private final EnvironmentId environment = newEnvironmentId();

    /** Creates the contract for a test that extends it. */
    protected NamespaceStoreContract() {}

    /** Returns the store under test; called many times in a test, and each time returning the same data. */
    protected abstract NamespaceStore store();

    /** Returns an environment id that no test has used; overridden where the store takes ids of a certain form only. */
    protected EnvironmentId newEnvironmentId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** Returns a namespace id that no test has used; overridden where the store takes ids of a certain form only. */
    protected NamespaceId newNamespaceId() {
        return new NamespaceId(UUID.randomUUID().toString());
    }

    @Test
    void an_inserted_namespace_is_found_by_its_id_as_it_was_given() {
        Namespace namespace = namespace("shop");

        store().insert(List.of(namespace));

        assertThat(store().findByIds(List.of(namespace.id()))).containsExactly(namespace);
    }

    @Test
    void an_imported_namespace_keeps_its_version_and_deletion() {
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

        assertThat(store().findByIds(List.of(imported.id()))).containsExactly(imported);
        assertThat(store().findByEnvironments(List.of(environment))).isEmpty();
    }

    @Test
    void nothing_is_stored_if_nothing_is_inserted() {
        store().insert(List.of());

        assertThat(live()).isEmpty();
    }

    @Test
    void ids_that_were_never_inserted_are_left_out() {
        Namespace namespace = insert(namespace("shop"));

        assertThat(store().findByIds(List.of(newNamespaceId()))).isEmpty();
        assertThat(store().findByIds(List.of(newNamespaceId(), namespace.id(), newNamespaceId())))
                .containsExactly(namespace);
    }

    @Test
    void no_ids_find_no_namespace() {
        insert(namespace("shop"));

        assertThat(store().findByIds(List.of())).isEmpty();
    }

    @Test
    void an_id_given_twice_is_found_once() {
        Namespace one = insert(namespace("shop"));
        Namespace other = insert(namespace("api"));

        assertThat(store().findByIds(List.of(one.id(), other.id(), one.id()))).containsExactlyInAnyOrder(one, other);
    }

    @Test
    void thousands_of_ids_can_be_asked_for_at_once() {
        Namespace first = insert(namespace("shop"));
        Namespace last = insert(namespace("api"));
        List<NamespaceId> ids = new ArrayList<>();
        ids.add(first.id());
        for (int i = 0; i < 5_000; i++) {
            ids.add(newNamespaceId());
        }
        ids.add(last.id());

        assertThat(store().findByIds(ids)).containsExactlyInAnyOrder(first, last);
    }

    @Test
    void many_namespaces_are_inserted_at_once() {
        List<Namespace> namespaces = new ArrayList<>();
        for (int i = 1000; i < 1500; i++) {
            namespaces.add(namespace("shop-" + i));
        }

        store().insert(namespaces);

        assertThat(live()).isEqualTo(namespaces);
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
        assertThat(store().findByIds(List.of(second.id()))).isEmpty();
        assertThat(live()).containsExactly(first);
    }

    @Test
    void none_of_the_given_namespaces_is_stored_if_one_name_is_taken() {
        Namespace existing = insert(namespace("shop"));

        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), namespace("shop"), namespace("web"))))
                .satisfies(taken -> assertThat(taken.name()).isEqualTo("shop"));

        assertThat(live()).containsExactly(existing);
    }

    @Test
    void none_of_the_given_namespaces_is_stored_if_two_have_one_name() {
        assertThatExceptionOfType(NamespaceNameTakenException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), namespace("shop"), namespace("shop"))))
                .satisfies(taken -> {
                    assertThat(taken.environmentId()).isEqualTo(environment);
                    assertThat(taken.name()).isEqualTo("shop");
                });

        assertThat(live()).isEmpty();
    }

    @Test
    void none_of_the_given_namespaces_is_stored_if_one_id_is_taken() {
        Namespace existing = insert(namespace("shop"));
        Namespace sameId = with(namespace("web"), existing.id());

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store().insert(List.of(namespace("api"), sameId)))
                .satisfies(failure -> assertThat(failure.isRetryable()).isFalse());

        assertThat(live()).containsExactly(existing);
    }

    @Test
    void the_id_of_a_soft_deleted_namespace_is_never_used_again() {
        Namespace deleted = delete(insert(namespace("shop")));

        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store().insert(List.of(with(namespace("web"), deleted.id()))))
                .satisfies(failure -> assertThat(failure.isRetryable()).isFalse());

        assertThat(store().findByIds(List.of(deleted.id()))).containsExactly(deleted);
    }

    @Test
    void the_same_name_can_exist_in_another_environment() {
        Namespace here = insert(namespace("shop"));
        Namespace there = insert(namespace(newEnvironmentId(), "shop"));

        assertThat(live()).containsExactly(here);
        assertThat(store().findByEnvironments(List.of(there.environmentId()))).containsExactly(there);
    }

    @Test
    void one_of_many_concurrent_inserts_of_one_name_succeeds() {
        List<Concurrently.Outcome<Namespace>> outcomes = Concurrently.run(8, i -> () -> insert(namespace("shop")));

        assertThat(outcomes.stream().filter(Concurrently.Outcome::succeeded)).hasSize(1);
        assertThat(outcomes.stream().filter(outcome -> !outcome.succeeded()))
                .allSatisfy(outcome -> assertThat(outcome.failure()).isInstanceOf(NamespaceNameTakenException.class));
        assertThat(live()).hasSize(1);
    }

    @Test
    void an_update_writes_metadata_annotations_time_and_version() {
        Namespace before = insert(namespace("shop"));
        Namespace next = before.changed(Map.of("tier", "gold"), Map.of("example.com/owner", "someone else"), LATER);

        store().update(List.of(next));

        assertThat(store().findByIds(List.of(before.id()))).containsExactly(next);
        assertThat(live()).containsExactly(next);
    }

    @Test
    void an_update_can_empty_metadata_and_annotations() {
        Namespace next = insert(namespace("shop")).changed(Map.of(), Map.of(), LATER);

        store().update(List.of(next));

        Namespace found = found(next.id());
        assertThat(found.metadata()).isEmpty();
        assertThat(found.annotations()).isEmpty();
        assertThat(found).isEqualTo(next);
    }

    @Test
    void an_update_of_nothing_does_nothing() {
        Namespace namespace = insert(namespace("shop"));

        store().update(List.of());

        assertThat(live()).containsExactly(namespace);
    }

    @Test
    void an_update_never_changes_environment_name_and_creation() {
        Namespace before = insert(namespace("shop"));
        Namespace change = new Namespace(
                before.id(),
                newEnvironmentId(),
                "renamed",
                before.metadata(),
                before.annotations(),
                before.version() + 1,
                LATER,
                LATER,
                null);

        store().update(List.of(change));

        Namespace found = found(before.id());
        assertThat(found.environmentId()).isEqualTo(environment);
        assertThat(found.name()).isEqualTo("shop");
        assertThat(found.createdAt()).isEqualTo(before.createdAt());
        assertThat(found.updatedAt()).isEqualTo(LATER);
        assertThat(live()).containsExactly(found);
    }

    @Test
    void an_update_of_an_older_version_is_refused_and_writes_nothing() {
        Namespace first = insert(namespace("shop"));
        Namespace second = update(first.changed(Map.of("tier", "gold"), Map.of(), LATER));

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(List.of(first.changed(Map.of("tier", "lead"), Map.of(), LATER))))
                .satisfies(stale -> {
                    assertThat(stale.id()).isEqualTo(first.id());
                    assertThat(stale.expected()).isEqualTo(first.version());
                    assertThat(stale.actual()).isEqualTo(second.version());
                });
        assertThat(found(first.id())).isEqualTo(second);
    }

    @Test
    void an_update_of_a_version_yet_to_come_is_refused_and_writes_nothing() {
        Namespace namespace = insert(namespace("shop"));
        Namespace ahead = namespace.changed(Map.of(), Map.of(), LATER).changed(Map.of(), Map.of(), LATER);

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(List.of(ahead)))
                .satisfies(stale -> {
                    assertThat(stale.expected()).isEqualTo(namespace.version() + 1);
                    assertThat(stale.actual()).isEqualTo(namespace.version());
                });
        assertThat(found(namespace.id())).isEqualTo(namespace);
    }

    @Test
    void an_update_of_the_stored_version_itself_is_refused() {
        Namespace namespace = insert(namespace("shop"));
        Namespace sameVersion = with(namespace, Map.of("tier", "gold"), Map.of());

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(List.of(sameVersion)))
                .satisfies(stale -> {
                    assertThat(stale.expected()).isEqualTo(namespace.version() - 1);
                    assertThat(stale.actual()).isEqualTo(namespace.version());
                });
        assertThat(found(namespace.id())).isEqualTo(namespace);
    }

    @Test
    void an_update_of_a_namespace_that_was_never_inserted_is_refused() {
        Namespace unknown = namespace("shop").changed(Map.of(), Map.of(), LATER);

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(List.of(unknown)))
                .satisfies(failure -> assertThat(failure.id()).isEqualTo(unknown.id()));
        assertThat(store().findByIds(List.of(unknown.id()))).isEmpty();
    }

    @Test
    void an_update_of_a_soft_deleted_namespace_is_refused() {
        Namespace deleted = delete(insert(namespace("shop")));

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(List.of(deleted.changed(Map.of("tier", "gold"), Map.of(), LATER))));
        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(List.of(deleted.deleted(LATER.plusSeconds(1)))));
        assertThat(found(deleted.id())).isEqualTo(deleted);
    }

    @Test
    void many_namespaces_are_updated_at_once() {
        List<Namespace> namespaces = new ArrayList<>();
        for (int i = 1000; i < 1300; i++) {
            namespaces.add(namespace("shop-" + i));
        }
        store().insert(namespaces);
        List<Namespace> next = namespaces.stream()
                .map(namespace -> namespace.changed(Map.of("name", namespace.name()), Map.of(), LATER))
                .toList();

        store().update(next);

        assertThat(live()).isEqualTo(next);
    }

    @Test
    void none_of_the_given_namespaces_is_updated_if_one_is_stale() {
        Namespace one = insert(namespace("api"));
        Namespace two = insert(namespace("shop"));
        Namespace three = insert(namespace("web"));
        Namespace newer = update(two.changed(Map.of(), Map.of(), LATER));

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(List.of(one.deleted(LATER), two.deleted(LATER), three.deleted(LATER))))
                .satisfies(stale -> assertThat(stale.id()).isEqualTo(two.id()));

        assertThat(live()).containsExactly(one, newer, three);
    }

    @Test
    void none_of_the_given_namespaces_is_updated_if_one_is_unknown() {
        Namespace one = insert(namespace("api"));
        Namespace unknown = namespace("shop");

        assertThatExceptionOfType(UnknownNamespaceException.class)
                .isThrownBy(() -> store().update(List.of(one.deleted(LATER), unknown.deleted(LATER))))
                .satisfies(failure -> assertThat(failure.id()).isEqualTo(unknown.id()));

        assertThat(live()).containsExactly(one);
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
                Namespace current = found(id);
                int counter = Integer.parseInt(current.metadata().get("counter"));
                try {
                    store().update(List.of(
                            current.changed(Map.of("counter", String.valueOf(counter + 1)), Map.of(), LATER)));
                    done++;
                } catch (StaleVersionException e) {
                    assertThat(e.actual()).isGreaterThan(e.expected());
                }
            }
            return done;
        });

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome.failure()).isNull());
        Namespace last = found(id);
        assertThat(last.metadata()).containsEntry("counter", String.valueOf(threads * increments));
        assertThat(last.version()).isEqualTo(1 + threads * increments);
    }

    @Test
    void live_namespaces_are_found_in_the_order_of_their_names() {
        // Languages sort '-' after letters, or leave it out.
        List<String> names = List.of("10", "9", "a", "a--b", "a-b", "a0", "aa", "ab", "b", "z-1");
        List<Namespace> shuffled = new ArrayList<>();
        for (int i : new int[] {7, 2, 9, 0, 4, 6, 8, 1, 5, 3}) {
            shuffled.add(namespace(names.get(i)));
        }
        store().insert(shuffled);

        assertThat(live()).extracting(Namespace::name).isEqualTo(names);
    }

    @Test
    void namespaces_of_many_environments_are_found_by_environment_then_name() {
        List<EnvironmentId> environments = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            environments.add(newEnvironmentId());
        }
        List<Namespace> all = new ArrayList<>();
        for (String name : List.of("web", "api", "shop")) {
            environments.forEach(id -> all.add(namespace(id, name)));
        }
        store().insert(all);

        List<EnvironmentId> asked = new ArrayList<>(environments);
        asked.add(newEnvironmentId());
        asked.add(environments.get(0));
        assertThat(store().findByEnvironments(asked))
                .isEqualTo(all.stream()
                        .sorted(Comparator.comparing(Namespace::environmentId).thenComparing(Namespace::name))
                        .toList());
    }

    @Test
    void an_environment_without_namespaces_has_none() {
        assertThat(live()).isEmpty();
        assertThat(store().findByEnvironments(List.of())).isEmpty();
    }

    @Test
    void soft_deleted_namespaces_and_those_of_others_are_not_found() {
        Namespace kept = insert(namespace("kept"));
        insert(namespace(newEnvironmentId(), "elsewhere"));

        delete(insert(namespace("gone")));

        assertThat(live()).containsExactly(kept);
    }

    @Test
    void thousands_of_environments_can_be_asked_for_at_once() {
        Namespace namespace = insert(namespace("shop"));
        List<EnvironmentId> ids = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            ids.add(newEnvironmentId());
        }
        ids.add(environment);

        assertThat(store().findByEnvironments(ids)).containsExactly(namespace);
    }

    @Test
    void names_are_found_in_all_environments_by_name_then_environment() {
        List<String> names = List.of(newName(), newName(), newName());
        List<Namespace> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            EnvironmentId id = newEnvironmentId();
            names.forEach(name -> all.add(insert(namespace(id, name))));
        }

        assertThat(store().findByNames(List.of(names.get(2), names.get(0), newName(), names.get(1), names.get(0))))
                .isEqualTo(all.stream()
                        .sorted(Comparator.comparing(Namespace::name).thenComparing(Namespace::environmentId))
                        .toList());
        assertThat(store().findByNames(List.of())).isEmpty();
    }

    @Test
    void a_name_is_found_among_live_namespaces_only() {
        String name = newName();
        Namespace kept = insert(namespace(name));

        delete(insert(namespace(newEnvironmentId(), name)));

        assertThat(store().findByNames(List.of(name))).containsExactly(kept);
    }

    @Test
    void only_the_exact_name_is_found() {
        String name = newName();
        Namespace namespace = insert(namespace(name));
        insert(namespace(newEnvironmentId(), name + "-2"));

        assertThat(store().findByNames(List.of(name))).containsExactly(namespace);
        for (String other : List.of(
                name.toUpperCase(Locale.ROOT),
                name + " ",
                " " + name,
                name.substring(0, name.length() - 1),
                name.substring(0, name.length() - 1) + "%",
                "' OR '1'='1",
                "")) {
            assertThat(store().findByNames(List.of(other))).as("'%s'", other).isEmpty();
        }
    }

    @Test
    void a_soft_deleted_namespace_is_still_found_by_its_id() {
        Namespace namespace = insert(namespace("shop"));
        Namespace deleted = namespace.deleted(LATER);

        store().update(List.of(deleted));

        assertThat(found(namespace.id()))
                .isEqualTo(deleted)
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
    }

    @Test
    void a_soft_deleted_namespace_frees_its_name() {
        delete(insert(namespace("shop")));
        delete(insert(namespace("shop")));

        Namespace third = insert(namespace("shop"));

        assertThat(live()).containsExactly(third);
    }

    @Test
    void a_soft_delete_of_another_version_is_refused_and_writes_nothing() {
        Namespace first = insert(namespace("shop"));
        Namespace second = update(first.changed(Map.of("tier", "gold"), Map.of(), LATER));

        assertThatExceptionOfType(StaleVersionException.class)
                .isThrownBy(() -> store().update(List.of(first.deleted(LATER))))
                .satisfies(stale -> {
                    assertThat(stale.expected()).isEqualTo(first.version());
                    assertThat(stale.actual()).isEqualTo(second.version());
                });
        assertThat(found(first.id())).isEqualTo(second);
    }

    @Test
    void soft_deleted_namespaces_are_found_by_name_then_id() {
        List<Namespace> deleted = new ArrayList<>();
        for (String name : List.of("web", "a-b", "a0", "shop", "shop", "shop", "a")) {
            deleted.add(delete(insert(namespace(name))));
        }
        insert(namespace("live"));
        delete(insert(namespace(newEnvironmentId(), "elsewhere")));

        assertThat(store().findDeleted(environment))
                .isEqualTo(deleted.stream()
                        .sorted(Comparator.comparing(Namespace::name).thenComparing(Namespace::id))
                        .toList());
        assertThat(store().findDeleted(newEnvironmentId())).isEmpty();
    }

    @Test
    void every_string_is_found_as_it_was_given() {
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

        Namespace inserted = found(namespace.id());
        assertThat(inserted.metadata()).isEqualTo(metadata);
        assertThat(inserted.annotations()).isEqualTo(annotations);

        Namespace other = update(insert(namespace("api")).changed(metadata, annotations, LATER));
        assertThat(found(other.id()).metadata()).isEqualTo(metadata);
        assertThat(found(other.id()).annotations()).isEqualTo(annotations);
    }

    @Test
    void annotations_can_be_as_large_as_kubernetes_allows() {
        int room = KubernetesSyntax.MAX_ANNOTATIONS_BYTES - "big".length();
        for (String filler : List.of("x", "\"", "\u0001", "ß", "😀")) {
            int bytes = filler.getBytes(StandardCharsets.UTF_8).length;
            Map<String, String> annotations = Map.of("big", filler.repeat(room / bytes));
            Namespace namespace = insert(with(namespace(newEnvironmentId(), "shop"), Map.of(), annotations));

            assertThat(found(namespace.id()).annotations().equals(annotations))
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

            assertThat(found(namespace.id())).isEqualTo(namespace);
        }
    }

    @Test
    void instants_are_truncated_to_the_microsecond() {
        Instant nanos = CREATED.plusNanos(999);
        Namespace namespace =
                insert(new Namespace(newNamespaceId(), environment, "shop", Map.of(), Map.of(), 1, nanos, nanos, null));
        Namespace inserted = found(namespace.id());
        assertThat(inserted.createdAt()).isEqualTo(CREATED);
        assertThat(inserted.updatedAt()).isEqualTo(CREATED);

        Namespace updated = update(namespace.changed(Map.of(), Map.of(), LATER.plusNanos(1)));
        assertThat(found(namespace.id()).updatedAt()).isEqualTo(LATER);

        delete(updated, LATER.plusNanos(999));
        assertThat(found(namespace.id()).deletedAt()).isEqualTo(LATER);
        assertThat(found(namespace.id()).updatedAt()).isEqualTo(LATER);
    }

    private Namespace insert(Namespace namespace) {
        store().insert(List.of(namespace));
        return namespace;
    }

    /** Stores the next version of a namespace. */
    private Namespace update(Namespace next) {
        store().update(List.of(next));
        return next;
    }

    /** Soft-deletes a namespace and returns its last version. */
    private Namespace delete(Namespace namespace) {
        return delete(namespace, LATER);
    }

    private Namespace delete(Namespace namespace, Instant at) {
        return update(namespace.deleted(at));
    }

    private List<Namespace> live() {
        return store().findByEnvironments(List.of(environment));
    }

    private Namespace found(NamespaceId id) {
        List<Namespace> found = store().findByIds(List.of(id));
        assertThat(found).hasSize(1);
        return found.get(0);
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

package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.spi.EnvironmentStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EnvironmentStore} does. Extend it, hand in the store, and say how an environment is saved and
 * removed. The store may have other environments, and keep those of the tests.
 */
public abstract class EnvironmentStoreContract {

    /** Creates the contract for a test that extends it. */
    protected EnvironmentStoreContract() {}

    /** Returns the store under test; called many times in a test, and each time returning the same data. */
    protected abstract EnvironmentStore store();

    /** Stores the environment where the store finds it, and replaces one of that id. */
    protected abstract void save(Environment environment);

    /** Soft-deletes or deletes a saved environment, as the host does it. */
    protected abstract void remove(EnvironmentId id);

    /** Returns an id that no test has used; overridden where the store takes ids of a certain form only. */
    protected EnvironmentId newId() {
        return new EnvironmentId("env-" + UUID.randomUUID());
    }

    /** Returns an environment with as much in it as the store can keep; overridden where that is less than this. */
    protected Environment sample(EnvironmentId id) {
        return new Environment(
                id,
                new OrganizationId("Acme"),
                new ProjectId("shop.web"),
                "Größe \"1\" 😀 ' \\",
                List.of(new ClusterId("us-1"), new ClusterId("eu-1"), new ClusterId("EU-1")),
                Map.of("stage", "prod", "team.example.com/Owner_1", "1e3", "empty", ""),
                -7);
    }

    /** Returns the environment after a change that the store can keep; overridden where that is less than this. */
    protected Environment changed(Environment environment) {
        return new Environment(
                environment.id(),
                environment.organizationId(),
                environment.projectId(),
                environment.name() + " renamed",
                List.of(new ClusterId("eu-1"), new ClusterId("ap-1")),
                Map.of("stage", "dev"),
                Integer.MAX_VALUE);
    }

    @Test
    void a_saved_environment_is_found_as_it_was_given() {
        Environment environment = saved();

        assertThat(store().findByIds(List.of(environment.id()))).containsExactly(environment);
    }

    @Test
    void a_changed_environment_is_found_as_it_is_now() {
        Environment environment = saved();
        Environment changed = changed(environment);

        save(changed);

        assertThat(store().findByIds(List.of(environment.id()))).containsExactly(changed);
        assertThat(allIds(100)).containsOnlyOnce(environment.id());
    }

    @Test
    void labels_and_clusters_keep_their_order() {
        Environment environment = saved();

        Environment found = store().findByIds(List.of(environment.id())).get(0);

        assertThat(found.clusters()).containsExactlyElementsOf(environment.clusters());
        assertThat(found.labels().keySet())
                .containsExactlyElementsOf(environment.labels().keySet());
    }

    @Test
    void no_ids_find_nothing() {
        saved();

        assertThat(store().findByIds(List.of())).isEmpty();
    }

    @Test
    void ids_that_do_not_exist_are_left_out() {
        Environment environment = saved();

        assertThat(store().findByIds(List.of(newId(), environment.id(), newId())))
                .containsExactly(environment);
    }

    @Test
    void an_id_given_twice_is_found_once() {
        Environment one = saved();
        Environment other = saved();

        assertThat(store().findByIds(List.of(one.id(), other.id(), one.id()))).containsExactlyInAnyOrder(one, other);
    }

    @Test
    void thousands_of_ids_can_be_asked_for_at_once() {
        Environment first = saved();
        Environment last = saved();
        List<EnvironmentId> ids = new ArrayList<>();
        ids.add(first.id());
        for (int i = 0; i < 5_000; i++) {
            ids.add(newId());
        }
        ids.add(last.id());

        assertThat(store().findByIds(ids)).containsExactlyInAnyOrder(first, last);
    }

    @Test
    void a_removed_environment_is_not_found() {
        Environment kept = saved();
        Environment removed = saved();

        remove(removed.id());

        assertThat(store().findByIds(List.of(kept.id(), removed.id()))).containsExactly(kept);
        assertThat(allIds(100)).contains(kept.id()).doesNotContain(removed.id());
    }

    @Test
    void every_id_is_on_one_page_in_order() {
        List<EnvironmentId> mine = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            mine.add(newId());
        }
        Collections.shuffle(mine, new Random(1));
        mine.forEach(id -> save(sample(id)));

        for (int limit : new int[] {4, 9, 1_000}) {
            assertThat(allIds(limit)).containsAll(mine).doesNotHaveDuplicates().isSorted();
        }
    }

    @Test
    void a_page_has_no_more_ids_than_asked_for() {
        saved();
        saved();

        assertThat(store().findIds(null, 1)).hasSize(1);
        assertThat(store().findIds(null, 2)).hasSize(2).isSorted();
    }

    @Test
    void the_next_page_follows_an_environment_that_was_removed_since() {
        for (int i = 0; i < 3; i++) {
            saved();
        }
        List<EnvironmentId> all = allIds(100);
        EnvironmentId removed = all.get(all.size() - 2);
        remove(removed);

        assertThat(store().findIds(removed, 10)).containsExactly(all.get(all.size() - 1));
    }

    @Test
    void an_empty_page_follows_the_last_id() {
        saved();
        List<EnvironmentId> all = allIds(100);

        assertThat(store().findIds(all.get(all.size() - 1), 10)).isEmpty();
    }

    private Environment saved() {
        Environment environment = sample(newId());
        save(environment);
        return environment;
    }

    /** Returns all ids, page by page as the port says: a page that is not full is the last one. */
    private List<EnvironmentId> allIds(int limit) {
        List<EnvironmentId> all = new ArrayList<>();
        @Nullable EnvironmentId after = null;
        while (true) {
            List<EnvironmentId> page = store().findIds(after, limit);
            assertThat(page).hasSizeLessThanOrEqualTo(limit);
            all.addAll(page);
            if (page.size() < limit) {
                return all;
            }
            after = page.get(page.size() - 1);
        }
    }
}

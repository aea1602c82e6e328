package dev.namespaces.core;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CreatingTest {

    private final Platform platform = new Platform();
    private final NamespaceLifecycle lifecycle = platform.lifecycle;
    private final Environment dev =
            platform.environment(anEnvironment().id("shop-dev").build());

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_request_becomes_a_stored_namespace_with_id_version_and_timestamps() {
        Namespace created = lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web")
                .withMetadata("tier", 1)
                .withAnnotation("note", true));

        assertThat(platform.namespaces.findByIds(List.of(created.id())).stream().findFirst())
                .contains(created);
        assertThat(created.version()).isEqualTo(1);
        assertThat(created.createdAt()).isEqualTo(Platform.NOW);
        assertThat(created.updatedAt()).isEqualTo(Platform.NOW);
        assertThat(created.isLive()).isTrue();
        assertThat(created.metadata()).containsEntry("tier", "1");
        assertThat(created.annotations()).containsEntry("note", "true");
        platform.gateway.assertThat().hasSeenNoCall();
    }

    @Test
    void ids_differ_and_sort_by_time() {
        Set<NamespaceId> ids = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ids.add(platform.namespace(dev, "shop-" + i).id());
        }

        assertThat(ids)
                .hasSize(100)
                .allSatisfy(id -> assertThat(id.value())
                        .matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
                        .startsWith(String.format("%012x", Platform.NOW.toEpochMilli())
                                .substring(0, 8)));
    }

    @Test
    void nothing_is_stored_on_any_violation() {
        assertThatThrownBy(() -> lifecycle.create(
                        NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "not valid")))
                .isInstanceOf(InvalidNamespaceRequestException.class);

        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).isEmpty();
        assertThat(platform.events).isEmpty();
    }

    @Test
    void one_invalid_request_of_several_stores_none_of_them_and_names_its_position() {
        assertThatThrownBy(() -> lifecycle.create(List.of(
                        NamespaceRequest.of(dev.id(), "shop-web"),
                        NamespaceRequest.of(dev.id(), "kube-system"),
                        NamespaceRequest.of(dev.id(), "shop-web"))))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations())
                                .containsExactly(
                                        new Violation(
                                                "[1].name",
                                                "must not be a protected name, which are [default, kube-*]"),
                                        new Violation("[2].name", "is asked for twice in the same environment")));

        assertThat(platform.namespaces.findByEnvironments(List.of(dev.id()))).isEmpty();
    }

    @Test
    void a_thousand_violations_are_all_there_and_the_message_can_still_be_read() {
        List<NamespaceRequest> requests = IntStream.range(0, 1_000)
                .mapToObj(i -> NamespaceRequest.of(dev.id(), "Shop-" + i))
                .toList();

        assertThatThrownBy(() -> lifecycle.create(requests))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations()).hasSize(1_000))
                .hasMessageContaining("and 980 more")
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(5_000));
    }

    @Test
    void a_second_live_namespace_of_the_same_name_in_the_environment_is_a_conflict() {
        platform.namespace(dev, "shop-web");

        assertThatThrownBy(() -> platform.namespace(dev, "shop-web"))
                .isInstanceOfSatisfying(NamespaceNameTakenException.class, e -> {
                    assertThat(e.environmentId()).isEqualTo(dev.id());
                    assertThat(e.name()).isEqualTo("shop-web");
                    assertThat(e.isRetryable()).isFalse();
                });
    }

    @Test
    void the_same_name_is_free_in_another_environment_and_after_a_soft_delete() {
        Namespace first = platform.namespace(dev, "shop-web");
        Environment test = platform.environment(
                anEnvironment().id("shop-test").clusters("us-1").build());
        platform.namespace(test, "shop-web");
        platform.namespaces.update(List.of(first.deleted(Platform.NOW)));

        assertThat(platform.namespace(dev, "shop-web").id()).isNotEqualTo(first.id());
    }

    @Test
    void a_namespace_of_an_unknown_environment_is_refused() {
        assertThatThrownBy(() -> lifecycle.create(NamespaceRequest.of(new EnvironmentId("nowhere"), "shop-web")))
                .isInstanceOfSatisfying(
                        UnknownEnvironmentException.class,
                        e -> assertThat(e.ids()).containsExactly(new EnvironmentId("nowhere")));
    }

    @Test
    void an_update_replaces_metadata_and_annotations_and_raises_the_version() {
        Namespace created =
                lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", "1"));

        Namespace updated = lifecycle.update(
                created.id(),
                created.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("owner", "payments"));

        assertThat(updated.version()).isEqualTo(2);
        assertThat(updated.metadata()).containsOnlyKeys("owner");
        assertThat(platform.namespaces.findByIds(List.of(created.id())).stream().findFirst())
                .contains(updated);
    }

    @Test
    void an_update_from_an_old_version_is_refused_with_both_versions() {
        Namespace created = platform.namespace(dev, "shop-web");
        NamespaceRequest request = NamespaceRequest.of(dev.id(), "shop-web");
        lifecycle.update(created.id(), 1, request);

        assertThatThrownBy(() -> lifecycle.update(created.id(), 1, request))
                .isInstanceOfSatisfying(StaleVersionException.class, e -> {
                    assertThat(e.expected()).isEqualTo(1);
                    assertThat(e.actual()).isEqualTo(2);
                });
    }

    @Test
    void an_update_cannot_rename_or_move_a_namespace() {
        Namespace created = platform.namespace(dev, "shop-web");

        assertThatThrownBy(() ->
                        lifecycle.update(created.id(), 1, NamespaceRequest.of(new EnvironmentId("other"), "shop-api")))
                .isInstanceOfSatisfying(
                        InvalidNamespaceRequestException.class,
                        e -> assertThat(e.violations())
                                .extracting(Violation::path)
                                .containsExactly("environmentId", "name"));
    }

    @Test
    void an_update_reports_everything_at_once_and_says_that_it_is_one() {
        Namespace created = platform.namespace(dev, "shop-web");

        assertThatThrownBy(() -> lifecycle.update(
                        created.id(),
                        1,
                        NamespaceRequest.of(dev.id(), "shop-api").withMetadata("Bad Key", "x")))
                .isInstanceOfSatisfying(InvalidNamespaceRequestException.class, e -> {
                    assertThat(e.violations()).extracting(Violation::path).containsExactly("metadata[Bad Key]", "name");
                    assertThat(e.context().operation()).isEqualTo(Operation.UPDATE);
                    assertThat(e.context().namespace()).isEqualTo("shop-web");
                });
    }

    @Test
    void an_update_of_what_is_not_there_is_refused() {
        assertThatThrownBy(
                        () -> lifecycle.update(new NamespaceId("gone"), 1, NamespaceRequest.of(dev.id(), "shop-web")))
                .isInstanceOf(UnknownNamespaceException.class);
    }
}

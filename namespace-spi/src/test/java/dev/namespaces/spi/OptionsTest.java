package dev.namespaces.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.spi.ApplyOptions.Conflicts;
import dev.namespaces.spi.ApplyOptions.Extent;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class OptionsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final BooleanSupplier never = new AtomicBoolean()::get;

    @Test
    void an_apply_fails_on_conflicts_and_may_always_send_by_default() {
        ApplyOptions options = ApplyOptions.as("ours");

        assertThat(options.fieldManager()).isEqualTo("ours");
        assertThat(options.dryRun()).isFalse();
        assertThat(options.conflicts()).isEqualTo(Conflicts.FAIL);
        assertThat(options.extent()).isEqualTo(Extent.OWN_FIELDS);
        assertThat(options.maySend().getAsBoolean()).isTrue();
        assertThat(options.timeout()).isNull();
    }

    @Test
    void each_option_of_an_apply_is_changed_alone() {
        ApplyOptions options = ApplyOptions.as("ours");

        assertThat(options.withDryRun(true))
                .isEqualTo(new ApplyOptions("ours", true, Conflicts.FAIL, Extent.OWN_FIELDS, options.maySend(), null));
        assertThat(options.withConflicts(Conflicts.TAKE_OVER))
                .isEqualTo(new ApplyOptions(
                        "ours", false, Conflicts.TAKE_OVER, Extent.OWN_FIELDS, options.maySend(), null));
        assertThat(options.withExtent(Extent.WHOLE_OBJECT))
                .isEqualTo(
                        new ApplyOptions("ours", false, Conflicts.FAIL, Extent.WHOLE_OBJECT, options.maySend(), null));
        assertThat(options.withMaySend(never))
                .isEqualTo(new ApplyOptions("ours", false, Conflicts.FAIL, Extent.OWN_FIELDS, never, null));
        assertThat(options.withTimeout(SECOND))
                .isEqualTo(
                        new ApplyOptions("ours", false, Conflicts.FAIL, Extent.OWN_FIELDS, options.maySend(), SECOND));
        assertThat(options.withDryRun(true)
                        .withConflicts(Conflicts.TAKE_OVER)
                        .withExtent(Extent.WHOLE_OBJECT)
                        .withMaySend(never)
                        .withTimeout(SECOND))
                .isEqualTo(new ApplyOptions("ours", true, Conflicts.TAKE_OVER, Extent.WHOLE_OBJECT, never, SECOND));
    }

    @Test
    void each_option_of_a_create_and_a_delete_is_changed_alone() {
        CreateOptions create = CreateOptions.as("ours");
        assertThat(create.dryRun()).isFalse();
        assertThat(create.maySend().getAsBoolean()).isTrue();
        assertThat(create.withDryRun(true)).isEqualTo(new CreateOptions("ours", true, create.maySend(), null));
        assertThat(create.withDryRun(true).withMaySend(never).withTimeout(SECOND))
                .isEqualTo(new CreateOptions("ours", true, never, SECOND));

        DeleteOptions delete = DeleteOptions.of("uid", "7");
        assertThat(delete.maySend().getAsBoolean()).isTrue();
        assertThat(delete.withTimeout(SECOND)).isEqualTo(new DeleteOptions("uid", "7", delete.maySend(), SECOND));
        assertThat(delete.withMaySend(never).withTimeout(SECOND))
                .isEqualTo(new DeleteOptions("uid", "7", never, SECOND));
    }

    @Test
    void a_list_begins_at_its_first_page_by_default() {
        ListQuery query = ListQuery.of("v1", "Namespace", Map.of("b", "2", "a", "1"));

        assertThat(query)
                .isEqualTo(new ListQuery(
                        "v1", "Namespace", Map.of("a", "1", "b", "2"), ListQuery.DEFAULT_LIMIT, null, null));
        assertThat(query.labels().keySet()).containsExactly("a", "b");
        assertThat(query.withLimit(3).withContinueToken("next").withTimeout(SECOND))
                .isEqualTo(new ListQuery("v1", "Namespace", query.labels(), 3, "next", SECOND));
    }

    @Test
    void the_labels_of_a_query_are_a_copy() {
        Map<String, String> labels = new HashMap<>(Map.of("a", "1"));
        ListQuery query = ListQuery.of("v1", "Namespace", labels);

        labels.clear();

        assertThat(query.labels()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    void a_limit_that_is_not_positive_is_refused() {
        ListQuery query = ListQuery.of("v1", "Namespace", Map.of());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> query.withLimit(0))
                .withMessageContaining("0");
        assertThatIllegalArgumentException().isThrownBy(() -> query.withLimit(-1));
    }

    @Test
    void a_time_limit_that_is_not_positive_is_refused() {
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ApplyOptions.as("ours").withTimeout(wrong));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CreateOptions.as("ours").withTimeout(wrong));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> DeleteOptions.of("uid", "7").withTimeout(wrong));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ListQuery.of("v1", "Namespace", Map.of()).withTimeout(wrong));
        }
    }
}

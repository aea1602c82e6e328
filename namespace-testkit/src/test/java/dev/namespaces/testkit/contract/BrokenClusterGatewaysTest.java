package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Runs the contract on gateways with one mistake each, and sees it fail on the test that is about that mistake. */
class BrokenClusterGatewaysTest {

    @Test
    void a_gateway_without_a_mistake_keeps_the_contract() {
        assertThat(failures(selectClass(BrokenClusterGateways.MakesNoMistake.class)))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "WipesLabelsOfOthers, labels_and_annotations_of_others_survive_every_apply",
        "KeepsDroppedLabels, keys_that_we_send_no_more_are_removed",
        "IgnoresDryRunOfApply, a_dry_run_that_would_create_writes_nothing",
        "IgnoresDryRunOfApply, a_dry_run_that_would_configure_writes_nothing",
        "IgnoresDryRunOfApply, a_dry_run_of_a_whole_object_writes_nothing",
        "IgnoresDryRunOfCreate, a_dry_run_that_would_create_writes_nothing",
        "RefusesADryRunInAPlannedNamespace, a_dry_run_in_a_namespace_that_is_only_planned_answers_the_plan",
        "SaysCreatedOfEveryApply, applying_an_object_that_stands_configures_it",
        "SaysCreatedOfWhatStands, creating_an_object_that_stands_leaves_it_as_it_is",
        "AppliesWhenAskedToCreate, creating_an_object_that_stands_leaves_it_as_it_is",
        "TakesOverEveryConflict,"
                + " a_label_that_another_owns_with_another_value_is_a_conflict_that_names_manager_and_field",
        "NeverTakesOver, a_field_that_is_taken_over_is_ours_from_then_on",
        "ReportsTheFirstConflictOnly, every_conflict_is_reported_at_once",
        "UsesOneFieldManagerForAll, field_managers_are_told_apart",
        "ForgetsWhatCreateHasSet, keys_that_create_has_set_count_as_applied",
        "TakesAWholeObjectForOwnFields, a_whole_object_has_nothing_but_what_we_send_whoever_set_it",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, a_whole_object_has_nothing_but_what_we_send_whoever_set_it",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, a_cilium_policy_is_whole_as_we_send_it",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, an_object_that_another_created_becomes_whole_as_we_send_it",
        "TakesOwnFieldsForAWholeObject, applying_our_own_fields_leaves_what_others_have_added",
        "ForcesLabelsOfAWholeObject, a_label_conflict_on_a_whole_object_fails_and_writes_nothing",
        "ReplacesAWholeObjectWithItsMetadata, a_whole_object_keeps_what_others_have_set_in_its_metadata",
        "WritesAtEveryApply, applying_the_same_again_changes_nothing",
        "IgnoresPreconditionsOfApply, an_apply_to_another_uid_is_refused",
        "IgnoresPreconditionsOfApply, an_apply_to_an_older_resource_version_is_refused",
        "CreatesWhatHasAResourceVersion, an_apply_with_a_precondition_never_creates",
        "IgnoresTheUidOfDelete, an_object_that_has_taken_the_place_of_the_one_to_delete_stays",
        "FailsToDeleteWhatIsGone, deleting_what_never_was_is_no_error",
        "StripsFinalizers, a_finalizer_is_left_alone",
        "SaysForbiddenForTerminating, nothing_is_created_in_a_terminating_namespace",
        "HidesWhatHoldsATerminatingNamespace, a_terminating_namespace_says_what_holds_it",
        "SaysTerminatingForATerminatingNamespaceItself, a_terminating_namespace_exists_already",
        "CreatesTheNamespaceAsWell, nothing_is_created_in_an_absent_namespace",
        "FailsToFindAnUnservedKind, a_kind_that_is_not_served_can_be_asked_for_but_not_written",
        "ServesWhateverIsAskedFor, a_kind_that_is_not_served_can_be_asked_for_but_not_written",
        "LooksAtTheGroupOnly, the_kinds_of_every_api_server_are_served",
        "LosesTheFieldsThatAreWrong, an_invalid_manifest_is_rejected_with_the_fields_that_are_wrong",
        "DropsUnknownFields, a_field_that_the_kind_does_not_have_is_rejected",
        "DropsWarnings, warnings_of_the_api_server_are_in_the_answer",
        "ListsNoClusters, an_unknown_cluster_is_an_error_that_lists_the_known_ones",
        "GoesOnWhenInterrupted, a_thread_that_is_interrupted_leaves_with_its_flag_set_and_without_writing",
        "ClearsTheInterruptFlag, a_thread_that_is_interrupted_leaves_with_its_flag_set_and_without_writing",
        "ChangesTheManifest, manifests_that_are_handed_in_are_not_changed",
        "AnswersWhatWasSent, what_an_apply_answers_is_what_stands",
        "NamesNoResourceInErrors, an_object_that_has_taken_the_place_of_the_one_to_delete_stays",
        "AnswersWhatWasSent, applying_an_absent_object_creates_it",
        "ServesBuiltInKindsOnly, a_custom_kind_that_is_installed_is_served",
        "DeletesNothing, a_deleted_object_is_gone",
        "TakesOverInADryRun, a_dry_run_reports_the_conflict_as_well",
        "RemovesWhatAnotherSetAsWell,"
                + " a_key_that_another_has_set_to_the_same_value_is_no_conflict_and_stays_when_we_drop_it",
        "AnswersFromACache, a_name_is_free_again_once_its_namespace_has_gone",
        "AnswersFromACache, what_is_found_shows_what_others_have_set",
        "HidesThatANamespaceIsTerminating, a_namespace_that_was_deleted_shows_that_it_is_terminating",
        "TakesTheSpecForTheWholeObject, a_whole_object_loses_fields_of_every_kind_that_others_have_added",
        "RefusesEveryWriteToATerminatingNamespace,"
                + " an_apply_to_a_terminating_namespace_configures_it_and_shows_that_it_is_terminating",
        "RefusesEveryWriteToATerminatingNamespace, what_stands_in_a_terminating_namespace_can_still_be_applied",
        "RefusesEveryPrecondition, an_apply_to_the_object_that_was_read_is_done",
        "WritesBeforeItAsks, an_invalid_change_leaves_the_object_as_it_was",
        "AnswersACreateWithWhatWasSent, creating_an_absent_object_answers_it_as_it_stands",
        "CreatesAsAnotherManager, keys_that_create_has_set_are_a_conflict_for_another_manager",
        "HidesLabelsOfTheApiServer, the_api_server_names_a_namespace_in_a_label_of_its_own",
        "FailsToFindInAnAbsentNamespace, what_is_absent_is_not_found",
        "FindsGenericObjects, a_namespace_is_found_as_the_models_own_class",
        "LooksBeforeItCreates, of_many_that_create_the_same_one_creates_it",
        "FailsWhereItLosesTheRaceToCreate, of_many_that_apply_the_same_one_creates_it",
        "WritesTheLabelsThatItHasRead, many_managers_at_once_lose_no_label",
    })
    void a_broken_gateway_fails_the_contract(String gateway, String test) {
        assertThat(failures(selectMethod(nested(gateway), test))).containsExactly(test);
    }

    @Test
    void every_test_of_the_contract_is_seen_to_fail() throws NoSuchMethodException {
        Set<String> seenToFail = Stream.of(BrokenClusterGatewaysTest.class
                        .getDeclaredMethod("a_broken_gateway_fails_the_contract", String.class, String.class)
                        .getAnnotation(CsvSource.class)
                        .value())
                .map(pair -> pair.substring(pair.indexOf(',') + 1).trim())
                .collect(Collectors.toSet());

        assertThat(Stream.of(ClusterGatewayContract.class.getDeclaredMethods())
                        .filter(method ->
                                method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(TestFactory.class))
                        .map(Method::getName))
                .containsExactlyInAnyOrderElementsOf(seenToFail);
    }

    private static Class<?> nested(String name) {
        return List.of(BrokenClusterGateways.class.getDeclaredClasses()).stream()
                .filter(type -> type.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no broken gateway " + name));
    }

    /** The methods of the tests that failed, those that make further tests included. */
    private static Set<String> failures(DiscoverySelector selector) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .selectors(selector)
                .execute()
                .testEvents();
        assertThat(tests.started().count()).isPositive();
        return tests.failed().stream()
                .map(event -> event.getTestDescriptor().getUniqueId())
                .flatMap(id -> id.getSegments().stream())
                .filter(segment ->
                        segment.getType().equals("method") || segment.getType().equals("test-factory"))
                .map(UniqueId.Segment::getValue)
                .map(signature -> signature.replace("()", ""))
                .collect(Collectors.toSet());
    }
}

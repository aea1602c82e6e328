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
        "SaysUnchangedOfEveryApply, an_existing_object_is_changed_by_an_apply",
        "SaysThatAnAppliedRequestMayStillArrive, an_existing_object_is_changed_by_an_apply",
        "ReturnsTheManifestOfAnApply, the_live_object_is_returned_by_an_apply",
        "HidesLabelsOfTheApiServer, the_name_of_a_namespace_is_in_a_label_of_the_api_server",
        "HidesTheOwnerOfLabelsOfTheApiServer, the_name_of_a_namespace_is_in_a_label_of_the_api_server",
        "WritesAtEveryApply, nothing_is_changed_by_the_same_apply_again",
        "SaysChangedOfEveryApply, nothing_is_changed_by_the_same_apply_again",
        "WritesEmptyLists, nothing_is_changed_by_the_same_whole_policy_that_denies_all_again",
        "KeepsDroppedLabels, keys_that_are_no_longer_sent_are_removed",
        "WipesLabelsOfOthers, labels_and_annotations_of_others_survive_every_apply",
        "RemovesWhatAnotherSetAsWell, a_key_that_two_have_set_stays_when_we_no_longer_send_it",
        "TakesOverEveryConflict, a_conflict_names_manager_and_field_and_nothing_is_written",
        "SaysThatARefusedRequestMayStillArrive, a_conflict_names_manager_and_field_and_nothing_is_written",
        "ReportsTheFirstConflictOnly, every_conflict_is_reported_at_once",
        "TakesOverInADryRun, the_conflict_is_reported_by_a_dry_run_as_well",
        "NeverTakesOver, a_field_that_is_taken_over_is_ours_from_then_on",
        "TakesOwnFieldsForAWholeObject, fields_of_others_stay_if_we_apply_our_own",
        "UsesOneFieldManagerForAll, field_managers_are_told_apart",
        "TakesAWholeObjectForOwnFields, a_whole_object_has_only_the_fields_that_we_send",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, a_whole_object_has_only_the_fields_that_we_send",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, a_cilium_policy_is_whole_as_we_send_it",
        "TakesAWholeObjectForOwnFieldsAndForcesThem, an_object_that_another_created_becomes_whole_as_we_send_it",
        "TakesTheSpecForTheWholeObject, a_whole_object_loses_fields_of_every_kind_that_others_added",
        "ReplacesAWholeObjectWithItsMetadata, a_whole_object_keeps_the_metadata_of_others",
        "ForcesLabelsOfAWholeObject, a_label_conflict_on_a_whole_object_writes_nothing",
        "IgnoresDryRunOfApply, nothing_is_written_by_a_dry_run_of_a_whole_object",
        "IgnoresDryRunOfApply, nothing_is_written_by_a_dry_run_that_would_create",
        "IgnoresDryRunOfApply, nothing_is_written_by_a_dry_run_that_would_change",
        "IgnoresDryRunOfCreate, nothing_is_written_by_a_dry_run_that_would_create",
        "SaysChangedOfEveryApply, a_dry_run_that_would_change_nothing_says_so",
        "RefusesADryRunInAPlannedNamespace, a_dry_run_in_a_planned_namespace_returns_the_plan",
        "ReturnsTheManifestOfACreate, the_live_object_is_returned_by_a_create",
        "SaysThatACreateMayStillArrive, the_live_object_is_returned_by_a_create",
        "ReturnsTheVersionThatItWasGiven, an_object_that_was_created_is_bound_by_uid_and_version",
        "SaysCreatedOfExistingObjects, an_existing_object_stays_as_it_is_if_it_is_created",
        "AppliesWhenAskedToCreate, an_existing_object_stays_as_it_is_if_it_is_created",
        "SaysThatACreateMayStillArrive, an_existing_object_stays_as_it_is_if_it_is_created",
        "KeepsWhatACreateHasSet, keys_that_a_create_has_set_count_as_applied",
        "CreatesAsAnotherManager, keys_that_a_create_has_set_are_a_conflict_for_another_manager",
        "BindsByItself, an_apply_without_uid_or_version_is_a_mistake_of_the_caller",
        "RefusesEveryPrecondition, the_version_that_was_read_is_changed",
        "IgnoresTheUidOfApply, an_apply_to_another_uid_is_refused",
        "IgnoresTheUidOfADryRun, an_apply_to_another_uid_is_refused",
        "ReadsAgainAfterAConflictOfVersions, an_apply_to_an_older_version_is_refused",
        "CreatesAnObjectThatIsGone, an_object_that_is_gone_is_never_created_by_an_apply",
        "IgnoresTheUidOfApply, an_object_that_replaced_the_one_that_was_read_stays",
        "AppliesWithoutAsking, nothing_is_written_once_nothing_may_be_sent",
        "CreatesWithoutAsking, nothing_is_written_once_nothing_may_be_sent",
        "DeletesWithoutAsking, nothing_is_written_once_nothing_may_be_sent",
        "WritesBeforeItAsksWhetherItMaySend, nothing_is_written_once_nothing_may_be_sent",
        "AppliesWithoutAsking, each_call_that_writes_asks_whether_it_may_send",
        "CreatesWithoutAsking, each_call_that_writes_asks_whether_it_may_send",
        "DeletesWithoutAsking, each_call_that_writes_asks_whether_it_may_send",
        "FailsToFindInAnAbsentNamespace, an_absent_object_is_not_found",
        "FindsInACache, the_fields_of_others_are_found",
        "FindsGenericObjects, a_namespace_is_found_as_the_models_own_class",
        "ListsOneNamespace, objects_with_the_labels_are_listed_in_all_namespaces",
        "ListsWithoutLabels, objects_with_the_labels_are_listed_in_all_namespaces",
        "ListsByOneLabel, every_label_of_a_query_must_match",
        "ListsOurOwnObjectsOnly, all_objects_of_the_kind_are_listed_without_labels",
        "ListsMetadataOnly, a_listed_object_is_as_complete_as_one_that_is_found",
        "ListsBuiltInKindsOnly, a_custom_kind_is_listed",
        "LosesTheLastPage, a_list_is_complete_and_in_order_over_all_its_pages",
        "SortsByNamespaceThenName, a_list_is_complete_and_in_order_over_all_its_pages",
        "ReturnsTooLongPages, a_list_is_complete_and_in_order_over_all_its_pages",
        "ListsTheStateOfNowOnEachPage, the_later_pages_show_the_state_of_the_first_page",
        "ListsFromACache, an_object_is_listed_as_soon_as_it_was_written",
        "BeginsAnExpiredListAgain, a_list_has_to_begin_again_once_its_token_has_expired",
        "DeletesNothing, a_deleted_object_is_gone",
        "FailsToDeleteWhatIsGone, an_object_that_never_existed_is_gone",
        "IgnoresTheUidOfDelete, an_object_that_replaced_the_one_to_delete_stays",
        "NamesNoResourceInErrors, an_object_that_replaced_the_one_to_delete_stays",
        "IgnoresTheVersionOfDelete, an_object_that_changed_since_it_was_read_is_not_deleted",
        "StripsFinalizers, a_finalizer_is_left_alone",
        "HidesThatANamespaceIsTerminating, a_deleted_namespace_shows_that_it_is_terminating",
        "SaysTerminatingForATerminatingNamespaceItself, a_terminating_namespace_exists_already",
        "RefusesEveryWriteToATerminatingNamespace, a_terminating_namespace_can_still_be_changed",
        "SaysForbiddenForTerminating, nothing_is_created_in_a_terminating_namespace",
        "RefusesEveryWriteToATerminatingNamespace, objects_in_a_terminating_namespace_can_still_be_changed",
        "HidesWhatHoldsATerminatingNamespace, the_conditions_of_a_terminating_namespace_are_returned",
        "FindsInACache, a_name_is_free_again_once_its_namespace_is_gone",
        "CreatesTheNamespaceAsWell, nothing_is_created_in_an_absent_namespace",
        "FailsToFindAnUnservedKind, a_kind_that_is_not_served_can_be_asked_for_but_not_written",
        "FailsToListAnUnservedKind, a_kind_that_is_not_served_can_be_asked_for_but_not_written",
        "ServesEveryKind, a_kind_that_is_not_served_can_be_asked_for_but_not_written",
        "LooksAtTheGroupOnly, the_kinds_of_every_api_server_are_served",
        "ServesBuiltInKindsOnly, a_custom_kind_that_is_installed_is_served",
        "LosesTheFieldsThatAreWrong, an_invalid_manifest_is_rejected_with_the_fields_that_are_wrong",
        "WritesBeforeItValidates, an_invalid_change_leaves_the_object_as_it_was",
        "DropsUnknownFields, a_field_that_the_kind_does_not_have_is_rejected",
        "DropsWarnings, the_warnings_of_the_api_server_are_returned",
        "ListsNoClusters, an_unknown_cluster_is_an_error_that_lists_the_known_ones",
        "GoesOnWhenInterrupted, an_interrupted_thread_writes_nothing_and_keeps_its_flag",
        "ClearsTheInterruptFlag, an_interrupted_thread_writes_nothing_and_keeps_its_flag",
        "ChangesTheManifest, the_given_manifests_are_not_changed",
        "LooksBeforeItCreates, one_of_many_concurrent_creates_succeeds",
        "ChecksTheVersionBeforeItWrites, one_of_many_concurrent_applies_to_a_version_changes_it",
        "WritesTheLabelsThatItHasRead, no_label_is_lost_if_many_managers_apply_at_once",
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

    /** Returns the methods of the tests that failed, including those that create further tests. */
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

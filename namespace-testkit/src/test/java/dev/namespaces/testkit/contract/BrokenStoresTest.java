package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs every contract on stores with one mistake each, and sees it fail on the test that is about that mistake. */
class BrokenStoresTest {

    @ParameterizedTest
    @ValueSource(
            classes = {
                BrokenNamespaceStores.class,
                BrokenEnvironmentStores.class,
                BrokenEgressPolicyStores.class,
                BrokenDeploymentStores.class,
                BrokenTargetObjectStores.class,
                BrokenDeploymentLocks.class
            })
    void a_store_without_a_mistake_keeps_its_contract(Class<?> family) {
        assertThat(failures(selectClass(nested(family, "MakesNoMistake")))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "DropsAnAnnotation, an_inserted_namespace_is_found_by_its_id_as_it_was_given",
        "InsertsAtVersionOne, an_imported_namespace_keeps_its_version_and_deletion",
        "InsertsAsLive, an_imported_namespace_keeps_its_version_and_deletion",
        "RefusesToInsertNothing, nothing_is_stored_if_nothing_is_inserted",
        "FindsUnknownIds, ids_that_were_never_inserted_are_left_out",
        "FindsUnknownIds, no_ids_find_no_namespace",
        "RepeatsAnId, an_id_given_twice_is_found_once",
        "CutsLongQuestions, thousands_of_ids_can_be_asked_for_at_once",
        "InsertsAHundredAtMost, many_namespaces_are_inserted_at_once",
        "IgnoresNamesThatAreTaken, a_name_that_a_live_namespace_of_the_environment_has_is_refused",
        "InsertsOneAfterTheOther, none_of_the_given_namespaces_is_stored_if_one_name_is_taken",
        "InsertsOneAfterTheOther, none_of_the_given_namespaces_is_stored_if_two_have_one_name",
        "InsertsOneAfterTheOther, none_of_the_given_namespaces_is_stored_if_one_id_is_taken",
        "IgnoresIdsThatAreTaken, none_of_the_given_namespaces_is_stored_if_one_id_is_taken",
        "IgnoresIdsThatAreTaken, the_id_of_a_soft_deleted_namespace_is_never_used_again",
        "WantsNamesToBeUniqueEverywhere, the_same_name_can_exist_in_another_environment",
        "LooksForTheNameBeforeItInserts, one_of_many_concurrent_inserts_of_one_name_succeeds",
        "ForgetsUpdates, an_update_writes_metadata_annotations_time_and_version",
        "MergesMetadata, an_update_can_empty_metadata_and_annotations",
        "RefusesToUpdateNothing, an_update_of_nothing_does_nothing",
        "RenamesOnUpdate, an_update_never_changes_environment_name_and_creation",
        "UpdatesFromAnyVersion, an_update_of_an_older_version_is_refused_and_writes_nothing",
        "WritesBeforeItFindsTheVersionStale, an_update_of_an_older_version_is_refused_and_writes_nothing",
        "UpdatesFromAnyVersion, an_update_of_a_version_yet_to_come_is_refused_and_writes_nothing",
        "ComparesWithTheVersionItself, an_update_of_the_stored_version_itself_is_refused",
        "InsertsOnUpdate, an_update_of_a_namespace_that_was_never_inserted_is_refused",
        "IgnoresAnUpdateOfASoftDeletedOne, an_update_of_a_soft_deleted_namespace_is_refused",
        "UpdatesAHundredAtMost, many_namespaces_are_updated_at_once",
        "UpdatesOneAfterTheOther, none_of_the_given_namespaces_is_updated_if_one_is_stale",
        "UpdatesOneAfterTheOther, none_of_the_given_namespaces_is_updated_if_one_is_unknown",
        "LooksAtTheVersionBeforeItUpdates, no_concurrent_update_is_lost",
        "FindsInInsertionOrder, live_namespaces_are_found_in_the_order_of_their_names",
        "FindsInTheOrderOfALanguage, live_namespaces_are_found_in_the_order_of_their_names",
        "FindsByNameOverAllEnvironments, namespaces_of_many_environments_are_found_by_environment_then_name",
        "FindsOneEnvironmentAfterTheOther, namespaces_of_many_environments_are_found_by_environment_then_name",
        "FailsWithoutEnvironments, an_environment_without_namespaces_has_none",
        "FindsSoftDeletedByEnvironment, soft_deleted_namespaces_and_those_of_others_are_not_found",
        "CutsLongQuestions, thousands_of_environments_can_be_asked_for_at_once",
        "FindsNamesInAnyOrder, names_are_found_in_all_environments_by_name_then_environment",
        "FindsSoftDeletedByName, a_name_is_found_among_live_namespaces_only",
        "FindsNamesInAnyCase, only_the_exact_name_is_found",
        "HidesSoftDeletedById, a_soft_deleted_namespace_is_still_found_by_its_id",
        "NeverFreesAName, a_soft_deleted_namespace_frees_its_name",
        "UpdatesFromAnyVersion, a_soft_delete_of_another_version_is_refused_and_writes_nothing",
        "FindsDeletedInAnyOrder, soft_deleted_namespaces_are_found_by_name_then_id",
        "FindsLiveOnesAsDeleted, soft_deleted_namespaces_are_found_by_name_then_id",
        "DropsAnAnnotation, every_string_is_found_as_it_was_given",
        "TurnsNumbersIntoNumbers, every_string_is_found_as_it_was_given",
        "CutsLongAnnotations, annotations_can_be_as_large_as_kubernetes_allows",
        "KeepsMilliseconds, instants_are_kept_to_the_microsecond",
        "KeepsNanoseconds, instants_are_truncated_to_the_microsecond",
    })
    void a_broken_namespace_store_fails_its_contract(String store, String test) {
        assertFails(BrokenNamespaceStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "SortsClusters, a_saved_environment_is_found_as_it_was_given",
        "KeepsTheFirstVersion, a_changed_environment_is_found_as_it_is_now",
        "SortsClusters, labels_and_clusters_keep_their_order",
        "FindsAllWithoutIds, no_ids_find_nothing",
        "FindsUnknownIds, ids_that_do_not_exist_are_left_out",
        "RepeatsAnId, an_id_given_twice_is_found_once",
        "CutsLongQuestions, thousands_of_ids_can_be_asked_for_at_once",
        "FindsRemoved, a_removed_environment_is_not_found",
        "PagesOverRemoved, a_removed_environment_is_not_found",
        "PagesInAnyOrder, every_id_is_on_one_page_in_order",
        "PagesFromTheGivenId, every_id_is_on_one_page_in_order",
        "PagesTooFar, a_page_has_no_more_ids_than_asked_for",
        "LosesItsPlace, the_next_page_follows_an_environment_that_was_removed_since",
        "BeginsAgainAfterTheLastId, an_empty_page_follows_the_last_id",
    })
    void a_broken_environment_store_fails_its_contract(String store, String test) {
        assertFails(BrokenEnvironmentStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "FindsADefault, owners_without_a_policy_are_left_out",
        "FindsAllWithoutOwners, no_owners_have_no_policy",
        "LosesTheProject, a_live_policy_of_the_project_is_found",
        "LosesTheOrganization, a_live_policy_of_the_organization_is_found",
        "FindsOnePolicyAtMost, the_policies_of_both_levels_are_found_together",
        "CutsLongQuestions, the_policies_of_thousands_of_owners_are_found_at_once",
        "AsksForOneOwnerAfterTheOther, an_owner_given_twice_is_found_once",
        "DropsARule, every_mode_and_rule_is_found_as_it_was_given",
        "TurnsDenyAllIntoAnEmptyList, every_mode_and_rule_is_found_as_it_was_given",
        "KeepsTheFirstContent, a_changed_policy_is_found_with_its_new_content_and_version",
        "FindsEveryPolicyAtVersionOne, a_changed_policy_is_found_with_its_new_content_and_version",
        "ReplacesAnyVersion, a_change_of_a_version_that_is_not_the_newest_is_refused",
        "IgnoresAStaleVersion, a_change_of_a_version_that_is_not_the_newest_is_refused",
        "MovesAPolicyToAnotherOwner, the_id_of_a_policy_of_another_owner_is_refused",
        "MixesOwners, a_project_and_an_organization_of_one_id_are_two_owners",
        "FindsPoliciesOfEveryOwner, the_policies_of_other_owners_are_not_found",
        "FindsSoftDeletedAsLive, a_soft_deleted_policy_is_found_as_one_that_is_not_live",
        "HidesSoftDeleted, a_soft_deleted_policy_is_found_as_one_that_is_not_live",
        "PrefersSoftDeleted, a_live_policy_is_preferred_to_every_soft_deleted_one",
        "FindsTheFirstSoftDeleted, the_last_of_several_soft_deleted_policies_is_found",
    })
    void a_broken_egress_policy_store_fails_its_contract(String store, String test) {
        assertFails(BrokenEgressPolicyStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "FindsARecordOfEveryEnvironment, a_target_that_was_never_deployed_has_no_record",
        "FindsInAnyOrder, the_records_of_all_given_environments_are_ordered_by_target",
        "FindsOneEnvironmentAfterTheOther, the_records_of_all_given_environments_are_ordered_by_target",
        "FindsAllRecords, the_records_of_other_environments_are_left_out",
        "ReturnsTheRevisionBefore, a_begun_deployment_is_found_without_a_completion",
        "RepeatsARevision, each_revision_is_higher_than_every_one_before",
        "DrawsOneAttemptForAll, no_two_deployments_have_the_same_attempt",
        "KeepsTheCompletionWhenBegun, the_completion_is_cleared_when_the_next_deployment_begins",
        "BeginsAtAnyRevision, nothing_is_written_if_the_revision_has_moved",
        "WritesBeforeItChecksTheRevision, nothing_is_written_if_the_revision_has_moved",
        "WritesBeforeItChecksTheRevision, nothing_is_written_if_the_revision_of_no_record_is_not_zero",
        "ChecksTheRevisionBeforeItBegins, one_of_many_concurrent_begins_at_one_revision_succeeds",
        "CreatesClosedRows, a_new_row_is_open_and_has_a_nonce_and_no_identity",
        "UsesOneNonceForAll, a_new_row_is_open_and_has_a_nonce_and_no_identity",
        "CreatesNoRowToRecreateAnObject, a_new_row_stays_new_if_its_intent_recreates_the_object",
        "KnowsNoTime, the_time_of_the_attempt_is_that_of_the_newest_begin",
        "RecreatesEveryObject, a_known_row_keeps_identity_and_nonce_and_loses_its_fingerprint",
        "KeepsFingerprints, a_known_row_keeps_identity_and_nonce_and_loses_its_fingerprint",
        "SaysThatNoRowWasOpen, an_open_row_is_returned_as_one_that_was_open",
        "KeepsTheFirstNamespaceId, a_row_belongs_to_the_stored_namespace_of_the_newest_intent",
        "BeginsEveryRow, a_row_without_an_intent_stays_as_it_is",
        "KeepsKeysOfFormerObjects, a_recreated_object_has_the_keys_of_its_intent_only",
        "RecreatesNoObject, a_recreated_object_loses_its_identity_and_gets_another_nonce",
        "ReplacesKeys, keys_are_added_and_the_older_overwritten_value_wins",
        "PrefersNewerOverwrittenValues, keys_are_added_and_the_older_overwritten_value_wins",
        "TakesAnEmptyValueForNone, keys_and_overwritten_values_are_found_as_they_were_given",
        "CutsLongOverwrittenValues, keys_and_overwritten_values_are_found_as_they_were_given",
        "MixesKinds, objects_that_look_alike_have_rows_of_their_own",
        "MixesCases, objects_that_look_alike_have_rows_of_their_own",
        "BeginsAHundredObjectsAtMost, hundreds_of_objects_begin_and_settle_at_once",
        "MergesKeysWhenSettled, a_settled_row_is_closed_with_identity_fingerprint_and_keys",
        "ForgetsIdentities, a_settled_row_is_closed_with_identity_fingerprint_and_keys",
        "LeavesRowsWithoutAFingerprintOpen, a_row_that_is_not_as_wanted_is_closed_without_a_fingerprint",
        "ClosesEveryRow, a_row_whose_request_may_still_arrive_stays_open",
        "NeverOpensARow, a_closed_row_is_opened_again_by_a_result_that_says_so",
        "KeepsRowsOfAbsentObjects, the_row_of_an_absent_object_is_deleted",
        "KeepsRowsOfAbsentObjects, a_row_that_was_deleted_begins_as_a_new_one",
        "ClearsIdentities, the_identity_is_kept_if_a_result_has_none",
        "KeepsTheFirstIdentity, the_identity_of_a_result_replaces_the_one_of_the_row",
        "SettlesAnyAttempt, only_the_identity_is_stored_if_a_newer_deployment_has_begun",
        "IgnoresOtherAttempts, only_the_identity_is_stored_if_a_newer_deployment_has_begun",
        "StoresResultsAboutFormerObjects, nothing_is_stored_about_an_object_that_was_recreated_since",
        "StoresResultsAboutFormerObjects, nothing_is_stored_about_an_object_that_was_released_since",
        "KeepsAttemptsOnRelease, no_result_is_stored_for_a_released_object_that_was_only_looked_at",
        "KeepsRowsOnceReleased, a_closed_row_is_deleted_once_its_release_has_ended",
        "DeletesEveryRowOnceReleased, an_open_row_stays_without_keys_once_its_release_has_ended",
        "KeepsKeysOnceReleased, an_open_row_stays_without_keys_once_its_release_has_ended",
        "DeletesEveryRowOnceReleased, a_row_without_a_release_stays_if_a_release_ends",
        "ForgetsTheReleaseWhenBegun, an_unfinished_release_is_kept_until_an_object_is_identified",
        "ForgetsWhatWasOverwrittenFirst, an_object_of_an_unfinished_release_keeps_its_first_overwritten_values",
        "MixesObjectsOfOneName, another_object_gets_no_values_of_the_object_of_the_release",
        "SettlesAnyAttempt, a_closed_row_is_not_opened_by_the_result_of_another_attempt",
        "SettlesByTheAttemptOfTheDeployment, an_object_that_was_only_looked_at_is_settled_by_the_attempt_read",
        "AlwaysStoresIdentities, an_object_that_was_only_looked_at_is_settled_by_the_attempt_read",
        "SettlesAnyAttempt, an_object_that_was_only_looked_at_is_settled_by_the_attempt_read",
        "CreatesRowsWhenSettled, a_result_for_an_object_without_a_row_does_nothing",
        "SettlesOnEveryTarget, the_rows_of_other_targets_stay_as_they_are",
        "ForgetsCompletions, a_completed_deployment_is_found_with_its_completion",
        "CompletesAnOvertakenDeployment, an_overtaken_deployment_is_not_completed",
        "RecordsThoughItSaysOvertaken, an_overtaken_deployment_is_not_completed",
        "ReplacesANewerCompletion, an_overtaken_deployment_does_not_replace_a_newer_completion",
        "ComparesRevisionsOnly, a_deployment_of_equal_revision_and_another_attempt_is_overtaken",
        "ComparesAttemptsOnly, a_deployment_of_another_revision_and_equal_attempt_is_overtaken",
        "CompletesWhatWasNeverBegun, a_completion_without_a_begin_is_not_recorded",
        "KeepsTheFirstCompletion, the_later_completion_is_recorded_if_a_deployment_completes_twice",
        "CompletesTheWholeEnvironment, the_records_of_other_targets_stay_as_they_are",
        "RoundsTheTimeOfACompletionUp, the_time_of_a_completion_is_truncated_to_the_microsecond",
        "CompletesAnOvertakenDeployment, the_newest_of_many_concurrent_deployments_completes",
        "ForgetsNothing, a_forgotten_record_has_no_completion_and_a_higher_revision",
        "ForgetsThePlanSerial, a_forgotten_record_has_no_completion_and_a_higher_revision",
        "LetsARunningDeploymentComplete, a_running_deployment_cannot_complete_once_it_was_forgotten",
        "MakesARecordWhenItForgets, no_record_is_made_if_one_that_does_not_exist_is_forgotten",
        "ForgetsTheWholeEnvironment, other_targets_keep_their_records_if_one_is_forgotten",
        "RaisesOneSerialOnly, the_serials_of_all_targets_are_raised_by_one",
        "RefusesTargetsWithoutARecord, the_serials_of_all_targets_are_raised_by_one",
        "RaisesOneSerialAfterTheOther, no_serial_is_raised_if_one_has_moved",
        "RaisesAnySerial, no_serial_is_raised_if_one_has_moved",
        "RefusesNoSerials, no_serials_are_raised_with_success",
        "OvertakesDeploymentsWhenItRaisesASerial, a_deployment_can_begin_and_complete_across_a_raised_serial",
        "ChecksSerialsBeforeItRaisesThem, one_of_many_concurrent_callers_raises_the_serials",
        "ChecksSerialsBeforeItRaisesThem, one_of_two_plans_that_overlap_raises_its_serials",
    })
    void a_broken_deployment_store_fails_its_contract(String store, String test) {
        assertFails(BrokenDeploymentStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "FailsOnUnknownTargets, a_target_without_deployments_has_no_rows",
        "LosesTheNamespaceItself, the_rows_of_a_namespace_are_its_own_and_those_of_objects_in_it",
        "LosesObjectsInANamespace, the_rows_of_a_namespace_are_its_own_and_those_of_objects_in_it",
        "FindsNamespacesByPrefix, the_rows_of_a_namespace_are_its_own_and_those_of_objects_in_it",
        "HidesFingerprints, rows_are_found_by_namespace_as_they_are",
        "FindsNamespacesInAnyCase, only_the_exact_namespace_is_found",
        "FindsNamespacesByPrefix, only_the_exact_namespace_is_found",
        "CutsLongQuestions, the_rows_of_thousands_of_namespaces_can_be_asked_for_at_once",
        "FindsRowsOfTheNewestNamespaceOnly, the_rows_of_a_name_stay_when_a_successor_has_that_name",
        "IgnoresTheCluster, the_rows_of_other_targets_are_left_out",
        "SortsInTheOrderOfALanguage, every_row_is_on_one_page_in_order",
        "SortsByKindFirst, every_row_is_on_one_page_in_order",
        "SortsNamespacesFirst, every_row_is_on_one_page_in_order",
        "PagesFromTheGivenRow, every_row_is_on_one_page_in_order",
        "PagesTooFar, every_row_is_on_one_page_in_order",
        "LosesItsPlace, the_next_page_follows_a_row_that_was_deleted_since",
        "BeginsAgainAfterTheLastRow, an_empty_page_follows_the_last_row",
        "FindsUidsWithoutTheirTarget, a_uid_is_found_with_its_object_and_target",
        "FindsUidsOfOneTarget, uids_are_found_over_all_targets_of_the_cluster",
        "FindsUidsOnEveryCluster, uids_that_nobody_recorded_are_left_out",
        "ForgetsWhoEnsured, an_ensured_namespace_is_found_by_its_uid_without_a_target",
        "FindsUidsOnEveryCluster, an_ensured_namespace_is_found_by_its_uid_without_a_target",
        "RecordsEnsuredTwice, an_ensured_namespace_that_is_recorded_again_is_found_once",
        "FailsToRecordEnsuredAgain, an_ensured_namespace_that_is_recorded_again_is_found_once",
        "RecordsEnsuredTwice, an_ensured_namespace_is_found_once_if_many_record_it",
        "KeepsOneEnsuredForEachName, two_namespaces_ensured_one_after_the_other_are_both_found",
        "KeepsNoncesOnRelease, released_rows_prove_nothing_afterwards",
        "KeepsIdentitiesOnRelease, released_rows_prove_nothing_afterwards",
        "KeepsAttemptsOnRelease, released_rows_prove_nothing_afterwards",
        "ForgetsKeysOnRelease, released_rows_prove_nothing_afterwards",
        "ForgetsWhatIsReleased, released_rows_prove_nothing_afterwards",
        "ReleasesAgainAsForTheFirstTime, a_retried_release_keeps_how_objects_were_recognized",
        "ForgetsWhatIsReleasedWhenItMovesRows, moved_rows_keep_an_unfinished_release",
        "MovesToTheSameTarget, a_move_to_the_same_target_is_refused_and_writes_nothing",
        "FindsAdoptedNamespacesOnce, an_ensured_namespace_that_was_adopted_is_found_as_both",
        "ReturnsRowsAsTheyWereBeforeTheRelease, released_rows_prove_nothing_afterwards",
        "ReleasesEveryRow, released_rows_prove_nothing_afterwards",
        "ReleasesWithoutForgetting, a_release_forgets_the_record_and_raises_the_serial",
        "ReleasesEveryRow, a_release_of_names_without_rows_returns_no_rows",
        "ReleasesOnEveryTarget, a_release_leaves_other_targets_as_they_are",
        "ClosesMovedRows, moved_rows_keep_identity_nonce_and_keys_and_are_open",
        "DrawsNewNoncesForMovedRows, moved_rows_keep_identity_nonce_and_keys_and_are_open",
        "CopiesRowsWhenItMovesThem, moved_rows_keep_identity_nonce_and_keys_and_are_open",
        "KeepsIdentitiesOfTheReceiver, moved_rows_replace_those_of_the_receiver_for_the_same_objects",
        "DeletesRowsOfTheReceiver, moved_rows_replace_those_of_the_receiver_for_the_same_objects",
        "MovesRowsOnly, a_move_forgets_both_records_and_raises_both_serials",
        "MovesRowsOnly, a_move_to_a_target_without_a_record_raises_its_serial",
        "MovesToAnotherCluster, a_move_to_another_cluster_is_refused_and_writes_nothing",
        "WritesBeforeItComparesTheClusters, a_move_to_another_cluster_is_refused_and_writes_nothing",
    })
    void a_broken_target_object_store_fails_its_contract(String store, String test) {
        assertFails(BrokenTargetObjectStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "RefusesEveryCaller, a_free_lock_is_taken_at_once",
        "LetsTwoIn, a_lock_that_is_held_is_not_taken_by_another_caller",
        "WaitsForTheHolder, a_refusal_does_not_wait_for_the_holder",
        "RemembersARefusal, a_refusal_changes_nothing_for_the_next_caller",
        "IsReentrant, a_holder_does_not_take_its_own_lock_twice",
        "NeverUnlocks, a_closed_lease_is_not_held_and_frees_the_lock",
        "IsHeldForever, a_closed_lease_is_not_held_and_frees_the_lock",
        "AsksForAnyHolder, a_closed_lease_is_not_held_while_another_caller_has_the_lock",
        "UnlocksForAnyHolder, a_later_holder_keeps_the_lock_when_a_lease_is_closed_again",
        "BelongsToItsThread, a_lease_can_be_asked_and_closed_on_any_thread",
        "LocksEverything, the_locks_of_other_environments_and_clusters_are_independent",
        "JoinsIdsWithADash, ids_that_look_alike_when_joined_are_different_locks",
        "CutsLongIds, the_longest_ids_are_told_apart_by_their_last_character",
        "LooksBeforeItLocks, one_of_many_concurrent_callers_takes_the_lock",
        "LetsTwoIn, the_work_of_many_holders_never_overlaps",
    })
    void a_broken_lock_fails_its_contract(String store, String test) {
        assertFails(BrokenDeploymentLocks.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "dev.namespaces.testkit.contract.NamespaceStoreContract, a_broken_namespace_store_fails_its_contract",
        "dev.namespaces.testkit.contract.EnvironmentStoreContract, a_broken_environment_store_fails_its_contract",
        "dev.namespaces.testkit.contract.EgressPolicyStoreContract, a_broken_egress_policy_store_fails_its_contract",
        "dev.namespaces.testkit.contract.DeploymentStoreContract, a_broken_deployment_store_fails_its_contract",
        "dev.namespaces.testkit.contract.TargetObjectStoreContract, a_broken_target_object_store_fails_its_contract",
        "dev.namespaces.testkit.contract.DeploymentLockContract, a_broken_lock_fails_its_contract"
    })
    void every_test_of_a_contract_is_seen_to_fail(Class<?> contract, String method) throws NoSuchMethodException {
        Set<String> seenToFail = Stream.of(BrokenStoresTest.class
                        .getDeclaredMethod(method, String.class, String.class)
                        .getAnnotation(CsvSource.class)
                        .value())
                .map(pair -> pair.substring(pair.indexOf(',') + 1).trim())
                .collect(Collectors.toSet());

        assertThat(Stream.of(contract.getDeclaredMethods())
                        .filter(test -> test.isAnnotationPresent(Test.class))
                        .map(test -> test.getName()))
                .hasSizeGreaterThan(10)
                .containsExactlyInAnyOrderElementsOf(seenToFail);
    }

    private static void assertFails(Class<?> family, String name, String test) {
        assertThat(failures(selectMethod(nested(family, name), test))).containsExactly(test);
    }

    private static Class<?> nested(Class<?> family, String name) {
        return List.of(family.getDeclaredClasses()).stream()
                .filter(type -> type.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no " + name + " in " + family));
    }

    /** Returns the names of the tests that failed. */
    private static Set<String> failures(DiscoverySelector selector) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .selectors(selector)
                .execute()
                .testEvents();
        assertThat(tests.started().count()).isPositive();
        return tests.failed().stream()
                .map(Event::getTestDescriptor)
                .map(descriptor -> descriptor.getDisplayName().replace("()", ""))
                .collect(Collectors.toSet());
    }
}

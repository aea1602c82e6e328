package dev.namespaces.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** Runs every contract on stores with one mistake each, and sees it fail on the test that is about that mistake. */
class BrokenStoresTest {

    @ParameterizedTest
    @CsvSource({
        "UpdatesWhateverTheVersion, an_update_of_an_older_version_is_refused_and_writes_nothing",
        "UpdatesWhateverTheVersion, an_update_of_a_version_that_is_yet_to_come_is_refused_and_writes_nothing",
        "ForgetsUpdates, an_update_writes_metadata_annotations_and_time_and_raises_the_version",
        "WritesBeforeItFindsTheVersionStale, an_update_of_an_older_version_is_refused_and_writes_nothing",
        "RenamesOnUpdate, an_update_never_changes_environment_name_creation_or_deletion",
        "AnswersAnUpdateOfASoftDeletedOne, an_update_of_a_soft_deleted_namespace_is_refused",
        "ListsSoftDeleted, an_environment_lists_neither_soft_deleted_namespaces_nor_those_of_others",
        "FindsSoftDeletedByName, a_name_is_found_among_live_namespaces_only",
        "HidesSoftDeletedById, a_namespace_that_was_soft_deleted_is_still_found_by_its_id",
        "ListsInInsertionOrder, an_environment_lists_its_live_namespaces_in_the_order_of_their_names",
        "ListsInTheOrderOfALanguage, an_environment_lists_its_live_namespaces_in_the_order_of_their_names",
        "FindsByNameInAnyOrder, a_name_is_found_in_every_environment_in_their_order",
        "FindsNamesWhateverTheirCase, only_the_exact_name_is_found",
        "DropsAnAnnotation, every_string_comes_back_as_it_was_given",
        "DropsAnAnnotation, an_inserted_namespace_is_found_by_its_id_as_it_was_given",
        "TurnsNumbersIntoNumbers, every_string_comes_back_as_it_was_given",
        "CutsLongAnnotations, annotations_may_be_as_large_as_kubernetes_lets_them",
        "InsertsOneAfterTheOther, one_name_that_is_taken_stores_none_of_the_given_namespaces",
        "NeverFreesAName, a_namespace_that_was_soft_deleted_frees_its_name",
        "OverwritesAnIdInUse, an_id_that_is_taken_stores_none_of_the_given_namespaces",
        "KeepsMilliseconds, instants_are_kept_to_the_microsecond",
        "KeepsNanoseconds, what_an_instant_has_below_the_microsecond_is_cut_off",
    })
    void a_broken_namespace_store_fails_its_contract(String store, String test) {
        assertFails(BrokenNamespaceStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "FindsRemoved, a_removed_environment_is_not_found",
        "PagesOverRemoved, a_removed_environment_is_not_found",
        "RepeatsAnId, an_id_given_twice_is_answered_once",
        "AnswersUnknownIds, ids_that_do_not_exist_are_left_out",
        "SortsClusters, a_saved_environment_is_found_as_it_was_given",
        "KeepsTheFirstVersion, a_changed_environment_is_found_as_it_is_now",
        "PagesInAnyOrder, paging_answers_every_id_once_and_in_order",
        "PagesFromTheGivenId, paging_answers_every_id_once_and_in_order",
        "PagesTooFar, a_page_has_no_more_ids_than_asked_for",
        "LosesItsPlace, paging_goes_on_after_an_environment_that_was_removed_meanwhile",
        "CutsLongQuestions, thousands_of_ids_can_be_asked_for_at_once",
    })
    void a_broken_environment_store_fails_its_contract(String store, String test) {
        assertFails(BrokenEnvironmentStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "AnswersSoftDeletedAsLive, a_soft_deleted_policy_is_found_as_one_that_is_not_live",
        "HidesSoftDeleted, a_soft_deleted_policy_is_found_as_one_that_is_not_live",
        "PrefersSoftDeleted, a_live_policy_comes_before_every_soft_deleted_one",
        "AnswersTheFirstSoftDeleted, of_several_soft_deleted_policies_the_last_one_is_found",
        "MixesOwners, a_project_and_an_organization_of_one_id_are_two_owners",
        "SwapsLevels, a_live_policy_of_the_project_is_found",
        "LosesTheOrganization, the_policies_of_both_levels_are_found_together",
        "DropsARule, every_mode_and_rule_comes_back_as_it_was_given",
        "TurnsDenyAllIntoAnEmptyList, every_mode_and_rule_comes_back_as_it_was_given",
        "AnswersAnyPolicy, owners_without_a_policy_have_none",
    })
    void a_broken_egress_policy_store_fails_its_contract(String store, String test) {
        assertFails(BrokenEgressPolicyStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "CompletesAnOvertakenRevision, a_deployment_that_was_overtaken_is_not_completed",
        "CompletesAnOvertakenRevision, of_concurrent_deployments_the_newest_one_completes",
        "ReplacesANewerCompletion,"
                + " a_deployment_that_was_overtaken_does_not_replace_the_completion_of_the_newer_one",
        "RecordsThoughItSaysOvertaken, a_deployment_that_was_overtaken_is_not_completed",
        "KeepsTheCompletionWhenBegun, beginning_forgets_what_was_applied",
        "RepeatsARevision, each_revision_is_higher_than_every_one_before",
        "ListsInAnyOrder, an_environments_deployments_are_in_the_order_of_their_clusters",
        "CountsClustersTogether, deployments_to_other_clusters_and_of_other_environments_are_left_alone",
        "CompletesWhatWasNeverBegun, a_completion_without_a_begin_is_not_recorded",
    })
    void a_broken_deployment_store_fails_its_contract(String store, String test) {
        assertFails(BrokenDeploymentStores.class, store, test);
    }

    @ParameterizedTest
    @CsvSource({
        "LetsTwoIn, nobody_else_takes_a_lock_that_is_held",
        "LetsTwoIn, the_work_of_many_holders_never_overlaps",
        "IsReentrant, its_holder_does_not_take_it_twice",
        "UnlocksForWhoeverHoldsIt, closing_a_lease_again_harms_no_later_holder",
        "NeverUnlocks, a_lease_that_was_closed_is_not_held_and_frees_the_lock",
        "IsHeldForEver, a_lease_that_was_closed_is_not_held_and_frees_the_lock",
        "JoinsIdsWithADash, ids_that_look_alike_when_joined_are_different_locks",
        "CutsLongIds, the_longest_ids_are_told_apart_by_their_last_character",
        "LocksEverything, locks_of_other_environments_and_clusters_are_independent",
        "SwallowsInterrupts, who_is_interrupted_while_waiting_leaves_with_the_flag_set",
        "ClearsTheInterruptFlag, who_is_interrupted_while_waiting_leaves_with_the_flag_set",
        "DoesNotWait, who_waits_takes_the_lock_once_it_is_free",
    })
    void a_broken_lock_fails_its_contract(String lock, String test) {
        assertFails(BrokenDeploymentLocks.class, lock, test);
    }

    /** These race, so the one test is run that the race is made for. */
    @ParameterizedTest
    @CsvSource({
        "LooksForTheNameBeforeItInserts, concurrent_inserts_of_one_name_store_one_and_refuse_the_others",
        "LooksAtTheVersionBeforeItUpdates, no_concurrent_update_is_lost",
    })
    void a_namespace_store_that_looks_before_it_writes_fails_its_contract(String store, String test) {
        Class<?> broken = nested(BrokenNamespaceStores.class, store);
        assertThat(failures(selectMethod(broken, test))).containsExactly(test);
    }

    private static void assertFails(Class<?> family, String name, String test) {
        assertThat(failures(selectClass(nested(family, name)))).contains(test);
    }

    private static Class<?> nested(Class<?> family, String name) {
        return List.of(family.getDeclaredClasses()).stream()
                .filter(type -> type.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("There is no " + name + " in " + family));
    }

    /** The names of the tests that failed on an assertion, or on what the store threw. */
    private static Set<String> failures(DiscoverySelector selector) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .selectors(selector)
                .execute()
                .testEvents();
        assertThat(tests.started().count()).isPositive();
        return tests.failed().stream()
                .filter(event -> event.getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .isPresent())
                .map(Event::getTestDescriptor)
                .map(descriptor -> descriptor.getDisplayName().replace("()", ""))
                .collect(Collectors.toSet());
    }
}

package dev.namespaces.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.model.KubernetesSyntax;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NamespaceNamesTest {

    @Test
    void a_name_is_readable_and_stays_the_same_in_every_release() {
        assertThat(NamespaceNames.of("acme", "shop", "dev")).isEqualTo("acme-shop-dev-k2zeo43ffk46supz");
    }

    @Test
    void different_parts_that_read_the_same_give_different_names() {
        assertThat(NamespaceNames.of("a-b", "c")).isNotEqualTo(NamespaceNames.of("a", "b-c"));
        assertThat(NamespaceNames.of("Shop")).isNotEqualTo(NamespaceNames.of("shop"));
    }

    @Test
    void long_parts_are_cut_to_fit_and_short_ones_stay_whole() {
        String name = NamespaceNames.of(
                "a-very-long-organization-name-that-goes-on", "checkout-service-with-a-long-name", "dev");

        assertThat(name).hasSizeLessThanOrEqualTo(63).contains("-dev-").startsWith("a-very-long-organiza");
        assertThat(name)
                .isNotEqualTo(NamespaceNames.of(
                        "a-very-long-organization-name-that-goes-on", "checkout-service-with-a-long-nama", "dev"));
    }

    @Test
    void accents_fold_and_other_scripts_are_kept_apart_by_the_hash() {
        assertThat(NamespaceNames.of("Größe", "Café")).startsWith("gro-e-cafe-");
        assertThat(NamespaceNames.of("東京")).startsWith("ns-").isNotEqualTo(NamespaceNames.of("大阪"));
    }

    @Test
    void no_name_is_one_of_kubernetes_own() {
        assertThat(ProtectedNames.defaults().contains(NamespaceNames.of("kube", "system")))
                .isFalse();
        assertThat(ProtectedNames.defaults().contains(NamespaceNames.of("kube-system")))
                .isFalse();
        assertThat(ProtectedNames.defaults().contains(NamespaceNames.of("default")))
                .isFalse();
    }

    @Test
    void no_name_becomes_one_of_kubernetes_own_by_being_cut() {
        String name = NamespaceNames.of(
                "kubernetes", "team", "team", "team", "team", "team", "team", "team", "team", "team", "team");

        assertThat(name).startsWith("kub");
        assertThat(ProtectedNames.defaults().contains(name)).isFalse();
    }

    @Test
    void at_least_one_part_is_needed() {
        assertThatThrownBy(NamespaceNames::of).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void any_text_gives_a_valid_name_and_always_the_same(@ForAll String first, @ForAll String second) {
        String name = NamespaceNames.of(first, second);

        assertThat(KubernetesSyntax.namespaceNameProblem(name)).isEmpty();
        assertThat(NamespaceNames.of(first, second)).isEqualTo(name);
        assertThat(ProtectedNames.defaults().contains(name)).isFalse();
    }

    @Property(tries = 100)
    void any_number_of_parts_fits(
            @ForAll @net.jqwik.api.constraints.Size(min = 1, max = 80)
                    java.util.List<@net.jqwik.api.constraints.AlphaChars String> parts) {
        assertThat(KubernetesSyntax.namespaceNameProblem(NamespaceNames.of(parts.toArray(String[]::new))))
                .isEmpty();
    }
}

package dev.namespaces.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByLabels;
import dev.namespaces.model.EgressRule.NamespaceSelector.ByName;
import dev.namespaces.model.EgressRule.ToCidr;
import dev.namespaces.model.EgressRule.ToDomain;
import dev.namespaces.model.EgressRule.ToEntities;
import dev.namespaces.model.EgressRule.ToNamespace;
import dev.namespaces.model.EgressRule.ToPods;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule is made of cannot hold nonsense. */
class EgressValuesTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0/8",
        "0.0.0.0/0, 0.0.0.0/0",
        "255.255.255.255/32, 255.255.255.255/32",
        "::/0, ::/0",
        "FD00:0:0:0:0:0:0:0/8, fd00::/8",
        "2001:db8:0:1:0:0:0:1/128, 2001:db8:0:1::1/128",
        "2001:db8::1:0:0:1/128, 2001:db8::1:0:0:1/128",
        "64:ff9b::10.0.0.0/104, 64:ff9b::a00:0/104"
    })
    void a_range_is_kept_in_canonical_form(String given, String canonical) {
        assertThat(new Cidr(given)).hasToString(canonical).isEqualTo(new Cidr(canonical));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08",
                "10.0.0/8",
                "10/8",
                "010.0.0.0/8",
                "0x0a.0.0.0/8",
                "10.0.0.0.0/8",
                " 10.0.0.0/8",
                "10.0.0.0/8 ",
                "10.0.0.0/8/8",
                "::/129",
                ":::/0",
                "1::2::3/128",
                "12345::/16",
                "fe80::%eth0/64",
                "::1",
                "example.com/8",
                "localhost/32",
                "::ffff:10.0.0.0/104",
                "１０.0.0.0/8",
                "2130706433/32",
                "127.1/32"
            })
    void text_that_is_no_range_is_refused(String text) {
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new Cidr(text))
                .withMessageContaining("'" + text + "'");
        assertThatExceptionOfType(InvalidTextException.class).isThrownBy(() -> Cidr.masking(text));
    }

    /** The time of the patterns grows with the cube of the length: 50,000 characters took 18 seconds. */
    @ParameterizedTest
    @ValueSource(strings = {":", "1", "0:", "1.", ":1", "10.0.0.0/"})
    void long_text_is_refused_at_once_and_not_repeated(String part) {
        String text = part.repeat(1_000_000) + "x/8";

        InvalidTextException error = assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> catchThrowableOfType(InvalidTextException.class, () -> new Cidr(text)));

        assertThat(error).isNotNull();
        assertThat(error.getMessage()).hasSizeLessThan(250);
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new ToDomain(text, List.of()))
                .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(300));
    }

    /** Where the resolver was asked, its exception would be the cause; and it may answer. */
    @ParameterizedTest
    @ValueSource(strings = {"256.0.0.1/32", "1.2.3.256/32", "999.999.999.999/32", "300.1.1.1/8"})
    void a_number_that_is_no_octet_is_refused_without_asking_a_name_server(String text) {
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new Cidr(text))
                .withNoCause();
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3/8, 10.0.0.0/8", "10.0.0.1/31, 10.0.0.0/31", "fd00::1/8, fd00::/8", "1.2.3.4/0, 0.0.0.0/0"})
    void host_bits_are_accepted_only_where_they_are_asked_for(String given, String range) {
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new Cidr(given))
                .withMessageContaining("host bits")
                .withMessageContaining(range);
        assertThat(Cidr.masking(given)).hasToString(range);
    }

    @Test
    void a_range_knows_the_ranges_that_it_contains() throws Exception {
        Cidr ten = new Cidr("10.0.0.0/8");

        assertThat(ten.contains(InetAddress.getByName("10.255.255.255"))).isTrue();
        assertThat(ten.contains(InetAddress.getByName("11.0.0.0"))).isFalse();
        assertThat(ten.contains(InetAddress.getByName("::"))).isFalse();
        assertThat(ten.contains(new Cidr("10.128.0.0/9"))).isTrue();
        assertThat(ten.contains(new Cidr("10.0.0.0/7"))).isFalse();
        assertThat(new Cidr("::/0").contains(ten)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"11.0.0.0/16", "10.0.0.0/7", "10.0.0.0/8", "0.0.0.0/0", "fd00::/16", "::/128"})
    void an_exception_is_a_smaller_part_of_its_range_and_of_the_same_family(String exception) {
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new ToCidr(new Cidr("10.0.0.0/8"), List.of(new Cidr(exception)), List.of()))
                .withMessageContaining(exception);
    }

    @Test
    void an_exception_inside_is_taken() {
        Cidr ten = new Cidr("10.0.0.0/8");

        assertThat(new ToCidr(ten, List.of(new Cidr("10.0.0.0/9"), new Cidr("10.255.255.255/32")), List.of()).except())
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 80", "-1, 80", "80, 79", "65536, 65536", "1, 65536"})
    void ports_lie_between_1_and_65535_and_in_order(int first, int last) {
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new PortRange(first, last, TransportProtocol.TCP));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1/TCP", "65535, 65535, 65535/TCP", "1, 65535, 1-65535/TCP"})
    void ports_at_the_edges_are_taken(int first, int last, String text) {
        assertThat(new PortRange(first, last, TransportProtocol.TCP)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "example.com, example.com",
        "WWW.Example.COM., www.example.com",
        "*, *",
        "*.example.com, *.example.com",
        "a-*-c.example.com, a-*-c.example.com",
        "_dmarc.example.com, _dmarc.example.com",
        "localhost, localhost",
        "-.-, -.-"
    })
    void a_domain_is_kept_in_lower_case_without_the_last_dot(String given, String kept) {
        assertThat(new ToDomain(given, List.of()).domain()).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                ".example.com",
                "example..com",
                "example.com..",
                "exa mple.com",
                "example.com/path",
                "https://example.com",
                "example.com:443",
                "bücher.example",
                "\u212Aubernetes.io",
                "example.com\n",
                "?.com",
                "[a-z].com"
            })
    void a_domain_that_cilium_does_not_accept_is_refused(String domain) {
        assertThatExceptionOfType(InvalidTextException.class).isThrownBy(() -> new ToDomain(domain, List.of()));
    }

    @Test
    void a_domain_has_at_most_255_characters() {
        assertThat(new ToDomain("a".repeat(255), List.of()).isPattern()).isFalse();
        assertThat(new ToDomain("*".repeat(255), List.of()).isPattern()).isTrue();
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new ToDomain("a".repeat(256), List.of()))
                .withMessageContaining("255");
    }

    @Test
    void a_rule_to_namespaces_names_one_or_has_a_label() {
        assertThatExceptionOfType(InvalidTextException.class).isThrownBy(() -> new ByName("Billing"));
        assertThatExceptionOfType(InvalidTextException.class).isThrownBy(() -> new ByName(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new ByLabels(Map.of()));
        assertThatExceptionOfType(InvalidTextException.class).isThrownBy(() -> new ByLabels(Map.of("bad key", "x")));
        assertThatExceptionOfType(InvalidTextException.class)
                .isThrownBy(() -> new ByLabels(Map.of("team", "not valid")));
    }

    @Test
    void a_rule_to_entities_names_one() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ToEntities(Set.of(), List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new ToPods(new ByName("billing"), Map.of(), List.of()));
    }

    @Test
    void a_rule_without_a_destination_cannot_be_made() {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> new ToCidr(nothing(), List.of(), List.of()))
                .withMessage("cidr");
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> new ToNamespace(nothing(), List.of()))
                .withMessage("namespaces");
    }

    @ParameterizedTest
    @NullSource
    void a_port_of_no_protocol_cannot_be_made(TransportProtocol protocol) {
        assertThatExceptionOfType(NullPointerException.class).isThrownBy(() -> new PortRange(1, 1, protocol));
    }

    @Test
    void a_rule_keeps_its_content_when_the_given_collections_change() {
        List<PortRange> ports = new ArrayList<>(List.of(PortRange.tcp(443)));
        List<Cidr> except = new ArrayList<>(List.of(new Cidr("10.1.0.0/16")));
        Map<String, String> labels = new HashMap<>(Map.of("team", "red"));
        Set<EgressEntity> entities = EnumSet.of(EgressEntity.HOST);
        ToCidr cidr = new ToCidr(new Cidr("10.0.0.0/8"), except, ports);
        ByLabels byLabels = new ByLabels(labels);
        ToEntities toEntities = new ToEntities(entities, ports);
        ports.clear();
        except.clear();
        labels.clear();
        entities.add(EgressEntity.WORLD);

        assertThat(cidr.ports()).hasSize(1);
        assertThat(cidr.except()).hasSize(1);
        assertThat(byLabels.labels()).hasSize(1);
        assertThat(toEntities.entities()).containsExactly(EgressEntity.HOST);
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // hosts without a null checker can do this
    private static <T> T nothing() {
        return null;
    }
}

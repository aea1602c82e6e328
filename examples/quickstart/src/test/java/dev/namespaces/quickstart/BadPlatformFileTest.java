package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.testkit.RecordingClusterGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadPlatformFileTest {

    private static final String GOOD = """
            clusters: [eu-1]
            organizations:
              - id: acme
            projects:
              - id: shop
                organization: acme
            environments:
              - id: shop-dev
                project: shop
                name: dev
                clusters: [eu-1]
                promotionOrder: 10
                labels: {stage: dev}
                namespaces:
                  - name: web
                    metadata: {team: a}
                    annotations: {owner: a}
            """;

    @TempDir
    Path temp;

    @Test
    void text_that_is_no_yaml_is_named_with_its_line() throws IOException {
        assertThat(problems("clusters: [eu-1]\norganizations: [\n  - id: acme\nprojects: }\n"))
                .singleElement()
                .asString()
                .startsWith("3: is not valid YAML: while parsing a flow");
        assertThat(problems("clusters: [eu-1]\n  projects: []\n"))
                .singleElement()
                .asString()
                .startsWith("2: is not valid YAML:");
        assertThat(problems("clusters: [\u0001]\n"))
                .containsExactly("1: is not valid YAML: the character U+0001 is not allowed");
        assertThat(problems(GOOD + "---\n{}\n")).containsExactly("19: another document begins here");
    }

    @Test
    void a_file_that_is_empty_absent_or_not_text_is_named() throws IOException {
        assertThat(problems("")).containsExactly("1: the file is empty");
        assertThat(problems("# nothing\n")).containsExactly("1: the file is empty");
        assertThat(problems("[]")).contains("1: must be a map");
        assertThat(problemsOf(Files.write(temp.resolve("platform.yaml"), new byte[] {'a', (byte) 0xff})))
                .containsExactly("1: is not text in UTF-8");
        assertThat(problemsOf(temp.resolve("absent/platform.yaml"))).containsExactly("1: there is no such file");
        assertThat(problemsOf(Files.createDirectories(temp.resolve("dir/platform.yaml"))))
                .singleElement()
                .asString()
                .startsWith("1: cannot be read");
    }

    @Test
    void the_readme_shows_what_mistakes_in_the_shipped_file_print() throws IOException {
        String shipped = Files.readString(Path.of("platform.yaml"));

        List<String> problems = problems(shipped.replaceFirst("team: storefront", "team: " + "s".repeat(64))
                .replace("id: shop-staging\n    project: shop\n", "id: shop-staging\n    project: shoop\n"));

        assertThat(problems).hasSize(2);
        assertThat(Files.readString(Path.of("README.md")))
                .contains("<!-- prints: BadPlatformFileTest problems -->\n```\nplatform.yaml:" + problems.get(0)
                        + "\nplatform.yaml:" + problems.get(1) + "\n```");
    }

    @Test
    void unknown_and_missing_fields_are_named() throws IOException {
        assertThat(problems(GOOD.replace("promotionOrder: 10", "order: 10")))
                .containsExactly(
                        "8: environments[0].promotionOrder: is missing",
                        "12: environments[0].order: is not a field of this file; here it has [id, project, name, clusters,"
                                + " promotionOrder, labels, namespaces]");
        assertThat(problems(GOOD.replace("  - name: web\n", "  - label: web\n")))
                .contains(
                        "15: environments[0].namespaces[0].name: is missing",
                        "15: environments[0].namespaces[0].label: is not a field of this file; here it has [name, metadata,"
                                + " annotations]");
        assertThat(problems(GOOD.replace("clusters: [eu-1]\norg", "org"))).contains("1: clusters: is missing");
    }

    @Test
    void a_mode_of_an_unknown_type_is_named() throws IOException {
        assertThat(problems(withPolicy("{id: p, mode: {type: allowlist, rules: []}}")))
                .containsExactly("4: organizations[0].egressPolicy.mode: must have a 'type' of [allow-all, allow-list,"
                        + " deny-all]");
        assertThat(problems(withPolicy("{id: p, mode: {rules: []}}")))
                .containsExactly("4: organizations[0].egressPolicy.mode: must have a 'type'");
    }

    @Test
    void what_is_given_twice_is_named_with_the_place_of_the_first() throws IOException {
        assertThat(problems(GOOD.replace("  - id: acme\n", "  - id: acme\n  - id: acme\n")))
                .containsExactly("4: organizations[1].id: is taken by another one: organizations[0].id on line 3");
        assertThat(problems(GOOD.replace("{team: a}", "{team: a, team: b}")))
                .containsExactly("16: environments[0].namespaces[0].metadata[team]: is given twice, first on line 16");
        assertThat(problems(GOOD.replace("    name: dev\n", "    name: dev\n    name: prod\n")))
                .containsExactly("11: environments[0].name: is given twice, first on line 10");
        assertThat(problems(GOOD + "      - name: web\n"))
                .containsExactly("18: environments[0].namespaces[1].name: is taken by another namespace on"
                        + " cluster eu-1: environments[0].namespaces[0].name on line 15");
        assertThat(problems(GOOD.replace("clusters: [eu-1]\n    promo", "clusters: [eu-1, eu-1]\n    promo")))
                .containsExactly("11: environments[0].clusters[1]: is given twice");
    }

    @Test
    void two_environments_cannot_have_one_name_or_one_namespace_on_a_cluster() throws IOException {
        String second = GOOD.substring(GOOD.indexOf("  - id: shop-dev")).replace("id: shop-dev", "id: shop-test");

        assertThat(problems(GOOD + second))
                .containsExactly(
                        "20: environments[1].name: is taken by another environment of the project: environments[0].name on"
                                + " line 10",
                        "25: environments[1].namespaces[0].name: is taken by another namespace on cluster"
                                + " eu-1: environments[0].namespaces[0].name on line 15");
    }

    @Test
    void a_reference_to_nothing_is_named_with_what_there_is() throws IOException {
        assertThat(problems(GOOD.replace("project: shop", "project: shoop")
                        .replace("organization: acme", "organization: acne")
                        .replace("[eu-1]\n    promo", "[us-1]\n    promo")))
                .containsExactly(
                        "6: projects[0].organization: names the organization 'acne', which this file does not have; it has"
                                + " [acme]",
                        "9: environments[0].project: names the project 'shoop', which this file does not have; it has"
                                + " [shop]",
                        "11: environments[0].clusters[0]: names the cluster 'us-1', which this file does not have; it has"
                                + " [eu-1]");
    }

    @Test
    void what_the_library_refuses_in_a_request_is_named_with_line_and_path() throws IOException {
        String longText = "x".repeat(64);
        String file = GOOD.replace("name: web", "name: kube-system")
                .replace(
                        "{team: a}",
                        "\n          team: " + longText
                                + "\n          pod-security.kubernetes.io/enforce: privileged"
                                + "\n          namespaces.dev/environment: other"
                                + "\n          parts: [a, b]"
                                + "\n          none:")
                .replace("{owner: a}", "\n          note: " + "n".repeat(300 * 1024));

        assertThat(problems(file))
                .containsExactly(
                        "15: environments[0].namespaces[0].name: must not be a protected name, which are [default, kube-*]",
                        "17: environments[0].namespaces[0].metadata[team]: must have at most 63 characters, has 64",
                        "18: environments[0].namespaces[0].metadata[pod-security.kubernetes.io/enforce]: has a key that"
                                + " belongs to Kubernetes, as for pod security, scheduling or ownership; only the platform can allow"
                                + " it",
                        "19: environments[0].namespaces[0].metadata[namespaces.dev/environment]: has a key that this library"
                                + " sets itself",
                        "20: environments[0].namespaces[0].metadata[parts]: must be a single value, not a list",
                        "21: environments[0].namespaces[0].metadata[none]: must not be empty",
                        "22: environments[0].namespaces[0].annotations: must have at most 261120 bytes in all, has 307204");
    }

    @Test
    void an_environments_own_labels_are_checked_too() throws IOException {
        assertThat(problems(GOOD.replace(
                        "{stage: dev}", "{stage: \"a b\", \"/x\": y, namespaces.dev/project: x, none: , list: []}")))
                .containsExactly(
                        "13: environments[0].labels[none]: must not be empty",
                        "13: environments[0].labels[list]: must be a single value",
                        "13: environments[0].labels[stage]: must consist of letters, digits, '-', '_' and '.', and begin and"
                                + " end with a letter or digit",
                        "13: environments[0].labels[/x]: has a key that must not have an empty prefix before '/'",
                        "13: environments[0].labels[namespaces.dev/project]: has a key that this library sets itself");
    }

    @Test
    void a_bad_entry_hides_no_problem_of_the_entries_after_it() throws IOException {
        String entries = GOOD.replace("  - id: acme\n", "  - id: acme\n    owner: ada\n  - id: acme\n  - id: no id\n");
        String second = GOOD.substring(GOOD.indexOf("  - id: shop-dev"))
                .replace("id: shop-dev", "id: shop-test")
                .replace("name: dev", "name: test")
                .replace("name: web", "name: Web");

        assertThat(problems(entries.replace("    promotionOrder: 10\n", "").replace("- id: shop\n", "- id: [shop]\n")
                        + second))
                .containsExactly(
                        "4: organizations[0].owner: is not a field of this file; here it has [id, egressPolicy]",
                        "5: organizations[1].id: is taken by another one: organizations[0].id on line 3",
                        "6: organizations[2].id: the organization id 'no id' must consist of letters, digits, '-', '_' and"
                                + " '.', and begin and end with a letter or digit",
                        "8: projects[0].id: a string is expected",
                        "11: environments[0].promotionOrder: is missing",
                        "27: environments[1].namespaces[0].name: must consist of lower-case letters, digits and '-', and"
                                + " begin and end with a letter or digit (RFC 1123 label)");
    }

    @Test
    void ids_and_numbers_are_checked() throws IOException {
        assertThat(problems(GOOD.replace("id: shop-dev", "id: shop dev").replace("Order: 10", "Order: 1e1")))
                .containsExactly(
                        "8: environments[0].id: the environment id 'shop dev' must consist of"
                                + " letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
                        "12: environments[0].promotionOrder: must be a whole number, such as 10");
        assertThat(problems(GOOD.replace("id: acme", "id: !!binary YWNtZQ==")))
                .contains(
                        "3: organizations[0].id: has the tag tag:yaml.org,2002:binary; write plain values, lists and maps");
    }

    @Test
    void a_bad_policy_is_named_rule_by_rule() throws IOException {
        String policy = """

                  id: acme-egress
                  deletedAt: 2999-01-01T00:00:00Z
                  mode:
                    type: allow-list
                    rules:
                      - {type: domain, domain: not a domain, ports: []}
                      - {type: domain, domain: a.example, cidr: 10.0.0.0/8, ports: []}
                      - {type: cidr, cidr: 10.1.2.3/8, except: [], ports: []}
                      - {type: cidr, cidr: 10.0.0.0/8, except: [11.0.0.0/8], ports: []}
                      - {type: cidr, cidr: 10.0.0.0/8, except: [10.1.2.3/16, 7], ports: []}
                      - {type: entities, entities: [WORLD, NOWHERE], ports: []}
                      - type: entities
                        entities: [WORLD]
                        ports:
                          - {first: 0, last: 0, protocol: TCP}
                          - {first: 90, last: 80, protocol: TCP}
                          - {first: 53, last: 53, protocol: ICMP}
                          - {first: "53", last: 53.0, protocol: UDP}
                          - 443
                      - {type: entities, entities: [WORLD]}
                      - {type: website, domain: a.example}
                      - {domain: a.example, ports: []}
                      - {type: namespace, namespaces: {type: by-name, name: Not_A_Name}, ports: []}
                      - {type: namespace, namespaces: {type: by-labels, labels: {}}, ports: []}
                      - {type: pods, namespaces: {type: own}, labels: {tier: 7}, ports: []}
                      - web
                """.indent(4);

        assertThat(problems(withPolicy(policy)))
                .extracting(problem -> problem.replace("organizations[0].egressPolicy.", ""))
                .containsExactly(
                        "6: deletedAt: must not be in the future: a deleted policy counts as missing" + " at once",
                        "10: mode.rules[0]: the domain 'not a domain' is neither a DNS name nor a"
                                + " pattern of one: letters, digits, '-', '_' and '*' in parts divided by '.', at"
                                + " most 255 characters",
                        "11: mode.rules[1].cidr: is not a field of this file; here it has [domain, ports]",
                        "12: mode.rules[2].cidr: the address range '10.1.2.3/8' has host bits; the"
                                + " range that holds it is 10.0.0.0/8",
                        "13: mode.rules[3]: the address range '10.0.0.0/8' must be larger than its"
                                + " exception 11.0.0.0/8 and contain it",
                        "14: mode.rules[4].except[0]: the address range '10.1.2.3/16' has host bits;"
                                + " the range that holds it is 10.1.0.0/16",
                        "14: mode.rules[4].except[1]: a string is expected",
                        "15: mode.rules[5].entities[1]: the EgressEntity 'NOWHERE' is not one of"
                                + " [CLUSTER, HOST, KUBE_APISERVER, REMOTE_NODE, WORLD, WORLD_IPV4, WORLD_IPV6]",
                        "19: mode.rules[6].ports[0]: the port range '0-0' must be ascending and"
                                + " between 1 and 65535",
                        "20: mode.rules[6].ports[1]: the port range '90-80' must be ascending and"
                                + " between 1 and 65535",
                        "21: mode.rules[6].ports[2].protocol: the TransportProtocol 'ICMP' is not one"
                                + " of [ANY, SCTP, TCP, UDP]",
                        "22: mode.rules[6].ports[3].first: a whole number is expected",
                        "22: mode.rules[6].ports[3].last: a whole number is expected",
                        "23: mode.rules[6].ports[4]: must be a map",
                        "24: mode.rules[7].ports: is missing",
                        "25: mode.rules[8]: must have a 'type' of [cidr, domain, entities, namespace," + " pods]",
                        "26: mode.rules[9]: must have a 'type'",
                        "27: mode.rules[10].namespaces: the namespace name 'Not_A_Name' must consist"
                                + " of lower-case letters, digits and '-', and begin and end with a letter or"
                                + " digit (RFC 1123 label)",
                        "28: mode.rules[11].namespaces: A rule to namespaces by labels names no label",
                        "29: mode.rules[12].labels[tier]: a string is expected",
                        "30: mode.rules[13]: must have a 'type'");
    }

    @Test
    void a_policy_without_a_mode_or_with_rules_that_its_mode_ignores_is_named() throws IOException {
        assertThat(problems(withPolicy("{id: a}")))
                .containsExactly("4: organizations[0].egressPolicy.mode: is missing");
        assertThat(problems(withPolicy(""))).containsExactly("4: organizations[0].egressPolicy: must not be empty");
        assertThat(problems(withPolicy("{id: a, mode: {type: deny-all, rules: []}}")))
                .containsExactly(
                        "4: organizations[0].egressPolicy.mode.rules: is not a field of this file; here it has []");
    }

    @Test
    void an_alias_repeats_what_its_anchor_names() throws IOException {
        String twice = GOOD.replace("labels: {stage: dev}", "labels: &a {stage: dev}");

        assertThat(problems(twice.replace("{team: a}", "*a").replace("{owner: a}", "*b")))
                .containsExactly(
                        "17: environments[0].namespaces[0].annotations: names the anchor 'b', which is not above it");
    }

    @Test
    void aliases_that_multiply_a_file_are_a_problem() throws IOException {
        StringBuilder metadata = new StringBuilder("{v0: &v0 [x, x]");
        for (int i = 1; i < 40; i++) {
            metadata.append(String.format(", v%d: &v%d [*v%d, *v%d]", i, i, i - 1, i - 1));
        }

        assertThat(problems(GOOD.replace("{team: a}", metadata + "}")))
                .anyMatch(problem -> problem.endsWith("all aliases together may stand for 100000 values"));
    }

    @Test
    void a_file_with_very_many_problems_is_not_read_to_its_end() throws IOException {
        assertThat(problems(GOOD.replace("clusters: [eu-1]\norg", "clusters: [eu-1" + ", 7".repeat(1000) + "]\norg")))
                .hasSize(101)
                .contains("1: may have more problems than these 100");
    }

    @Test
    void lists_that_may_not_be_empty_are_named() throws IOException {
        assertThat(problems(GOOD.replace("[eu-1]\n    promo", "[]\n    promo")))
                .containsExactly("11: environments[0].clusters: must have at least one cluster");
        assertThat(problems(GOOD.substring(0, GOOD.indexOf("environments:")) + "environments: []\n"))
                .containsExactly("7: environments: must have at least one environment");
    }

    private static String withPolicy(String policy) {
        return GOOD.replace("  - id: acme\n", "  - id: acme\n    egressPolicy: " + policy + "\n");
    }

    private List<String> problems(String yaml) throws IOException {
        return problemsOf(Files.writeString(temp.resolve("platform.yaml"), yaml, StandardCharsets.UTF_8));
    }

    /**
     * Returns the problems without the file's name. Asserts that the status is 2, and that no database and no cluster
     * was used.
     */
    private List<String> problemsOf(Path file) {
        RecordingClusterGateway clusters = new RecordingClusterGateway();
        Run run = Run.on(clusters, "--file", file.toString(), "--jdbc-url", Run.h2(temp));
        assertThat(run.status()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(clusters.calls()).isEmpty();
        assertThat(temp.resolve("db.mv.db")).doesNotExist();
        List<String> lines = run.err().lines().toList();
        assertThat(lines.get(lines.size() - 1))
                .isEqualTo("The platform file cannot be used; nothing was stored or applied.");
        return lines.subList(0, lines.size() - 1).stream()
                .peek(line -> assertThat(line).startsWith(file + ":"))
                .map(line -> line.substring(file.toString().length() + 1))
                .toList();
    }
}

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
        assertThat(problems("{}\n---\n{}\n")).singleElement().asString().contains("another document");
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
    void a_mode_that_is_misspelt_hides_nothing_and_blames_no_rule() throws IOException {
        assertThat(problems(GOOD.replace(
                        "  - id: acme\n",
                        "  - id: acme\n    egressPolicy: {id: p, mode: allowlist, rules: [{cidr: 10.0.0.1/8}, {domain: a.example, ports:"
                                + " [99999]}]}\n")))
                .hasSize(3)
                .anySatisfy(problem -> assertThat(problem).contains("mode: must be one of"))
                .anySatisfy(problem -> assertThat(problem).contains("rules[0].cidr"))
                .anySatisfy(problem -> assertThat(problem).contains("rules[1].ports[0]"));
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
                .containsExactly("18: environments[0].namespaces[1].name: is taken on cluster eu-1 by"
                        + " environments[0].namespaces[0].name of environment shop-dev, on line 15");
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
                        "25: environments[1].namespaces[0].name: is taken on cluster eu-1 by"
                                + " environments[0].namespaces[0].name of environment shop-dev, on line 15");
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
                        "21: environments[0].namespaces[0].metadata[none]: must not be null",
                        "22: environments[0].namespaces[0].annotations: must have at most 261120 bytes in all, has 307204");
    }

    @Test
    void an_environments_own_labels_are_checked_too() throws IOException {
        assertThat(problems(GOOD.replace(
                        "{stage: dev}", "{stage: \"a b\", \"/x\": y, namespaces.dev/project: x, none: , list: []}")))
                .containsExactly(
                        "13: environments[0].labels[stage]: must consist of letters, digits, '-', '_' and '.', and begin and"
                                + " end with a letter or digit",
                        "13: environments[0].labels[/x]: has a key that must not have an empty prefix before '/'",
                        "13: environments[0].labels[namespaces.dev/project]: has a key that this library sets itself",
                        "13: environments[0].labels[none]: must not be empty",
                        "13: environments[0].labels[list]: must be a single value");
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
                  - id: acme
                    egressPolicy:
                      id: acme-egress
                      mode: allow-list
                      deletedAt: 2999-01-01T00:00:00Z
                      rules:
                        - domain: not a domain
                        - domain: a.example
                          cidr: 10.0.0.0/8
                        - cidr: 10.1.2.3/8
                        - cidr: 10.0.0.0/8
                          except: [11.0.0.0/8]
                        - domain: b.example
                          except: [11.0.0.0/8]
                        - entities: [world, nowhere]
                        - entities: [world]
                          ports: [https, 0, 90-80, 53/ICMP]
                        - entities: [world]
                          ports: []
                        - ports: [443]
                        - namespace: Not_A_Name
                        - namespaceLabels: {}
                """;

        assertThat(problems(GOOD.replace("  - id: acme\n", policy)))
                .containsExactly(
                        "7: organizations[0].egressPolicy.deletedAt: must not lie in the future: a deleted policy counts as"
                                + " missing at once",
                        "9: organizations[0].egressPolicy.rules[0].domain: the domain 'not a domain' is neither a DNS name nor a pattern"
                                + " of one: letters, digits, '-', '_' and '*' in parts divided by '.', at most 255 characters",
                        "10: organizations[0].egressPolicy.rules[1]: must have exactly one of [domain, cidr, namespace,"
                                + " namespaceLabels, entities], has [domain, cidr]",
                        "12: organizations[0].egressPolicy.rules[2].cidr: the address range '10.1.2.3/8' has host bits; the range that holds it"
                                + " is 10.0.0.0/8",
                        "13: organizations[0].egressPolicy.rules[3].cidr: the address range '10.0.0.0/8' must be larger than"
                                + " its exception 11.0.0.0/8 and contain it",
                        "16: organizations[0].egressPolicy.rules[4].except: belongs to a rule with cidr only",
                        "17: organizations[0].egressPolicy.rules[5].entities[1]: must be one of [world, world-ipv4,"
                                + " world-ipv6, cluster, host, remote-node, kube-apiserver]",
                        "19: organizations[0].egressPolicy.rules[6].ports[0]: must be a port such as 443, 53/UDP or"
                                + " 8000-8080/TCP",
                        "19: organizations[0].egressPolicy.rules[6].ports[1]: the port range '0-0' must be ascending and"
                                + " between 1 and 65535",
                        "19: organizations[0].egressPolicy.rules[6].ports[2]: the port range '90-80' must be ascending and"
                                + " between 1 and 65535",
                        "19: organizations[0].egressPolicy.rules[6].ports[3]: must have one of the protocols [TCP, UDP, SCTP,"
                                + " ANY]",
                        "21: organizations[0].egressPolicy.rules[7].ports: must name a port; leave the field out to open"
                                + " every port",
                        "22: organizations[0].egressPolicy.rules[8]: must have exactly one of [domain, cidr, namespace,"
                                + " namespaceLabels, entities], has []",
                        "23: organizations[0].egressPolicy.rules[9].namespace: the namespace name 'Not_A_Name' must consist of"
                                + " lower-case letters, digits and '-', and begin and end with a letter or digit (RFC 1123"
                                + " label)",
                        "24: organizations[0].egressPolicy.rules[10].namespaceLabels: A rule to namespaces by labels names no"
                                + " label");
    }

    @Test
    void a_policy_without_a_mode_or_with_rules_that_its_mode_ignores_is_named() throws IOException {
        assertThat(problems(GOOD.replace("  - id: acme\n", "  - id: acme\n    egressPolicy: {id: a}\n")))
                .containsExactly("4: organizations[0].egressPolicy.mode: is missing");
        assertThat(problems(GOOD.replace("  - id: acme\n", "  - id: acme\n    egressPolicy:\n")))
                .contains("4: organizations[0].egressPolicy: must be a map");
        assertThat(problems(GOOD.replace(
                        "  - id: acme\n", "  - id: acme\n    egressPolicy: {id: a, mode: deny-all, rules: []}\n")))
                .containsExactly("4: organizations[0].egressPolicy.rules: belong to the mode allow-list only");
    }

    @Test
    void lists_that_may_not_be_empty_are_named() throws IOException {
        assertThat(problems(GOOD.replace("[eu-1]\n    promo", "[]\n    promo")))
                .containsExactly("11: environments[0].clusters: must have at least one cluster");
        assertThat(problems(GOOD.substring(0, GOOD.indexOf("environments:")) + "environments: []\n"))
                .containsExactly("7: environments: must have at least one environment");
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

package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.OnCiliumOracle;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {

    @TempDir
    Path temp;

    private final RecordingClusterGateway clusters = new RecordingClusterGateway();

    @Test
    void each_namespace_of_the_shipped_file_is_deployed_with_a_policy() {
        Run run = run(Run.SHIPPED);

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("12 namespaces of 6 environments deployed to 2 clusters, each with its egress policy");
        assertThat(clusters.deployedResources().get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getName())
                .containsExactly(
                        "lab-experiments",
                        "lab-notebooks",
                        "search-dev",
                        "search-prod-api",
                        "search-prod-index",
                        "shop-dev-orders",
                        "shop-dev-web",
                        "shop-prod-batch",
                        "shop-prod-batch",
                        "shop-prod-orders",
                        "shop-prod-orders",
                        "shop-prod-web",
                        "shop-prod-web",
                        "shop-staging-orders",
                        "shop-staging-web");
        assertThat(clusters.deployedResources().get("CiliumNetworkPolicy"))
                .extracting(policy -> policy.getMetadata().getNamespace())
                .containsExactlyInAnyOrderElementsOf(clusters.deployedResources().get("Namespace").stream()
                        .map(namespace -> namespace.getMetadata().getName())
                        .toList());
    }

    @Test
    void the_table_says_which_policy_each_namespace_has_in_promotion_order() {
        List<String> rows = run(Run.SHIPPED).out().lines().toList();

        assertThat(rows.get(0).split("\\s+"))
                .containsExactly("ENVIRONMENT", "CLUSTER", "NAMESPACE", "POLICY", "OUTCOME", "TIME");
        assertThat(rows.subList(1, 16).stream().map(row -> row.split("\\s+")))
                .extracting(row -> row[0], row -> row[1], row -> row[2], row -> row[3])
                .startsWith(tuple("search-dev", "eu-1", "search-dev", "organization"))
                .contains(
                        tuple("shop-dev", "eu-1", "shop-dev-web", "project"),
                        tuple("lab-sandbox", "us-1", "lab-notebooks", "default"),
                        tuple("shop-prod", "us-1", "shop-prod-web", "project"))
                .endsWith(tuple("shop-prod", "us-1", "shop-prod-web", "project"));
    }

    @Test
    void it_says_what_it_does_while_it_works() {
        assertThat(run(Run.SHIPPED).err().lines())
                .contains(
                        "stored: 12 namespaces new, 0 changed, 0 as they were",
                        "shop-prod on us-1: objects to write: 6")
                .anyMatch(line -> line.matches("shop-prod on us-1: shop-prod-web in \\d+ ms"))
                .anyMatch(line -> line.matches("shop-prod on us-1: complete in \\d+ ms"));
    }

    @Test
    void a_second_run_deploys_again_and_changes_nothing_in_the_database() {
        run(Run.SHIPPED);
        List<HasMetadata> first = clusters.deployedResources().get("Namespace");

        Run again = run(Run.SHIPPED);

        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.err()).contains("stored: 0 namespaces new, 0 changed, 12 as they were");
        assertThat(clusters.deployedResources().get("Namespace"))
                .extracting(namespace -> namespace.getMetadata().getLabels())
                .isEqualTo(first.stream()
                        .map(namespace -> namespace.getMetadata().getLabels())
                        .toList());
    }

    @Test
    void a_changed_file_is_what_the_next_run_deploys() throws IOException {
        run(small("team: a", ""));

        Run changed = run(small("team: b", "- name: web-two"));

        assertThat(changed.status()).as(changed.err()).isZero();
        assertThat(changed.err()).contains("stored: 1 namespaces new, 1 changed, 0 as they were");
        assertThat(clusters).hasDeployed("Namespace", "web").onCluster("eu-1").withLabel("team", "b");
        assertThat(clusters).hasDeployed("Namespace", "web-two");
    }

    @Test
    void a_namespace_that_left_the_file_stays_and_is_not_deployed_again() throws IOException {
        run(small("team: a", "- name: web-two"));
        clusters.forgetCalls();

        Run without = run(small("team: a", ""));

        assertThat(without.status()).as(without.err()).isZero();
        assertThat(without.err()).contains("web-two of shop-dev is no longer in the file");
        assertThat(without.out()).doesNotContain("web-two");
        assertThat(clusters.calls()).noneMatch(call -> call.call().name().equals("web-two"));
        assertThat(clusters).hasDeployed("Namespace", "web-two");
    }

    @Test
    void a_policy_that_left_the_file_gives_way_to_the_next_level() throws IOException {
        run(edited("", ""));

        Run without = run(edited("id: shop-egress", "id: shop-egress-2", "id: acme-egress", "id: acme-egress-2"));
        assertThat(without.status()).as(without.err()).isZero();
        assertThat(without.out()).containsPattern("shop-dev-web +project");

        String policy = Files.readString(Run.SHIPPED)
                .replaceFirst("(?s)    egressPolicy:\\n      id: shop-egress.*?(?=\\n  # Had a policy once)", "");
        Run none = run(Files.writeString(temp.resolve("platform.yaml"), policy));
        assertThat(none.status()).as(none.err()).isZero();
        assertThat(none.out()).containsPattern("shop-dev-web +organization");
    }

    @Test
    void values_reach_the_cluster_as_they_are_in_the_file() throws IOException {
        Run run = run(small("cost: 0042, public: no, size: 1e3, when: 2025-01-01, hex: 0x1F, none: \"\"", ""));

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(clusters)
                .hasDeployed("Namespace", "web")
                .withLabel("cost", "0042")
                .withLabel("public", "no")
                .withLabel("size", "1e3")
                .withLabel("when", "2025-01-01")
                .withLabel("hex", "0x1F")
                .withLabel("none", "");
    }

    @Test
    void out_writes_every_manifest_to_a_file_that_can_be_read_back() throws IOException {
        Path out = temp.resolve("out");

        Run run = run(Run.SHIPPED, "--out", out.toString());

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("30 manifests written to " + out);
        assertThat(files(out))
                .hasSize(30)
                .contains(
                        Path.of("us-1/shop-prod-web/Namespace-shop-prod-web.yaml"),
                        Path.of("us-1/shop-prod-web/CiliumNetworkPolicy-egress.namespaces.dev.yaml"));
        for (Path file : files(out)) {
            HasMetadata manifest = new KubernetesSerialization().unmarshal(Files.readString(out.resolve(file)));
            assertThat(file.getFileName())
                    .hasToString(
                            manifest.getKind() + "-" + manifest.getMetadata().getName() + ".yaml");
            assertThat(clusters.deployedResources(new ClusterId(file.getName(0).toString()))
                            .get(manifest.getKind()))
                    .extracting(QuickstartTest::withoutRandomAnnotations)
                    .contains(withoutRandomAnnotations(manifest));
        }
    }

    @OnCiliumOracle
    @Test
    void every_policy_of_the_shipped_file_is_accepted_by_cilium() throws IOException {
        CiliumOracle oracle = CiliumOracle.orSkip();
        Path out = temp.resolve("out");
        run(Run.SHIPPED, "--dry-run", "--out", out.toString());
        List<String> policies = files(out).stream()
                .filter(file -> file.getFileName().toString().startsWith("CiliumNetworkPolicy"))
                .map(file -> read(out.resolve(file)))
                .toList();

        assertThat(policies).hasSize(15);
        assertThat(oracle.verify(policies))
                .hasSize(15)
                .allMatch(CiliumOracle.Verification::schemaAccepts)
                .allMatch(CiliumOracle.Verification::agentAccepts);
    }

    @Test
    void files_of_a_cluster_without_cilium_have_the_policies_applied_there() {
        FakeClusters fake = FakeClusters.of("eu-1", "us-1");
        fake.cluster("us-1").stopServing("cilium.io/v2", "CiliumNetworkPolicy");
        Path out = temp.resolve("out");

        Run.on(fake, "--file", Run.SHIPPED.toString(), "--jdbc-url", Run.h2(temp), "--out", out.toString());

        assertThat(out.resolve("us-1/lab-notebooks/NetworkPolicy-egress.namespaces.dev.yaml"))
                .exists();
        assertThat(out.resolve("us-1/lab-notebooks/CiliumNetworkPolicy-egress.namespaces.dev.yaml"))
                .doesNotExist();
    }

    @Test
    void a_dry_run_stores_nothing_and_calls_no_cluster() {
        Run run = run(Run.SHIPPED, "--dry-run");

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("shop-prod-web +project +planned").contains("Dry run: 12 namespaces");
        assertThat(clusters.calls()).isEmpty();
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void a_dry_run_knows_what_is_stored_and_leaves_it_as_it_is() throws IOException {
        run(small("team: a", ""));
        clusters.forgetCalls();

        Run dry = run(small("team: b", "- name: web-two"), "--dry-run");
        Run after = run(small("team: a", ""), "--dry-run");

        assertThat(dry.err()).contains("to be stored: 1 namespaces new, 1 changed, 0 as they were");
        assertThat(after.err()).contains("to be stored: 0 namespaces new, 0 changed, 1 as they were");
        assertThat(clusters.calls()).isEmpty();
    }

    @Test
    void a_dry_run_on_the_servers_writes_nothing() {
        Run run = run(Run.SHIPPED, "--dry-run=server");

        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("shop-prod-web +project +planned");
        assertThat(clusters.calls()).isNotEmpty().noneMatch(call -> call.call().writes());
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void a_deployment_that_fails_ends_with_1_and_says_why() {
        FakeClusters fake = FakeClusters.any();
        fake.faults()
                .on(call -> call instanceof GatewayCall.Create && call.name().equals("shop-staging-web"))
                .fail(Failure.forbidden());

        Run run = Run.on(fake, "--file", Run.SHIPPED.toString(), "--jdbc-url", Run.h2(temp));

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .containsPattern("shop-staging-web +project +FAILED")
                .containsPattern("shop-staging-orders +project +created")
                .containsPattern("shop-prod .*not attempted")
                .contains("no role grants it", "FAILED: 6 of 12 namespaces deployed");
    }

    @Test
    void a_namespace_that_others_created_is_refused_unless_adopt_is_given() {
        FakeClusters fake = FakeClusters.any();
        fake.cluster("eu-1").as("kubectl").createNamespace("shop-dev-web");
        String[] arguments = {"--file", Run.SHIPPED.toString(), "--jdbc-url", Run.h2(temp)};

        Run refused = Run.on(fake, arguments);

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out())
                .containsPattern("shop-dev-web +project +FAILED")
                .contains("it exists, we did not create it")
                .contains("--adopt");
        assertThat(fake.cluster("eu-1").find(ResourceRef.namespace("shop-dev-web")))
                .hasValueSatisfying(
                        untouched -> assertThat(untouched.getMetadata().getLabels())
                                .doesNotContainKey("namespaces.dev/environment"));

        Run adopted = Run.on(
                fake, Stream.concat(Stream.of(arguments), Stream.of("--adopt")).toArray(String[]::new));

        assertThat(adopted.status()).as(adopted.out()).isZero();
        assertThat(adopted.out()).containsPattern("shop-dev-web +project +changed, adopted");
    }

    @Test
    void a_dry_run_on_the_servers_knows_what_was_deployed() {
        run(Run.SHIPPED);

        Run run = run(Run.SHIPPED, "--dry-run=server");

        assertThat(run.status()).as(run.out()).isZero();
    }

    @Test
    void a_database_that_cannot_be_reached_ends_with_1_and_the_reason() {
        Run run = Run.on(clusters, "--file", Run.SHIPPED.toString(), "--jdbc-url", "jdbc:h2:tcp://127.0.0.1:1/nothing");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .contains("Cannot look at the database")
                .containsPattern("because: .*Connection refused")
                .doesNotContain("\tat ");
        assertThat(clusters.calls()).isEmpty();
    }

    @Test
    void a_directory_that_cannot_be_written_ends_with_1_and_no_stack_trace() throws IOException {
        Path occupied = Files.writeString(temp.resolve("occupied"), "a file");

        Run run = run(Run.SHIPPED, "--out", occupied.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains(occupied.toString()).doesNotContain("\tat ");
    }

    @Test
    void help_names_every_option_and_exit_status() {
        Run help = Run.on(clusters, "--help");

        assertThat(help.status()).isZero();
        assertThat(help.out())
                .contains("--file", "--jdbc-url", "--kubeconfig", "--context", "--adopt", "--dry-run", "--out")
                .contains("0   everything succeeded", "  1  ", "  2  ");
    }

    @Test
    void bad_options_end_with_2() throws IOException {
        Path kubeconfig = Files.writeString(temp.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: one
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
                users: [{name: u, user: {token: t}}]
                contexts: [{name: one, context: {cluster: c, user: u}}]
                """);
        String config = kubeconfig.toString();

        assertThat(failure("--dry-run=maybe")).contains("either render or server");
        assertThat(failure("--jdbc-url", "jdbc:oracle:thin:me/secret@db"))
                .contains("must begin with jdbc:h2:, jdbc:postgresql: or jdbc:mariadb:")
                .doesNotContain("secret");
        assertThat(failure("--what")).contains("Unknown option: '--what'");
        assertThat(failure("--context", "eu-1=one")).contains("needs a --kubeconfig");
        assertThat(failure("--kubeconfig", "absent")).contains("absent cannot be read");
        assertThat(failure("--kubeconfig", config, "--context", "eu-1=two"))
                .contains("has no context [two]; it has [one]");
        assertThat(failure("--kubeconfig", config, "--context", "eu-1=one"))
                .contains("No --context for the clusters [us-1]");
        assertThat(failure(
                        "--kubeconfig", config, "--context", "eu-1=one", "--context", "us-1=one", "--context", "x=one"))
                .contains("the clusters [x], which the platform file does not use");
        assertThat(temp.resolve("db.mv.db")).doesNotExist();
    }

    private String failure(String... options) {
        Run run = run(Run.SHIPPED, options);
        assertThat(run.status()).isEqualTo(2);
        return run.err();
    }

    private Run run(Path file, String... options) {
        Stream<String> database =
                List.of(options).contains("--jdbc-url") ? Stream.of() : Stream.of("--jdbc-url", Run.h2(temp));
        return Run.on(
                clusters,
                Stream.of(Stream.of("--file", file.toString()), database, Stream.of(options))
                        .flatMap(arguments -> arguments)
                        .toArray(String[]::new));
    }

    private Path edited(String... replacements) throws IOException {
        String text = Files.readString(Run.SHIPPED);
        for (int i = 0; i < replacements.length; i += 2) {
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return Files.writeString(temp.resolve("platform.yaml"), text);
    }

    private Path small(String metadata, String another) throws IOException {
        return Files.writeString(temp.resolve("platform.yaml"), """
                clusters: [eu-1]
                organizations: [{id: acme}]
                projects: [{id: shop, organization: acme}]
                environments:
                  - id: shop-dev
                    project: shop
                    name: dev
                    clusters: [eu-1]
                    promotionOrder: 1
                    namespaces:
                      - name: web
                        metadata: {%s}
                      %s
                """.formatted(metadata, another));
    }

    /** Two annotations of an object have random values, which no dry run knows. */
    private static HasMetadata withoutRandomAnnotations(HasMetadata manifest) {
        HasMetadata copy = new KubernetesSerialization().clone(manifest);
        Map<String, String> annotations = new TreeMap<>(copy.getMetadata().getAnnotations());
        annotations.keySet().removeAll(Set.of("namespaces.dev/attempt", "namespaces.dev/created"));
        copy.getMetadata().setAnnotations(annotations);
        return copy;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).map(directory::relativize).toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

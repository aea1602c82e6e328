package dev.namespaces.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.egress.GoldenPolicies.Golden;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.testservers.CiliumOracle;
import dev.namespaces.testservers.CiliumOracle.Peer;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnCiliumOracle;
import dev.namespaces.testservers.OnRealCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Run with {@code -Dgolden.write=true} to write the files again, then review what changed. */
class GoldenPoliciesTest {

    /** What a NetworkPolicy cannot say, and so has no file. */
    private static final Set<String> ONLY_CILIUM = Set.of(
            "domain-by-name",
            "domain-by-pattern",
            "rules-of-each-kind",
            "entities-both-world-families",
            "entity-world",
            "entity-world-ipv4",
            "entity-world-ipv6",
            "entity-cluster",
            "entity-host",
            "entity-remote-node",
            "entity-kube-apiserver");

    @ParameterizedTest
    @MethodSource("expressible")
    void a_policy_is_written_as_the_reviewed_file_has_it(Golden golden, PolicyDialect dialect) {
        if (Boolean.getBoolean("golden.write")) {
            write(Path.of("src/test/resources", golden.resource(dialect)), golden.yaml(dialect));
        }
        assertThat(golden.yaml(dialect)).isEqualTo(read(golden.resource(dialect)));
    }

    @ParameterizedTest
    @MethodSource("inexpressible")
    void what_a_network_policy_cannot_say_is_refused(Golden golden) {
        assertThatThrownBy(() -> golden.render(PolicyDialect.KUBERNETES))
                .isInstanceOf(InexpressibleEgressException.class);
    }

    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void every_file_is_still_rendered(PolicyDialect dialect) {
        Set<String> rendered = expressible()
                .filter(arguments -> arguments.get()[1] == dialect)
                .map(arguments -> arguments.get()[0] + ".yaml")
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(files(dialect).stream().map(file -> file.getFileName().toString()))
                .containsExactlyElementsOf(rendered);
    }

    @OnCiliumOracle
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void cilium_accepts_every_file(PolicyDialect dialect) {
        CiliumOracle oracle = CiliumOracle.orSkip();
        List<CiliumOracle.Verification> verifications = oracle.verify(
                files(dialect).stream().map(GoldenPoliciesTest::text).toList());
        assertThat(verifications).isNotEmpty().allSatisfy(verification -> {
            assertThat(verification.agent()).isEqualTo("ok");
            assertThat(verification.schema()).isEqualTo(dialect == PolicyDialect.CILIUM ? "ok" : "not checked");
        });
    }

    @OnCiliumOracle
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void deny_all_denies_every_kind_of_destination(PolicyDialect dialect) {
        assertThat(egress(dialect, "mode-deny-all.yaml")).isNotEmpty().doesNotContain(true);
        assertThat(egress(dialect, "ingress-same-namespace-deny-all.yaml")).doesNotContain(true);
    }

    @OnCiliumOracle
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void allow_all_allows_every_kind_of_destination(PolicyDialect dialect) {
        assertThat(egress(dialect, "mode-allow-all.yaml")).isNotEmpty().doesNotContain(false);
    }

    private static List<Boolean> egress(PolicyDialect dialect, String file) {
        Peer from = Peer.pod(GoldenPolicies.NAMESPACE, Map.of(), Map.of("app", "web"));
        List<CiliumOracle.Flow> flows = Stream.of(
                        from,
                        Peer.pod("billing", Map.of("team", "red"), Map.of()),
                        Peer.pod("kube-system", Map.of(), Map.of("k8s-app", "kube-dns")),
                        Peer.ip("203.0.113.9"),
                        Peer.ip("2001:db8::9"),
                        Peer.ip("169.254.169.254"),
                        Peer.domain("www.example.com"),
                        Peer.entity("host"),
                        Peer.entity("remote-node"),
                        Peer.entity("kube-apiserver"),
                        Peer.entity("health"))
                .flatMap(to -> Stream.of("TCP", "UDP", "SCTP")
                        .flatMap(protocol -> Stream.of(1, 53, 443, 65535)
                                .map(port -> new CiliumOracle.Flow(from, to, port, protocol))))
                .toList();
        return CiliumOracle.orSkip()
                .verdict(flows, List.of(text(directory(dialect).resolve(file))))
                .stream()
                .map(CiliumOracle.Verdict::egressAllowed)
                .toList();
    }

    @OnRealCluster(cilium = true)
    @ParameterizedTest
    @EnumSource(PolicyDialect.class)
    void the_api_server_accepts_every_file_under_strict_validation(PolicyDialect dialect, KubeApiServer server) {
        server.kubectl().tryRun("create", "namespace", GoldenPolicies.NAMESPACE);

        String output = server.kubectl()
                .run(
                        "apply",
                        "--server-side",
                        "--validate=strict",
                        "-f",
                        directory(dialect).toString());

        assertThat(output.lines().filter(line -> line.endsWith("serverside-applied")))
                .hasSameSizeAs(files(dialect));
    }

    @Test
    void left_out_rules_are_listed_and_nothing_replaces_them() {
        Golden golden = GoldenPolicies.all().stream()
                .filter(each -> each.name().equals("omissions"))
                .findFirst()
                .orElseThrow();

        RenderedEgress kubernetes = golden.render(PolicyDialect.KUBERNETES);

        assertThat(kubernetes.omissions().stream().map(Omission::reason))
                .containsExactly(
                        "a NetworkPolicy knows no domain names",
                        "a NetworkPolicy knows no entities; write the ranges of their addresses");
        assertThat(golden.render(PolicyDialect.CILIUM).omissions()).isEmpty();
    }

    static Stream<Arguments> expressible() {
        return Arrays.stream(PolicyDialect.values())
                .flatMap(dialect -> GoldenPolicies.all().stream()
                        .filter(golden -> dialect == PolicyDialect.CILIUM || !ONLY_CILIUM.contains(golden.name()))
                        .map(golden -> Arguments.of(golden, dialect)));
    }

    static Stream<Golden> inexpressible() {
        return GoldenPolicies.all().stream().filter(golden -> ONLY_CILIUM.contains(golden.name()));
    }

    private static Path directory(PolicyDialect dialect) {
        URL directory = GoldenPoliciesTest.class.getClassLoader().getResource(GoldenPolicies.directory(dialect));
        try {
            return Path.of(directory.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> files(PolicyDialect dialect) {
        try (Stream<Path> files = Files.list(directory(dialect))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(String resource) {
        URL url = GoldenPoliciesTest.class.getClassLoader().getResource(resource);
        assertThat(url).as(resource).isNotNull();
        try {
            return text(Path.of(url.toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

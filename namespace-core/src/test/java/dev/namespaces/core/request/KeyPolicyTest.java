package dev.namespaces.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.namespaces.model.EnvironmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPolicyTest {

    private static final EnvironmentId DEV = new EnvironmentId("shop-dev");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "istio-injection",
                "istio.io/rev",
                "istio.io/dataplane-mode",
                "topology.istio.io/network",
                "linkerd.io/inject",
                "config.linkerd.io/skip-outbound-ports",
                "kuma.io/sidecar-injection",
                "consul.hashicorp.com/connect-inject",
                "openshift.io/node-selector",
                "security.openshift.io/scc.podSecurityLabelSync",
                "workload.openshift.io/allowed",
                "admission.gatekeeper.sh/ignore",
                "cert-manager.io/disable-validation",
                "control-plane",
                "policies.kyverno.io/ignore",
                "iam.amazonaws.com/permitted",
                "services.k8s.aws/owner-account-id",
                "s3.services.k8s.aws/default-region",
                "cnrm.cloud.google.com/project-id",
                "capsule.clastix.io/tenant",
                "field.cattle.io/projectId",
                "argocd.argoproj.io/managed-by",
                "kustomize.toolkit.fluxcd.io/prune",
                "meta.helm.sh/release-name",
                "team-a.tree.hnc.x-k8s.io/depth",
                "kueue.x-k8s.io/managed-namespace",
                "k8s.ovn.org/primary-user-defined-network",
                "ipam.cilium.io/ip-pool",
                "io.cilium.k8s.policy.cluster",
                "io.kubernetes.pod.namespace",
                "cni.projectcalico.org/ipv4pools",
                "v1.multus-cni.io/default-network",
                "k8s.v1.cni.cncf.io/networks",
                "velero.io/exclude-from-backup",
                "pod-security.kubernetes.io/enforce",
                "scheduler.alpha.kubernetes.io/node-selector",
                "janitor/ttl",
                "downscaler/uptime",
                "kubearmor-file-posture",
                "multicluster-scheduler",
                "instrumentation.opentelemetry.io/inject-java"
            })
    void keys_that_other_software_acts_on_are_refused_everywhere(String key) {
        NamespaceRequest request =
                NamespaceRequest.of(DEV, "shop-web").withMetadata(key, "x").withAnnotation(key, "x");

        assertThat(RequestValidator.defaults().validate(request))
                .extracting(Violation::path)
                .containsExactly("annotations[" + key + "]", "metadata[" + key + "]");
    }

    @Test
    void a_reserved_key_has_the_reason_of_the_pattern_that_matches_it() {
        List<String> patterns = ReservedKeys.TABLE.stream()
                .flatMap(row -> row.patterns().stream())
                .map(KeyPattern::text)
                .toList();
        List<String> keys = patterns.stream()
                .map(pattern -> pattern.replace("*", "x"))
                .flatMap(key -> Stream.of(key, "a.b." + key, "a" + key, key + "y", key + "/z", "." + key, "/" + key))
                .toList();

        assertThat(keys)
                .allSatisfy(key -> assertThat(ReservedKeys.reason(key))
                        .isEqualTo(ReservedKeys.TABLE.stream()
                                .filter(row -> row.patterns().stream().anyMatch(pattern -> pattern.matches(key)))
                                .map(ReservedKeys.Row::reason)
                                .findFirst()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team.example.com/owner",
                "stage",
                "istio-injection-notes",
                "notistio.io/x",
                "istio.io.example.com/x",
                "example.com/istio.io",
                "my-control-plane",
                "cilium",
                "io.ciliums",
                "myjanitor/x",
                "aws"
            })
    void keys_that_only_look_reserved_are_allowed(String key) {
        assertThat(KeyPolicy.defaults().problem(key)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Istio-Injection",
                "ISTIO.IO/rev",
                "\u0130st\u0130o.\u0130o/rev",
                "\u212auma.io/mesh",
                "CONTROL-PLANE"
            })
    void a_reserved_key_is_refused_in_each_case_that_the_server_takes(String key) {
        assertThat(RequestValidator.defaults()
                        .validate(NamespaceRequest.of(DEV, "shop-web").withAnnotation(key, "x")))
                .hasSize(1);
    }

    @Test
    void the_strict_policy_allows_only_its_domains_and_says_which() {
        KeyPolicy strict = KeyPolicy.onlyUnder("team.example.com", "cost.example.com");

        assertThat(strict.problem("team.example.com/owner")).isEmpty();
        assertThat(strict.problem("eu.cost.example.com/center")).isEmpty();
        assertThat(strict.problem("stage")).contains("has a key outside of team.example.com/*, cost.example.com/*");
        assertThat(strict.problem("example.com/owner")).isPresent();
        assertThat(strict.problem("myteam.example.com/owner")).isPresent();
        assertThat(KeyPolicy.onlyUnder("istio.io").problem("istio.io/rev")).isPresent();
    }

    @Test
    void single_keys_domains_and_beginnings_can_be_allowed() {
        KeyPolicy policy = KeyPolicy.onlyUnder("team.example.com")
                .allowing("stage", "pod-security.kubernetes.io/*")
                .allowing("kubearmor-*");

        assertThat(List.of("stage", "pod-security.kubernetes.io/warn", "kubearmor-file-posture", "team.example.com/a"))
                .allSatisfy(key -> assertThat(policy.problem(key)).isEmpty());
        assertThat(List.of("stages", "kubernetes.io/metadata.name", "security.kubernetes.io/x", "istio-injection"))
                .allSatisfy(key -> assertThat(policy.problem(key)).isPresent());
    }

    @Test
    void the_keys_of_this_library_are_never_allowed() {
        RequestValidator open = RequestValidator.defaults()
                .withKeys(KeyPolicy.defaults().allowing("namespaces.dev/*", "app.kubernetes.io/managed-by"));

        assertThat(open.validate(NamespaceRequest.of(DEV, "shop-web")
                        .withAnnotation("Namespaces.DEV/origin", "x")
                        .withAnnotation("App.kubernetes.io/Managed-By", "x")
                        .withMetadata("namespaces.dev/origin", "x")))
                .hasSize(3)
                .allSatisfy(violation ->
                        assertThat(violation.message()).isEqualTo("has a key that this library sets itself"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "a b", "/*", "*.example.com", "a/b/*", "example.com/", "exa*mple"})
    void a_pattern_that_is_no_key_is_a_mistake_of_the_caller(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyPolicy.defaults().allowing(pattern));
    }

    @Test
    void the_guide_has_the_same_table() throws IOException {
        String table = ReservedKeys.TABLE.stream()
                .map(row -> "| "
                        + row.patterns().stream()
                                .map(pattern -> "`" + pattern.text() + "`")
                                .collect(Collectors.joining(", "))
                        + " | " + row.reason() + " | " + row.source() + " |\n")
                .collect(Collectors.joining());

        assertThat(Files.readString(Path.of("../docs/requests.md"))).contains("| --- | --- | --- |\n" + table + "\n");
    }
}

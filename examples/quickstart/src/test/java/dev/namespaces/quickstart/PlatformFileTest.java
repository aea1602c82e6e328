package dev.namespaces.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ProjectId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlatformFileTest {

    private static final Instant DELETED = Instant.parse("2025-03-31T09:00:00Z");

    @TempDir
    Path temp;

    static List<EgressMode> modes() {
        List<PortRange> ports = List.of(PortRange.tcp(443), PortRange.any(53));
        NamespaceSelector tier = new NamespaceSelector.ByLabels(Map.of("tier", "3", "public", "true"));
        return List.of(
                new EgressMode.DenyAll(),
                new EgressMode.AllowAll(),
                new EgressMode.AllowList(List.of()),
                new EgressMode.AllowList(List.of(
                        new EgressRule.ToCidr(new Cidr("2001:db8::/32"), List.of(new Cidr("2001:db8:1::/48")), ports),
                        new EgressRule.ToDomain("*.example.com", List.of()),
                        new EgressRule.ToNamespace(new NamespaceSelector.ByName("42"), ports),
                        new EgressRule.ToNamespace(tier, List.of()),
                        new EgressRule.ToPods(new NamespaceSelector.Own(), Map.of("app", "web"), ports),
                        new EgressRule.ToEntities(Set.of(EgressEntity.HOST), List.of()))));
    }

    /** JSON is YAML, so the text that the module writes can be in a platform file. */
    @ParameterizedTest
    @MethodSource("modes")
    void an_egress_mode_is_read_in_the_json_form_of_the_module(EgressMode mode) throws Exception {
        Path file =
                Files.writeString(temp.resolve("platform.yaml"), """
                clusters: [eu-1]
                organizations: [{id: acme}]
                projects:
                  - id: shop
                    organization: acme
                    egressPolicy: {id: shop-egress, deletedAt: %s, mode: %s}
                environments:
                  - {id: dev, project: shop, name: dev, clusters: [eu-1], promotionOrder: 1}
                """.formatted(DELETED, NamespacesJson.write(mode)));

        assertThat(PlatformFile.read(file, request -> List.of(), DELETED).egressPolicies())
                .containsExactly(
                        new EgressPolicy(new EgressPolicyId("shop-egress"), new ProjectId("shop"), mode, 1, DELETED));
    }
}

package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.CiliumProfile;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.DnsProfile;
import dev.namespaces.egress.DnsProfile.DnsServer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Digests of what a deployment starts from: stored rows, the policy, and settings. Equal input gives equal digests in
 * every release, so a setting at its default is left out: a release that adds one changes no digest.
 */
final class InputFingerprints {

    private final DesiredState state;
    private final String context;

    private InputFingerprints(DesiredState state, String context) {
        this.state = state;
        this.context = context;
    }

    /** Prepares the digests of the state on one cluster. */
    static InputFingerprints on(ClusterId cluster, DesiredState state, Settings settings) {
        Environment environment = state.environment();
        Fingerprint digest = new Fingerprint()
                .add("environment", environment.id().value())
                .add("project", environment.projectId().value())
                .add("organization", environment.organizationId().value())
                .add("labels", environment.labels())
                .add("egress", text(state.policy().mode()));
        addSettings(digest, settings.egressOn(cluster));
        addScheme(digest, settings.scheme());
        return new InputFingerprints(state, digest.hex());
    }

    /** Returns the digest of one of the state's namespaces. */
    String of(Namespace namespace) {
        return new Fingerprint()
                .add("context", context)
                .add("id", namespace.id().value())
                .add("name", namespace.name())
                .add("metadata", namespace.metadata())
                .add("annotations", namespace.annotations())
                .hex();
    }

    /** Returns the digest of all namespaces of the state. */
    String ofAll() {
        Fingerprint digest = new Fingerprint().add("context", context);
        state.namespaces().forEach(namespace -> digest.add("namespace", of(namespace)));
        return digest.hex();
    }

    private static void addScheme(Fingerprint digest, LabelScheme scheme) {
        if (!scheme.equals(LabelScheme.defaults())) {
            digest.add("label domain", scheme.domain());
            digest.add(scheme.managedByKey(), scheme.managedByValue());
        }
    }

    private static void addSettings(Fingerprint digest, EgressSettings settings) {
        EgressSettings defaults = EgressSettings.defaults();
        if (settings.dialect() instanceof DialectChoice.Fixed fixed) {
            digest.add("dialect", fixed.dialect().name());
        } else if (settings.dialect() instanceof DialectChoice.Probe) {
            digest.add("dialect", "probe");
        }
        if (!settings.dns().equals(defaults.dns())) {
            digest.add("dns", text(settings.dns()));
        }
        if (settings.ingress() != defaults.ingress()) {
            digest.add("ingress", settings.ingress().name());
        }
        if (!settings.omittable().equals(defaults.omittable())) {
            digest.add(
                    "omittable",
                    joined(settings.omittable().stream()
                            .map(Enum::name)
                            .sorted()
                            .toList()));
        }
        if (!settings.clusterRanges().equals(defaults.clusterRanges())) {
            digest.add("cluster ranges", text(settings.clusterRanges()));
        }
        if (!settings.denied().equals(defaults.denied())) {
            digest.add("denied", text(settings.denied()));
        }
        CiliumProfile cilium = settings.cilium();
        if (!cilium.equals(defaults.cilium())) {
            digest.add(
                    "cilium",
                    cilium.oldest() + " " + cilium.l7Proxy() + " " + cilium.rangesMatchNodes() + " "
                            + cilium.namespacesSpanMesh());
        }
    }

    private static String text(List<Cidr> ranges) {
        return joined(ranges.stream().map(Cidr::value).toList());
    }

    private static String text(DnsProfile profile) {
        return joined(profile.servers().stream().map(InputFingerprints::text).toList());
    }

    private static String text(DnsServer server) {
        if (server instanceof DnsServer.Pods pods) {
            return "pods " + pods.namespace() + " " + pods.labels() + " " + pods.port();
        }
        if (server instanceof DnsServer.NodeLocal local) {
            return "node-local " + local.address() + " " + local.port();
        }
        DnsServer.Addresses addresses = (DnsServer.Addresses) server;
        return "addresses " + addresses.addresses() + " " + addresses.port();
    }

    private static String text(EgressMode mode) {
        if (mode instanceof EgressMode.DenyAll) {
            return "deny all";
        }
        if (mode instanceof EgressMode.AllowAll) {
            return "allow all";
        }
        return "allow\n"
                + joined(((EgressMode.AllowList) mode)
                        .rules().stream().map(InputFingerprints::text).toList());
    }

    private static String text(EgressRule rule) {
        return destination(rule) + " ports " + rule.ports();
    }

    private static String destination(EgressRule rule) {
        if (rule instanceof EgressRule.ToCidr to) {
            return "cidr " + to.cidr() + " except " + to.except();
        }
        if (rule instanceof EgressRule.ToDomain to) {
            return "domain " + to.domain();
        }
        if (rule instanceof EgressRule.ToEntities to) {
            return "entities " + to.entities();
        }
        if (rule instanceof EgressRule.ToPods to) {
            return "pods " + to.labels() + " of " + text(to.namespaces());
        }
        return text(((EgressRule.ToNamespace) rule).namespaces());
    }

    private static String text(NamespaceSelector selector) {
        if (selector instanceof NamespaceSelector.ByName byName) {
            return "namespace " + byName.name();
        }
        return selector instanceof NamespaceSelector.ByLabels byLabels
                ? "namespaces " + byLabels.labels()
                : "own namespace";
    }

    /** Joins texts that may not have a line end; none of the values above can. */
    private static String joined(List<String> parts) {
        return parts.stream().collect(Collectors.joining("\n"));
    }
}

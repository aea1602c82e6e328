package dev.namespaces.core;

import dev.namespaces.core.policy.EgressPolicyRenderer;
import dev.namespaces.core.policy.EgressSettings;
import dev.namespaces.core.policy.PolicyResolution;
import dev.namespaces.core.policy.RenderedEgress;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.render.NamespaceManifests;
import dev.namespaces.core.render.Origin;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.PolicyDialect;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What the stores say should stand on the clusters of an environment, at one moment. */
record DesiredState(Environment environment, List<Namespace> namespaces, PolicyResolution policy) {

    /** Raised when the same state is to be applied again by a newer release. */
    private static final String FINGERPRINT_FORMAT = "1";

    /** One namespace, ready to be applied to one cluster. */
    record Desired(Environment environment, Namespace namespace, RenderedEgress egress, LabelScheme scheme) {

        io.fabric8.kubernetes.api.model.Namespace manifest(Origin origin) {
            return NamespaceManifests.namespace(environment, namespace, origin, scheme);
        }
    }

    static DesiredState load(Environment environment, Settings settings) {
        List<Namespace> namespaces = settings.namespaces().findByEnvironment(environment.id());
        var policies = settings.policies().find(environment.projectId(), environment.organizationId());
        return new DesiredState(
                environment, namespaces, PolicyResolution.resolve(environment, policies, settings.defaultEgress()));
    }

    /** @throws UnknownNamespaceException if it is not, or no longer, one of the environment's */
    DesiredState only(NamespaceId id) {
        List<Namespace> one = namespaces.stream()
                .filter(namespace -> namespace.id().equals(id))
                .toList();
        if (one.isEmpty()) {
            throw new UnknownNamespaceException(ErrorContext.of(Operation.DEPLOY, environment.id()), id);
        }
        return new DesiredState(environment, one, policy);
    }

    List<Desired> render(ClusterId cluster, PolicyDialect dialect, Settings settings) {
        LabelScheme scheme = settings.scheme();
        EgressSettings egress = settings.egress().apply(cluster);
        return namespaces.stream()
                .map(namespace -> new Desired(
                        environment,
                        namespace,
                        EgressPolicyRenderer.render(
                                dialect,
                                namespace.name(),
                                scheme.policyName(),
                                NamespaceManifests.ownLabels(environment, namespace, scheme),
                                policy.mode(),
                                egress),
                        scheme))
                .toList();
    }

    /** A digest of everything that would be applied; how a namespace came to stand is not part of it. */
    static String fingerprint(List<Desired> rendered, PolicyDialect dialect) {
        MessageDigest sha256 = sha256();
        update(sha256, FINGERPRINT_FORMAT);
        update(sha256, dialect.name());
        for (Desired desired : rendered) {
            update(sha256, ManifestWriter.toJson(desired.manifest(Origin.CREATED)));
            update(sha256, ManifestWriter.toJson(desired.egress().manifest()));
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) '\n');
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}

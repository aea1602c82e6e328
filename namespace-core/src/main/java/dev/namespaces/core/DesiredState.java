package dev.namespaces.core;

<<<<<<< HEAD
import dev.namespaces.egress.PolicyResolution;
=======
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.render.Origin;
import dev.namespaces.egress.EgressPolicyRenderer;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.egress.RenderedEgress;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
>>>>>>> egress
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import java.util.List;

/**
 * What the stores wanted on the clusters of an environment, at one moment.
 *
 * @param environment the environment
 * @param namespaces its live namespaces, ordered by name; or one of them, if only that one is deployed
 * @param policy the egress policy that applies
 */
record DesiredState(Environment environment, List<Namespace> namespaces, PolicyResolution policy) {

<<<<<<< HEAD
    DesiredState {
        namespaces = List.copyOf(namespaces);
=======
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
        return new DesiredState(environment, namespaces, settings.resolvePolicy(environment));
    }

    /** @throws UnknownNamespaceException if it is not, or no longer, one of the environment's */
    DesiredState only(NamespaceId id) {
        List<Namespace> one = namespaces.stream()
                .filter(namespace -> namespace.id().equals(id))
                .toList();
        if (one.isEmpty()) {
            throw new UnknownNamespaceException(ErrorContext.of("deploy", environment.id()), id);
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
>>>>>>> egress
    }
}

package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.egress.EgressTemplate;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.RenderedEgress;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of an environment for one cluster. Everything is rendered before the first write, so a policy that the
 * cluster cannot express stops the deployment before anything exists.
 *
 * @param dialect the kind of the policy objects
 * @param namespaces one entry for each namespace, ordered by name
 * @param inputFingerprint a digest of what the manifests were rendered from
 */
record Rendered(PolicyDialect dialect, List<Entry> namespaces, String inputFingerprint) {

    /**
     * Raised when a release renders the same input in another way, so that its deployments write the difference. A
     * record of a higher generation than ours was written by a newer release, which we leave alone while the input is
     * equal.
     */
    static final int GENERATION = 2;

    /**
     * The manifests of one namespace.
     *
     * @param egress its egress policy
     * @param inputFingerprint a digest of what both manifests were rendered from
     * @param refused whether the namespace must not reach a cluster; see {@link Settings#requireDeployable}
     */
    record Entry(
            Environment environment,
            Namespace namespace,
            RenderedEgress egress,
            String inputFingerprint,
            boolean refused,
            LabelScheme scheme) {

        /** Returns the fingerprint of an object that was applied from this input by this release. */
        String fingerprint() {
            return objectFingerprint(inputFingerprint);
        }

        /** Returns whether a recorded fingerprint is that of this input, applied by this or a newer release. */
        boolean isRecordedAs(@Nullable String recorded) {
            return isCurrent(recorded, inputFingerprint);
        }

        io.fabric8.kubernetes.api.model.Namespace manifest(Origin origin) {
            return NamespaceManifests.namespace(environment, namespace, origin, scheme);
        }
    }

    /**
     * Renders the state.
     *
     * @throws dev.namespaces.egress.InexpressibleEgressException if the dialect cannot express the policy
     */
    static Rendered of(DesiredState state, ClusterId cluster, PolicyDialect dialect, Settings settings) {
        LabelScheme scheme = settings.scheme();
        EgressTemplate template = template(state, cluster, dialect, settings);
        InputFingerprints input = InputFingerprints.on(cluster, state, settings);
        List<Entry> entries = new ArrayList<>(state.namespaces().size());
        for (Namespace namespace : state.namespaces()) {
            entries.add(new Entry(
                    state.environment(),
                    namespace,
                    template.forNamespace(
                            namespace.name(),
                            scheme.policyName(),
                            NamespaceManifests.ownLabels(state.environment(), namespace, scheme)),
                    input.of(namespace),
                    settings.refuses(state.environment(), namespace),
                    scheme));
        }
        return new Rendered(dialect, List.copyOf(entries), input.ofAll());
    }

    private static EgressTemplate template(
            DesiredState state, ClusterId cluster, PolicyDialect dialect, Settings settings) {
        try {
            return settings.templates().of(dialect, state.policy().mode(), settings.egressOn(cluster));
        } catch (InexpressibleEgressException e) {
            // The template does not know the cluster and the environment, so its failure names none.
            throw new InexpressibleEgressException(
                    ErrorContext.of(Operation.RENDER, cluster)
                            .withEnvironment(state.environment().id()),
                    e.dialect(),
                    e.inexpressible());
        }
    }

    /** Returns a digest of all manifests; how a namespace came to exist is not part of it. */
    String fingerprint() {
        Fingerprint digest = new Fingerprint().add("dialect", dialect.name());
        for (Entry entry : namespaces) {
            digest.add("namespace", ManifestWriter.toJson(entry.manifest(Origin.CREATED)));
            digest.add("policy", ManifestWriter.toJson(entry.egress().manifest()));
        }
        return digest.hex();
    }

    /** Returns the fingerprint of an object that was applied from this input by this release. */
    static String objectFingerprint(String inputFingerprint) {
        return GENERATION + ":" + inputFingerprint;
    }

    /**
     * Returns whether an object with the recorded fingerprint was applied from this input, by this or a newer release.
     */
    static boolean isCurrent(@Nullable String recorded, String inputFingerprint) {
        if (recorded == null) {
            return false;
        }
        int colon = recorded.indexOf(':');
        return colon > 0
                && recorded.substring(colon + 1).equals(inputFingerprint)
                && isNumber(recorded.substring(0, colon))
                && Integer.parseInt(recorded.substring(0, colon)) >= GENERATION;
    }

    private static boolean isNumber(String text) {
        return text.length() < 9 && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    }
}

package dev.namespaces.core.deploy;

import dev.namespaces.egress.Omission;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.model.Origin;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.Serializable;
import java.util.List;

/** The result of one namespace on one cluster. */
public sealed interface NamespaceOutcome extends Serializable {

    /**
     * The namespace and its policy are as desired.
     *
     * @param origin how the namespace became ours
     * @param objects what the deployment did to each object, the Namespace first
     * @param egressChanges what the pods gain and lose against the policy object that existed before, as sentences;
     *     empty where there was none or nothing changes
     * @param warnings the API server's warnings, in its words, and what a person should know
     * @param omissions what the cluster's dialect cannot express and the host has agreed to leave out
     */
    record Deployed(
            Origin origin,
            List<DeployedObject> objects,
            List<String> egressChanges,
            List<String> warnings,
            List<Omission> omissions)
            implements NamespaceOutcome {
        public Deployed {
            objects = List.copyOf(objects);
            egressChanges = Shown.sentences(egressChanges);
            warnings = Shown.sentences(warnings);
            omissions = List.copyOf(omissions);
        }
    }

    /**
     * A dry run: nothing was written.
     *
     * @param manifests the Namespace, then its egress policy; after {@link DryRun#SERVER} as the API server would have
     *     them
     * @param egressChanges as in {@link Deployed}; always empty after {@link DryRun#RENDER}
     * @param warnings the API server's warnings, in its words
     * @param omissions what the cluster's dialect cannot say and the host has agreed to leave out
     */
    record Planned(
            List<HasMetadata> manifests, List<String> egressChanges, List<String> warnings, List<Omission> omissions)
            implements NamespaceOutcome {
        public Planned {
            manifests = List.copyOf(manifests);
            egressChanges = Shown.sentences(egressChanges);
            warnings = Shown.sentences(warnings);
            omissions = List.copyOf(omissions);
        }

        /** Returns text such as {@code planned [Namespace shop-web, NetworkPolicy shop-web/egress]}. */
        @Override
        public String toString() {
            return "planned "
                    + Shown.list(manifests.stream().map(ResourceRef::of).toList());
        }
    }

    /** It was as desired already, as the record says, or a look at the cluster; nothing was written. */
    record Unchanged() implements NamespaceOutcome {}

    /** The namespace or its policy is not as desired. */
    sealed interface Failure extends NamespaceOutcome {
        /** Returns why. */
        NamespaceException cause();
    }

    /** The namespace or its policy is not as desired; the cause says which. */
    record Failed(NamespaceException cause) implements Failure {}

    /**
     * The namespace exists, and its policy could not be created, so no policy of this library restricts the egress of
     * its pods. The next deployment of the environment creates the policy before it does anything else.
     */
    record Unfenced(NamespaceException cause) implements Failure {}

    /** It was not its turn before the deployment to the cluster failed as a whole. */
    record NotAttempted() implements NamespaceOutcome {}
}

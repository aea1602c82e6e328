package dev.namespaces.core.adopt;

import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of an environment that exist on its clusters and are not ours, for people to read before they let the
 * library adopt them.
 *
 * @param environmentId the environment
 * @param candidates the namespaces that are not ours, ordered by cluster and name
 * @param unreachable the clusters that could not be asked
 */
public record AdoptionPlan(EnvironmentId environmentId, List<Candidate> candidates, List<Unreachable> unreachable)
        implements Serializable {

    public AdoptionPlan {
        candidates = List.copyOf(candidates);
        unreachable = List.copyOf(unreachable);
    }

    /**
     * A namespace that exists and is not ours.
     *
     * @param namespace the stored namespace that wants it
     * @param cluster the cluster
     * @param uid its UID
     * @param labels its labels
     * @param age how long it has existed
     * @param fieldManagers who has written to it, by the names that they gave to the API server
     * @param claimedBy the environment that it is labelled for, as the label has it, or null. One of another
     *     environment is not adopted but taken over
     * @param consentsTo the environment that its owner lets adopt it, as its annotation has it, or null
     * @param isEnsured whether our own ensure created it; such a namespace may always be adopted
     * @param policies the egress policies in it; all NetworkPolicies and CiliumNetworkPolicies
     * @param egressChanges what its pods would lose, as sentences; empty if another policy restricts all of them
     *     already, because policies add up
     */
    public record Candidate(
            Namespace namespace,
            ClusterId cluster,
            String uid,
            Map<String, String> labels,
            Duration age,
            List<String> fieldManagers,
            @Nullable String claimedBy,
            @Nullable String consentsTo,
            boolean isEnsured,
            List<ResourceRef> policies,
            List<String> egressChanges)
            implements Serializable {
        public Candidate {
            labels = Map.copyOf(labels);
            fieldManagers = List.copyOf(fieldManagers);
            policies = List.copyOf(policies);
            egressChanges = Shown.sentences(egressChanges);
        }

        /** Returns text such as {@code shop-web of shop-dev on eu-1 (uid 1234)}. */
        @Override
        public String toString() {
            return namespace.name() + " of " + namespace.environmentId() + " on " + cluster + " (uid " + Shown.name(uid)
                    + ")";
        }
    }
}

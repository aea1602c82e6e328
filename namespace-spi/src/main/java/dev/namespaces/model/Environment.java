package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A stage of a project, such as dev or prod, and the clusters that its namespaces live on.
 *
 * @param id the environment's id
 * @param organizationId the organization that the project belongs to
 * @param projectId the project that the environment belongs to
 * @param name what people call it
 * @param clusters at least one, each once; the order is kept
 * @param labels written on every namespace of the environment; valid Kubernetes labels, kept in key order
 * @param promotionOrder lower is deployed earlier
 */
public record Environment(
        EnvironmentId id,
        OrganizationId organizationId,
        ProjectId projectId,
        String name,
        List<ClusterId> clusters,
        Map<String, String> labels,
        int promotionOrder)
        implements Serializable {

    /** The order in which a change is promoted: by {@link #promotionOrder()}, ties by name, then by id. */
    public static final Comparator<Environment> PROMOTION_ORDER = Comparator.comparingInt(Environment::promotionOrder)
            .thenComparing(Environment::name)
            .thenComparing(Environment::id);

    /**
     * @throws IllegalArgumentException if no cluster is given, or one twice
     * @throws InvalidTextException if the name is blank or a label is not valid
     */
    public Environment {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(organizationId, "organizationId");
        Objects.requireNonNull(projectId, "projectId");
        if (name.isBlank()) {
            throw new InvalidTextException("name of environment " + id, name, "must not be blank");
        }
        clusters = List.copyOf(clusters);
        if (clusters.isEmpty()) {
            throw new IllegalArgumentException("Environment " + id + " has no cluster");
        }
        if (clusters.stream().distinct().count() < clusters.size()) {
            throw new IllegalArgumentException("Environment " + id + " names a cluster twice: " + clusters);
        }
        labels = SortedMaps.labels("labels", " of environment " + id, labels);
    }

    /**
     * Returns an environment with the usual parts: it is called by its id, has no labels, and the promotion order 0.
     *
     * @throws IllegalArgumentException if no cluster or one twice is given
     */
    public static Environment of(
            EnvironmentId id, OrganizationId organization, ProjectId project, ClusterId... clusters) {
        return new Environment(id, organization, project, id.value(), List.of(clusters), Map.of(), 0);
    }

    /** Returns a copy with these labels. */
    public Environment withLabels(Map<String, String> labels) {
        return new Environment(id, organizationId, projectId, name, clusters, labels, promotionOrder);
    }

    /** Returns a copy with this promotion order. */
    public Environment withPromotionOrder(int promotionOrder) {
        return new Environment(id, organizationId, projectId, name, clusters, labels, promotionOrder);
    }

    /** Returns the targets of the environment, one for each cluster, in their order. */
    public List<Target> targets() {
        return clusters.stream().map(cluster -> new Target(id, cluster)).toList();
    }

    /** Names it by id, project, organization and clusters; values of labels are left out. */
    @Override
    public String toString() {
        return "environment " + id + " of " + organizationId + "/" + projectId + " on " + clusters;
    }

    /** The given environments in {@link #PROMOTION_ORDER}. */
    public static List<Environment> inPromotionOrder(Collection<Environment> environments) {
        return environments.stream().sorted(PROMOTION_ORDER).toList();
    }
}

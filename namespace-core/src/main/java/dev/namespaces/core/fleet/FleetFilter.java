package dev.namespaces.core.fleet;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says which targets of the fleet are meant. A target must match every part; an empty part matches all. Immutable;
 * copies come from the {@code with} methods.
 *
 * @param organizations the organizations whose environments are meant
 * @param projects the projects whose environments are meant
 * @param clusters the clusters that are meant; an environment is left alone on its other clusters
 * @param labels labels that an environment must have, each with that value
 * @param ids the environments that are meant, or null for all that the store knows; an id that it does not know is
 *     skipped
 */
public record FleetFilter(
        Set<OrganizationId> organizations,
        Set<ProjectId> projects,
        Set<ClusterId> clusters,
        Map<String, String> labels,
        @Nullable Set<EnvironmentId> ids) {

    private static final FleetFilter ALL = new FleetFilter(Set.of(), Set.of(), Set.of(), Map.of(), null);

    public FleetFilter {
        organizations = Set.copyOf(organizations);
        projects = Set.copyOf(projects);
        clusters = Set.copyOf(clusters);
        labels = Map.copyOf(labels);
        ids = ids == null ? null : Set.copyOf(ids);
    }

    /** Returns the filter that every target matches. */
    public static FleetFilter all() {
        return ALL;
    }

    /** Returns a copy for environments of these organizations. */
    public FleetFilter withOrganizations(Collection<OrganizationId> organizations) {
        return new FleetFilter(Set.copyOf(organizations), projects, clusters, labels, ids);
    }

    /** Returns a copy for environments of these projects. */
    public FleetFilter withProjects(Collection<ProjectId> projects) {
        return new FleetFilter(organizations, Set.copyOf(projects), clusters, labels, ids);
    }

    /** Returns a copy for these clusters. */
    public FleetFilter withClusters(Collection<ClusterId> clusters) {
        return new FleetFilter(organizations, projects, Set.copyOf(clusters), labels, ids);
    }

    /** Returns a copy for environments with these labels. */
    public FleetFilter withLabels(Map<String, String> labels) {
        return new FleetFilter(organizations, projects, clusters, labels, ids);
    }

    /** Returns a copy for these environments; none is deployed if there is no id. */
    public FleetFilter withIds(Collection<EnvironmentId> ids) {
        return new FleetFilter(organizations, projects, clusters, labels, Set.copyOf(ids));
    }

    /** Returns whether the environment matches; {@link #clusters} says on which of its clusters. */
    public boolean matches(Environment environment) {
        return (organizations.isEmpty() || organizations.contains(environment.organizationId()))
                && (projects.isEmpty() || projects.contains(environment.projectId()))
                && (ids == null || ids.contains(environment.id()))
                && environment.labels().entrySet().containsAll(labels.entrySet());
    }

    /** Returns whether targets on the cluster match. */
    public boolean matches(ClusterId cluster) {
        return clusters.isEmpty() || clusters.contains(cluster);
    }
}

package dev.namespaces.quickstart;

import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a platform file says, checked as a whole.
 *
 * @param organizations all organizations
 * @param projects all projects and whose they are
 * @param environments all environments, in the file's order
 * @param namespaces a valid request for each namespace, in the file's order; their metadata and annotations are strings
 * @param egressPolicies the policies of projects and organizations, soft-deleted ones included
 */
record Platform(
        List<OrganizationId> organizations,
        Map<ProjectId, OrganizationId> projects,
        List<Environment> environments,
        List<NamespaceRequest> namespaces,
        List<EgressPolicy> egressPolicies) {

    List<EnvironmentId> environmentIds() {
        return environments.stream().map(Environment::id).toList();
    }

    /** The clusters that an environment is on. */
    SortedSet<ClusterId> clusters() {
        return environments.stream()
                .flatMap(environment -> environment.clusters().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Everybody who may have an egress policy. */
    List<EgressPolicyOwner> policyOwners() {
        return Stream.<EgressPolicyOwner>concat(organizations.stream(), projects.keySet().stream())
                .toList();
    }
}

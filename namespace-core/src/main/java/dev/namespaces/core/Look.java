package dev.namespaces.core;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster has of an environment's objects, before anything is written. Absence from a list proves nothing,
 * because others may have removed the labels that the list asks for; so recorded objects that a list lacks are asked
 * for one by one. An object that was never seen and is wanted is not asked for: the create that follows meets it.
 */
final class Look {

    private final Map<ResourceRef, HasMetadata> found;
    private final Set<ResourceRef> absent;

    private Look(Map<ResourceRef, HasMetadata> found, Set<ResourceRef> absent) {
        this.found = found;
        this.absent = absent;
    }

    /**
     * Looks at the objects of these namespaces.
     *
     * @param rows the rows of the target's objects
     * @param dialect the dialect that the policies are to have
     * @param everyObject whether each object is asked for by its name, in spite of what a list says
     */
    static Look at(
            ClusterSide side,
            Target target,
            Collection<String> names,
            Collection<TargetObject> rows,
            PolicyDialect dialect,
            boolean everyObject) {
        Looking looking = new Looking(side, target);
        if (everyObject || names.size() == 1) {
            looking.findAll(names);
        } else {
            looking.list("v1", "Namespace", names);
            for (PolicyDialect each : PolicyDialect.values()) {
                looking.list(each.apiVersion(), each.kind(), names);
            }
            Set<String> wanted = new HashSet<>(names);
            for (TargetObject row : rows) {
                boolean mayExist = row.identity() != null || isOfOtherDialect(row.resource(), dialect);
                if (wanted.contains(namespaceOf(row.resource())) && mayExist) {
                    looking.findIfMissing(row.resource());
                }
            }
        }
        return new Look(looking.found, looking.absent);
    }

    Optional<HasMetadata> find(ResourceRef resource) {
        return Optional.ofNullable(found.get(resource));
    }

    io.fabric8.kubernetes.api.model.@Nullable Namespace namespace(String name) {
        return (io.fabric8.kubernetes.api.model.Namespace) found.get(ResourceRef.namespace(name));
    }

    /** Returns whether the object was asked for by its name and does not exist. */
    boolean isProvenAbsent(ResourceRef resource) {
        return absent.contains(resource);
    }

    /** No create would meet a policy object that is not wanted. */
    private static boolean isOfOtherDialect(ResourceRef resource, PolicyDialect dialect) {
        return resource.namespace() != null && !resource.kind().equals(dialect.kind());
    }

    private static @Nullable String namespaceOf(ResourceRef resource) {
        return resource.namespace() == null ? resource.name() : resource.namespace();
    }

    private static final class Looking {

        private final ClusterSide side;
        private final Target target;
        private final LabelScheme scheme;
        private final Map<ResourceRef, HasMetadata> found = new HashMap<>();
        private final Set<ResourceRef> absent = new HashSet<>();

        Looking(ClusterSide side, Target target) {
            this.side = side;
            this.target = target;
            this.scheme = side.settings().scheme();
        }

        void findAll(Collection<String> names) {
            for (String name : names) {
                findIfMissing(ResourceRef.namespace(name));
                for (PolicyDialect dialect : PolicyDialect.values()) {
                    findIfMissing(policy(dialect.apiVersion(), dialect.kind(), name));
                }
            }
        }

        void findIfMissing(ResourceRef resource) {
            if (!found.containsKey(resource)) {
                side.gateway()
                        .find(target.clusterId(), resource)
                        .ifPresentOrElse(object -> found.put(resource, object), () -> absent.add(resource));
            }
        }

        void list(String apiVersion, String kind, Collection<String> names) {
            if (side.listRights().mayList(target.clusterId(), kind)) {
                try {
                    listAll(apiVersion, kind);
                    return;
                } catch (ForbiddenException e) {
                    side.listRights().refused(target.clusterId(), kind);
                }
            }
            for (String name : names) {
                findIfMissing(kind.equals("Namespace") ? ResourceRef.namespace(name) : policy(apiVersion, kind, name));
            }
        }

        private void listAll(String apiVersion, String kind) {
            Listing.all(
                            side.gateway(),
                            target.clusterId(),
                            ListQuery.of(apiVersion, kind, labels(target.environmentId())))
                    .forEach(this::keep);
        }

        private void keep(HasMetadata object) {
            ResourceRef resource = ResourceRef.of(object);
            if (resource.namespace() == null || resource.name().equals(scheme.policyName())) {
                found.put(resource, object);
            }
        }

        private Map<String, String> labels(EnvironmentId environmentId) {
            return Map.of(
                    scheme.managedByKey(), scheme.managedByValue(), scheme.environmentKey(), environmentId.value());
        }

        private ResourceRef policy(String apiVersion, String kind, String namespace) {
            return new ResourceRef(apiVersion, kind, namespace, scheme.policyName());
        }
    }

    /** Returns the references of our policy objects of all dialects in the namespace. */
    static List<ResourceRef> policies(String namespace, LabelScheme scheme) {
        return java.util.Arrays.stream(PolicyDialect.values())
                .map(dialect -> new ResourceRef(dialect.apiVersion(), dialect.kind(), namespace, scheme.policyName()))
                .toList();
    }
}

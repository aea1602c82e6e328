package dev.namespaces.core.guard;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.render.ManifestWriter;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.egress.IngressMode;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * ValidatingAdmissionPolicies, with their bindings, for one cluster: the API server itself refuses requests that forge
 * what this library goes by, and requests of our own user that the library would never send. It needs Kubernetes 1.30
 * or newer, and no webhook. Equal settings render equal objects. Immutable, and safe to use from many threads at once.
 *
 * <p>A host applies the objects through Git, or through a gateway with an administrator's rights. Our own user needs no
 * right to write them, and should have none.
 *
 * @see dev.namespaces.core.NamespaceLifecycle#admissionGuard
 */
public final class AdmissionGuard {

    private final GuardSettings settings;
    private final List<HasMetadata> objects;

    private AdmissionGuard(GuardSettings settings) {
        this.settings = settings;
        this.objects = new GuardRules(settings).objects();
    }

    /**
     * Returns a builder with the default settings of a lifecycle.
     *
     * @param user the user name under which the library reaches the cluster, as the API server knows it
     */
    public static Builder builder(String user) {
        return new Builder(user);
    }

    /** Returns the user name of a service account. */
    public static String serviceAccount(String namespace, String name) {
        return "system:serviceaccount:" + namespace + ":" + name;
    }

    /** Returns each policy, followed by its binding. */
    public List<HasMetadata> objects() {
        return objects;
    }

    /** Returns the objects as YAML documents, for example for Git. */
    public String toYaml() {
        return ManifestWriter.toYaml(objects);
    }

    /**
     * Returns what the cluster does not have as rendered, in the order of {@link #objects}; empty if the guard is
     * complete. Nothing is written. The gateway's user needs the right to {@code get} both kinds.
     *
     * @throws dev.namespaces.error.ClusterException if the cluster cannot be asked
     */
    public List<GuardGap> missing(ClusterGateway gateway, ClusterId cluster) {
        return new GuardOnCluster(gateway, cluster).gaps(objects);
    }

    /**
     * Creates or changes the objects on the cluster, and deletes those of parts that are left out. A second call writes
     * nothing. The gateway's user needs the rights to get, create, patch and delete both kinds, and to get and list our
     * policies.
     *
     * @return the objects that were written or deleted
     * @throws dev.namespaces.error.ClusterException if a request fails; call again
     */
    public List<ResourceRef> apply(ClusterGateway gateway, ClusterId cluster) {
        GuardOnCluster live = new GuardOnCluster(gateway, cluster);
        List<ResourceRef> written = new ArrayList<>();
        for (HasMetadata object : objects) {
            if (live.apply(object, settings.scheme().fieldManager())) {
                written.add(ResourceRef.of(object));
            }
        }
        Set<ResourceRef> wanted = new HashSet<>();
        objects.forEach(object -> wanted.add(ResourceRef.of(object)));
        new GuardRules(settings.withAllParts())
                .objects().stream()
                        .map(ResourceRef::of)
                        .filter(resource -> !wanted.contains(resource) && live.delete(resource))
                        .forEach(written::add);
        return List.copyOf(written);
    }

    /** Configures a guard. Not safe to use from many threads. */
    public static final class Builder {

        private final String user;
        private LabelScheme scheme = LabelScheme.defaults();
        private ProtectedNames protectedNames = ProtectedNames.defaults();
        private SortedSet<String> keys = new TreeSet<>();
        private AdoptionPolicy adoption = AdoptionPolicy.NEVER;
        private boolean release;
        private boolean takeOver;
        private PolicyDialect dialect = PolicyDialect.CILIUM;
        private IngressMode ingress = IngressMode.UNTOUCHED;
        private SortedSet<String> administrators = new TreeSet<>(Set.of("system:masters"));
        private Set<GuardPart> parts = EnumSet.allOf(GuardPart.class);

        private Builder(String user) {
            if (user.isBlank()) {
                throw new IllegalArgumentException("The user name is blank");
            }
            this.user = user;
        }

        /** Sets the labels that we write and own; {@link LabelScheme#defaults()} by default. */
        public Builder labels(LabelScheme scheme) {
            this.scheme = Objects.requireNonNull(scheme, "scheme");
            return this;
        }

        /** Sets the names that our user may not write; {@link ProtectedNames#defaults()} by default. */
        public Builder protectedNames(ProtectedNames names) {
            this.protectedNames = Objects.requireNonNull(names, "names");
            return this;
        }

        /**
         * Sets the label and annotation keys that our user may set in addition to our own: those of environments, of
         * metadata and annotations of requests, and of labels of an ensure. None by default.
         *
         * @param keys keys, or prefixes of keys up to and including the slash
         * @throws IllegalArgumentException if one is neither
         */
        public Builder keys(Collection<String> keys) {
            for (String key : keys) {
                KubernetesSyntax.labelKeyProblem(key.endsWith("/") ? key + "x" : key)
                        .ifPresent(problem -> {
                            throw new IllegalArgumentException("The key '" + key + "' " + problem);
                        });
            }
            this.keys = new TreeSet<>(keys);
            return this;
        }

        /** Sets which namespaces our user may adopt; {@link AdoptionPolicy#NEVER} by default. */
        public Builder adoption(AdoptionPolicy adoption) {
            this.adoption = Objects.requireNonNull(adoption, "adoption");
            return this;
        }

        /** Lets our user release namespaces. */
        public Builder allowRelease() {
            this.release = true;
            return this;
        }

        /** Lets our user take namespaces over from other environments. */
        public Builder allowTakeOver() {
            this.takeOver = true;
            return this;
        }

        /**
         * Sets the dialect of the cluster's egress policies; {@link PolicyDialect#CILIUM} by default. A pod waits for
         * the policy of this dialect.
         */
        public Builder dialect(PolicyDialect dialect) {
            this.dialect = Objects.requireNonNull(dialect, "dialect");
            return this;
        }

        /** Sets what our policies say of inbound traffic; {@link IngressMode#UNTOUCHED} by default. */
        public Builder ingress(IngressMode ingress) {
            this.ingress = Objects.requireNonNull(ingress, "ingress");
            return this;
        }

        /**
         * Sets the groups whose members may write what is ours, for emergencies; {@code system:masters} by default.
         * Pods of members are refused as those of other users.
         */
        public Builder administrators(Collection<String> groups) {
            this.administrators = new TreeSet<>(groups);
            return this;
        }

        /** Leaves parts out. */
        public Builder without(GuardPart... parts) {
            List.of(parts).forEach(this.parts::remove);
            return this;
        }

        /** Returns the guard. */
        public AdmissionGuard build() {
            return new AdmissionGuard(new GuardSettings(
                    user,
                    scheme,
                    protectedNames,
                    Collections.unmodifiableSortedSet(new TreeSet<>(keys)),
                    adoption,
                    release,
                    takeOver,
                    dialect,
                    ingress,
                    Collections.unmodifiableSortedSet(new TreeSet<>(administrators)),
                    Set.copyOf(parts)));
        }
    }
}

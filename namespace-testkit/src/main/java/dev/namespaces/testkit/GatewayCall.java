package dev.namespaces.testkit;

import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** A call to a {@link ClusterGateway}, with its arguments. Manifests in it are copies. */
public sealed interface GatewayCall {

    /** Returns the cluster that was addressed. */
    ClusterId cluster();

    /** Returns the kind that the call is about, such as {@code Namespace}. */
    String kind();

    /** Returns the name of the object that the call is about, or an empty string if it is about none. */
    String name();

    /** Returns whether the call may change the cluster: a create, an apply or a delete that is not a dry run. */
    boolean writes();

    /** Returns the call as errors name it. */
    default ErrorContext context() {
        if (this instanceof Apply apply) {
            return ErrorContext.of(Operation.APPLY, cluster(), apply.resource());
        }
        if (this instanceof Create create) {
            return ErrorContext.of(Operation.CREATE, cluster(), create.resource());
        }
        if (this instanceof Find find) {
            return ErrorContext.of(Operation.FIND, cluster(), find.resource());
        }
        if (this instanceof Delete delete) {
            return ErrorContext.of(Operation.DELETE, cluster(), delete.resource());
        }
        return ErrorContext.of(this instanceof ListObjects ? Operation.LIST : Operation.DISCOVER, cluster());
    }

    /** A call to {@link ClusterGateway#apply}. */
    record Apply(ClusterId cluster, HasMetadata manifest, ApplyOptions options) implements GatewayCall {
        public Apply {
            manifest = Manifests.copy(manifest);
        }

        /** Returns the object that the manifest describes. */
        public ResourceRef resource() {
            return ResourceRef.of(manifest);
        }

        @Override
        public String kind() {
            return manifest.getKind();
        }

        @Override
        public String name() {
            return manifest.getMetadata().getName();
        }

        @Override
        public boolean writes() {
            return !options.dryRun();
        }

        /** Returns text such as {@code apply Namespace shop-dev on eu-1}. */
        @Override
        public String toString() {
            return "apply " + resource() + " on " + cluster + (options.dryRun() ? " (dry run)" : "");
        }
    }

    /** A call to {@link ClusterGateway#create}. */
    record Create(ClusterId cluster, HasMetadata manifest, CreateOptions options) implements GatewayCall {
        public Create {
            manifest = Manifests.copy(manifest);
        }

        /** Returns the object that the manifest describes. */
        public ResourceRef resource() {
            return ResourceRef.of(manifest);
        }

        @Override
        public String kind() {
            return manifest.getKind();
        }

        @Override
        public String name() {
            return manifest.getMetadata().getName();
        }

        @Override
        public boolean writes() {
            return !options.dryRun();
        }

        /** Returns text such as {@code create Namespace shop-dev on eu-1}. */
        @Override
        public String toString() {
            return "create " + resource() + " on " + cluster + (options.dryRun() ? " (dry run)" : "");
        }
    }

    /** A call to {@link ClusterGateway#find}. */
    record Find(ClusterId cluster, ResourceRef resource) implements GatewayCall {
        @Override
        public String kind() {
            return resource.kind();
        }

        @Override
        public String name() {
            return resource.name();
        }

        @Override
        public boolean writes() {
            return false;
        }

        /** Returns text such as {@code find Namespace shop-dev on eu-1}. */
        @Override
        public String toString() {
            return "find " + resource + " on " + cluster;
        }
    }

    /** A call to {@link ClusterGateway#list}. */
    record ListObjects(ClusterId cluster, ListQuery query) implements GatewayCall {
        @Override
        public String kind() {
            return query.kind();
        }

        @Override
        public String name() {
            return "";
        }

        @Override
        public boolean writes() {
            return false;
        }

        /** Returns text such as {@code list Namespace with {team=shop} on eu-1}. */
        @Override
        public String toString() {
            return "list " + query.kind() + (query.labels().isEmpty() ? "" : " with " + query.labels()) + " on "
                    + cluster + (query.continueToken() == null ? "" : " (next page)");
        }
    }

    /** A call to {@link ClusterGateway#delete}. */
    record Delete(ClusterId cluster, ResourceRef resource, DeleteOptions options) implements GatewayCall {
        @Override
        public String kind() {
            return resource.kind();
        }

        @Override
        public String name() {
            return resource.name();
        }

        @Override
        public boolean writes() {
            return true;
        }

        /** Returns text such as {@code delete Namespace shop-dev on eu-1}. */
        @Override
        public String toString() {
            return "delete " + resource + " on " + cluster;
        }
    }

    /** A call to {@link ClusterGateway#serves}. */
    record Serves(ClusterId cluster, String apiVersion, String kind) implements GatewayCall {
        @Override
        public String name() {
            return "";
        }

        @Override
        public boolean writes() {
            return false;
        }

        /** Returns text such as {@code serves CiliumNetworkPolicy of cilium.io/v2 on eu-1}. */
        @Override
        public String toString() {
            return "serves " + kind + " of " + apiVersion + " on " + cluster;
        }
    }
}

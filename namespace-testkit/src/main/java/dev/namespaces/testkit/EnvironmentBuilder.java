package dev.namespaces.testkit;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds an {@link Environment} for a test; see {@link TestData#anEnvironment}. */
public final class EnvironmentBuilder {

    static final String ORGANIZATION = "acme";
    static final String PROJECT = "shop";
    static final String CLUSTER = "eu-1";

    private String organization = ORGANIZATION;
    private String project = PROJECT;
    private String name = "dev";
    private @Nullable String id;
    private List<ClusterId> clusters = List.of(new ClusterId(CLUSTER));
    private final Map<String, String> labels = new TreeMap<>();
    private int promotionOrder;

    EnvironmentBuilder() {}

    /** Sets the id; by default the project and the name, as {@code shop-dev}. */
    public EnvironmentBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** Sets what people call it; {@code dev} by default. */
    public EnvironmentBuilder name(String name) {
        this.name = name;
        return this;
    }

    /** Sets the project; {@code shop} by default. */
    public EnvironmentBuilder project(String project) {
        this.project = project;
        return this;
    }

    /** Sets the organization of the project; {@code acme} by default. */
    public EnvironmentBuilder organization(String organization) {
        this.organization = organization;
        return this;
    }

    /** Sets the only cluster; {@code eu-1} by default. */
    public EnvironmentBuilder cluster(String cluster) {
        return clusters(cluster);
    }

    /** Sets the clusters, in that order. */
    public EnvironmentBuilder clusters(String... clusters) {
        this.clusters = Stream.of(clusters).map(ClusterId::new).toList();
        return this;
    }

    /** Adds a label; there are none by default. */
    public EnvironmentBuilder label(String key, String value) {
        labels.put(key, value);
        return this;
    }

    /** Sets the place in the promotion order; 0 by default. */
    public EnvironmentBuilder promotionOrder(int promotionOrder) {
        this.promotionOrder = promotionOrder;
        return this;
    }

    /** Returns the environment. */
    public Environment build() {
        return new Environment(
                new EnvironmentId(id == null ? project + "-" + name : id),
                new OrganizationId(organization),
                new ProjectId(project),
                name,
                clusters,
                labels,
                promotionOrder);
    }
}

package dev.namespaces.testkit;

import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Builds an {@link EgressPolicy} for a test; see {@link TestData#anEgressPolicy}. */
public final class EgressPolicyBuilder {

    private @Nullable String id;
    private EgressPolicyOwner owner;
    private @Nullable EgressMode mode;
    private final List<EgressRule> rules = new ArrayList<>();
    private long version = 1;
    private @Nullable Instant deletedAt;

    EgressPolicyBuilder(EgressPolicyOwner owner) {
        this.owner = owner;
    }

    /** Sets the id. Without one, each {@link #build} draws a random id. */
    public EgressPolicyBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** Sets the project that it belongs to; {@code shop} by default. */
    public EgressPolicyBuilder ofProject(String project) {
        this.owner = new ProjectId(project);
        return this;
    }

    /** Sets the organization that it belongs to, instead of a project. */
    public EgressPolicyBuilder ofOrganization(String organization) {
        this.owner = new OrganizationId(organization);
        return this;
    }

    /** Makes it an allow-list, and adds these rules. */
    public EgressPolicyBuilder allowing(EgressRule... rules) {
        this.rules.addAll(List.of(rules));
        this.mode = null;
        return this;
    }

    /** Makes it deny all traffic. */
    public EgressPolicyBuilder denyingAll() {
        this.mode = new EgressMode.DenyAll();
        return this;
    }

    /** Makes it allow all traffic. */
    public EgressPolicyBuilder allowingAll() {
        this.mode = new EgressMode.AllowAll();
        return this;
    }

    /** Sets the version; 1 by default. */
    public EgressPolicyBuilder version(long version) {
        this.version = version;
        return this;
    }

    /** Sets when it was soft-deleted; it is live by default. */
    public EgressPolicyBuilder deletedAt(Instant deletedAt) {
        this.deletedAt = deletedAt;
        return this;
    }

    /** Returns the policy. */
    public EgressPolicy build() {
        return new EgressPolicy(
                new EgressPolicyId(id == null ? UUID.randomUUID().toString() : id),
                owner,
                mode == null ? new EgressMode.AllowList(rules) : mode,
                version,
                deletedAt);
    }
}

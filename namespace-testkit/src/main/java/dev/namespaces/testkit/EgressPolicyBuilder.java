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

    /** Its id; without one, a random one, another with each {@link #build}. */
    public EgressPolicyBuilder id(String id) {
        this.id = id;
        return this;
    }

    /** It belongs to that project; {@code shop} by default. */
    public EgressPolicyBuilder ofProject(String project) {
        this.owner = new ProjectId(project);
        return this;
    }

    /** It belongs to that organization. */
    public EgressPolicyBuilder ofOrganization(String organization) {
        this.owner = new OrganizationId(organization);
        return this;
    }

    /** It is an allow-list, with these rules as well. */
    public EgressPolicyBuilder allowing(EgressRule... rules) {
        this.rules.addAll(List.of(rules));
        this.mode = null;
        return this;
    }

    /** It allows nothing at all. */
    public EgressPolicyBuilder denyingAll() {
        this.mode = new EgressMode.DenyAll();
        return this;
    }

    /** It allows everything. */
    public EgressPolicyBuilder allowingAll() {
        this.mode = new EgressMode.AllowAll();
        return this;
    }

    /** Its version; 1 by default. */
    public EgressPolicyBuilder version(long version) {
        this.version = version;
        return this;
    }

    /** When it was soft-deleted; it is live by default. */
    public EgressPolicyBuilder deletedAt(Instant deletedAt) {
        this.deletedAt = deletedAt;
        return this;
    }

    /** The policy. */
    public EgressPolicy build() {
        return new EgressPolicy(
                new EgressPolicyId(id == null ? UUID.randomUUID().toString() : id),
                owner,
                mode == null ? new EgressMode.AllowList(rules) : mode,
                version,
                deletedAt);
    }
}

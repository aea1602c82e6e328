package dev.namespaces.quickstart;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a platform file. Ids and egress rules have the JSON form of {@code namespace-jackson}. */
record PlatformForm(
        List<ClusterId> clusters,
        List<OrganizationForm> organizations,
        List<ProjectForm> projects,
        List<EnvironmentForm> environments) {

    record OrganizationForm(
            OrganizationId id,
            @JsonSetter(nulls = Nulls.SET) @Nullable PolicyForm egressPolicy) {}

    record ProjectForm(
            ProjectId id,
            OrganizationId organization,
            @JsonSetter(nulls = Nulls.SET) @Nullable PolicyForm egressPolicy) {}

    record PolicyForm(
            EgressPolicyId id,
            EgressMode mode,
            @JsonSetter(nulls = Nulls.SET) @Nullable String deletedAt) {}

    record EnvironmentForm(
            EnvironmentId id,
            ProjectId project,
            String name,
            List<ClusterId> clusters,
            int promotionOrder,
            @JsonSetter(nulls = Nulls.AS_EMPTY) Map<String, String> labels,
            @JsonSetter(nulls = Nulls.AS_EMPTY) List<NamespaceForm> namespaces) {}

    record NamespaceForm(
            String name,
            @JsonSetter(nulls = Nulls.AS_EMPTY) Map<@Nullable String, @Nullable Object> metadata,
            @JsonSetter(nulls = Nulls.AS_EMPTY) Map<@Nullable String, @Nullable Object> annotations) {}
}

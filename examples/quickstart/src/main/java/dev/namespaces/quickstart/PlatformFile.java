package dev.namespaces.quickstart;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.quickstart.PlatformForm.EnvironmentForm;
import dev.namespaces.quickstart.PlatformForm.NamespaceForm;
import dev.namespaces.quickstart.PlatformForm.OrganizationForm;
import dev.namespaces.quickstart.PlatformForm.PolicyForm;
import dev.namespaces.quickstart.PlatformForm.ProjectForm;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a platform file as a whole, and finds everything that is wrong with it in one go. */
final class PlatformFile {

    private final YamlFile yaml;
    private final Function<NamespaceRequest, List<Violation>> rules;
    private final Instant now;
    private final Map<Object, String> paths = new HashMap<>();
    private final Set<ClusterId> clusters = new LinkedHashSet<>();
    private final Set<OrganizationId> organizations = new LinkedHashSet<>();
    private final Map<ProjectId, OrganizationId> projects = new LinkedHashMap<>();
    private final List<EgressPolicy> egressPolicies = new ArrayList<>();
    private final List<Environment> environments = new ArrayList<>();
    private final List<NamespaceRequest> namespaces = new ArrayList<>();

    private PlatformFile(YamlFile yaml, Function<NamespaceRequest, List<Violation>> rules, Instant now) {
        this.yaml = yaml;
        this.rules = rules;
        this.now = now;
    }

    /**
     * Reads the file.
     *
     * @param rules what is wrong with a request
     * @param now no policy can have been deleted later
     * @throws BadPlatformFileException naming every problem with its line and path
     */
    static Platform read(Path file, Function<NamespaceRequest, List<Violation>> rules, Instant now)
            throws BadPlatformFileException {
        YamlFile yaml = YamlFile.parse(file);
        PlatformFile platform = new PlatformFile(yaml, rules, now);
        PlatformForm form = yaml.read(PlatformForm.class);
        if (form != null) {
            platform.add(form);
        }
        if (!yaml.problems().isEmpty()) {
            throw new BadPlatformFileException(file, yaml.problems());
        }
        return new Platform(
                List.copyOf(platform.organizations),
                platform.projects,
                platform.environments,
                platform.namespaces,
                platform.egressPolicies);
    }

    private void add(PlatformForm form) {
        yaml.forEach("clusters", form.clusters(), (path, cluster) -> unique(path, cluster, "another one"));
        clusters.addAll(form.clusters());
        yaml.forEach("organizations", form.organizations(), this::addOrganization);
        yaml.forEach("projects", form.projects(), this::addProject);
        yaml.forEach("environments", form.environments(), this::addEnvironment);
        notEmpty("environments", form.environments(), "environment");
    }

    private void notEmpty(String path, List<?> list, String what) {
        if (list.isEmpty() && yaml.isComplete(path)) {
            yaml.problem(path, "must have at least one " + what);
        }
    }

    private void addOrganization(String path, OrganizationForm organization) {
        unique(path + ".id", organization.id(), "another one");
        organizations.add(organization.id());
        addPolicy(path + ".egressPolicy", organization.egressPolicy(), organization.id());
    }

    private void addProject(String path, ProjectForm project) {
        unique(path + ".id", project.id(), "another one");
        exists(path + ".organization", project.organization(), "organization", organizations);
        projects.put(project.id(), project.organization());
        addPolicy(path + ".egressPolicy", project.egressPolicy(), project.id());
    }

    private void addPolicy(String path, @Nullable PolicyForm policy, EgressPolicyOwner owner) {
        if (policy == null) {
            return;
        }
        unique(path + ".id", policy.id(), "another one");
        Instant deletedAt = null;
        try {
            deletedAt = policy.deletedAt() == null ? null : Instant.parse(policy.deletedAt());
        } catch (DateTimeException e) {
            yaml.problem(path + ".deletedAt", "must be a time with its offset, such as 2025-03-31T12:00:00Z");
        }
        if (deletedAt != null && deletedAt.isAfter(now)) {
            yaml.problem(path + ".deletedAt", "must not be in the future: a deleted policy counts as missing at once");
        }
        egressPolicies.add(new EgressPolicy(policy.id(), owner, policy.mode(), 1, deletedAt));
    }

    private void addEnvironment(String path, EnvironmentForm environment) {
        unique(path + ".id", environment.id(), "another one");
        exists(path + ".project", environment.project(), "project", projects.keySet());
        unique(
                path + ".name",
                List.of(environment.project(), environment.name()),
                "another environment of the project");
        Set<ClusterId> on = new LinkedHashSet<>();
        yaml.forEach(path + ".clusters", environment.clusters(), (clusterPath, cluster) -> {
            exists(clusterPath, cluster, "cluster", clusters);
            if (!on.add(cluster)) {
                yaml.problem(clusterPath, "is given twice");
            }
        });
        notEmpty(path + ".clusters", environment.clusters(), "cluster");
        Map<String, String> labels = validLabels(path + ".labels", environment.labels());
        OrganizationId organization = projects.get(environment.project());
        if (organization != null && !on.isEmpty()) {
            try {
                environments.add(new Environment(
                        environment.id(),
                        organization,
                        environment.project(),
                        environment.name(),
                        List.copyOf(on),
                        labels,
                        environment.promotionOrder()));
            } catch (InvalidTextException e) {
                yaml.problem(path, e.reason());
            }
        }
        yaml.forEach(
                path + ".namespaces",
                environment.namespaces(),
                (namespacePath, namespace) -> addNamespace(namespacePath, namespace, environment.id(), on));
    }

    private void addNamespace(String path, NamespaceForm namespace, EnvironmentId environment, Set<ClusterId> on) {
        NamespaceRequest request = new NamespaceRequest(
                environment.value(), namespace.name(), namespace.metadata(), namespace.annotations());
        rules.apply(request).forEach(violation -> yaml.problem(path + "." + violation.path(), violation.message()));
        on.forEach(cluster ->
                unique(path + ".name", List.of(cluster, namespace.name()), "another namespace on cluster " + cluster));
        namespaces.add(request);
    }

    private Map<String, String> validLabels(String path, Map<String, String> labels) {
        Map<String, String> valid = new LinkedHashMap<>();
        labels.forEach((key, value) -> {
            Optional<String> problem = LabelScheme.defaults().owns(key)
                    ? Optional.of("has a key that this library sets itself")
                    : KubernetesSyntax.labelKeyProblem(key)
                            .map(reason -> "has a key that " + reason)
                            .or(() -> KubernetesSyntax.labelValueProblem(value));
            problem.ifPresentOrElse(
                    reason -> yaml.problem(YamlFile.field(path, key), reason), () -> valid.put(key, value));
        });
        return valid;
    }

    /** Adds a problem if the key is taken already. */
    private void unique(String path, Object key, String by) {
        String first = paths.putIfAbsent(key, path);
        if (first != null) {
            yaml.problem(path, "is taken by " + by + ": " + first + " on line " + yaml.line(first));
        }
    }

    /** Adds a problem if nothing has that id, unless the file's own list could not be read as a whole. */
    private <T> void exists(String path, T id, String what, Collection<T> known) {
        if (!known.contains(id) && yaml.isComplete(what + "s")) {
            yaml.problem(path, "names the " + what + " '" + id + "', which this file does not have; it has " + known);
        }
    }
}

package dev.namespaces.quickstart;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.Violation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.quickstart.Element.Fields;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.reader.ReaderException;

/** Reads a platform file as a whole, and finds everything that is wrong with it in one go. */
final class PlatformFile {

    private static final int MAX_CODE_POINTS = 64 * 1024 * 1024;
    private static final int MAX_ALIASES = 10_000;
    private static final Pattern WHOLE_NUMBER = Pattern.compile("0|-?[1-9]\\d{0,8}");

    private final Function<NamespaceRequest, List<Violation>> rules;
    private final PolicyReader policies;
    private final Map<String, ClusterId> clusters = new LinkedHashMap<>();
    private final Map<String, OrganizationId> organizations = new LinkedHashMap<>();
    private final Map<String, ProjectId> projects = new LinkedHashMap<>();
    private final Map<ProjectId, OrganizationId> organizationOf = new LinkedHashMap<>();
    private final List<EgressPolicy> egressPolicies = new ArrayList<>();
    private final Map<EgressPolicyId, Element> policyIds = new HashMap<>();
    private final List<Environment> environments = new ArrayList<>();
    private final List<NamespaceRequest> namespaces = new ArrayList<>();
    private final Map<List<String>, Element> environmentNames = new HashMap<>();
    private final Map<List<String>, Claim> claims = new HashMap<>();

    private record Claim(Element name, String environment) {}

    private PlatformFile(Function<NamespaceRequest, List<Violation>> rules, Instant now) {
        this.rules = rules;
        this.policies = new PolicyReader(now);
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
        Node root = parse(file);
        List<Problem> problems = new ArrayList<>();
        Platform platform = new PlatformFile(rules, now).platform(Element.root(root, problems));
        if (!problems.isEmpty()) {
            throw new BadPlatformFileException(file, problems);
        }
        return platform;
    }

    private static Node parse(Path file) throws BadPlatformFileException {
        String text = text(file);
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CODE_POINTS);
        options.setMaxAliasesForCollections(MAX_ALIASES);
        try {
            Node root = new Yaml(options).compose(new StringReader(text));
            if (root == null) {
                throw new BadPlatformFileException(file, 1, "the file is empty");
            }
            return root;
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            String context = e.getContext() == null ? "" : " " + e.getContext().strip();
            throw new BadPlatformFileException(
                    file,
                    mark == null ? 1 : mark.getLine() + 1,
                    "is not valid YAML:" + context + ": " + e.getProblem()
                            + (mark == null ? "" : ", at column " + (mark.getColumn() + 1)));
        } catch (ReaderException e) {
            long line = text.codePoints()
                            .limit(e.getPosition())
                            .filter(c -> c == '\n')
                            .count()
                    + 1;
            throw new BadPlatformFileException(
                    file,
                    (int) line,
                    String.format("is not valid YAML: the character U+%04X is not allowed", e.getCodePoint()));
        } catch (YAMLException e) {
            throw new BadPlatformFileException(file, 1, "is not valid YAML: " + e.getMessage());
        }
    }

    private static String text(Path file) throws BadPlatformFileException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new BadPlatformFileException(file, 1, "is not text in UTF-8");
        } catch (NoSuchFileException e) {
            throw new BadPlatformFileException(file, 1, "there is no such file");
        } catch (IOException e) {
            throw new BadPlatformFileException(file, 1, "cannot be read: " + e.getMessage());
        }
    }

    private Platform platform(Element root) {
        Fields fields = root.fields("clusters", "organizations", "projects", "environments");
        Map<String, Element> clusterIds = new HashMap<>();
        for (Element cluster : items(fields, "clusters")) {
            declare(cluster, ClusterId::new, clusterIds, clusters);
        }
        Map<String, Element> organizationIds = new HashMap<>();
        for (Element organization : items(fields, "organizations")) {
            readOrganization(organization, organizationIds);
        }
        Map<String, Element> projectIds = new HashMap<>();
        for (Element project : items(fields, "projects")) {
            readProject(project, projectIds);
        }
        Map<String, Element> environmentIds = new HashMap<>();
        List<Element> all = items(fields, "environments");
        for (Element environment : all) {
            readEnvironment(environment, environmentIds);
        }
        if (all.isEmpty()) {
            fields.optional("environments").ifPresent(none -> none.problem("must have at least one environment"));
        }
        return new Platform(
                List.copyOf(organizations.values()), organizationOf, environments, namespaces, egressPolicies);
    }

    private static List<Element> items(Fields fields, String name) {
        return fields.required(name).map(Element::items).orElse(List.of());
    }

    private void readOrganization(Element organization, Map<String, Element> ids) {
        Fields fields = organization.fields("id", "egressPolicy");
        OrganizationId id = fields.required("id")
                .map(element -> declare(element, OrganizationId::new, ids, organizations))
                .orElse(null);
        fields.optional("egressPolicy").ifPresent(policy -> readPolicy(policy, id));
    }

    private void readProject(Element project, Map<String, Element> ids) {
        Fields fields = project.fields("id", "organization", "egressPolicy");
        ProjectId id = fields.required("id")
                .map(element -> declare(element, ProjectId::new, ids, projects))
                .orElse(null);
        OrganizationId organization = fields.required("organization")
                .map(element -> resolve(element, "organization", organizations))
                .orElse(null);
        if (id != null && organization != null) {
            organizationOf.put(id, organization);
        }
        fields.optional("egressPolicy").ifPresent(policy -> readPolicy(policy, id));
    }

    private void readPolicy(Element element, @Nullable EgressPolicyOwner owner) {
        EgressPolicy policy = policies.read(element, owner, policyIds);
        if (policy != null) {
            egressPolicies.add(policy);
        }
    }

    private void readEnvironment(Element environment, Map<String, Element> ids) {
        Fields fields =
                environment.fields("id", "project", "name", "clusters", "promotionOrder", "labels", "namespaces");
        EnvironmentId id = fields.required("id")
                .map(element -> declare(element, EnvironmentId::new, ids, new HashMap<>()))
                .orElse(null);
        ProjectId project = fields.required("project")
                .map(element -> resolve(element, "project", projects))
                .orElse(null);
        Element nameElement = fields.required("name").orElse(null);
        String name = nameElement == null ? null : nameElement.text();
        List<ClusterId> on = new ArrayList<>();
        for (Element cluster : items(fields, "clusters")) {
            ClusterId known = resolve(cluster, "cluster", clusters);
            if (known != null && on.contains(known)) {
                cluster.problem("is given twice");
            } else if (known != null) {
                on.add(known);
            }
        }
        Integer order = fields.required("promotionOrder")
                .map(element -> element.as(PlatformFile::wholeNumber))
                .orElse(null);
        Map<String, String> labels = readLabels(fields.entries("labels"));
        OrganizationId organization = project == null ? null : organizationOf.get(project);
        if (project != null && name != null && nameElement != null) {
            unique(nameElement, List.of(project.value(), name), environmentNames, "another environment of the project");
        }
        if (id != null && project != null && organization != null && name != null && !on.isEmpty() && order != null) {
            Environment checked =
                    environment.checked(() -> new Environment(id, organization, project, name, on, labels, order));
            if (checked != null) {
                environments.add(checked);
            }
        } else if (on.isEmpty()) {
            fields.optional("clusters")
                    .filter(element ->
                            element.value() instanceof List && element.items().isEmpty())
                    .ifPresent(element -> element.problem("must have at least one cluster"));
        }
        for (Element namespace : fields.items("namespaces")) {
            readNamespace(namespace, id, on);
        }
    }

    /** Those that are valid; the others are problems. */
    private static Map<String, String> readLabels(Map<String, Element> entries) {
        Map<String, String> labels = new LinkedHashMap<>();
        entries.forEach((key, element) -> {
            Optional<String> keyProblem = LabelScheme.defaults().owns(key)
                    ? Optional.of("has a key that this library sets itself")
                    : KubernetesSyntax.labelKeyProblem(key).map(problem -> "has a key that " + problem);
            String value = element.text();
            Optional<String> valueProblem =
                    value == null ? Optional.empty() : KubernetesSyntax.labelValueProblem(value);
            keyProblem.ifPresent(element::problem);
            valueProblem.ifPresent(element::problem);
            if (value != null && keyProblem.isEmpty() && valueProblem.isEmpty()) {
                labels.put(key, value);
            }
        });
        return labels;
    }

    private void readNamespace(Element namespace, @Nullable EnvironmentId environment, List<ClusterId> on) {
        Fields fields = namespace.fields("name", "metadata", "annotations");
        Element nameElement = fields.required("name").orElse(null);
        String name = nameElement == null ? null : nameElement.text();
        Map<String, Element> places = new HashMap<>();
        NamespaceRequest request = new NamespaceRequest(
                environment == null ? null : environment.value(),
                name,
                values("metadata", fields, places),
                values("annotations", fields, places));
        for (Violation violation : rules.apply(request)) {
            // What is missing, and the environment's id, has been complained of already.
            if (violation.path().equals("environmentId") || (violation.path().equals("name") && name == null)) {
                continue;
            }
            Element place = violation.path().equals("name") ? nameElement : places.get(violation.path());
            if (place != null) {
                place.problem(violation.message());
            } else {
                namespace.problemAt(violation.path(), violation.message());
            }
        }
        if (environment != null && name != null && nameElement != null) {
            for (ClusterId cluster : on) {
                Claim first =
                        claims.putIfAbsent(List.of(cluster.value(), name), new Claim(nameElement, environment.value()));
                if (first != null) {
                    nameElement.problem("is taken on cluster " + cluster + " by "
                            + first.name().path()
                            + " of environment " + first.environment() + ", on line "
                            + first.name().line());
                    break;
                }
            }
        }
        namespaces.add(request);
    }

    private static Map<@Nullable String, @Nullable Object> values(
            String property, Fields fields, Map<String, Element> places) {
        fields.optional(property).ifPresent(element -> places.put(property, element));
        Map<@Nullable String, @Nullable Object> values = new LinkedHashMap<>();
        fields.entries(property).forEach((key, element) -> {
            places.put(property + "[" + key + "]", element);
            values.put(key, element.value());
        });
        return values;
    }

    /** An id that others may refer to; an earlier one of the same text is a problem. */
    private static <T> @Nullable T declare(
            Element element, Function<String, T> type, Map<String, Element> seen, Map<String, T> declared) {
        T id = element.as(type);
        if (id != null) {
            String text = Objects.requireNonNull(element.text());
            unique(element, text, seen, "another one");
            declared.put(text, id);
        }
        return id;
    }

    private static <T> void unique(Element element, T key, Map<T, Element> seen, String by) {
        Element first = seen.putIfAbsent(key, element);
        if (first != null) {
            element.problem("is taken by " + by + ": " + first.path() + " on line " + first.line());
        }
    }

    private static <T> @Nullable T resolve(Element element, String what, Map<String, T> declared) {
        String text = element.text();
        if (text == null) {
            return null;
        }
        T found = declared.get(text);
        if (found == null) {
            element.problem("names the " + what + " '" + text + "', which this file does not have; it has "
                    + declared.keySet());
        }
        return found;
    }

    private static Integer wholeNumber(String text) {
        if (!WHOLE_NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("must be a whole number, such as 10");
        }
        return Integer.valueOf(text);
    }
}

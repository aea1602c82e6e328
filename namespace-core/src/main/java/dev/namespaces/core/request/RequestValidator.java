package dev.namespaces.core.request;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Shown;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Path;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.Nullable;

/**
 * Checks requests against the constraints that they carry and against the host's settings, and turns a valid one into a
 * domain object. A host that only wants to check a request, without stores, can use it on its own. Immutable; the
 * {@code with} methods return copies. Safe to use from many threads at once.
 */
public final class RequestValidator {

    private static final String OVERRIDES =
            "has the key of a label of the environment, which a namespace may replace only if the platform allows it";

    private final Validator constraints;
    private final LabelScheme scheme;
    private final ProtectedNames protectedNames;
    private final KeyPolicy keys;
    private final KeyPolicy environmentKeys;

    private RequestValidator(
            Validator constraints,
            LabelScheme scheme,
            ProtectedNames protectedNames,
            KeyPolicy keys,
            KeyPolicy environmentKeys) {
        this.constraints = Objects.requireNonNull(constraints, "constraints");
        this.scheme = Objects.requireNonNull(scheme, "scheme");
        this.protectedNames = Objects.requireNonNull(protectedNames, "protectedNames");
        this.keys = Objects.requireNonNull(keys, "keys");
        this.environmentKeys = Objects.requireNonNull(environmentKeys, "environmentKeys");
    }

    /** Returns a validator with the settings of a lifecycle that was built without any. */
    public static RequestValidator defaults() {
        return new RequestValidator(
                Default.VALIDATOR,
                LabelScheme.defaults(),
                ProtectedNames.defaults(),
                KeyPolicy.defaults(),
                KeyPolicy.defaults());
    }

    /** Returns a copy that checks the constraints with the host's own validator. */
    public RequestValidator withConstraints(Validator constraints) {
        return new RequestValidator(constraints, scheme, protectedNames, keys, environmentKeys);
    }

    /** Returns a copy with this label scheme. A request cannot set its keys. */
    public RequestValidator withLabels(LabelScheme scheme) {
        return new RequestValidator(constraints, scheme, protectedNames, keys, environmentKeys);
    }

    /** Returns a copy that refuses these names. */
    public RequestValidator withProtectedNames(ProtectedNames names) {
        return new RequestValidator(constraints, scheme, names, keys, environmentKeys);
    }

    /** Returns a copy with this policy for the keys of metadata and annotations. */
    public RequestValidator withKeys(KeyPolicy keys) {
        return new RequestValidator(constraints, scheme, protectedNames, keys, environmentKeys);
    }

    /** Returns a copy with this policy for the keys of an environment's labels. */
    public RequestValidator withEnvironmentKeys(KeyPolicy keys) {
        return new RequestValidator(constraints, scheme, protectedNames, this.keys, keys);
    }

    /**
     * Returns what is wrong with the request by itself, ordered by path; empty if it is valid. Of more than 50 entries
     * of a map with violations of a kind, the first 50 are listed and the others are counted.
     */
    public List<Violation> validate(NamespaceRequest request) {
        List<Violation> violations = new ArrayList<>();
        for (ConstraintViolation<NamespaceRequest> violation : constraints.validate(request)) {
            violations.add(new Violation(path(violation.getPropertyPath()), violation.getMessage()));
        }
        if (request.name() != null && protectedNames.contains(request.name())) {
            violations.add(
                    new Violation("name", "must not be a protected name, which are " + protectedNames.patterns()));
        }
        add(violations, "metadata", request.metadata().keySet(), key -> keyProblem(key, keys));
        add(violations, "annotations", request.annotations().keySet(), key -> keyProblem(key, keys));
        return sorted(violations);
    }

    /**
     * Returns which keys of a namespace and of its environment must not reach a cluster, ordered by path. In addition
     * to the keys that the policies refuse, these are metadata with the key of a label of the environment. Stored rows
     * may come from an import, or from a time with other settings.
     */
    public List<Violation> refusedKeys(Namespace namespace, Environment environment) {
        List<Violation> violations = new ArrayList<>();
        add(violations, "metadata", namespace.metadata().keySet(), key -> keyProblem(key, keys));
        add(violations, "annotations", namespace.annotations().keySet(), key -> keyProblem(key, keys));
        add(violations, "environment.labels", environment.labels().keySet(), key -> keyProblem(key, environmentKeys));
        add(violations, "metadata", namespace.metadata().keySet(), key -> override(key, environment));
        return sorted(violations);
    }

    /**
     * Returns the domain object that the request describes, at version 1.
     *
     * @param id called once, and only if the request is valid
     * @throws InvalidNamespaceRequestException if it is not valid
     */
    public Namespace toNamespace(NamespaceRequest request, Supplier<NamespaceId> id, Instant now) {
        List<Violation> violations = validate(request);
        String environmentId = request.environmentId();
        String name = request.name();
        if (!violations.isEmpty() || environmentId == null || name == null) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.CREATE_NAMESPACES), violations);
        }
        return new Namespace(
                id.get(),
                new EnvironmentId(environmentId),
                name,
                ((Entries) request.metadata()).texts(),
                ((Entries) request.annotations()).texts(),
                1,
                now,
                now,
                null);
    }

    private Optional<String> keyProblem(String key, KeyPolicy policy) {
        return scheme.owns(key) ? Optional.of("has a key that this library sets itself") : policy.problem(key);
    }

    private Optional<String> override(String metadataKey, Environment environment) {
        return environment.labels().containsKey(metadataKey) && !keys.mayOverride(metadataKey)
                ? Optional.of(OVERRIDES)
                : Optional.empty();
    }

    private static void add(
            List<Violation> violations,
            String property,
            Set<? extends @Nullable String> entryKeys,
            Function<String, Optional<String>> problem) {
        FirstProblems problems = new FirstProblems();
        for (String key : entryKeys) {
            if (key != null) {
                problem.apply(key).ifPresent(words -> problems.add(key, words));
            }
        }
        problems.report(
                words -> violations.add(new Violation(property, words)),
                (key, words) -> violations.add(new Violation(path(property, key), words)));
    }

    private static List<Violation> sorted(List<Violation> violations) {
        return violations.stream()
                .distinct()
                .sorted(Comparator.comparing(Violation::path).thenComparing(Violation::message))
                .toList();
    }

    private static String path(Path path) {
        StringBuilder text = new StringBuilder();
        for (Path.Node node : path) {
            switch (node.getKind()) {
                case CONTAINER_ELEMENT ->
                    text.append('[')
                            .append(Shown.of(String.valueOf(node.getKey()), KubernetesSyntax.MAX_KEY_LENGTH))
                            .append(']');
                case PROPERTY -> text.append(text.isEmpty() ? "" : ".").append(node.getName());
                default -> {}
            }
        }
        return text.toString();
    }

    private static String path(String property, @Nullable String key) {
        return property + "[" + printable(key) + "]";
    }

    private static String printable(@Nullable Object key) {
        return Shown.of(String.valueOf(key), KubernetesSyntax.MAX_KEY_LENGTH);
    }

    private static final class Default {

        static final Validator VALIDATOR = create();

        private static Validator create() {
            try (ValidatorFactory factory = Validation.byDefaultProvider()
                    .configure()
                    .messageInterpolator(new ParameterMessageInterpolator())
                    .buildValidatorFactory()) {
                return factory.getValidator();
            }
        }
    }
}

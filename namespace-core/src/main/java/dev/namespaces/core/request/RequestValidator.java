package dev.namespaces.core.request;

import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.EnvironmentId;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.Nullable;

/**
 * Checks requests against the constraints that they carry and against the host's settings, and turns a valid one into a
 * domain object. A host that only wants to check a request, without stores, can use it on its own. Immutable; the
 * {@code with} methods return copies. Safe to use from many threads at once.
 */
public final class RequestValidator {

    /** No valid key is longer, so a longer one is cut in a path. */
    private static final int MAX_KEY_IN_PATH = 317;

    private final Validator constraints;
    private final LabelScheme scheme;
    private final ProtectedNames protectedNames;
    private final Set<String> allowedKeys;

    private RequestValidator(
            Validator constraints, LabelScheme scheme, ProtectedNames protectedNames, Set<String> allowedKeys) {
        this.constraints = constraints;
        this.scheme = scheme;
        this.protectedNames = protectedNames;
        this.allowedKeys = Set.copyOf(allowedKeys);
    }

    /** Returns a validator with the settings of a lifecycle that was built without any. */
    public static RequestValidator defaults() {
        return new RequestValidator(Default.VALIDATOR, LabelScheme.defaults(), ProtectedNames.defaults(), Set.of());
    }

    /** Returns a copy that checks the constraints with the host's own validator. */
    public RequestValidator withConstraints(Validator constraints) {
        return new RequestValidator(
                Objects.requireNonNull(constraints, "constraints"), scheme, protectedNames, allowedKeys);
    }

    /** Returns a copy with this label scheme. A request cannot set its keys. */
    public RequestValidator withLabels(LabelScheme scheme) {
        return new RequestValidator(constraints, Objects.requireNonNull(scheme, "scheme"), protectedNames, allowedKeys);
    }

    /** Returns a copy that refuses these names. */
    public RequestValidator withProtectedNames(ProtectedNames names) {
        return new RequestValidator(constraints, scheme, Objects.requireNonNull(names, "names"), allowedKeys);
    }

    /** Returns a copy that lets a request set these keys of {@code kubernetes.io} and {@code k8s.io}. */
    public RequestValidator withAllowedKeys(Set<String> keys) {
        return new RequestValidator(constraints, scheme, protectedNames, keys);
    }

    /** Returns all violations of the request, ordered by path; empty if it is valid. */
    public List<Violation> validate(NamespaceRequest request) {
        List<Violation> violations = new ArrayList<>();
        for (ConstraintViolation<NamespaceRequest> violation : constraints.validate(request)) {
            violations.add(new Violation(path(violation.getPropertyPath()), violation.getMessage()));
        }
        if (request.name() != null && protectedNames.contains(request.name())) {
            violations.add(
                    new Violation("name", "must not be a protected name, which are " + protectedNames.patterns()));
        }
        checkKeys("metadata", request.metadata(), violations);
        checkKeys("annotations", request.annotations(), violations);
        return violations.stream()
                .distinct()
                .sorted(Comparator.comparing(Violation::path).thenComparing(Violation::message))
                .toList();
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
                texts(request.metadata()),
                texts(request.annotations()),
                1,
                now,
                now,
                null);
    }

    private void checkKeys(
            String property, Map<@Nullable String, @Nullable Object> entries, List<Violation> violations) {
        for (String key : entries.keySet()) {
            if (key == null) {
                continue;
            }
            if (scheme.owns(key)) {
                violations.add(new Violation(path(property, key), "has a key that this library sets itself"));
            } else if (LabelScheme.isKubernetesOwn(key) && !allowedKeys.contains(key)) {
                violations.add(
                        new Violation(
                                path(property, key),
                                "has a key under kubernetes.io or k8s.io, which a request may set only if the platform allows it"));
            }
        }
    }

    private static Map<String, String> texts(Map<@Nullable String, @Nullable Object> entries) {
        Map<String, String> texts = new TreeMap<>();
        entries.forEach((key, value) -> {
            if (key != null && value != null) {
                texts.put(key, Scalars.text(value));
            }
        });
        return texts;
    }

    private static String path(Path path) {
        StringBuilder text = new StringBuilder();
        for (Path.Node node : path) {
            switch (node.getKind()) {
                case CONTAINER_ELEMENT ->
                    text.append('[')
                            .append(Shown.of(String.valueOf(node.getKey()), MAX_KEY_IN_PATH))
                            .append(']');
                case PROPERTY -> text.append(text.isEmpty() ? "" : ".").append(node.getName());
                default -> {}
            }
        }
        return text.toString();
    }

    private static String path(String property, String key) {
        return property + "[" + Shown.of(key, MAX_KEY_IN_PATH) + "]";
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

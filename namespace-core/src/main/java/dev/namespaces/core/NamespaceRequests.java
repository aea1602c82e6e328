package dev.namespaces.core;

import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.error.StaleVersionException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.LifecycleEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns requests into stored namespaces. Touches no cluster, and may take part in the host's transaction. */
final class NamespaceRequests {

    private final Engine engine;
    private final RequestValidator validator;
    private final Supplier<NamespaceId> ids;

    NamespaceRequests(Engine engine, RequestValidator validator, Supplier<NamespaceId> ids) {
        this.engine = engine;
        this.validator = validator;
        this.ids = ids;
    }

    List<Violation> validate(NamespaceRequest request) {
        return validator.validate(request);
    }

    List<Namespace> create(List<NamespaceRequest> requests) {
        requireValid(requests);
        Instant now = engine.settings().now();
        List<Namespace> namespaces = requests.stream()
                .map(request -> validator.toNamespace(request, ids, now))
                .toList();
        Set<EnvironmentId> environments =
                namespaces.stream().map(Namespace::environmentId).collect(Collectors.toCollection(LinkedHashSet::new));
        List<Environment> known = engine.stores().environments(environments, Operation.CREATE_NAMESPACES);
        if (!engine.settings().sharedNames()) {
            requireOwnNames(namespaces, known);
        }
        engine.stores().stores().namespaces().insert(namespaces);
        namespaces.forEach(namespace -> engine.events().publish(new LifecycleEvent.NamespaceStored(namespace)));
        return namespaces;
    }

    Namespace update(NamespaceId id, long version, NamespaceRequest request) {
        Namespace stored = engine.stores().liveNamespace(id, Operation.UPDATE);
        Instant now = engine.settings().now();
        List<Violation> violations = new ArrayList<>(validator.validate(request));
        if (!stored.environmentId().value().equals(request.environmentId())) {
            violations.add(new Violation("environmentId", "must be that of the stored namespace, which never changes"));
        }
        if (!stored.name().equals(request.name())) {
            violations.add(new Violation("name", "must be that of the stored namespace, which never changes"));
        }
        if (!violations.isEmpty()) {
            violations.sort(Comparator.comparing(Violation::path));
            throw new InvalidNamespaceRequestException(
                    ErrorContext.of(Operation.UPDATE, stored.environmentId()).withNamespace(stored.name()), violations);
        }
        if (stored.version() != version) {
            throw new StaleVersionException(
                    ErrorContext.of(Operation.UPDATE, stored.environmentId()).withNamespace(stored.name()),
                    id,
                    version,
                    stored.version());
        }
        Namespace wanted = validator.toNamespace(request, () -> id, now);
        Namespace updated = stored.changed(wanted.metadata(), wanted.annotations(), now);
        engine.stores().stores().namespaces().update(List.of(updated));
        engine.memory().forget(updated.environmentId());
        engine.events().publish(new LifecycleEvent.NamespaceUpdated(updated));
        return updated;
    }

    private void requireOwnNames(List<Namespace> namespaces, List<Environment> environments) {
        List<Violation> violations = new SharedNames(engine.stores().stores(), environments).violations(namespaces);
        if (!violations.isEmpty()) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.CREATE_NAMESPACES), violations);
        }
    }

    private void requireValid(List<NamespaceRequest> requests) {
        List<Violation> violations = new ArrayList<>();
        Set<List<@Nullable String>> names = new HashSet<>();
        for (int i = 0; i < requests.size(); i++) {
            NamespaceRequest request = requests.get(i);
            String position = requests.size() == 1 ? "" : "[" + i + "].";
            validator
                    .validate(request)
                    .forEach(violation ->
                            violations.add(new Violation(position + violation.path(), violation.message())));
            List<@Nullable String> name = new ArrayList<>();
            name.add(request.environmentId());
            name.add(request.name());
            if (request.name() != null && !names.add(name)) {
                violations.add(new Violation(position + "name", "is asked for twice in the same environment"));
            }
        }
        if (!violations.isEmpty()) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.CREATE_NAMESPACES), violations);
        }
    }
}

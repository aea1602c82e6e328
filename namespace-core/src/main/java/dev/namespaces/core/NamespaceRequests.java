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
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns requests into stored namespaces. Touches no cluster, and may take part in the host's transaction. */
final class NamespaceRequests {

    /** The most violations of a call. Nobody reads more. */
    private static final int MAX_VIOLATIONS = 1000;

    private final Engine engine;
    private final RequestValidator validator;
    private final Supplier<NamespaceId> ids;

    NamespaceRequests(Engine engine, Supplier<NamespaceId> ids) {
        this.engine = engine;
        this.validator = engine.settings().requests();
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
        requireRoomFor(namespaces, known);
        engine.stores().stores().namespaces().insert(namespaces);
        namespaces.forEach(namespace -> engine.events().publish(new LifecycleEvent.NamespaceStored(namespace)));
        return namespaces;
    }

    Namespace update(NamespaceId id, long version, NamespaceRequest request) {
        Namespace stored = engine.stores().liveNamespace(id, Operation.UPDATE);
        Instant now = engine.settings().now();
        List<Violation> violations = new ArrayList<>(validator.validate(request));
        Namespace updated = stored;
        if (violations.isEmpty()) {
            Namespace wanted = validator.toNamespace(request, () -> id, now);
            updated = stored.changed(wanted.metadata(), wanted.annotations(), now);
            violations.addAll(validator.refusedKeys(
                    updated, engine.stores().environment(stored.environmentId(), Operation.UPDATE)));
        }
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
        engine.stores().stores().namespaces().update(List.of(updated));
        engine.memory().forget(updated.environmentId());
        engine.events().publish(new LifecycleEvent.NamespaceUpdated(updated));
        return updated;
    }

    /** Requires that the environments, and what is stored on their clusters, leave room for the new namespaces. */
    private void requireRoomFor(List<Namespace> namespaces, List<Environment> environments) {
        Map<EnvironmentId, Environment> byId =
                environments.stream().collect(Collectors.toMap(Environment::id, Function.identity()));
        List<Violation> violations = new ArrayList<>();
        for (int i = 0; i < namespaces.size(); i++) {
            Namespace namespace = namespaces.get(i);
            String position = position(i, namespaces);
            validator
                    .refusedKeys(namespace, Objects.requireNonNull(byId.get(namespace.environmentId())))
                    .forEach(violation -> violations.add(violation.at(position)));
        }
        if (!engine.settings().sharedNames()) {
            violations.addAll(new SharedNames(engine.stores().stores(), environments).violations(namespaces));
        }
        requireNone(violations);
    }

    private static String position(int index, List<?> all) {
        return all.size() == 1 ? "" : "[" + index + "].";
    }

    private static void requireNone(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.CREATE_NAMESPACES), violations);
        }
    }

    /** Keeps a bounded number of violations: each request has some, and the caller sets the number of requests. */
    private void requireValid(List<NamespaceRequest> requests) {
        List<Violation> violations = new ArrayList<>();
        int more = 0;
        Set<List<@Nullable String>> names = new HashSet<>();
        for (int i = 0; i < requests.size(); i++) {
            NamespaceRequest request = requests.get(i);
            String position = position(i, requests);
            List<Violation> found = new ArrayList<>(validator.validate(request));
            if (request.name() != null && !names.add(Arrays.asList(request.environmentId(), request.name()))) {
                found.add(new Violation("name", "is asked for twice in the same environment"));
            }
            if (violations.size() < MAX_VIOLATIONS) {
                found.forEach(violation -> violations.add(violation.at(position)));
            } else {
                more += found.size();
            }
        }
        if (more > 0) {
            violations.add(new Violation("requests", "have " + more + " more violations"));
        }
        requireNone(violations);
    }
}

package dev.namespaces.core;

import dev.namespaces.core.NamespaceLook.Spot;
import dev.namespaces.core.adopt.AdoptionPlan;
import dev.namespaces.core.adopt.AdoptionPlan.Candidate;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressReading;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ListQuery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Namespace;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Says which namespaces of an environment exist without being ours. It writes nothing. */
final class AdoptionPlanner {

    private final Engine engine;

    AdoptionPlanner(Engine engine) {
        this.engine = engine;
    }

    /** What a cluster has of the namespaces in question. */
    private record Found(Map<String, Namespace> namespaces, List<HasMetadata> policies, Rendered rendered) {}

    AdoptionPlan plan(EnvironmentId id) {
        Environment environment = engine.stores().environment(id, Operation.ADOPT);
        DesiredState state = engine.stores().desired(environment);
        Map<ClusterId, Function<ClusterSide, Found>> questions = new TreeMap<>();
        for (ClusterId cluster : environment.clusters()) {
            Map<String, TargetObject> here = new HashMap<>();
            engine.stores().objects(new Target(id, cluster)).stream()
                    .filter(row -> row.resource().namespace() == null)
                    .forEach(row -> here.put(row.resource().name(), row));
            questions.put(cluster, side -> look(side, cluster, state, here));
        }
        ClusterAnswers<Found> answers = ClusterAnswers.of(engine, Operation.ADOPT, questions);
        List<Candidate> candidates = new ArrayList<>();
        answers.answers().forEach((cluster, found) -> {
            Set<String> ensured = ensured(cluster, found);
            found.rendered().namespaces().stream()
                    .filter(entry ->
                            found.namespaces().containsKey(entry.namespace().name()))
                    .map(entry -> candidate(cluster, entry, found, ensured))
                    .forEach(candidates::add);
        });
        return new AdoptionPlan(
                id,
                candidates,
                answers.failures().entrySet().stream()
                        .map(entry -> Unreachable.of(entry.getKey(), entry.getValue()))
                        .toList());
    }

    /** Keeps the namespaces that are not ours, and reads all policies only if there are some. */
    private static Found look(ClusterSide side, ClusterId cluster, DesiredState state, Map<String, TargetObject> rows) {
        Settings settings = side.settings();
        EnvironmentId id = state.environment().id();
        Map<String, Namespace> live = new TreeMap<>(NamespaceLook.at(
                side,
                cluster,
                state.namespaces().stream()
                        .map(namespace -> new Spot(new Target(id, cluster), namespace.name()))
                        .toList()));
        live.values().removeIf(each -> {
            Standing standing = Standing.of(each, rows.get(each.getMetadata().getName()), id, settings.scheme());
            return !(standing instanceof Standing.Foreign || standing instanceof Standing.Claimed);
        });
        List<HasMetadata> policies = new ArrayList<>();
        if (!live.isEmpty()) {
            for (PolicyDialect dialect : PolicyDialect.values()) {
                Listing.all(side.gateway(), cluster, ListQuery.of(dialect.apiVersion(), dialect.kind(), Map.of()))
                        .stream()
                        .filter(policy -> live.containsKey(policy.getMetadata().getNamespace()))
                        .forEach(policies::add);
            }
        }
        EgressSettings egress = settings.egressOn(cluster);
        PolicyDialect dialect = Dialects.choose(egress.dialect(), side.gateway(), cluster);
        return new Found(live, policies, Rendered.of(state, cluster, dialect, settings));
    }

    private Set<String> ensured(ClusterId cluster, Found found) {
        Set<String> uids = found.namespaces().values().stream()
                .map(live -> live.getMetadata().getUid())
                .collect(Collectors.toSet());
        return uids.isEmpty()
                ? Set.of()
                : engine.stores().stores().targetObjects().findByUids(cluster, uids).stream()
                        .filter(each -> each.identity().origin() == Origin.ENSURED)
                        .map(each -> each.identity().uid())
                        .collect(Collectors.toSet());
    }

    private Candidate candidate(ClusterId cluster, Rendered.Entry entry, Found found, Set<String> ensured) {
        Namespace live =
                Objects.requireNonNull(found.namespaces().get(entry.namespace().name()));
        LabelScheme scheme = engine.settings().scheme();
        List<HasMetadata> policies = found.policies().stream()
                .filter(policy ->
                        entry.namespace().name().equals(policy.getMetadata().getNamespace()))
                .toList();
        String created = live.getMetadata().getCreationTimestamp();
        List<ManagedFieldsEntry> managers = live.getMetadata().getManagedFields();
        return new Candidate(
                entry.namespace(),
                cluster,
                live.getMetadata().getUid(),
                LiveMetadata.labels(live),
                created == null
                        ? Duration.ZERO
                        : Duration.between(
                                Instant.parse(created), engine.settings().now()),
                managers == null
                        ? List.of()
                        : managers.stream()
                                .map(manager -> String.valueOf(manager.getManager()))
                                .distinct()
                                .sorted()
                                .toList(),
                LiveNamespaces.label(live, scheme.environmentKey()).orElse(null),
                LiveMetadata.annotations(live).get(scheme.adoptForKey()),
                ensured.contains(live.getMetadata().getUid()),
                policies.stream().map(ResourceRef::of).toList(),
                egressChanges(cluster, entry, policies));
    }

    private List<String> egressChanges(ClusterId cluster, Rendered.Entry entry, List<HasMetadata> policies) {
        List<String> sentences = new ArrayList<>();
        EffectiveEgress everything = EffectiveEgress.of(
                entry.namespace().name(),
                new EgressMode.AllowAll(),
                engine.settings().egressOn(cluster));
        for (HasMetadata policy : policies) {
            EgressReading reading = EffectiveEgress.read(policy).ofEveryPod();
            if (reading instanceof EgressReading.NotUnderstood unknown) {
                sentences.add(
                        ResourceRef.of(policy) + " may allow some of it: " + String.join("; ", unknown.reasons()));
            } else if (!EffectiveEgress.difference(everything, ((EgressReading.Understood) reading).egress())
                    .isEmpty()) {
                // It restricts every pod already, and another policy only adds to what it allows.
                return List.of();
            }
        }
        EgressReading wanted = EffectiveEgress.read(entry.egress().manifest());
        if (wanted instanceof EgressReading.Understood understood) {
            sentences.addAll(
                    0,
                    EffectiveEgress.difference(everything, understood.egress()).sentences());
        }
        return sentences;
    }
}

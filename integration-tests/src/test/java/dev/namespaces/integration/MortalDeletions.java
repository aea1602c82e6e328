package dev.namespaces.integration;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.TargetObject;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.Stores;
import dev.namespaces.testkit.FakeCluster;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordingClusterGateway;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Stores and two clusters, for deletions of three namespaces on both clusters whose process dies. On the first cluster
 * a deleted namespace is gone at once; on the second one it is terminating until somebody looks again. A bystander's
 * namespaces are on both, and must stay as they are.
 */
final class MortalDeletions implements AutoCloseable {

    static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration LATE_WRITES = Duration.ofMinutes(10);
    private static final List<ClusterId> CLUSTERS = List.of(new ClusterId("eu-1"), new ClusterId("us-1"));

    /** The clusters as every process sees them. */
    final ClusterGateway gateway;

    final Stores stores;
    private final Consumer<Environment> save;
    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final RecordingClusterGateway recording = new RecordingClusterGateway(clusters);
    private final NamespaceLifecycle lifecycle;

    /** Runs when no write of a process that died can arrive any more, so that no row has to be kept. */
    private final NamespaceLifecycle later;

    private final Set<String> planned = Collections.synchronizedSet(new HashSet<>());
    private final Environment bystander;
    private final List<?> bystanding;

    /** @param save saves an environment in the stores */
    MortalDeletions(Stores stores, Consumer<Environment> save) {
        this.stores = stores;
        this.save = save;
        clusters.cluster(CLUSTERS.get(0)).finishDeletionsAtOnce();
        gateway = endingDeletionsBeforeTheNextLook(recording);
        lifecycle = NamespaceLifecycle.builder(gateway, stores).build();
        later = NamespaceLifecycle.builder(gateway, stores)
                .lateWriteLimit(LATE_WRITES)
                .clock(Clock.offset(Clock.systemUTC(), LATE_WRITES.plusMinutes(1)))
                .build();
        bystander = deployed("bystander");
        bystanding = bystanding();
    }

    /** Stores an environment with three namespaces, and deploys it to both clusters. */
    Environment deployed(String id) {
        Environment environment =
                anEnvironment().id(id).clusters("eu-1", "us-1").build();
        save.accept(environment);
        for (String name : List.of("a", "b", "c")) {
            lifecycle.create(NamespaceRequest.of(environment.id(), id + "-" + name));
        }
        lifecycle.deploy(environment.id());
        return environment;
    }

    /** Plans the deletion of all namespaces of the environment. */
    DeletionPlan plan(Environment environment) {
        DeletionPlan plan = lifecycle.planDeletion(environment.id());
        plan.deletions().forEach(deletion -> planned.add(deletion.uid()));
        return plan;
    }

    /** Returns the moments of a deletion that does not die. */
    List<String> moments() {
        Environment environment = deployed("clean");
        DeletionPlan plan = plan(environment);
        List<String> moments = new ArrayList<>();
        PortCalls calls = new PortCalls(environment.id().value(), moments::add);
        try (NamespaceLifecycle observed =
                NamespaceLifecycle.builder(calls.of(gateway), calls.of(stores)).build()) {
            observed.delete(plan, LONG);
        }
        return moments;
    }

    /** Plans again, as somebody does who only knows the environment, and asserts that this finishes the deletion. */
    void assertFinishedByPlanningAgain(Environment environment, DeletionPlan plan, String what) {
        assertThat(plan.deletions()).as(what).hasSize(6);
        DeletionPlan again = lifecycle.planDeletion(environment.id());
        assertThat(again.deletions()).as(what).allMatch(deletion -> planned.contains(deletion.uid()));

        assertThat(lifecycle.delete(again, LONG).isComplete()).as(what).isTrue();

        assertThat(objects(environment)).as(what).isEmpty();
        assertThat(stores.namespaces().findByEnvironments(List.of(environment.id())))
                .as(what)
                .isEmpty();
        assertThat(lifecycle.planDeletion(environment.id()).deletions())
                .as(what)
                .isEmpty();
        assertThat(rows(environment)).as(what).allMatch(TargetObject::open);
        later.delete(later.planDeletion(environment.id()), LONG);
        assertThat(rows(environment)).as(what).isEmpty();
        assertThatThrownBy(() -> lifecycle.delete(plan, Duration.ZERO))
                .as(what)
                .isInstanceOf(DeletionPlanUnusableException.class);
    }

    /** Asserts that no other deletes were sent than planned ones, and that the bystander is as it was. */
    void assertNothingElseWasTouched() {
        assertThat(recording.calls(GatewayCall.Delete.class)).isNotEmpty().allSatisfy(call -> {
            assertThat(call.kind()).isEqualTo("Namespace");
            assertThat(planned).contains(call.options().uid());
        });
        assertThat(bystanding()).isEqualTo(bystanding);
    }

    private List<?> bystanding() {
        return List.of(
                objects(bystander), rows(bystander), stores.namespaces().findByEnvironments(List.of(bystander.id())));
    }

    private List<HasMetadata> objects(Environment environment) {
        String prefix = environment.id() + "-";
        return CLUSTERS.stream()
                .flatMap(cluster -> clusters.cluster(cluster).objects().stream())
                .filter(object -> object.getMetadata().getName().startsWith(prefix)
                        || (object.getMetadata().getNamespace() != null
                                && object.getMetadata().getNamespace().startsWith(prefix)))
                .toList();
    }

    private List<TargetObject> rows(Environment environment) {
        List<TargetObject> rows = new ArrayList<>();
        for (ClusterId cluster : CLUSTERS) {
            rows.addAll(stores.targetObjects().findPage(new Target(environment.id(), cluster), null, 100));
        }
        return rows;
    }

    private ClusterGateway endingDeletionsBeforeTheNextLook(ClusterGateway looked) {
        FakeCluster slow = clusters.cluster(CLUSTERS.get(1));
        return (ClusterGateway) Proxy.newProxyInstance(
                ClusterGateway.class.getClassLoader(),
                new Class<?>[] {ClusterGateway.class},
                (proxy, method, arguments) -> {
                    if (arguments[0].equals(slow.id())) {
                        switch (method.getName()) {
                            case "list" -> endDeletions(slow, "");
                            case "find" -> endDeletions(slow, ((ResourceRef) arguments[1]).name());
                            default -> {}
                        }
                    }
                    try {
                        return method.invoke(looked, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void endDeletions(FakeCluster cluster, String prefix) {
        synchronized (cluster) {
            cluster.objects("Namespace").stream()
                    .map(HasMetadata::getMetadata)
                    .filter(namespace -> namespace.getDeletionTimestamp() != null
                            && namespace.getName().startsWith(prefix))
                    .forEach(namespace -> cluster.finishDeletion(namespace.getName()));
        }
    }

    @Override
    public void close() {
        lifecycle.close();
        later.close();
    }
}

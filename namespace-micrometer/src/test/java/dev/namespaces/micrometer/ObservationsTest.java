package dev.namespaces.micrometer;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Observations of operations, targets and gateway calls, as a handler of the host sees them. */
@Timeout(60)
class ObservationsTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final ClusterId US = new ClusterId("us-1");

    private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final NamespaceMetrics metrics =
            new NamespaceMetrics(new SimpleMeterRegistry(), observations, List.of(EU, US));
    private final FakeClusters clusters = FakeClusters.of("eu-1", "us-1");
    private final InMemoryStores stores = new InMemoryStores();
    private final NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(
                    metrics.measure(clusters), metrics.observe(stores.stores()))
            .taskDecorator(metrics.taskDecorator())
            .build();

    @BeforeEach
    void collect() {
        clusters.cluster(EU).finishDeletionsAtOnce();
        clusters.cluster(US).finishDeletionsAtOnce();
        observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                ended.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    private Environment environment(String id) {
        Environment environment =
                anEnvironment().id(id).clusters("eu-1", "us-1").build();
        stores.environments().save(environment);
        lifecycle.create(NamespaceRequest.of(environment.id(), id + "-web"));
        return environment;
    }

    private List<Observation.Context> named(String name) {
        return ended.stream().filter(each -> name.equals(each.getName())).toList();
    }

    private static Observation.ContextView parent(Observation.Context context) {
        ObservationView parent =
                Objects.requireNonNull(context.getParentObservation(), () -> context.getName() + " has no parent");
        return parent.getContextView();
    }

    private static String value(Observation.ContextView context, String key) {
        return Objects.requireNonNull(context.getHighCardinalityKeyValue(key), key)
                .getValue();
    }

    @Test
    void a_gateway_call_is_in_its_target_and_the_target_in_the_operation() {
        Environment dev = environment("shop-dev");

        metrics.observe(Operation.DEPLOY, () -> lifecycle.deploy(dev.id()));

        assertThat(named("namespaces.operation")).singleElement().satisfies(operation -> {
            assertThat(operation.getContextualName()).isEqualTo("deploy");
            assertThat(named("namespaces.target"))
                    .hasSize(2)
                    .allSatisfy(target -> assertThat(parent(target)).isSameAs(operation));
        });
        assertThat(named("namespaces.gateway")).hasSizeGreaterThan(7).allSatisfy(call -> {
            assertThat(parent(call).getName()).isEqualTo("namespaces.target");
            assertThat(value(parent(call), "cluster")).isEqualTo(value(call, "cluster"));
        });
    }

    @Test
    void each_gateway_call_of_a_fleet_is_in_the_target_of_its_environment() {
        environment("shop-dev");
        environment("shop-uat");

        lifecycle.ensureAll(FleetOptions.defaults(), result -> {});

        assertThat(named("namespaces.gateway"))
                .filteredOn(call -> !value(call, "resource").equals("none"))
                .hasSizeGreaterThan(7)
                .allSatisfy(call ->
                        assertThat(value(call, "resource")).contains(value(parent(call), "environment") + "-web"));
    }

    @Test
    void deletes_are_in_their_targets_and_a_question_is_in_the_operation() {
        Environment dev = environment("shop-dev");
        lifecycle.deploy(dev.id());
        ended.clear();

        metrics.observe(
                Operation.DELETE_NAMESPACES,
                () -> lifecycle.delete(lifecycle.planDeletion(dev.id()), Duration.ofSeconds(10)));

        assertThat(named("namespaces.gateway"))
                .extracting(
                        call -> call.getContextualName() + " in " + parent(call).getName())
                .contains("delete eu-1 in namespaces.target", "delete us-1 in namespaces.target")
                .anyMatch(call -> call.endsWith("in namespaces.operation"))
                .allMatch(call -> !call.startsWith("delete") || call.endsWith("in namespaces.target"));
    }

    @Test
    void a_call_that_failed_has_its_error_and_each_target_ends() {
        Environment dev = environment("shop-dev");
        clusters.faults().on(call -> call.cluster().equals(EU)).fail(Failure.unreachable());

        assertThatThrownBy(() -> lifecycle.deploy(dev.id())).isInstanceOf(NamespaceException.class);

        assertThat(named("namespaces.gateway"))
                .filteredOn(call -> value(call, "cluster").equals("eu-1"))
                .isNotEmpty()
                .allSatisfy(call -> assertThat(call.getError()).isInstanceOf(NamespaceException.class));
        assertThat(named("namespaces.target")).hasSize(2);
    }
}

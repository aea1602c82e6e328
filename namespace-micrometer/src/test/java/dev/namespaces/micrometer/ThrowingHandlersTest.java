package dev.namespaces.micrometer;

import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.error.ClusterUnreachableException;
import dev.namespaces.error.Operation;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.cumulative.CumulativeTimer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Handlers and meters of the host that throw: no call may fail, or hide its own failure, because of them. */
@Timeout(60)
class ThrowingHandlersTest {

    private static final ClusterId EU = new ClusterId("eu-1");

    private final ObservationRegistry observations = ObservationRegistry.create();
    private final FakeClusters clusters = FakeClusters.of("eu-1");
    private final InMemoryStores stores = new InMemoryStores();
    private final NamespaceMetrics metrics = new NamespaceMetrics(new SimpleMeterRegistry(), observations, List.of(EU));
    private final ClusterGateway gateway = metrics.measure(clusters);

    /** The step of an observation that fails. */
    enum Step {
        CREATE,
        START,
        OPEN,
        CLOSE,
        ERROR,
        STOP
    }

    private void failAt(Step step) {
        if (step == Step.CREATE) {
            observations.observationConfig().observationPredicate((name, context) -> {
                throw new IllegalStateException("of the host");
            });
        }
        observations.observationConfig().observationHandler(new Throwing(() -> step));
    }

    private record Throwing(Supplier<@Nullable Step> step) implements ObservationHandler<Observation.Context> {

        private void at(Step reached) {
            if (reached == step.get()) {
                throw new IllegalStateException("of the host");
            }
        }

        @Override
        public void onStart(Observation.Context context) {
            at(Step.START);
        }

        @Override
        public void onError(Observation.Context context) {
            at(Step.ERROR);
        }

        @Override
        public void onScopeOpened(Observation.Context context) {
            at(Step.OPEN);
        }

        @Override
        public void onScopeClosed(Observation.Context context) {
            at(Step.CLOSE);
        }

        @Override
        public void onStop(Observation.Context context) {
            at(Step.STOP);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_gateway_call_keeps_its_answer_and_its_failure(Step step) {
        failAt(step);

        assertThat(gateway.find(EU, ResourceRef.namespace("tools"))).isEmpty();

        clusters.faults().failNext(Failure.unreachable());
        assertThatThrownBy(() -> gateway.find(EU, ResourceRef.namespace("tools")))
                .isInstanceOf(ClusterUnreachableException.class);
        assertThat(observations.getCurrentObservation()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void an_operation_keeps_its_result_and_its_failure(Step step) {
        failAt(step);

        assertThat(metrics.<String>observe(Operation.DEPLOY, () -> "deployed")).isEqualTo("deployed");

        assertThatThrownBy(() -> metrics.observe(Operation.DEPLOY, () -> {
                    throw new IllegalArgumentException("of the call");
                }))
                .hasMessage("of the call");
        assertThat(observations.getCurrentObservation()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void a_lock_is_taken_and_released(Step step) {
        failAt(step);
        Target target = new Target(anEnvironment().build().id(), EU);
        DeploymentLock lock = metrics.observe(stores.stores()).deploymentLock();

        DeploymentLock.Lease lease = lock.tryAcquire(target).orElseThrow();
        assertThat(lease.isHeld()).isTrue();
        assertThatCode(lease::close).doesNotThrowAnyException();

        assertThat(stores.deploymentLock().tryAcquire(target)).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    void a_deployment_succeeds(Step step) {
        failAt(step);

        try (NamespaceLifecycle lifecycle = NamespaceLifecycle.builder(gateway, metrics.observe(stores.stores()))
                .taskDecorator(metrics.taskDecorator())
                .build()) {
            Environment dev = anEnvironment().clusters("eu-1").build();
            stores.environments().save(dev);
            lifecycle.create(NamespaceRequest.of(dev.id(), "shop-web"));

            assertThat(metrics.observe(Operation.DEPLOY, () -> lifecycle.deploy(dev.id()))
                            .succeeded())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPEN", "CLOSE"})
    void work_runs_even_if_its_context_cannot_be_carried(Step step) {
        AtomicReference<@Nullable Step> failing = new AtomicReference<>();
        observations.observationConfig().observationHandler(new Throwing(failing::get));
        List<String> ran = new ArrayList<>();
        Runnable work = Observation.start("of the host", observations)
                .scoped(() -> metrics.taskDecorator().decorate(() -> ran.add("work"), null));
        failing.set(step);

        work.run();

        assertThat(ran).containsExactly("work");
        assertThat(observations.getCurrentObservation()).isNull();
    }

    @Test
    void a_thread_keeps_nothing_of_a_context_that_cannot_be_carried() {
        ThreadLocal<@Nullable String> tenant = new ThreadLocal<>();
        ContextRegistry registry = ContextRegistry.getInstance();
        AtomicBoolean failing = new AtomicBoolean();
        registry.registerThreadLocalAccessor("tenant", tenant);
        registry.registerThreadLocalAccessor(new ThreadLocalAccessor<String>() {
            @Override
            public Object key() {
                return "failing";
            }

            @Override
            public String getValue() {
                return "value";
            }

            @Override
            public void setValue(String value) {
                if (failing.get()) {
                    throw new IllegalStateException("accessor");
                }
            }

            @Override
            public void setValue() {}
        });
        try {
            tenant.set("acme");
            List<@Nullable String> seen = new ArrayList<>();
            Runnable work = metrics.taskDecorator().decorate(() -> seen.add(tenant.get()), null);
            tenant.remove();
            failing.set(true);

            work.run();

            assertThat(seen).containsExactly((String) null);
            assertThat(tenant.get()).isNull();
        } finally {
            registry.removeThreadLocalAccessor("tenant");
            registry.removeThreadLocalAccessor("failing");
        }
    }

    @ParameterizedTest
    @EnumSource
    void other_handlers_see_the_observation_end(Step step) {
        List<String> seen = new CopyOnWriteArrayList<>();
        failAt(step);
        observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public void onStop(Observation.Context context) {
                seen.add("stopped");
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });

        gateway.find(EU, ResourceRef.namespace("tools"));

        assertThat(seen).hasSize(step == Step.CREATE ? 0 : 1);
    }

    @Test
    void meters_that_throw_change_no_result() {
        MeterRegistry failing = new SimpleMeterRegistry() {
            @Override
            protected Counter newCounter(Meter.Id id) {
                return new CumulativeCounter(id) {
                    @Override
                    public void increment(double amount) {
                        throw new IllegalStateException("of the host");
                    }
                };
            }

            @Override
            protected Timer newTimer(
                    Meter.Id id, DistributionStatisticConfig distribution, PauseDetector pauseDetector) {
                return new CumulativeTimer(id, clock, distribution, pauseDetector, TimeUnit.SECONDS, false) {
                    @Override
                    protected void recordNonNegative(long amount, TimeUnit unit) {
                        throw new IllegalStateException("of the host");
                    }
                };
            }
        };
        NamespaceMetrics metrics = new NamespaceMetrics(failing, observations, List.of(EU));
        ClusterGateway gateway = metrics.measure(clusters);

        assertThat(gateway.find(EU, ResourceRef.namespace("tools"))).isEmpty();
        clusters.faults().failNext(Failure.unreachable());
        assertThatThrownBy(() -> gateway.find(EU, ResourceRef.namespace("tools")))
                .isInstanceOf(ClusterUnreachableException.class);
        assertThatCode(() -> metrics.retried(EU)).doesNotThrowAnyException();
        try (NamespaceLifecycle lifecycle =
                NamespaceLifecycle.builder(clusters, stores.stores()).build()) {
            assertThatCode(() -> metrics.measure(lifecycle.initializer()).beforeApply(EU, "kube-public"))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void the_first_failure_is_logged_as_a_warning_and_no_other() {
        failAt(Step.STOP);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            gateway.find(EU, ResourceRef.namespace("tools"));
            gateway.find(EU, ResourceRef.namespace("tools"));
        } finally {
            System.setErr(before);
        }

        assertThat(log.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("WARN")
                .containsOnlyOnce("IllegalStateException: of the host");
    }
}

package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.core.Platform.US;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.times;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.egress.check.PolicyManifestValidator;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordedCall;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedStatic;

/** The number of requests and store calls of a deployment. Discovery is not counted: gateways keep its answers. */
@Timeout(120)
class RequestCountsTest {

    private static final int PAGE = 500;
    private static final int ROWS_PAGE = 1000;

    private final Platform platform = new Platform();
    private final List<String> storeCalls = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<Instant> now = new AtomicReference<>(Platform.NOW);
    private final NamespaceLifecycle lifecycle = platform.builder(
                    platform.gateway, WatchedStores.of(platform.stores.stores(), storeCalls::add))
            .clock(new SettableClock())
            .build();

    @AfterEach
    void close() {
        lifecycle.close();
        platform.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 500})
    void a_deployment_costs_requests_for_what_changes_only(int size) {
        assertCounts(size);
    }

    @Test
    @Tag("long")
    void requests_are_sent_only_for_changes_among_ten_thousand_namespaces() {
        assertCounts(10_000);
    }

    private void assertCounts(int size) {
        Environment dev = environment(size, "eu-1");

        lifecycle.deploy(dev.id());
        assertThat(requests()).hasSize(2 * size + 3);
        assertThat(stores()).isEqualTo(calls(rows(0), 1));
        forget();

        lifecycle.deploy(dev.id());
        assertThat(requests()).hasSizeLessThanOrEqualTo(3 * pages(size));
        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(stores()).isEqualTo(calls(rows(size), 0));
        forget();

        lifecycle.ensureDeployed(dev.id());
        assertThat(requests()).isEmpty();
        assertThat(storeCalls).hasSize(4);
        forget();

        platform.namespaces.insert(List.of(aNamespace().in(dev).name("one-more").build()));
        lifecycle.ensureDeployed(dev.id());
        assertThat(requests().stream().filter(GatewayCall::writes))
                .hasSize(2)
                .allMatch(call -> call.context().toString().contains("one-more"));
        assertThat(requests()).hasSizeLessThanOrEqualTo(3 * pages(size + 1) + 2);
        forget();

        lifecycle.apply(
                platform.namespaces.findByNames(List.of("one-more")).get(0).id(), DeployOptions.defaults());
        assertThat(requests()).hasSize(3).noneMatch(GatewayCall::writes);
        assertThat(storeCalls).doesNotContain("deployments.begin");
    }

    @Test
    void a_policy_is_validated_once_for_all_namespaces_of_an_environment() throws Exception {
        Environment dev = environment(50, "eu-1");
        // A static mock counts only on the thread that created it, so one thread does all the work.
        ExecutorService worker = Executors.newSingleThreadExecutor();
        MockedStatic<PolicyManifestValidator> validator = worker.submit(
                        () -> mockStatic(PolicyManifestValidator.class, CALLS_REAL_METHODS))
                .get();
        try (NamespaceLifecycle oneThread = platform.builder().workers(worker).build()) {
            oneThread.deploy(dev.id());

            assertThat(platform.gateway.deployedResources().get("CiliumNetworkPolicy"))
                    .hasSize(50);
            worker.submit(() -> validator.verify(() -> PolicyManifestValidator.validate(any()), times(1)))
                    .get();
        } finally {
            worker.submit(validator::close).get();
            worker.shutdown();
        }
    }

    /**
     * Returns the store calls of a deployment that waits for no lock. They do not depend on the number of namespaces.
     */
    private static Map<String, Long> calls(int rowPages, long begins) {
        Map<String, Long> calls = new TreeMap<>(Map.of(
                "environments.findByIds", 2L,
                "namespaces.findByEnvironments", 1L,
                "egressPolicies.findByOwners", 1L,
                "deployments.findByEnvironments", 1L,
                "targetObjects.findPage", (long) rowPages,
                "lock.tryAcquire", 1L));
        if (begins > 0) {
            calls.putAll(Map.of("deployments.begin", 1L, "deployments.settle", 1L, "deployments.complete", 1L));
        }
        return calls;
    }

    @Test
    void the_state_is_read_once_for_clusters_whose_locks_were_taken_together() {
        Environment dev = environment(3, "eu-1", "us-1");

        lifecycle.deploy(dev.id());

        assertThat(stores())
                .containsEntry("namespaces.findByEnvironments", 1L)
                .containsEntry("egressPolicies.findByOwners", 1L)
                .containsEntry("deployments.findByEnvironments", 1L)
                .containsEntry("targetObjects.findPage", 2L);
        assertThat(requests().stream().filter(call -> call.cluster().equals(US)))
                .hasSize(9);
    }

    @Test
    void where_we_may_not_list_objects_are_asked_for_by_name_for_ten_minutes() {
        Environment dev = environment(3, "eu-1", "us-1");
        var refusal = platform.clusters
                .faults()
                .on(call -> call.cluster().equals(EU)
                        && call instanceof GatewayCall.ListObjects
                        && call.kind().equals("Namespace"))
                .fail(Failure.forbidden());

        assertThat(lifecycle.deploy(dev.id()).succeeded()).isTrue();
        assertThat(refusal.hits()).isEqualTo(1);
        assertThat(finds("Namespace")).isEqualTo(3);
        forget();

        now.set(Platform.NOW.plus(Duration.ofMinutes(10)).minusMillis(1));
        lifecycle.deploy(dev.id());
        assertThat(refusal.hits()).isEqualTo(1);
        assertThat(finds("Namespace")).isEqualTo(3);
        assertThat(finds("CiliumNetworkPolicy")).isZero();
        platform.gateway.assertThat().hasWrittenNothing();
        forget();

        refusal.remove();
        now.set(Platform.NOW.plus(Duration.ofMinutes(10)));
        lifecycle.deploy(dev.id());
        assertThat(finds("Namespace")).isZero();
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void a_list_that_expires_between_its_pages_begins_again() {
        Environment dev = environment(2 * PAGE + 1, "eu-1");
        lifecycle.deploy(dev.id());
        forget();
        expireTokens(1);

        lifecycle.deploy(dev.id());

        assertThat(platform.gateway.calls(GatewayCall.ListObjects.class).stream()
                        .filter(call -> call.kind().equals("Namespace"))
                        .map(call -> call.query().continueToken() != null))
                .containsExactly(false, true, false, true, true);
        platform.gateway.assertThat().hasWrittenNothing();
    }

    @Test
    void what_an_expired_list_had_shown_does_not_count() {
        Environment dev = environment(PAGE + 1, "eu-1");
        lifecycle.deploy(dev.id());
        String first =
                platform.namespaces.findByEnvironments(List.of(dev.id())).get(0).name();
        AtomicInteger pages = new AtomicInteger();
        platform.clusters
                .faults()
                .on(call -> {
                    if (isNextPage(call, "CiliumNetworkPolicy") && pages.incrementAndGet() == 1) {
                        platform.clusters.cluster(EU).expireContinueTokens();
                        platform.clusters.cluster(EU).as("kubectl").delete(platform.policy(first));
                    }
                    return false;
                })
                .fail(Failure.unreachable());

        lifecycle.deploy(dev.id());

        assertThat(platform.clusters.cluster(EU).find(platform.policy(first))).isPresent();
    }

    @Test
    void a_list_that_expires_each_time_fails_and_nothing_is_written() {
        Environment dev = environment(PAGE + 1, "eu-1");
        lifecycle.deploy(dev.id());
        forget();
        expireTokens(Integer.MAX_VALUE);

        DeploymentFailedException failure =
                catchThrowableOfType(DeploymentFailedException.class, () -> lifecycle.deploy(dev.id()));

        assertThat(failure.report().failures()).singleElement().isInstanceOf(ListExpiredException.class);
        platform.gateway.assertThat().hasWrittenNothing();
        assertThat(platform.isRecorded(dev, EU)).isTrue();
    }

    private void expireTokens(int times) {
        AtomicInteger expired = new AtomicInteger();
        platform.clusters
                .faults()
                .on(call -> {
                    if (isNextPage(call, "Namespace") && expired.getAndIncrement() < times) {
                        platform.clusters.cluster(EU).expireContinueTokens();
                    }
                    return false;
                })
                .fail(Failure.unreachable());
    }

    private static boolean isNextPage(GatewayCall call, String kind) {
        return call instanceof GatewayCall.ListObjects list
                && list.kind().equals(kind)
                && list.query().continueToken() != null;
    }

    private Environment environment(int size, String... clusters) {
        Environment dev = anEnvironment().id("shop-dev").clusters(clusters).build();
        platform.environments.save(dev);
        List<Namespace> namespaces = IntStream.range(0, size)
                .mapToObj(i -> aNamespace().in(dev).name("ns-" + i).build())
                .toList();
        platform.namespaces.insert(namespaces);
        forget();
        return dev;
    }

    private void forget() {
        platform.gateway.forgetCalls();
        storeCalls.clear();
    }

    private List<GatewayCall> requests() {
        return platform.gateway.calls().stream()
                .map(RecordedCall::call)
                .filter(call -> !(call instanceof GatewayCall.Serves))
                .toList();
    }

    private long finds(String kind) {
        return platform.gateway.calls(GatewayCall.Find.class).stream()
                .filter(call -> call.kind().equals(kind))
                .count();
    }

    private Map<String, Long> stores() {
        synchronized (storeCalls) {
            return storeCalls.stream()
                    .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        }
    }

    private static int pages(int objects) {
        return objects / PAGE + 1;
    }

    private static int rows(int namespaces) {
        return 2 * namespaces / ROWS_PAGE + 1;
    }

    private final class SettableClock extends Clock {

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    }
}

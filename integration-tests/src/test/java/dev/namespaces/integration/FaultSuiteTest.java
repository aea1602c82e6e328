package dev.namespaces.integration;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.integration.Fault.Kind;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * For each call that a replica makes to its stores, its locks and its clusters: one thing goes wrong at this call, and
 * a plain rerun by another replica leads to the state that a run without a fault leads to. A death is an {@link Error}
 * from the port, after which no call takes effect; {@link KilledProcessTest} kills processes.
 */
@Timeout(300)
class FaultSuiteTest {

    private static final EnvironmentId SHOP = new EnvironmentId("shop");
    private static final EnvironmentId BYSTANDER = new EnvironmentId("bystander");
    private static final Duration CALL_LIMIT = Duration.ofMillis(100);
    private static final Duration LONGEST_CALL_LIMIT = Duration.ofSeconds(30);
    private static final Duration LOCK_WAIT = Duration.ofMillis(300);

    private static final String STORES_NO_NAMESPACE = "the work stores no namespace";
    private static final String IS_FOR_DEPLOYMENTS = "is for deployments";
    private static final String IS_FOR_DELETIONS = "is for deletions";

    /** Many, because a replica whose call hangs needs no processor. */
    private static final int THREADS = 8;

    @ParameterizedTest
    @EnumSource(Work.class)
    void a_plain_rerun_converges_after_each_fault_at_each_call(Work work) throws Exception {
        CleanRun clean = cleanRun(work);
        assertThat(clean.points()).isNotEmpty();
        assertThat(cleanRun(work)).isEqualTo(clean);
        Set<Kind> kinds = kinds(work);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Throwable> failures = new ArrayList<>();
        int runs = 0;
        try {
            List<Future<?>> running = new ArrayList<>();
            for (String point : clean.points()) {
                for (Kind kind : kinds) {
                    running.add(threads.submit(() -> assertConverges(clean, point, kind)));
                }
            }
            for (Future<?> run : running) {
                try {
                    run.get();
                    runs++;
                } catch (ExecutionException e) {
                    failures.add(e.getCause());
                }
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.println("Fault suite: " + work + ": " + clean.points().size() + " points, " + kinds.size()
                + " kinds of faults, " + runs + " runs converged");
        assertThat(failures).isEmpty();
        assertThat(runs).isEqualTo(clean.points().size() * kinds.size());
    }

    @Test
    void each_method_of_each_port_is_called_or_has_a_reason_not_to_be() {
        assertCalledUnless(
                Map.ofEntries(
                        entry("namespaces.insert", STORES_NO_NAMESPACE),
                        entry("namespaces.update", STORES_NO_NAMESPACE),
                        entry("namespaces.findByIds", "is for the deployment of a single namespace"),
                        entry("namespaces.findByNames", IS_FOR_DELETIONS),
                        entry("namespaces.findDeleted", IS_FOR_DELETIONS),
                        entry("deployments.consume", IS_FOR_DELETIONS),
                        entry("deployments.forget", "is for a deployment that another one overtakes"),
                        entry("targetObjects.findByNamespaces", "is for the deployment of a single namespace"),
                        entry("targetObjects.move", "is for a take-over"),
                        entry("targetObjects.recordEnsured", "is for an ensured namespace"),
                        entry("targetObjects.release", "is for a release")),
                Work.FIRST_DEPLOYMENT,
                Work.CHANGE,
                Work.FLEET);
        assertCalledUnless(
                Map.ofEntries(
                        entry("namespaces.insert", STORES_NO_NAMESPACE),
                        entry("environments.findIds", "is for the fleet"),
                        entry("egressPolicies.findByOwners", IS_FOR_DEPLOYMENTS),
                        entry("deployments.complete", IS_FOR_DEPLOYMENTS),
                        entry("deployments.forget", "is for a deployment that another one overtakes"),
                        entry("targetObjects.move", "is for a take-over"),
                        entry("targetObjects.recordEnsured", "is for an ensured namespace"),
                        entry("targetObjects.release", "is for a release"),
                        entry("gateway.create", IS_FOR_DEPLOYMENTS),
                        entry("gateway.apply", IS_FOR_DEPLOYMENTS),
                        entry("gateway.serves", IS_FOR_DEPLOYMENTS),
                        entry("gateway.extension", IS_FOR_DEPLOYMENTS),
                        entry("gateway.missingAccess", IS_FOR_DEPLOYMENTS)),
                Work.DELETION);
    }

    private static void assertCalledUnless(Map<String, String> reasons, Work... works) {
        Set<String> called = Stream.of(works)
                .flatMap(work -> cleanRun(work).points().stream())
                .map(PortCalls::methodOf)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> others = PortCalls.methods();
        others.removeAll(called);
        assertThat(others).isEqualTo(new TreeSet<>(reasons.keySet()));
    }

    /** The fleet does the same steps as the single deployment, so it gets the faults that differ most. */
    private static Set<Kind> kinds(Work work) {
        return work == Work.FLEET ? EnumSet.of(Kind.FAILS_AFTER, Kind.HANGS) : EnumSet.allOf(Kind.class);
    }

    private static CleanRun cleanRun(Work work) {
        Installation installation = installation();
        work.prepare(installation, SHOP);
        return CleanRun.of(work, installation, SHOP);
    }

    private static void assertConverges(CleanRun clean, String point, Kind kind) {
        try {
            Installation installation;
            Consumer<NamespaceLifecycle> alsoTrue;
            Fault fault;
            Duration limit = kind.hangs() ? CALL_LIMIT : LONGEST_CALL_LIMIT;
            do {
                installation = installation();
                alsoTrue = clean.work().prepare(installation, SHOP);
                fault = new Fault(SHOP.value(), point, kind);
                run(clean, installation, fault, limit);
                // Without a hit, the machine was so slow that another call exceeded the limit.
                limit = limit.multipliedBy(4);
            } while (!fault.isHit() && limit.compareTo(LONGEST_CALL_LIMIT) < 0);
            assertThat(fault.isHit()).as("the fault happened").isTrue();
            if (kind == Kind.HANGS) {
                fault.arrive();
            }
            clean.assertRecordsAreTrue(installation, SHOP, List.of());
            assertThat(installation.bystanderIsUntouched()).as("the bystander").isTrue();
            clean.assertRerunConverges(installation, SHOP, kind == Kind.HANGS_LONGER ? fault::arrive : () -> {});
            try (NamespaceLifecycle last = installation.replica().build()) {
                alsoTrue.accept(last);
            }
            assertThat(installation.bystanderIsUntouched()).as("the bystander").isTrue();
        } catch (RuntimeException | Error e) {
            throw new AssertionError(clean.work() + " " + kind + " " + point + ": " + e.getMessage(), e);
        }
    }

    /** Does the work with a fault, and asserts that its end is a typed failure, or a report that is true. */
    private static void run(CleanRun clean, Installation installation, Fault fault, Duration callLimit) {
        try (NamespaceLifecycle lifecycle = installation
                .replica(fault.calls)
                .gatewayCallLimit(callLimit)
                .lockWait(LOCK_WAIT)
                .build()) {
            try {
                clean.assertIsTrue(clean.work().run(lifecycle, SHOP), installation, SHOP);
            } catch (NamespaceException | PortCalls.BrokenPort | Fault.Death e) {
                assertThat(fault.allows(e)).as("ends with %s", e).isTrue();
            } finally {
                fault.end();
            }
        }
    }

    private static Installation installation() {
        InMemoryStores stores = new InMemoryStores();
        FakeClusters clusters = FakeClusters.of(Installation.EU.value(), Installation.US.value());
        clusters.cluster(Installation.EU).finishDeletionsAtOnce();
        ClusterGateway gateway = Gateways.endingDeletionsBeforeTheNextLook(clusters, Installation.US);
        AtomicInteger ids = new AtomicInteger();
        return new Installation(
                BYSTANDER,
                () -> new NamespaceId("id-" + ids.incrementAndGet()),
                stores.stores(),
                Gateways.routing(gateway, Map.of()),
                clusters,
                stores.environments()::save,
                stores.egressPolicies()::save);
    }
}

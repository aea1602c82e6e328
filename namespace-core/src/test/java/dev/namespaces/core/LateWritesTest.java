package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.PreconditionFailedException;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.Environment;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.spi.CreateResult;
import dev.namespaces.spi.DeleteResult;
import dev.namespaces.testkit.Failure;
import dev.namespaces.testkit.Faults;
import dev.namespaces.testkit.Faults.Fault;
import dev.namespaces.testkit.GatewayCall;
import dev.namespaces.testkit.RecordedCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One replica gives up a write while its request is on the way. Another replica records a newer deployment, and then
 * the request arrives.
 */
@Timeout(60)
class LateWritesTest {

    /** How the first replica gives up its write. */
    enum GivenUp {
        BY_INTERRUPT,
        BY_CLOSE,
        BY_TIMEOUT,
        BY_LOST_LEASE,
        BY_PARTITION_FROM_THE_DATABASE
    }

    /** The write that arrives late. */
    enum Write {
        APPLY_OF_A_NAMESPACE,
        APPLY_OF_A_POLICY,
        CREATE_OF_A_NAMESPACE,
        CREATE_OF_A_POLICY,
        DELETE_OF_A_POLICY;

        boolean is(GatewayCall call) {
            boolean policy = call.kind().equals("CiliumNetworkPolicy");
            return switch (this) {
                case APPLY_OF_A_NAMESPACE -> call instanceof GatewayCall.Apply && !policy;
                case APPLY_OF_A_POLICY -> call instanceof GatewayCall.Apply && policy;
                case CREATE_OF_A_NAMESPACE -> call instanceof GatewayCall.Create && !policy;
                case CREATE_OF_A_POLICY -> call instanceof GatewayCall.Create && policy;
                case DELETE_OF_A_POLICY -> call instanceof GatewayCall.Delete && policy;
            };
        }
    }

    /** The policies in the stores: before, at the first replica, and at the second. */
    enum Course {
        STRAIGHT,
        THERE_AND_BACK
    }

    private static final EgressMode LIST = new EgressMode.AllowList(
            List.of(new EgressRule.ToCidr(new Cidr("203.0.113.0/24"), List.of(), List.of(PortRange.tcp(443)))));

    private final Platform platform = new Platform();
    private final Environment dev = anEnvironment().id("shop-dev").build();
    private final AtomicBoolean partitioned = new AtomicBoolean();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();

    @AfterEach
    void close() {
        platform.clusters.faults().clear();
        platform.close();
    }

    static Stream<Arguments> cases() {
        return Stream.of(GivenUp.values())
                .flatMap(givenUp -> Stream.of(Write.values())
                        .flatMap(write ->
                                Stream.of(Course.values()).map(course -> Arguments.of(givenUp, write, course))));
    }

    @ParameterizedTest(name = "{1} given up {0}, {2}")
    @MethodSource("cases")
    void the_newest_record_is_in_force_after_a_late_write(GivenUp givenUp, Write write, Course course)
            throws Exception {
        prepare(write, course);
        want(new EgressMode.AllowAll(), "1");
        Faults.Rule late = platform.clusters.faults().on(write::is).once();
        Fault fault =
                givenUp == GivenUp.BY_TIMEOUT ? late.arriveLater(Failure.timeout()) : late.arriveLaterIfInterrupted();
        try (NamespaceLifecycle first = firstReplica(givenUp, write)) {
            Thread caller = new Thread(() -> thrown.set(catchThrowable(() -> first.deploy(dev.id()))));
            caller.start();
            fault.awaitHits(1);
            giveUp(givenUp, first, caller);
            boolean hasEnded = givenUp != GivenUp.BY_LOST_LEASE && givenUp != GivenUp.BY_PARTITION_FROM_THE_DATABASE;
            if (hasEnded) {
                caller.join(30_000);
                assertThat(caller.isAlive()).isFalse();
                assertThat(isOpen(write)).isTrue();
            }

            want(course == Course.STRAIGHT ? new EgressMode.DenyAll() : LIST, course == Course.STRAIGHT ? "2" : "0");
            try (NamespaceLifecycle second = secondReplica(write, course)) {
                assertThat(second.ensureDeployed(dev.id()).succeeded()).isTrue();
                Map<String, Object> recorded = platform.standing();

                if (hasEnded) {
                    assertThat(fault.deliver()).singleElement().satisfies(LateWritesTest::isRefused);
                } else {
                    fault.remove();
                    caller.join(30_000);
                    assertThat(caller.isAlive()).isFalse();
                }

                assertThat(platform.standing()).isEqualTo(recorded);
                assertThat(second.ensureDeployed(dev.id())
                                .environments()
                                .get(0)
                                .clusters()
                                .get(0)
                                .outcome())
                        .isInstanceOf(ClusterOutcome.Unchanged.class);
                second.deploy(dev.id());
                assertThat(platform.standing()).isEqualTo(recorded);
            }
        }
        assertThat(cause()).isInstanceOf(expected(givenUp));
    }

    /** Deploys the objects that exist before the first replica begins. */
    private void prepare(Write write, Course course) {
        platform.environment(dev, "shop-web");
        want(LIST, "0");
        boolean create = write == Write.CREATE_OF_A_NAMESPACE || write == Write.CREATE_OF_A_POLICY;
        if (create && course == Course.STRAIGHT) {
            return;
        }
        platform.lifecycle.deploy(dev.id());
        if (write == Write.CREATE_OF_A_NAMESPACE) {
            platform.clusters.cluster(EU).as("kubectl").delete(ResourceRef.namespace("shop-web"));
            platform.clusters.cluster(EU).finishDeletion("shop-web");
        } else if (write == Write.CREATE_OF_A_POLICY) {
            platform.clusters.cluster(EU).as("kubectl").delete(platform.policy("shop-web"));
        }
    }

    private void want(EgressMode mode, String tier) {
        var policy = anEgressPolicy().id("p").ofProject(dev.projectId().value());
        platform.savePolicy(
                mode instanceof EgressMode.AllowList list
                        ? policy.allowing(list.rules().toArray(new EgressRule[0]))
                        : mode instanceof EgressMode.DenyAll ? policy.denyingAll() : policy.allowingAll());
        Namespace stored = platform.namespaces.findByNames(List.of("shop-web")).get(0);
        platform.lifecycle.update(
                stored.id(),
                stored.version(),
                NamespaceRequest.of(dev.id(), "shop-web").withMetadata("tier", tier));
    }

    private boolean isOpen(Write write) {
        ResourceRef resource = write == Write.APPLY_OF_A_NAMESPACE || write == Write.CREATE_OF_A_NAMESPACE
                ? ResourceRef.namespace("shop-web")
                : platform.policy("shop-web");
        return platform.deployments.findByNamespaces(new Target(dev.id(), EU), List.of("shop-web")).stream()
                .anyMatch(row -> row.resource().equals(resource) && row.open());
    }

    private NamespaceLifecycle firstReplica(GivenUp givenUp, Write write) {
        var stores = platform.stores.stores();
        if (givenUp == GivenUp.BY_PARTITION_FROM_THE_DATABASE) {
            stores = WatchedStores.of(stores, call -> {
                if (partitioned.get()) {
                    throw new StoreException(
                            ErrorContext.of(Operation.FIND), "any", "any", Retry.later(), "no route", null);
                }
            });
        }
        return platform.builder(platform.gateway, stores)
                .egressSettings(cluster -> settings(write == Write.DELETE_OF_A_POLICY))
                .build();
    }

    private NamespaceLifecycle secondReplica(Write write, Course course) {
        return platform.builder()
                .egressSettings(cluster -> settings(write == Write.DELETE_OF_A_POLICY && course == Course.STRAIGHT))
                .build();
    }

    private static EgressSettings settings(boolean kubernetes) {
        return kubernetes
                ? EgressSettings.defaults().withDialect(new DialectChoice.Fixed(PolicyDialect.KUBERNETES))
                : EgressSettings.defaults();
    }

    private void giveUp(GivenUp givenUp, NamespaceLifecycle first, Thread caller) {
        switch (givenUp) {
            case BY_INTERRUPT -> caller.interrupt();
            case BY_CLOSE -> assertThat(first.close(Duration.ofSeconds(30))).isTrue();
            case BY_LOST_LEASE -> revoke();
            case BY_PARTITION_FROM_THE_DATABASE -> {
                partitioned.set(true);
                revoke();
            }
            case BY_TIMEOUT -> {}
        }
    }

    private void revoke() {
        assertThat(platform.lock.revoke(new Target(dev.id(), EU))).isTrue();
    }

    private Throwable cause() {
        Throwable failure = thrown.get();
        return failure instanceof DeploymentFailedException failed
                ? failed.report().failures().get(0)
                : failure;
    }

    private static Class<? extends NamespaceException> expected(GivenUp givenUp) {
        return switch (givenUp) {
            case BY_INTERRUPT -> OperationInterruptedException.class;
            case BY_CLOSE -> LifecycleClosedException.class;
            case BY_TIMEOUT -> ClusterTimeoutException.class;
            case BY_LOST_LEASE -> LeaseLostException.class;
            case BY_PARTITION_FROM_THE_DATABASE -> NamespaceException.class;
        };
    }

    private static void isRefused(RecordedCall late) {
        if (late.outcome() instanceof RecordedCall.Outcome.Answered answered) {
            assertThat(answered.answer())
                    .matches(answer -> answer instanceof CreateResult.AlreadyExists || answer == DeleteResult.GONE);
        } else {
            assertThat(late.outcome())
                    .isInstanceOfSatisfying(
                            RecordedCall.Outcome.Failed.class,
                            failed -> assertThat(failed.cause()).isInstanceOf(PreconditionFailedException.class));
        }
    }
}

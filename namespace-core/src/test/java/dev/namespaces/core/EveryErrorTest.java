package dev.namespaces.core;

import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.adopt.ReleaseIncompleteException;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionNotConfirmedException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionPlanUnusableException;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.deploy.ClusterOutcome;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployedObject;
import dev.namespaces.core.deploy.DeployedObject.Effect;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.deploy.NamespaceOutcome;
import dev.namespaces.core.deploy.NamespaceReport;
import dev.namespaces.core.deploy.RefusedKeysException;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.Violation;
import dev.namespaces.egress.EgressSettingsException;
import dev.namespaces.egress.InexpressibleEgressException;
import dev.namespaces.egress.Omission;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.ForbiddenException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceOwnedByOtherException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.ThrottledException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Origin;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for each exception of the module; a new one has to be added to {@link #examples()}. */
class EveryErrorTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ErrorContext CONTEXT = ErrorContext.of(Operation.DEPLOY, EU);
    private static final Environment DEV = anEnvironment().id("shop-dev").build();
    private static final Namespace WEB = aNamespace()
            .in(DEV)
            .name("shop-web")
            .metadata("team", "storefront")
            .annotation("example.com/owner", "storefront")
            .build();

    private static final DeletionPlan.PlannedNamespace PLANNED =
            new DeletionPlan.PlannedNamespace(WEB.id(), DEV.id(), WEB.name(), WEB.version(), DeletionPlan.Row.LIVE);

    static Stream<NamespaceException> examples() {
        return Stream.of(
                new DeploymentFailedException(CONTEXT, deploymentReport(throttled(3), forbidden())),
                new DeletionIncompleteException(CONTEXT, deletionReport(throttled(3), forbidden())),
                new DeletionIncompleteException(CONTEXT, deletionReport()),
                new DeletionNotConfirmedException(12, 10),
                new DeletionPlanUnusableException("it has expired", NOW),
                new EgressSettingsException(CONTEXT, new IllegalStateException("no settings")),
                new InexpressibleEgressException(CONTEXT, PolicyDialect.KUBERNETES, omissions()),
                new InvalidNamespaceRequestException(CONTEXT, List.of(new Violation("name", "must not be empty"))),
                new LabelDomainChangedException(CONTEXT, "namespaces.dev", "platform.example.com"),
                new RefusedKeysException(CONTEXT, List.of(new Violation("metadata[control-plane]", "is refused"))),
                new ReleaseIncompleteException(releaseReport()),
                new LifecycleClosedException(CONTEXT),
                new WorkRejectedException(CONTEXT, new RejectedExecutionException("full")));
    }

    @Test
    void every_exception_of_the_module_is_among_the_examples() throws Exception {
        Path classes = Path.of(NamespaceLifecycle.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Set<String> leaves;
        try (Stream<Path> files = Files.walk(classes)) {
            leaves = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Exception.class") && !name.contains("$"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .collect(Collectors.toSet());
        }

        assertThat(examples().map(each -> each.getClass().getSimpleName()).collect(Collectors.toSet()))
                .isNotEmpty()
                .isEqualTo(leaves);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void nothing_is_lost_when_an_exception_is_serialized(NamespaceException original) throws Exception {
        NamespaceException copy = copy(original);

        assertThat(copy).isNotSameAs(original);
        assertSame(original, copy);
        assertThat(copy.getSuppressed()).hasSameSizeAs(original.getSuppressed());
    }

    @Test
    void a_plan_and_the_results_of_ensures_can_be_serialized() throws Exception {
        DeletionPlan plan = plan();

        DeletionPlan copy = copy(plan);

        assertThat(copy).isEqualTo(plan);
        EnsureResult.Failed failed = new EnsureResult.Failed(forbidden(), Duration.ofMinutes(1));
        assertThat(copy(failed).retryAfter()).isEqualTo(failed.retryAfter());
        assertSame(failed.cause(), copy(failed).cause());
    }

    @Test
    void a_failed_report_has_the_category_of_its_worst_cause() {
        NamespaceException owned = new NamespaceOwnedByOtherException(CONTEXT, "shop-prod");

        assertThat(new DeploymentFailedException(CONTEXT, deploymentReport(throttled(3), owned)).category())
                .isEqualTo(ErrorCategory.CONFLICT);
        assertThat(new DeploymentFailedException(CONTEXT, deploymentReport(owned, forbidden(), throttled(3)))
                        .category())
                .isEqualTo(ErrorCategory.MISCONFIGURED);
        assertThat(new DeletionIncompleteException(CONTEXT, deletionReport(throttled(3), owned)).category())
                .isEqualTo(ErrorCategory.CONFLICT);
        assertThat(new DeletionIncompleteException(CONTEXT, deletionReport()).category())
                .isEqualTo(ErrorCategory.UNAVAILABLE);
    }

    @Test
    void a_failed_report_is_retryable_if_all_of_its_causes_are() {
        assertThat(new DeploymentFailedException(CONTEXT, deploymentReport(throttled(3), throttled(7))).retry())
                .isEqualTo(Retry.after(Duration.ofSeconds(7)));
        assertThat(new DeploymentFailedException(CONTEXT, deploymentReport(throttled(3), forbidden())).retry())
                .isEqualTo(Retry.never());
        assertThat(new DeletionIncompleteException(CONTEXT, deletionReport(throttled(3), throttled(7))).retry())
                .isEqualTo(Retry.after(Duration.ofSeconds(7)));
        assertThat(new DeletionIncompleteException(CONTEXT, deletionReport(throttled(3), forbidden())).retry())
                .isEqualTo(Retry.never());
        assertThat(new DeletionIncompleteException(CONTEXT, deletionReport()).retry())
                .isEqualTo(Retry.later());
    }

    private static NamespaceException throttled(int seconds) {
        return new ThrottledException(CONTEXT, Duration.ofSeconds(seconds), null);
    }

    private static NamespaceException forbidden() {
        return new ForbiddenException(CONTEXT, "patch", "namespaces", "no role", null);
    }

    private static List<Omission> omissions() {
        List<PortRange> ports = List.of(PortRange.tcp(443));
        return Stream.of(
                        new EgressRule.ToDomain("*.example.com", ports),
                        new EgressRule.ToCidr(new Cidr("10.0.0.0/8"), List.of(new Cidr("10.1.0.0/16")), ports),
                        new EgressRule.ToEntities(Set.of(EgressEntity.WORLD), ports),
                        new EgressRule.ToNamespace(new NamespaceSelector.ByName("billing"), ports),
                        new EgressRule.ToNamespace(new NamespaceSelector.ByLabels(Map.of("team", "a")), ports))
                .map(rule -> new Omission(rule, "no such field"))
                .toList();
    }

    private static DeploymentReport deploymentReport(NamespaceException... causes) {
        PolicyResolution resolution = PolicyResolution.resolve(
                DEV,
                new EgressPolicy(new EgressPolicyId("p1"), DEV.projectId(), new EgressMode.DenyAll(), 1, NOW),
                new EgressPolicy(new EgressPolicyId("p2"), DEV.organizationId(), new EgressMode.AllowAll(), 1, null),
                new EgressMode.AllowList(List.of()));
        GenericKubernetesResource policy = new GenericKubernetesResource();
        policy.setApiVersion("cilium.io/v2");
        policy.setKind("CiliumNetworkPolicy");
        policy.setAdditionalProperty("spec", Map.of("egress", List.of(Map.of("toPorts", List.of(443)))));
        List<NamespaceOutcome> outcomes = new ArrayList<>(List.of(
                new NamespaceOutcome.Deployed(
                        Origin.CREATED,
                        List.of(new DeployedObject(ResourceRef.namespace("shop-web"), Effect.CREATED)),
                        List.of("loses a.example"),
                        List.of("deprecated"),
                        omissions()),
                new NamespaceOutcome.Planned(
                        List.of(
                                new NamespaceBuilder()
                                        .withNewMetadata()
                                        .withName("shop-web")
                                        .endMetadata()
                                        .build(),
                                policy),
                        List.of(),
                        List.of(),
                        List.of()),
                new NamespaceOutcome.Unchanged(),
                new NamespaceOutcome.NotAttempted()));
        Arrays.stream(causes).map(NamespaceOutcome.Failed::new).forEach(outcomes::add);
        Arrays.stream(causes).map(NamespaceOutcome.Unfenced::new).forEach(outcomes::add);
        DeploymentRecord deployment = new DeploymentRecord(
                new Target(DEV.id(), EU),
                7,
                1,
                new DeploymentRecord.Completion("0".repeat(64), "1".repeat(64), 2, PolicyDialect.CILIUM, NOW));
        return new DeploymentReport(
                List.of(new EnvironmentReport(
                        DEV,
                        List.of(
                                new ClusterReport(
                                        EU,
                                        new ClusterOutcome.Incomplete(),
                                        outcomes.stream()
                                                .map(outcome -> new NamespaceReport(
                                                        WEB, resolution, outcome, Duration.ofMillis(5)))
                                                .toList()),
                                new ClusterReport(EU, new ClusterOutcome.Deployed(deployment), List.of()),
                                new ClusterReport(EU, new ClusterOutcome.Unchanged(deployment), List.of()),
                                new ClusterReport(
                                        EU, new ClusterOutcome.NotRecorded(PolicyDialect.KUBERNETES), List.of()),
                                new ClusterReport(EU, new ClusterOutcome.Failed(causes[0]), List.of())))),
                List.of(new EnvironmentId("shop-prod")));
    }

    private static DeletionPlan plan() {
        return new DeletionPlan(
                DeletionPlan.FORMAT,
                List.of(PLANNED),
                List.of(new DeletionPlan.Deletion(PLANNED, EU, "uid-1")),
                List.of(new DeletionPlan.Kept(PLANNED, EU, DeletionPlan.Reason.ADOPTED)),
                List.of(new DeletionPlan.Unreachable(EU, "no answer", true)),
                List.of(new DeletionPlan.Serial(new Target(DEV.id(), EU), 3)),
                "alice",
                NOW);
    }

    private static DeletionReport deletionReport(NamespaceException... causes) {
        DeletionPlan.Deletion deletion = new DeletionPlan.Deletion(PLANNED, EU, "uid-1");
        List<DeletionReport.Outcome> outcomes = new ArrayList<>(List.of(
                new DeletionReport.Outcome.Gone(),
                new DeletionReport.Outcome.NotAttempted(),
                new DeletionReport.Outcome.Terminating(List.of(new DeletionCondition("Remaining", "Some", "pods")))));
        Arrays.stream(causes).map(DeletionReport.Outcome.Failed::new).forEach(outcomes::add);
        return new DeletionReport(
                outcomes.stream()
                        .map(outcome -> new DeletionReport.Result(deletion, outcome))
                        .toList(),
                List.of(new DeletionPlan.Unreachable(EU, "no answer", true)),
                List.of());
    }

    private static ReleaseReport releaseReport() {
        return new ReleaseReport(List.of(
                new ReleaseReport.Result(
                        WEB,
                        EU,
                        new ReleaseReport.Outcome.Released(
                                List.of(ResourceRef.namespace("shop-web")), List.of("label team"), List.of())),
                new ReleaseReport.Result(WEB, EU, new ReleaseReport.Outcome.Failed(forbidden(), true))));
    }

    /** Compares every accessor, and the exceptions in reports the same way, since exceptions have no equality. */
    private static void assertSame(NamespaceException original, NamespaceException copy) {
        assertThat(copy).hasSameClassAs(original).hasMessage(original.getMessage());
        List<Method> facts = Arrays.stream(original.getClass().getMethods())
                .filter(method -> NamespaceException.class.isAssignableFrom(method.getDeclaringClass()))
                .filter(method -> method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !method.getName().equals("settled"))
                .toList();
        assertThat(facts).extracting(Method::getName).contains("context", "category", "reason", "retry");
        for (Method fact : facts) {
            assertThat(valueOf(fact, copy))
                    .as(fact.getName())
                    .usingRecursiveComparison()
                    .withEqualsForType(EveryErrorTest::areSame, NamespaceException.class)
                    .isEqualTo(valueOf(fact, original));
        }
    }

    private static boolean areSame(NamespaceException one, NamespaceException other) {
        assertSame(one, other);
        return true;
    }

    private static Object valueOf(Method fact, Object owner) {
        try {
            return fact.invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(fact + " cannot be called", e);
        }
    }

    @SuppressWarnings("unchecked") // a copy has the class of its original
    private static <T> T copy(T original) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(original);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }
}

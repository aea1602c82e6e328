package dev.namespaces.error;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeletionCondition;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.ProjectId;
import dev.namespaces.model.ResourceRef;
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
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules for each exception of the module. Add a new exception to {@link #examples()}. */
class EveryErrorTest {

    private static final ErrorContext CONTEXT = ErrorContext.of(
                    Operation.APPLY, new ClusterId("eu-1"), ResourceRef.namespace("shop-web"))
            .withEnvironment(new EnvironmentId("shop-dev"));

    private static final Set<Class<?>> ENDS_BY_ITSELF = Set.of(
            DeploymentInProgressException.class,
            DeploymentOvertakenException.class,
            NamespaceTerminatingException.class,
            ObjectTerminatingException.class,
            PreconditionFailedException.class);

    static Stream<NamespaceException> examples() {
        Exception cause = new IOException("connection reset");
        return Stream.of(
                new ApplyConflictException(
                        CONTEXT, List.of(new ApplyConflictException.FieldConflict("kubectl", ".spec")), cause),
                new ClusterFailureException(CONTEXT, 503, "overloaded", Duration.ofSeconds(2), cause),
                new ClusterFailureException(CONTEXT, 301, "moved", cause),
                ClusterFailureException.passing(CONTEXT, 403, "quota not counted", Duration.ofSeconds(2)),
                ClusterFailureException.passing(CONTEXT, 409, "quota changed", null),
                new ClusterTimeoutException(CONTEXT, Duration.ofSeconds(30), cause),
                new ClusterSetAsideException(CONTEXT, Duration.ofSeconds(30)),
                new ClusterUnreachableException(CONTEXT, "connection refused", cause),
                ClusterUnreachableException.untrusted(CONTEXT, "no name matches", cause),
                new DeploymentInProgressException(CONTEXT, Duration.ofSeconds(30)),
                new DeploymentOvertakenException(CONTEXT),
                new EgressPolicyIdTakenException(new EgressPolicyId("p1"), new ProjectId("shop")),
                new EgressPolicyOwnerTakenException(new EgressPolicyId("p1"), new ProjectId("shop"), cause),
                new ForbiddenException(CONTEXT, "patch", "namespaces", "no role", cause),
                GatewayContractException.threw(CONTEXT, new IllegalStateException("broken")),
                GatewayContractException.didNotReturn(CONTEXT, Duration.ofMinutes(1)),
                new HostTransactionException(CONTEXT),
                new InvalidTextException("cluster id", "not valid", "must be valid"),
                new KindNotServedException(CONTEXT, "cilium.io/v2", "CiliumNetworkPolicy", cause),
                new LeaseLostException(CONTEXT),
                new ListExpiredException(CONTEXT, cause),
                new ManifestRejectedException(
                        CONTEXT, List.of(new ManifestRejectedException.FieldCause("spec", "bad")), "bad spec", cause),
                new NamespaceAbsentException(CONTEXT),
                new NamespaceExistsException(CONTEXT),
                new NamespaceNameTakenException(new EnvironmentId("shop-dev"), "shop-web", cause),
                new NamespaceNotOursException(CONTEXT, "Helm"),
                new NamespaceNotOursException(CONTEXT, null),
                new NamespaceOwnedByOtherException(CONTEXT, "shop-prod"),
                new NamespaceTerminatingException(
                        CONTEXT, List.of(new DeletionCondition("Remaining", "Some", "pods")), cause),
                new ObjectTerminatingException(CONTEXT, List.of("example.com/hold")),
                new OperationInterruptedException(CONTEXT, cause),
                new PolicyWidenedException(CONTEXT, List.of("10.0.0.0/8")),
                new PreconditionFailedException(CONTEXT, "other version", cause),
                new ProtectedNamespaceException(CONTEXT, "kube-system"),
                new StaleEgressPolicyException(new EgressPolicyId("p1"), 1, 2),
                new StaleVersionException(CONTEXT, new NamespaceId("n1"), 1, 2),
                new StoreException(CONTEXT, "namespaces", "n1", Retry.later(), "connection lost", cause),
                new StoreException(CONTEXT, "namespaces", "n1", Retry.never(), "row cannot be read", cause),
                new ThrottledException(CONTEXT, Duration.ofSeconds(3), cause),
                new UnauthorizedException(CONTEXT, "token expired", cause),
                new UnknownClusterException(CONTEXT, Set.of(new ClusterId("us"), new ClusterId("eu"))),
                new UnknownEnvironmentException(CONTEXT, Set.of(new EnvironmentId("b"), new EnvironmentId("a"))),
                new UnknownNamespaceException(CONTEXT, new NamespaceId("n1")));
    }

    @Test
    void every_exception_of_the_module_is_among_the_examples() throws Exception {
        Path classes = Path.of(NamespaceException.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Set<String> leaves;
        try (Stream<Path> files = Files.list(classes.resolve("dev/namespaces/error"))) {
            leaves = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Exception.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .collect(Collectors.toSet());
        }
        leaves.removeAll(Set.of("NamespaceException", "ClusterException"));

        assertThat(examples().map(each -> each.getClass().getSimpleName()).collect(Collectors.toSet()))
                .hasSizeGreaterThan(25)
                .isEqualTo(leaves);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void nothing_is_lost_when_an_exception_is_serialized(NamespaceException original) throws Exception {
        if (original instanceof ClusterException failure) {
            assertThat(failure.settled()).isSameAs(original);
        }

        NamespaceException copy = copy(original);

        assertThat(copy).isNotSameAs(original).hasSameClassAs(original).hasMessage(original.getMessage());
        List<Method> facts = Arrays.stream(original.getClass().getMethods())
                .filter(method -> NamespaceException.class.isAssignableFrom(method.getDeclaringClass()))
                .filter(method -> method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !method.getName().equals("settled"))
                .toList();
        assertThat(facts).extracting(Method::getName).contains("context", "category", "reason", "retry");
        for (Method fact : facts) {
            assertThat(fact.invoke(copy)).as(fact.getName()).isEqualTo(fact.invoke(original));
        }
        if (original.getCause() != null) {
            assertThat(copy.getCause())
                    .hasSameClassAs(original.getCause())
                    .hasMessage(original.getCause().getMessage());
        }
    }

    /** A host decides about a retry by either of them, and must not end in an endless loop. */
    @ParameterizedTest
    @MethodSource("examples")
    void the_category_and_the_retry_agree(NamespaceException each) {
        switch (each.category()) {
            case UNAVAILABLE -> assertThat(each.isRetryable()).isTrue();
            case CONFLICT -> assertThat(each.isRetryable()).isEqualTo(ENDS_BY_ITSELF.contains(each.getClass()));
            default -> assertThat(each.isRetryable()).isFalse();
        }
    }

    private static NamespaceException copy(NamespaceException original) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(original);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (NamespaceException) in.readObject();
        }
    }
}

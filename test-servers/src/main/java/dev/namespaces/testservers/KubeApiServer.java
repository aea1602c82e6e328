package dev.namespaces.testservers;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfig;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real kube-apiserver with its etcd, one for the whole JVM. Only tests with {@link OnRealCluster} may ask for it.
 * Tests use different names, so no test deletes its namespaces: they end with the JVM.
 *
 * <p>{@code KUBE_API_TEST_DIR} says where the binaries are; where it is not set, kube-api-test downloads its own.
 * There, and where a single part is absent, a test that needs it is skipped and says why. Where it is set, a server
 * that does not start is a failure.
 */
public final class KubeApiServer {

    private static final String BINARIES = "KUBE_API_TEST_DIR";
    private static final String CILIUM_CRDS = "CILIUM_CRDS_DIR";
    private static final Duration LONGEST_WAIT_FOR_A_ROLE = Duration.ofSeconds(30);

    /** How many tests, and classes of tests, may use the server now. */
    private static final AtomicInteger RUNNING = new AtomicInteger();

    private final Path kubeconfig;
    private final Path binaries;
    private final Kubectl kubectl;
    private final AtomicInteger names = new AtomicInteger();

    // Guarded by this.
    private boolean ciliumInstalled;
    private @Nullable KubernetesClient client;
    private final List<HasMetadata> grants = new ArrayList<>();

    private KubeApiServer(Path kubeconfig, Path binaries) {
        this.kubeconfig = kubeconfig;
        this.binaries = binaries;
        this.kubectl = new Kubectl(binaries.resolve("kubectl"), kubeconfig);
    }

    /**
     * Returns the server of this JVM, to any thread.
     *
     * @throws IllegalStateException if no test with {@link OnRealCluster} is running: a test without it would fail on a
     *     machine without a server
     */
    public static KubeApiServer shared() {
        if (RUNNING.get() == 0) {
            throw new IllegalStateException("A test that uses the real API server needs @OnRealCluster");
        }
        return started();
    }

    /**
     * Returns the server of this JVM to a program that runs no tests.
     *
     * @throws IllegalStateException if there can be none on this machine
     */
    public static KubeApiServer outsideOfTests() {
        missing().ifPresent(part -> {
            throw new IllegalStateException(part.toString());
        });
        return started();
    }

    /** Starts the server, and returns why there can be none on this machine; empty if it runs. */
    static Optional<MissingPart> missing() {
        return Optional.ofNullable(Shared.problem)
                .map(problem -> new MissingPart(
                        "kube-apiserver",
                        BINARIES + " is not set, and kube-api-test could not download one: " + problem));
    }

    /** Returns the server that {@link #missing} has started. */
    static KubeApiServer started() {
        if (Shared.server == null) {
            throw new IllegalStateException("There is no API server", Shared.problem);
        }
        return Shared.server;
    }

    Optional<MissingPart> missingKubectl() {
        return missingBinary("kubectl");
    }

    Optional<MissingPart> missingNamespaceController() {
        return missingBinary("kube-controller-manager");
    }

    private Optional<MissingPart> missingBinary(String name) {
        return Files.isExecutable(binaries.resolve(name))
                ? Optional.empty()
                : Optional.of(new MissingPart(
                        name,
                        BINARIES + " must point to Kubernetes binaries with " + name + " next to kube-apiserver"));
    }

    Optional<MissingPart> missingCilium() {
        String directory = System.getenv(CILIUM_CRDS);
        return directory != null && Files.isDirectory(Path.of(directory))
                ? missingKubectl()
                : Optional.of(new MissingPart(
                        "CustomResourceDefinitions of Cilium", CILIUM_CRDS + " must point to the directory of them"));
    }

    /** Counts a test, or a class of tests, that may use the server. */
    void begin() {
        RUNNING.incrementAndGet();
    }

    /** Ends what {@link #begin} began. The last one deletes the roles of users. */
    void end() {
        if (RUNNING.decrementAndGet() == 0) {
            deleteGrants();
        }
    }

    private synchronized void deleteGrants() {
        for (HasMetadata grant : grants) {
            client().resource(grant).delete();
        }
        grants.clear();
    }

    /** Returns the administrator's kubeconfig, as YAML. */
    public String kubeconfig() {
        try {
            return Files.readString(kubeconfig);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the file that holds the administrator's kubeconfig. */
    public Path kubeconfigFile() {
        return kubeconfig;
    }

    /** Returns a new configuration of fabric8's client, for the administrator. */
    public Config config() {
        return Config.fromKubeconfig(kubeconfig());
    }

    /** Returns a new configuration of fabric8's client, for a user who has no rights but those of {@link #newUser}. */
    public Config config(String user) {
        Config config = config();
        config.getRequestConfig().setImpersonateUsername(user);
        config.getRequestConfig().setImpersonateGroups("system:authenticated");
        return config;
    }

    /** Returns the administrator's client, one for the whole JVM. Tests do not close it. */
    public synchronized KubernetesClient client() {
        if (client == null) {
            KubernetesClient created =
                    new KubernetesClientBuilder().withConfig(config()).build();
            Runtime.getRuntime().addShutdownHook(new Thread(created::close));
            client = created;
        }
        return client;
    }

    /** Returns a name that no other test of this JVM has. */
    public String newName(String prefix) {
        return prefix + "-" + names.incrementAndGet();
    }

    /** Returns the ClusterRoles of a file of manifests, by name. */
    public Map<String, ClusterRole> readClusterRoles(Path file) {
        Map<String, ClusterRole> roles = new LinkedHashMap<>();
        try (InputStream manifests = Files.newInputStream(file)) {
            for (HasMetadata manifest : client().load(manifests).items()) {
                roles.put(manifest.getMetadata().getName(), (ClusterRole) manifest);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return roles;
    }

    /**
     * Creates a user with exactly these rights on all namespaces, and waits until the server grants them.
     *
     * @return the name of the user, for {@link #config(String)}
     */
    public String newUser(List<PolicyRule> rights) {
        String user = newName("user");
        create(new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .withRules(rights)
                .build());
        create(new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(user)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", user)
                .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                .build());
        try (KubernetesClient as =
                new KubernetesClientBuilder().withConfig(config(user)).build()) {
            await().atMost(LONGEST_WAIT_FOR_A_ROLE)
                    .until(() -> rights.stream().allMatch(right -> isGranted(as, right)));
        }
        return user;
    }

    private synchronized void create(HasMetadata grant) {
        grants.add(client().resource(grant).create());
    }

    private static boolean isGranted(KubernetesClient user, PolicyRule right) {
        return right.getVerbs().stream()
                .allMatch(verb -> right.getApiGroups().stream()
                        .allMatch(group -> right.getResources().stream()
                                .allMatch(resource -> isGranted(user, verb, group, resource))));
    }

    private static boolean isGranted(KubernetesClient user, String verb, String group, String resource) {
        return user.authorization()
                .v1()
                .selfSubjectAccessReview()
                .create(new SelfSubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withNewResourceAttributes()
                        .withVerb(verb)
                        .withGroup(group)
                        .withResource(resource)
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    /** Returns kubectl, as the administrator. Skips the calling test where there is none. */
    public Kubectl kubectl() {
        missingKubectl().ifPresent(MissingPart::abort);
        return kubectl;
    }

    /**
     * Installs Cilium's CustomResourceDefinitions, unless they are installed, and waits until they are served. Skips
     * the calling test where there are none.
     */
    public synchronized void installCilium() {
        if (ciliumInstalled) {
            return;
        }
        missingCilium().ifPresent(MissingPart::abort);
        kubectl().run("apply", "--server-side", "-f", System.getenv(CILIUM_CRDS));
        kubectl().run("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
        ciliumInstalled = true;
    }

    /**
     * Starts kube-controller-manager's namespace controller, without which a deleted namespace stays terminating
     * forever. Close it to stop it. Skips the calling test where there is none.
     */
    public NamespaceController startNamespaceController() {
        return startControllers("--controllers=namespace-controller");
    }

    /**
     * Starts controllers of kube-controller-manager, each under a service account of its own, as on a usual cluster.
     * Close the result to stop them. Skips the calling test where there is no kube-controller-manager.
     *
     * @param names such as {@code namespace-controller}
     */
    public NamespaceController startControllersWithAccounts(String... names) {
        return startControllers("--controllers=" + String.join(",", names), "--use-service-account-credentials");
    }

    private NamespaceController startControllers(String... options) {
        missingNamespaceController().ifPresent(MissingPart::abort);
        List<String> command = new ArrayList<>(List.of(
                binaries.resolve("kube-controller-manager").toString(),
                "--kubeconfig",
                kubeconfig.toString(),
                "--leader-elect=false",
                "--secure-port=0"));
        command.addAll(List.of(options));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new NamespaceController(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The running namespace controller, perhaps with others. */
    public static final class NamespaceController implements AutoCloseable {

        private final Process process;
        private final Thread hook;

        private NamespaceController(Process process) {
            this.process = process;
            this.hook = new Thread(process::destroyForcibly);
            Runtime.getRuntime().addShutdownHook(hook);
        }

        /** Stops it, and waits until it has ended. */
        @Override
        public void close() {
            process.destroyForcibly();
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static final class Shared {

        /** For a download from a network that answers nothing, which would block the build for minutes. */
        private static final Map<String, String> DOWNLOAD_TIMEOUTS = Map.of(
                "sun.net.client.defaultConnectTimeout", "10000",
                "sun.net.client.defaultReadTimeout", "30000");

        static @Nullable KubeApiServer server;
        static @Nullable RuntimeException problem;

        static {
            DOWNLOAD_TIMEOUTS.forEach(System.getProperties()::putIfAbsent);
            String directory = System.getenv(BINARIES);
            KubeAPIServer started = new KubeAPIServer(withMutatingAdmissionPolicies());
            try {
                start(started);
                Runtime.getRuntime().addShutdownHook(new Thread(started::stop));
                Path kubeconfig = Files.createTempFile("kubeconfig", ".yaml");
                kubeconfig.toFile().deleteOnExit();
                Files.writeString(kubeconfig, started.getKubeConfigYaml());
                server = new KubeApiServer(
                        kubeconfig,
                        binaries(
                                directory == null
                                        ? Path.of(System.getProperty("user.home"), ".kubeapitest")
                                        : Path.of(directory)));
            } catch (RuntimeException e) {
                if (directory != null) {
                    throw e;
                }
                problem = e;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /**
         * Switches them on, since they are off by default before Kubernetes 1.36; see "Mutating Admission Policy" in
         * its documentation.
         */
        private static KubeAPIServerConfig withMutatingAdmissionPolicies() {
            return KubeAPIServerConfigBuilder.anAPIServerConfig()
                    .withApiServerFlag("--feature-gates", "MutatingAdmissionPolicy=true")
                    .withApiServerFlag("--runtime-config", "admissionregistration.k8s.io/v1beta1=true")
                    .build();
        }

        private static final int MAX_STARTS = 3;

        /**
         * One at a time on this machine: side by side they would take the same free ports, and write one certificate.
         */
        private static void start(KubeAPIServer server) throws IOException {
            Path home = Files.createDirectories(Path.of(
                    System.getProperty("java.io.tmpdir"), "namespace-test-servers-" + System.getProperty("user.name")));
            try (FileChannel file = FileChannel.open(
                            home.resolve("kube-api-test.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock starting = file.lock()) {
                if (starting.isValid()) {
                    startOrTryAgain(server);
                }
            }
        }

        /** Somebody else on the machine may take the free port that was found, before the server does. */
        private static void startOrTryAgain(KubeAPIServer server) {
            for (int attempt = 1; ; attempt++) {
                try {
                    server.start();
                    return;
                } catch (KubeAPITestException e) {
                    if (attempt == MAX_STARTS) {
                        throw e;
                    }
                    stop(server, e);
                }
            }
        }

        private static void stop(KubeAPIServer server, KubeAPITestException failure) {
            try {
                server.stop();
            } catch (RuntimeException e) {
                failure.addSuppressed(e);
            }
        }

        /** The newest version among those unpacked, which is the one that kube-api-test starts. */
        private static Path binaries(Path directory) throws IOException {
            try (Stream<Path> versions = Files.list(directory.resolve("k8s"))) {
                List<Path> candidates = versions.filter(
                                version -> Files.isExecutable(version.resolve("kube-apiserver")))
                        .sorted()
                        .toList();
                return candidates.get(candidates.size() - 1);
            }
        }
    }
}

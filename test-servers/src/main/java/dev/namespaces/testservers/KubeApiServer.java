package dev.namespaces.testservers;

import io.fabric8.kubeapitest.KubeAPIServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real kube-apiserver with its etcd, one for the whole JVM. Tests keep apart by the names of their namespaces.
 *
 * <p>{@code KUBE_API_TEST_DIR} says where the binaries are; where it is not set, kube-api-test downloads its own.
 * There, and where a single part is absent, a test that needs it is skipped and says why. Where it is set, a server
 * that does not start is a failure.
 */
public final class KubeApiServer {

    private static final String BINARIES = "KUBE_API_TEST_DIR";
    private static final String CILIUM_CRDS = "CILIUM_CRDS_DIR";

    private final Path kubeconfig;
    private final @Nullable Path binaries;
    private final Kubectl kubectl;
    private boolean ciliumInstalled;

    private KubeApiServer(Path kubeconfig, @Nullable Path binaries) {
        this.kubeconfig = kubeconfig;
        this.binaries = binaries;
        this.kubectl = new Kubectl(binaries == null ? Path.of("kubectl") : binaries.resolve("kubectl"), kubeconfig);
    }

    /** The server of this JVM, started by the first call. Skips the calling test where there can be none. */
    public static KubeApiServer shared() {
        if (Shared.SERVER == null) {
            Assumptions.abort("No kube-apiserver: " + BINARIES
                    + " is not set, and kube-api-test could not provide one: " + Shared.problem);
        }
        return Shared.SERVER;
    }

    /** The administrator's kubeconfig, as YAML. */
    public String kubeconfig() {
        try {
            return Files.readString(kubeconfig);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file that holds the administrator's kubeconfig. */
    public Path kubeconfigFile() {
        return kubeconfig;
    }

    /** kubectl, as the administrator. */
    public Kubectl kubectl() {
        Assumptions.assumeTrue(
                binaries != null && Files.isExecutable(binaries.resolve("kubectl")),
                "No kubectl: " + BINARIES + " must point to the unpacked Kubernetes binaries");
        return kubectl;
    }

    /** Installs Cilium's CustomResourceDefinitions, unless they are, and waits until they are served. */
    public synchronized void installCilium() {
        if (ciliumInstalled) {
            return;
        }
        String directory = System.getenv(CILIUM_CRDS);
        Assumptions.assumeTrue(
                directory != null && Files.isDirectory(Path.of(directory)),
                "No CustomResourceDefinitions of Cilium: " + CILIUM_CRDS + " must point to the directory of them");
        kubectl().run("apply", "--server-side", "-f", directory);
        kubectl().run("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
        ciliumInstalled = true;
    }

    /**
     * Starts kube-controller-manager's namespace controller, without which a deleted namespace stays terminating for
     * ever. Close it to stop it.
     */
    public NamespaceController startNamespaceController() {
        Path binary = binaries == null ? null : binaries.resolve("kube-controller-manager");
        if (binary == null || !Files.isExecutable(binary)) {
            Assumptions.abort("No kube-controller-manager: " + BINARIES
                    + " must point to Kubernetes binaries that have one beside kube-apiserver");
        }
        try {
            Process process = new ProcessBuilder(
                            binary.toString(),
                            "--kubeconfig",
                            kubeconfig.toString(),
                            "--controllers=namespace-controller",
                            "--leader-elect=false",
                            "--secure-port=0")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new NamespaceController(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A running namespace controller. */
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

        static @Nullable KubeApiServer SERVER;
        static @Nullable RuntimeException problem;

        static {
            String directory = System.getenv(BINARIES);
            KubeAPIServer server = new KubeAPIServer();
            try {
                start(server);
                Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
                Path kubeconfig = Files.createTempFile("kubeconfig", ".yaml");
                kubeconfig.toFile().deleteOnExit();
                Files.writeString(kubeconfig, server.getKubeConfigYaml());
                SERVER = new KubeApiServer(kubeconfig, directory == null ? null : binaries(Path.of(directory)));
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
         * One at a time on this machine: side by side they would take the same free ports, and write one certificate.
         */
        private static void start(KubeAPIServer server) throws IOException {
            Path home = Files.createDirectories(Path.of(
                    System.getProperty("java.io.tmpdir"), "namespace-test-servers-" + System.getProperty("user.name")));
            try (FileChannel file = FileChannel.open(
                            home.resolve("kube-api-test.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock starting = file.lock()) {
                if (starting.isValid()) {
                    server.start();
                }
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

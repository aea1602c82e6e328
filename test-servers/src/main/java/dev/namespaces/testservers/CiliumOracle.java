package dev.namespaces.testservers;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Cilium's own rule checks and policy engine as the judge of manifests. Safe to use from many threads at once; each
 * call runs a process of its own.
 *
 * <p>What a call costs grows with the product of its policies and flows; about 50 policies a call are fast.
 */
public final class CiliumOracle {

    private static final String BINARIES = "KUBE_API_TEST_DIR";
    private static final long TIMEOUT_SECONDS = 120;
    private static final ObjectMapper MAPPER =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_EMPTY);
    private static final TypeReference<List<Verification>> VERIFICATIONS = new TypeReference<>() {};
    private static final TypeReference<List<Verdict>> VERDICTS = new TypeReference<>() {};

    private final Path binary;

    private CiliumOracle(Path binary) {
        this.binary = binary;
    }

    /** Returns the oracle. Skips the calling test where there is none. */
    public static CiliumOracle orSkip() {
        missing().ifPresent(MissingPart::abort);
        return new CiliumOracle(binary());
    }

    /** Returns why there is no oracle on this machine; empty where there is one. */
    static Optional<MissingPart> missing() {
        if (System.getenv(BINARIES) == null) {
            return Optional.of(new MissingPart("cilium-oracle", BINARIES + " is not set"));
        }
        return Files.isExecutable(binary())
                ? Optional.empty()
                : Optional.of(new MissingPart("cilium-oracle", BINARIES + " has no executable bin/cilium-oracle"));
    }

    private static Path binary() {
        return Path.of(System.getenv(BINARIES), "bin", "cilium-oracle");
    }

    /**
     * What the API server's schema and the agent's own checks say of each document.
     *
     * @param documents manifests as JSON or YAML, each a single document
     */
    public List<Verification> verify(List<String> documents) {
        return inTemporaryDirectory(directory -> read(
                MAPPER.readerFor(VERIFICATIONS),
                run(directory, "verify", write(directory, documents)),
                documents.size()));
    }

    /**
     * What the policy engine says of each flow, with exactly these policies in the cluster.
     *
     * @param flows the flows, in the order of the answer
     * @param documents manifests as JSON or YAML, each a single document that the agent accepts
     */
    public List<Verdict> verdict(List<Flow> flows, List<String> documents) {
        return inTemporaryDirectory(directory -> {
            Path file = directory.resolve("flows.json");
            Files.writeString(file, MAPPER.writeValueAsString(flows));
            List<Verdict> verdicts = read(
                    MAPPER.readerFor(VERDICTS),
                    run(directory, "verdict", file.toString(), write(directory, documents)),
                    flows.size());
            for (Verdict verdict : verdicts) {
                if (verdict.error() != null) {
                    throw new IllegalStateException(
                            "cilium-oracle cannot judge " + flows.get(verdict.flow()) + ": " + verdict.error());
                }
            }
            return verdicts;
        });
    }

    /**
     * What is said of one document.
     *
     * @param kind its kind
     * @param name its name
     * @param schema {@code ok}, or what the API server would say
     * @param agent {@code ok}, or why the agent rejects it
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Verification(String kind, String name, String schema, String agent) {

        /** Whether the API server would accept it. */
        public boolean schemaAccepts() {
            return schema.equals("ok");
        }

        /** Whether the agent accepts it. */
        public boolean agentAccepts() {
            return agent.equals("ok");
        }
    }

    /**
     * A first packet that a pod sends.
     *
     * @param from the pod
     * @param to where to
     * @param port the port of the backend
     * @param protocol such as {@code TCP}
     */
    public record Flow(Peer from, Peer to, int port, String protocol) {}

    /**
     * One end of a flow: a pod with namespace and labels, or one of the others.
     *
     * @param namespace the pod's namespace
     * @param namespaceLabels the labels of that namespace
     * @param labels the pod's labels
     * @param ip an address outside of the cluster
     * @param domain a name that a public IPv4 address was learnt from
     * @param entity a reserved identity, such as {@code host}
     */
    public record Peer(
            @Nullable String namespace,
            @Nullable Map<String, String> namespaceLabels,
            @Nullable Map<String, String> labels,
            @Nullable String ip,
            @Nullable String domain,
            @Nullable String entity) {

        /** A pod. */
        public static Peer pod(String namespace, Map<String, String> namespaceLabels, Map<String, String> labels) {
            return new Peer(namespace, namespaceLabels, labels, null, null, null);
        }

        /** An address outside of the cluster. */
        public static Peer ip(String ip) {
            return new Peer(null, null, null, ip, null, null);
        }

        /** A public IPv4 address that was learnt from that name. */
        public static Peer domain(String domain) {
            return new Peer(null, null, null, null, domain, null);
        }

        /** A reserved identity, such as {@code host}. */
        public static Peer entity(String entity) {
            return new Peer(null, null, null, null, null, entity);
        }
    }

    /**
     * What the engine says of one flow.
     *
     * @param flow its index
     * @param egress {@code allowed} or {@code denied}
     * @param ingress the same, at the receiving end
     * @param error why there is no answer, else null
     */
    public record Verdict(
            int flow,
            String egress,
            String ingress,
            @Nullable String error) {

        /** Whether the sender may send it. */
        public boolean egressAllowed() {
            return egress.equals("allowed");
        }

        /** Whether the receiver may receive it. */
        public boolean ingressAllowed() {
            return ingress.equals("allowed");
        }
    }

    private String run(Path directory, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(binary.toString());
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "cilium-oracle " + arguments[0] + " did not end within " + TIMEOUT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(
                        "cilium-oracle " + arguments[0] + " failed: " + firstLines(Files.readString(errors)));
            }
            return Files.readString(output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while cilium-oracle was running", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String firstLines(String text) {
        return text.lines().limit(5).collect(joining("\n"));
    }

    private static String write(Path directory, List<String> documents) throws IOException {
        Path file = directory.resolve("policies.yaml");
        Files.writeString(file, String.join("\n---\n", documents));
        return file.toString();
    }

    private static <T> List<T> read(ObjectReader reader, String lines, int expected) throws IOException {
        List<T> answers =
                reader.readValue(lines.lines().filter(line -> !line.isBlank()).collect(joining(",", "[", "]")));
        if (answers.size() != expected) {
            throw new IllegalStateException(
                    "cilium-oracle answered " + answers.size() + " times, not " + expected + " times");
        }
        return answers;
    }

    private interface Work<T> {
        T in(Path directory) throws IOException;
    }

    private static <T> T inTemporaryDirectory(Work<T> work) {
        try {
            Path directory = Files.createTempDirectory("cilium-oracle");
            try {
                return work.in(directory);
            } finally {
                try (Stream<Path> files = Files.list(directory)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

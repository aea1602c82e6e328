package dev.namespaces.testservers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs kubectl against one API server. */
public final class Kubectl {

    private final Path binary;
    private final Path kubeconfig;

    Kubectl(Path binary, Path kubeconfig) {
        this.binary = binary;
        this.kubeconfig = kubeconfig;
    }

    /**
     * Runs it, and demands success.
     *
     * @return what it printed on its standard output
     * @throws IllegalStateException with what it printed on its standard error, if it failed
     */
    public String run(String... arguments) {
        Result result = tryRun(arguments);
        if (result.exitCode() != 0) {
            throw new IllegalStateException("kubectl " + String.join(" ", arguments) + " ended with "
                    + result.exitCode() + ": " + result.error());
        }
        return result.output();
    }

    /** Runs it, and answers what came of it. */
    public Result tryRun(String... arguments) {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(arguments));
        return run(new ProcessBuilder(command));
    }

    /** Has a shell run a line that calls {@code kubectl}, in that directory. */
    public Result tryShell(Path directory, String line) {
        ProcessBuilder shell = new ProcessBuilder("sh", "-ec", line).directory(directory.toFile());
        shell.environment().merge("PATH", binary.getParent() + ":", (path, kubectl) -> kubectl + path);
        return run(shell);
    }

    private Result run(ProcessBuilder command) {
        command.environment().put("KUBECONFIG", kubeconfig.toString());
        try {
            Path error = Files.createTempFile("kubectl", ".err");
            try {
                Process process = command.redirectError(error.toFile()).start();
                process.getOutputStream().close();
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                int exitCode = process.waitFor();
                return new Result(exitCode, output, Files.readString(error));
            } finally {
                Files.deleteIfExists(error);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while kubectl ran", e);
        }
    }

    /**
     * What came of a run.
     *
     * @param exitCode 0 for success
     * @param output its standard output
     * @param error its standard error
     */
    public record Result(int exitCode, String output, String error) {}
}

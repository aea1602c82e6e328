package dev.namespaces.testservers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A second JVM with the class path of this one. A test can stop or kill it in the middle of its work. */
public final class ChildJvm implements AutoCloseable {

    private final Process process;
    private final BufferedReader output;
    private final PrintWriter input;

    private ChildJvm(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
        this.input = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /**
     * Starts the main method of the class, without the optimizing compiler, which costs short work more than it saves.
     */
    public static ChildJvm startForShortWork(Class<?> main, String... arguments) {
        return start(List.of("-XX:TieredStopAtLevel=1"), main, arguments);
    }

    /** Starts the main method of the class, with options of the JVM such as {@code -Xmx256m}. */
    public static ChildJvm start(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        try {
            return new ChildJvm(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the next line that the JVM prints. */
    public String nextLine() {
        try {
            String line = output.readLine();
            if (line == null) {
                throw new IllegalStateException("The child process has ended");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the JVM a line. */
    public void println(String line) {
        input.println(line);
    }

    /** Stops the JVM with SIGSTOP: none of its threads runs until {@link #proceed}. */
    public void stop() {
        signal("STOP");
    }

    /** Lets the JVM continue with SIGCONT. */
    public void proceed() {
        signal("CONT");
    }

    /** Asks the JVM to end with SIGTERM, and returns at once. */
    public void terminate() {
        signal("TERM");
    }

    /** Waits until the JVM has ended, and returns its exit code. */
    public int exitCode() {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Kills the JVM with SIGKILL, and returns when its process has ended. */
    public void kill() {
        process.destroyForcibly();
        exitCode();
    }

    @Override
    public void close() {
        kill();
    }

    private void signal(String name) {
        try {
            int exit = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill -" + name + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

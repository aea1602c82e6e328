package dev.namespaces.benchmarks.report;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The machine and the software of a run, as the report names them.
 *
 * @param hardware processor, cores and memory
 * @param java the JDK
 * @param system the operating system
 * @param versions the versions of libraries and databases
 */
record Machine(String hardware, String java, String system, String versions) {

    static Machine current() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long gibibytes = Math.round(system.getTotalMemorySize() / (double) (1 << 30));
        return new Machine(
                system.getAvailableProcessors() + " cores, " + processor() + ", " + gibibytes + " GiB of memory",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
                system.getName() + " " + system.getVersion() + " on " + system.getArch(),
                namesAndVersions());
    }

    /** Returns the commit of the checkout, with a remark if files differ from it. */
    static String commit() {
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 ? commit : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String processor() {
        try {
            return Files.readString(Path.of("/proc/cpuinfo"))
                    .lines()
                    .filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("an unknown processor");
        } catch (IOException e) {
            return "an unknown processor";
        }
    }

    private static String namesAndVersions() {
        Properties properties = new Properties();
        try (InputStream file = Machine.class.getResourceAsStream("versions.properties")) {
            properties.load(Objects.requireNonNull(file, "versions.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        properties.stringPropertyNames().forEach(name -> sorted.put(name, properties.getProperty(name)));
        return sorted.entrySet().stream()
                .map(version -> version.getKey() + " " + version.getValue())
                .collect(Collectors.joining(", "));
    }
}

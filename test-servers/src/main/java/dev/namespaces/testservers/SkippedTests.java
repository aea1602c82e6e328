package dev.namespaces.testservers;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Prints one line at the end of the build about the tests that were skipped because a part is missing. */
public final class SkippedTests {

    private static final String FILE = "missing-parts-";

    private SkippedTests() {}

    /** Writes how many tests of a module this JVM has skipped for want of each part. */
    static void writeCounts(Path target, Map<String, Integer> skipped) throws IOException {
        Files.writeString(
                target.resolve(FILE + ProcessHandle.current().pid() + ".txt"),
                skipped.entrySet().stream()
                        .map(each -> each.getValue() + " " + each.getKey() + "\n")
                        .collect(joining()));
    }

    /**
     * Prints how many tests of all modules were skipped and how to run them; prints nothing if none was.
     *
     * @param arguments the directory of the project, and when the build started
     */
    public static void main(String[] arguments) throws IOException {
        Map<String, Integer> skipped = readCounts(Path.of(arguments[0]), Instant.parse(arguments[1]));
        if (!skipped.isEmpty()) {
            System.out.println(message(skipped));
        }
    }

    /** Adds up what the modules have counted since then; older counts are of a build before. */
    static Map<String, Integer> readCounts(Path project, Instant since) throws IOException {
        Map<String, Integer> sums = new TreeMap<>();
        for (Path file : files(project)) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(since)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] countAndPart = line.split(" ", 2);
                sums.merge(countAndPart[1], Integer.valueOf(countAndPart[0]), Integer::sum);
            }
        }
        return sums;
    }

    /** Modules are directories of the project, or of its directory of examples. */
    private static List<Path> files(Path project) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(project);
                Stream<Path> examples = Files.list(project.resolve("examples"))) {
            for (Path module : Stream.concat(modules, examples).toList()) {
                Path target = module.resolve("target");
                if (Files.isDirectory(target)) {
                    try (DirectoryStream<Path> counts = Files.newDirectoryStream(target, FILE + "*.txt")) {
                        counts.forEach(files::add);
                    }
                }
            }
        }
        return files;
    }

    static String message(Map<String, Integer> skipped) {
        int sum = skipped.values().stream().mapToInt(Integer::intValue).sum();
        return "*** " + sum + (sum == 1 ? " test was" : " tests were") + " SKIPPED for want of "
                + skipped.entrySet().stream()
                        .map(each -> each.getKey() + " (" + each.getValue() + ")")
                        .collect(joining(", "))
                + ". To run them, set KUBE_API_TEST_DIR and CILIUM_CRDS_DIR: see \"Real servers\" in CONTRIBUTING.md. ***";
    }
}

package dev.namespaces.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the commands of a page. Maven reads the local repository of this build, and writes to one in the folder of the
 * test.
 *
 * @param folder where the local repository, the copies of the checkout and the outputs are
 * @param environment variables in addition to those of this process
 */
record Commands(Path folder, Map<String, String> environment) {

    private static final Path ROOT = GuidePage.of("").file();

    /** Copies the files that git tracks to a folder of that name. */
    Path checkout(String name) throws IOException, InterruptedException {
        Path copy = folder.resolve(name);
        for (String file : run(ROOT, "git ls-files").lines().toList()) {
            Path target = copy.resolve(file);
            Files.createDirectories(target.getParent());
            Files.copy(ROOT.resolve(file), target);
        }
        return copy;
    }

    /**
     * Runs a command in a directory.
     *
     * @param mavenArguments more arguments for Maven
     * @return its output
     * @throws IllegalStateException with its output, if it fails
     */
    String run(Path directory, String command, String... mavenArguments) throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder bash = new ProcessBuilder("bash", "-ec", command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        bash.environment().putAll(environment);
        String maven = "-B -ntp -Dmaven.repo.local=%s -Dmaven.repo.local.tail=%s %s"
                .formatted(folder.resolve("local-repository"), localRepository(), String.join(" ", mavenArguments));
        bash.environment().merge("MAVEN_ARGS", maven, (inherited, added) -> inherited + " " + added);
        Process process = bash.start();
        boolean ended = false;
        try {
            ended = process.waitFor(30, TimeUnit.MINUTES);
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
        String output = Files.readString(log);
        if (!ended || process.exitValue() != 0) {
            throw new IllegalStateException(
                    command + (ended ? " failed:\n" : " did not end within 30 minutes:\n") + output);
        }
        return output;
    }

    /** Surefire names the local repository of the build. */
    private static String localRepository() {
        return System.getProperty("localRepository", System.getProperty("user.home") + "/.m2/repository");
    }
}

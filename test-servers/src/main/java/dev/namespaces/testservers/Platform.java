package dev.namespaces.testservers;

import java.util.Locale;
import org.junit.jupiter.api.Assumptions;

final class Platform {

    private Platform() {}

    /** Skips the calling test where the binaries of a server, which are for Linux on x86-64, cannot run. */
    static void assumeBinariesRun(String server) {
        String system = System.getProperty("os.name");
        String machine = System.getProperty("os.arch");
        Assumptions.assumeTrue(
                system.toLowerCase(Locale.ROOT).startsWith("linux")
                        && (machine.equals("amd64") || machine.equals("x86_64")),
                "No " + server + ": its binaries here are for Linux on x86-64, and this is " + system + " on "
                        + machine);
    }
}

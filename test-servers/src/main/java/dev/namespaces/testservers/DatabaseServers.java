package dev.namespaces.testservers;

import java.util.Locale;
import org.junit.jupiter.api.Assumptions;

final class DatabaseServers {

    /** The system property that names the Maven profile that runs tests without database servers. */
    static final String LEFT_OUT_BY = "database.servers.left.out.by";

    private DatabaseServers() {}

    /** Skips the calling test where the server must not run, or where its binaries cannot run. */
    static void assumeRuns(String server) {
        String profile = System.getProperty(LEFT_OUT_BY, "");
        Assumptions.assumeTrue(profile.isEmpty(), server + " is left out by " + profile);
        String system = System.getProperty("os.name");
        String machine = System.getProperty("os.arch");
        if (!system.toLowerCase(Locale.ROOT).startsWith("linux")
                || !(machine.equals("amd64") || machine.equals("x86_64"))) {
            new MissingPart(
                            server,
                            "its binaries here are for Linux on x86-64, and this is " + system + " on " + machine)
                    .abort();
        }
    }
}

package dev.namespaces.quickstart;

import dev.namespaces.spi.ClusterGateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

/** One run of the program, as a shell sees it. */
record Run(int status, String out, String err) {

    /** The example that is shipped; tests run in the module's directory. */
    static final Path SHIPPED = Path.of("platform.yaml");

    static Run on(ClusterGateway clusters, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Quickstart.run(clusters, new PrintWriter(out), new PrintWriter(err), args);
        return new Run(status, out.toString(), err.toString());
    }

    static String h2(Path directory) {
        return "jdbc:h2:file:" + directory.resolve("db").toAbsolutePath();
    }
}

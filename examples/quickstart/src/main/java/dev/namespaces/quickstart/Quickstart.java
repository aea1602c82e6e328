package dev.namespaces.quickstart;

import dev.namespaces.error.NamespaceException;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.testkit.FakeClusters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.sql.SQLException;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The program. Run it with {@code --help} to see what it takes. */
public final class Quickstart {

    private Quickstart() {}

    /** Runs the program and ends the JVM with its exit status. */
    public static void main(String[] args) {
        // Without this, Hibernate Validator prints its version to standard error through java.util.logging.
        System.setProperty("org.jboss.logging.provider", "slf4j");
        PrintWriter out = new PrintWriter(System.out, true, charset());
        PrintWriter err = new PrintWriter(System.err, true, charset());
        int status = run(out, err, args);
        // Under exec:java this is Maven's own JVM. Left alone it ends with 0; exiting hands our status to the shell.
        if (status != 0) {
            System.exit(status);
        }
    }

    /**
     * Runs the program, with clusters in memory if no kubeconfig is given.
     *
     * @param out gets the report
     * @param err gets progress and errors
     * @return the exit status: 0 if all succeeded, 1 if something failed, 2 for bad options or a bad file
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(FakeClusters.any(), out, err, args);
    }

    static int run(ClusterGateway inMemoryClusters, PrintWriter out, PrintWriter err, String... args) {
        CommandLine command = new CommandLine(new DeployCommand(inMemoryClusters, out, err))
                .addSubcommand(new DeployAllCommand(inMemoryClusters, out, err))
                .addSubcommand(new PlanDeletionCommand(inMemoryClusters, out))
                .addSubcommand(new DeleteCommand(inMemoryClusters, out, err));
        Stream.concat(Stream.of(command), command.getSubcommands().values().stream())
                .forEach(each -> each.getCommandSpec()
                        .addOption(OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("print this help")
                                .build()));
        int status = command.setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((mistake, given) -> {
                    err.println(mistake.getMessage());
                    err.println("--help lists the options");
                    return mistake.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
                })
                .setExecutionExceptionHandler((failure, failed, parsed) -> failed(failure, err))
                .execute(args);
        out.flush();
        err.flush();
        return status;
    }

    /**
     * Reports a failure with a cause outside of the program by its message. Any other failure is a bug, with its stack
     * trace.
     */
    private static int failed(Exception failure, PrintWriter err) {
        if (failure instanceof NamespaceException) {
            err.println(failure.getMessage());
            if (failure.getCause() instanceof SQLException cause) {
                err.println("because: " + cause.getMessage());
            }
        } else if (failure instanceof IOException || failure instanceof SQLException) {
            err.println(failure);
        } else {
            failure.printStackTrace(err);
        }
        return DeployCommand.FAILED;
    }

    private static Charset charset() {
        String name = System.getProperty("stdout.encoding");
        return name == null ? Charset.defaultCharset() : Charset.forName(name);
    }
}

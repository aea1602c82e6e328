package dev.namespaces.fabric8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS server whose certificate is of an authority that may be trusted, but has expired or has another name. */
final class UntrustedServer implements AutoCloseable {

    private static final String PASSWORD = "changeit";

    private final SSLServerSocket listener;
    private final String authority;
    private final AtomicInteger connections = new AtomicInteger();

    /** Starts a server whose certificate expired eight days ago. */
    static UntrustedServer expired(Path directory) {
        return new UntrustedServer(directory, "-10d", "ip:127.0.0.1");
    }

    /** Starts a server whose certificate is valid today, and of another host. */
    static UntrustedServer ofAnotherName(Path directory) {
        return new UntrustedServer(directory, "-1d", "dns:another.example.com");
    }

    private UntrustedServer(Path directory, String start, String name) {
        try {
            String ca = directory.resolve("ca.p12").toString();
            String server = directory.resolve("server.p12").toString();
            String request = directory.resolve("server.csr").toString();
            String certificate = directory.resolve("server.crt").toString();
            keytool("-genkeypair", "-keystore", ca, "-alias", "ca", "-dname", "CN=ca", "-keyalg", "EC", "-ext", "bc:c");
            keytool("-genkeypair", "-keystore", server, "-alias", "server", "-dname", "CN=server", "-keyalg", "EC");
            keytool("-certreq", "-keystore", server, "-alias", "server", "-file", request);
            keytool(
                    "-gencert",
                    "-keystore",
                    ca,
                    "-alias",
                    "ca",
                    "-infile",
                    request,
                    "-outfile",
                    certificate,
                    "-startdate",
                    start,
                    "-validity",
                    "2",
                    "-ext",
                    "san=" + name);
            KeyStore authorities = load(Path.of(ca));
            authority = "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder()
                            .encodeToString(authorities.getCertificate("ca").getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
            Files.writeString(directory.resolve("ca.pem"), authority);
            keytool(
                    "-importcert",
                    "-noprompt",
                    "-keystore",
                    server,
                    "-alias",
                    "ca",
                    "-file",
                    directory.resolve("ca.pem").toString());
            keytool("-importcert", "-noprompt", "-keystore", server, "-alias", "server", "-file", certificate);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(load(Path.of(server)), PASSWORD.toCharArray());
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(keys.getKeyManagers(), null, null);
            listener = (SSLServerSocket)
                    tls.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        Thread thread = new Thread(this::accept, "untrusted-server");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "https://127.0.0.1:" + listener.getLocalPort();
    }

    /** The authority's certificate, as PEM. */
    String authority() {
        return authority;
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try (SSLSocket client = (SSLSocket) listener.accept()) {
                connections.incrementAndGet();
                client.startHandshake();
                client.getInputStream().readAllBytes();
            } catch (IOException e) {
                // The client does not like the certificate, or the listener was closed.
            }
        }
    }

    private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("keytool failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}

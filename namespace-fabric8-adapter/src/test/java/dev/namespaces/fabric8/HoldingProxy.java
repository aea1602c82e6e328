package dev.namespaces.fabric8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.CountDownLatch;

/** Accepts connections to a server, and holds back all of their bytes until they may go on. */
final class HoldingProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final URI target;
    private final CountDownLatch go;

    HoldingProxy(URI target, CountDownLatch go) {
        this.target = target;
        this.go = go;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
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
            try {
                Socket client = listener.accept();
                start(() -> serve(client));
            } catch (IOException e) {
                // The listener was closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            go.await();
            try (Socket server = new Socket(target.getHost(), target.getPort())) {
                start(() -> copy(server, client));
                copy(client, server);
            }
        } catch (IOException e) {
            // The client has left already.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One side has left.
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "holding-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}

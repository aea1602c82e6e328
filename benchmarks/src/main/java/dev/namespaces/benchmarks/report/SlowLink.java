package dev.namespaces.benchmarks.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A network with a round trip time between a client and a server. Each byte arrives half a round trip after it was
 * sent. Bytes on the way do not wait for each other, so the link delays and does not limit the throughput.
 */
final class SlowLink implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;

    private final ServerSocket listener;
    private final InetSocketAddress server;
    private final long oneWayNanos;

    SlowLink(InetSocketAddress server, Duration roundTrip) {
        this.server = server;
        this.oneWayNanos = roundTrip.toNanos() / 2;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** Returns the port that leads to the server. */
    int port() {
        return listener.getLocalPort();
    }

    /** Accepts no more connections. Those that exist end with their client or their server. */
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
                Socket upstream = new Socket();
                upstream.connect(server);
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                carry(client, upstream);
                carry(upstream, client);
            } catch (IOException e) {
                // The listener was closed, or one side has left. The client sees it.
            }
        }
    }

    /**
     * Bytes on the way.
     *
     * @param bytes the bytes; none for the end of the connection
     */
    private record Sent(ByteBuffer bytes, long arrival) {}

    private void carry(Socket from, Socket to) {
        BlockingQueue<Sent> onTheWay = new LinkedBlockingQueue<>();
        start(() -> send(from, onTheWay));
        start(() -> deliver(onTheWay, to));
    }

    private void send(Socket from, BlockingQueue<Sent> onTheWay) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            int read;
            while ((read = in.read(buffer)) >= 0) {
                onTheWay.add(sent(Arrays.copyOf(buffer, read)));
            }
        } catch (IOException e) {
            // The sender has left, which is an end, too.
        }
        onTheWay.add(sent(new byte[0]));
    }

    private Sent sent(byte[] bytes) {
        return new Sent(ByteBuffer.wrap(bytes), System.nanoTime() + oneWayNanos);
    }

    private static void deliver(BlockingQueue<Sent> onTheWay, Socket to) {
        try (to) {
            OutputStream out = to.getOutputStream();
            Sent next = onTheWay.take();
            while (next.bytes().hasRemaining()) {
                awaitTime(next.arrival());
                out.write(next.bytes().array());
                next = onTheWay.take();
            }
            awaitTime(next.arrival());
        } catch (IOException e) {
            // The receiver has left.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitTime(long nanos) {
        long left = nanos - System.nanoTime();
        while (left > 0) {
            LockSupport.parkNanos(left);
            left = nanos - System.nanoTime();
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "slow-link");
        thread.setDaemon(true);
        thread.start();
    }
}

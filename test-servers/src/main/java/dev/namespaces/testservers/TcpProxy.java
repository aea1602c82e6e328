package dev.namespaces.testservers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between a client and a server and does them harm, byte by byte, so that TLS and HTTP/2 stay the real ones. */
public final class TcpProxy implements AutoCloseable {

    /** What becomes of a connection once that many bytes have gone one way. */
    public record Harm(Direction direction, int afterBytes, Kind kind) {
        public static final Harm NONE = new Harm(Direction.TO_SERVER, Integer.MAX_VALUE, Kind.RESET);
    }

    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    public enum Kind {
        /** Both sides see a reset. */
        RESET,
        /** Nothing more goes that way, and the connection stays open. */
        HANG,
        /** The rest goes byte by byte. */
        TRICKLE
    }

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Queue<Harm> next = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Harm standing = Harm.NONE;

    public TcpProxy(String host, int port) {
        target = new InetSocketAddress(host, port);
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public int connections() {
        return connections.get();
    }

    /** Harms the next connection only; called again, also the one after. */
    public void harmNext(Harm harm) {
        next.add(harm);
    }

    /** Harms every connection that is not harmed otherwise. */
    public void harmAll(Harm harm) {
        standing = harm;
    }

    @Override
    public void close() {
        closed.countDown();
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
                connections.incrementAndGet();
                Harm harm = next.poll();
                serve(client, harm == null ? standing : harm);
            } catch (IOException e) {
                // The listener was closed, or the client left; either is for the test to judge.
            }
        }
    }

    private void serve(Socket client, Harm harm) throws IOException {
        Socket server = new Socket();
        server.connect(target);
        start(() -> pump(client, server, Direction.TO_SERVER, harm));
        start(() -> pump(server, client, Direction.TO_CLIENT, harm));
    }

    private void pump(Socket from, Socket to, Direction direction, Harm harm) {
        boolean harmed = harm.direction() == direction;
        long left = harm.afterBytes();
        byte[] buffer = new byte[8192];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            int read;
            while ((read = in.read(buffer)) >= 0) {
                int whole = harmed ? (int) Math.min(read, Math.max(0, left)) : read;
                out.write(buffer, 0, whole);
                left -= whole;
                if (whole == read) {
                    continue;
                }
                switch (harm.kind()) {
                    case RESET -> {
                        reset(from);
                        reset(to);
                        return;
                    }
                    case HANG -> {
                        closed.await();
                        return;
                    }
                    case TRICKLE -> {
                        for (int i = whole; i < read; i++) {
                            out.write(buffer[i]);
                            if (closed.await(20, TimeUnit.MILLISECONDS)) {
                                return;
                            }
                        }
                    }
                }
            }
        } catch (IOException e) {
            // One side has left.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}

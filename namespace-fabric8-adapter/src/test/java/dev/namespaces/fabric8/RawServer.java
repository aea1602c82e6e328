package dev.namespaces.fabric8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An HTTP/1.1 server that writes an answer byte by byte as a test gives it, and may end the connection after it. */
final class RawServer implements AutoCloseable {

    /** What happens to the connection after the answer. */
    enum End {
        KEEP,
        CLOSE,
        RESET
    }

    /** An answer as it is sent, in ASCII, and what happens then. */
    record Answer(String text, End end) {

        static Answer of(int status, String body, Map<String, String> headers) {
            StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" Any\r\n");
            headers.forEach((name, value) ->
                    head.append(name).append(": ").append(value).append("\r\n"));
            return new Answer(head + "Content-Length: " + body.length() + "\r\n\r\n" + body, End.KEEP);
        }

        static Answer chunked(String body) {
            return new Answer(
                    "HTTP/1.1 200 Any\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length())
                            + "\r\n" + body + "\r\n0\r\n\r\n",
                    End.KEEP);
        }

        /** Returns the first characters of this answer, after which the connection ends. */
        Answer cut(int length, End end) {
            return new Answer(text.substring(0, length), end);
        }
    }

    record Request(String method, String path, List<String> head) {

        Optional<String> header(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return head.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .findFirst();
        }
    }

    private static final Pattern FIRST_LINE = Pattern.compile("(\\S+) ([^ ?]+)");

    private final ServerSocket listener;
    private final Function<Request, Answer> answers;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    RawServer(Function<Request, Answer> answers) {
        this.answers = answers;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    void forget() {
        requests.clear();
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
        try (client;
                InputStream in = new BufferedInputStream(client.getInputStream())) {
            while (true) {
                Optional<Request> request = read(in);
                if (request.isEmpty()) {
                    return;
                }
                requests.add(request.get());
                Answer answer = answers.apply(request.get());
                client.getOutputStream().write(answer.text().getBytes(StandardCharsets.US_ASCII));
                if (answer.end() == End.RESET) {
                    client.setSoLinger(true, 0);
                }
                if (answer.end() != End.KEEP) {
                    return;
                }
            }
        } catch (IOException e) {
            // The client has left.
        }
    }

    private static Optional<Request> read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return Optional.empty();
            }
            head.write(next);
        }
        List<String> lines = head.toString(StandardCharsets.ISO_8859_1).lines().toList();
        Matcher first = FIRST_LINE.matcher(lines.get(0));
        if (!first.lookingAt()) {
            return Optional.empty();
        }
        Request request = new Request(first.group(1), first.group(2), lines);
        in.readNBytes(request.header("Content-Length").map(Integer::parseInt).orElse(0));
        return Optional.of(request);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "raw-server");
        thread.setDaemon(true);
        thread.start();
    }
}

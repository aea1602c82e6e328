package dev.namespaces.fabric8;

import dev.namespaces.error.Arrival;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The body of a request, which knows how often an HTTP client has read it, and which can be withdrawn.
 *
 * <p>A request whose body was never read to its last byte was never sent as a whole, so the API server cannot have
 * carried it out. That shows for each HTTP client whether it has sent a request. Its exceptions do not: each client has
 * others.
 *
 * <p>HTTP clients repeat requests by themselves: OkHttp when a pooled connection breaks or the server redirects,
 * fabric8 when a token has expired. They then read the body again, which needs the same permission as every other
 * request.
 */
final class RequestBody extends InputStream {

    private final byte[] content;
    private final BooleanSupplier mayRepeat;

    private int position;
    private boolean passEnded;
    private int passesSent;
    private boolean withdrawn;

    /** @param mayRepeat returns whether the HTTP client may read the body once more; called on its threads */
    RequestBody(byte[] content, BooleanSupplier mayRepeat) {
        this.content = content.clone();
        this.mayRepeat = mayRepeat;
    }

    int length() {
        return content.length;
    }

    /** Lets nobody read the body any more, and returns whether the request may have been sent until now. */
    synchronized Arrival withdraw() {
        withdrawn = true;
        return passesSent == 0 ? Arrival.SETTLED : Arrival.MAY_STILL_ARRIVE;
    }

    /** Returns whether the request may have been sent once more than the API server has answered. */
    synchronized Arrival earlierPasses() {
        return passesSent <= 1 ? Arrival.SETTLED : Arrival.MAY_STILL_ARRIVE;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (withdrawn) {
            throw new IOException("the request was given up");
        }
        if (passEnded) {
            if (position > 0 && !mayRepeat.getAsBoolean()) {
                throw new IOException("the HTTP client may not send the request again");
            }
            passEnded = false;
            position = 0;
        }
        if (position == content.length) {
            passEnded = true;
            return -1;
        }
        int count = Math.min(length, content.length - position);
        System.arraycopy(content, position, target, offset, count);
        position += count;
        if (position == content.length) {
            passesSent++;
        }
        return count;
    }

    @Override
    public synchronized int available() {
        return passEnded ? 0 : content.length - position;
    }

    /** Ends a pass. The next reader begins at the first byte again. */
    @Override
    public synchronized void close() {
        passEnded = true;
    }
}

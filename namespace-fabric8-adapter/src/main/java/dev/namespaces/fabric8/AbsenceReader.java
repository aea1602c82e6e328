package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Hands an answer on as it comes in, and reads it as well if its status is 404, to find out whether the API server says
 * that the namespace does not exist.
 */
final class AbsenceReader implements AsyncBody.Consumer<List<ByteBuffer>> {

    /** More than the API server writes to say that something does not exist. */
    private static final int LONGEST_STATUS = 16 * 1024;

    private final AsyncBody.Consumer<List<ByteBuffer>> next;
    private final Predicate<AsyncBody> isNotFound;
    private final String namespace;
    private final Consumer<String> whenAbsent;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * @param next gets the answer
     * @param isNotFound returns whether this is the body of an answer with status 404
     * @param whenAbsent is called with the namespace if the answer says that it does not exist, before {@code next}
     *     gets the end of the answer
     */
    AbsenceReader(
            AsyncBody.Consumer<List<ByteBuffer>> next,
            Predicate<AsyncBody> isNotFound,
            String namespace,
            Consumer<String> whenAbsent) {
        this.next = next;
        this.isNotFound = isNotFound;
        this.namespace = namespace;
        this.whenAbsent = whenAbsent;
    }

    @Override
    public void consume(List<ByteBuffer> chunks, AsyncBody source) throws Exception {
        if (isNotFound.test(source)) {
            read(chunks);
        }
        next.consume(chunks, source);
    }

    private synchronized void read(List<ByteBuffer> chunks) {
        for (ByteBuffer chunk : chunks) {
            byte[] copy = new byte[chunk.remaining()];
            chunk.duplicate().get(copy);
            if (bytes.size() + copy.length > LONGEST_STATUS) {
                return;
            }
            bytes.writeBytes(copy);
        }
        if (saysAbsent()) {
            bytes.reset();
            whenAbsent.accept(namespace);
        }
    }

    private boolean saysAbsent() {
        try {
            JsonNode status = Json.read(bytes.toByteArray());
            JsonNode details = status.path("details");
            return status.path("kind").asText("").equals("Status")
                    && details.path("kind").asText("").equals("namespaces")
                    && details.path("name").asText("").equals(namespace);
        } catch (IOException e) {
            // The rest of it is still to come, or it is a page.
            return false;
        }
    }
}

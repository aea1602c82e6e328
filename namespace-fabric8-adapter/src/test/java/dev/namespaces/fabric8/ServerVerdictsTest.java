package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.Operation;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.testservers.KubeApiServer;
import dev.namespaces.testservers.OnRealCluster;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Our verdict on names, labels and annotations against the API server's own, by dry-run creates, each value judged by
 * itself. The values are valid ones, at and around every limit, and such with some characters changed; the seed is
 * fixed, so that a failure comes again.
 *
 * <p>The one known difference is on purpose: annotation values with U+0000, which the API server takes and
 * {@link KubernetesSyntax} refuses, since a database cannot hold them. Unpaired surrogates cannot be sent at all.
 */
@OnRealCluster
class ServerVerdictsTest {

    private static final int NAMES = 3_200;
    private static final int LABEL_KEYS = 3_000;
    private static final int LABEL_VALUES = 2_400;
    private static final int ANNOTATION_KEYS = 2_400;

    /** Letters and what is often taken for one: other cases, other scripts, marks, spaces, and ends of lines. */
    private static final String TEMPTING = "azAZ09-_./ \n\t\0%:@~\\\"'ßıİKſÅé٣中😀\u00a0\u200b\u2028\ufeff\u0085";

    private static KubernetesClient client;
    private static ApiServer server;
    private static ExecutorService threads;

    private final Random random = new Random(20_260_101);

    @BeforeAll
    static void open(KubeApiServer cluster) {
        client = cluster.client();
        server = new ApiServer(client, id -> {});
        threads = Executors.newFixedThreadPool(12);
    }

    @AfterAll
    static void close() {
        if (threads != null) {
            threads.shutdownNow();
        }
    }

    @Test
    void names() {
        agree(
                values(NAMES, this::namespaceName),
                KubernetesSyntax::namespaceNameProblem,
                name -> rejects("api/v1/namespaces", object("Namespace", name), "metadata.name"));
    }

    @Test
    void label_keys() {
        agree(
                values(LABEL_KEYS, this::key),
                KubernetesSyntax::labelKeyProblem,
                key -> rejects(
                        "api/v1/namespaces/default/configmaps",
                        with(object("ConfigMap", "verdict"), "labels", key, "x"),
                        "metadata.labels"));
    }

    @Test
    void label_values() {
        agree(
                values(LABEL_VALUES, this::labelValue),
                KubernetesSyntax::labelValueProblem,
                value -> rejects(
                        "api/v1/namespaces/default/configmaps",
                        with(object("ConfigMap", "verdict"), "labels", "x", value),
                        "metadata.labels"));
    }

    @Test
    void annotation_keys() {
        agree(
                values(ANNOTATION_KEYS, this::key),
                KubernetesSyntax::annotationKeyProblem,
                key -> rejects(
                        "api/v1/namespaces/default/configmaps",
                        with(object("ConfigMap", "verdict"), "annotations", key, "x"),
                        "metadata.annotations"));
    }

    /** The server takes upper case in an annotation key, so its case mapping decides about each of these letters. */
    @Test
    void annotation_keys_with_each_letter_that_has_a_lower_case() {
        List<String> keys = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(letter -> Character.toLowerCase(letter) != letter)
                .mapToObj(letter -> "a" + Character.toString(letter) + "a/x")
                .toList();
        List<Boolean> theirs = forEach(
                keys,
                key -> rejects(
                        "api/v1/namespaces/default/configmaps",
                        with(object("ConfigMap", "verdict"), "annotations", key, "x"),
                        "metadata.annotations"));

        assertThat(keys).hasSizeGreaterThan(1000);
        assertThat(keys.stream()
                        .map(key -> KubernetesSyntax.annotationKeyProblem(key).isPresent())
                        .toList())
                .isEqualTo(theirs);
        // A to Z, U+0130 and U+212A.
        assertThat(theirs.stream().filter(rejected -> !rejected)).hasSize(28);
    }

    @Test
    void annotation_sizes() {
        List<Map<String, String>> sizes = new ArrayList<>();
        for (String unit : List.of("x", "é", "中", "😀")) {
            int bytes = unit.getBytes(StandardCharsets.UTF_8).length;
            for (int total : new int[] {-bytes - 1, -bytes, -1, 0, 1, bytes, bytes + 1}) {
                String key = "k";
                int left = KubernetesSyntax.MAX_ANNOTATIONS_BYTES + total - key.length();
                sizes.add(Map.of(key, unit.repeat(left / bytes) + "y".repeat(left % bytes)));
                sizes.add(Map.of("a", unit.repeat(100), "b", "z".repeat(left - 1 - 100 * bytes)));
            }
        }
        agree(sizes, KubernetesSyntax::annotationsSizeProblem, annotations -> {
            ObjectNode object = object("ConfigMap", "verdict");
            annotations.forEach((key, value) -> with(object, "annotations", key, value));
            return rejects("api/v1/namespaces/default/configmaps", object, "metadata.annotations");
        });
    }

    @Test
    void annotation_values_come_back_as_they_went_however_they_are_sent() {
        List<String> values = values(400, () -> {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                int point = random.nextBoolean()
                        ? TEMPTING.codePointAt(random.nextInt(TEMPTING.length()))
                        : random.nextInt(random.nextInt(4) == 0 ? 0x110000 : 0x10000);
                if (point != 0 && (point < 0xd800 || point > 0xdfff)) {
                    text.appendCodePoint(point);
                }
            }
            return text.toString();
        });
        forEach(values, value -> {
            assertThat(KubernetesSyntax.annotationValueProblem(value)).isEmpty();
            ObjectNode object = with(object("ConfigMap", "verdict"), "annotations", "k", value);
            String collection = "api/v1/namespaces/default/configmaps";
            for (ApiRequest request : List.of(
                    ApiRequest.create(collection, Json.write(object), "configmaps"),
                    ApiRequest.apply(
                            collection + "/verdict?fieldManager=verdict",
                            Json.yamlSafe(Json.write(object)),
                            "configmaps"))) {
                ApiAnswer answer = send(request.asDryRun());
                assertThat(answer.isSuccess())
                        .as("%s of %s: %s", request.method(), quoted(value), answer.body())
                        .isTrue();
                assertThat(answer.body()
                                .path("metadata")
                                .path("annotations")
                                .path("k")
                                .asText())
                        .as("%s of %s", request.method(), quoted(value))
                        .isEqualTo(value);
            }
            return true;
        });
    }

    private <T> void agree(List<T> values, Function<T, Optional<String>> ours, Function<T, Boolean> rejected) {
        List<String> differences = new ArrayList<>();
        List<Boolean> theirs = forEach(values, rejected);
        int valid = 0;
        for (int i = 0; i < values.size(); i++) {
            Optional<String> problem = ours.apply(values.get(i));
            valid += problem.isEmpty() ? 1 : 0;
            if (problem.isPresent() != theirs.get(i)) {
                differences.add(quoted(String.valueOf(values.get(i))) + ": the server "
                        + (theirs.get(i) ? "rejects" : "takes") + " it, we say " + problem);
            }
        }
        assertThat(differences).isEmpty();
        // Neither side may win by saying always the same.
        assertThat(valid).isBetween(values.size() / 10, values.size() * 9 / 10);
    }

    private static <T, R> List<R> forEach(List<T> values, Function<T, R> work) {
        List<Future<R>> futures = values.stream()
                .map(value -> threads.submit(() -> work.apply(value)))
                .toList();
        List<R> results = new ArrayList<>();
        for (Future<R> future : futures) {
            try {
                results.add(future.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            }
        }
        return results;
    }

    /** Whether the API server would not create the object, for that field. */
    private static boolean rejects(String collection, ObjectNode object, String field) {
        ApiAnswer answer = send(ApiRequest.create(collection + "?fieldValidation=Strict", Json.write(object), "")
                .asDryRun());
        if (answer.isSuccess()) {
            return false;
        }
        assertThat(answer.status()).as(answer::toString).isEqualTo(422);
        assertThat(answer.causes())
                .as(answer::toString)
                .anyMatch(cause -> cause.field().startsWith(field));
        return true;
    }

    private static ApiAnswer send(ApiRequest request) {
        return server.send(
                request,
                Call.of(Operation.CREATE, ID, ResourceRef.namespace("default"), Deadline.in(Duration.ofMinutes(1))));
    }

    private static ObjectNode object(String kind, String name) {
        ObjectNode object = Json.object().put("apiVersion", "v1").put("kind", kind);
        object.putObject("metadata").put("name", name);
        return object;
    }

    private static ObjectNode with(ObjectNode object, String field, String key, String value) {
        ((ObjectNode) object.path("metadata")).withObject("/" + field).put(key, value);
        return object;
    }

    private List<String> values(int count, Supplier<String> generator) {
        return Stream.generate(generator).limit(count).toList();
    }

    private String namespaceName() {
        String name = word("abcxyz019", "abcxyz019-", length(63));
        return random.nextInt(3) == 0 ? name : mutated(name);
    }

    private String labelValue() {
        String value = random.nextInt(50) == 0 ? "" : word("aZ09", "aZ09-_.", length(63));
        return random.nextInt(3) == 0 ? value : mutated(value);
    }

    private String key() {
        String name = word("aZ09", "aZ09-_.", length(63));
        String key = random.nextBoolean() ? name : prefix() + "/" + name;
        return random.nextInt(3) == 0 ? key : mutated(key);
    }

    private String prefix() {
        StringBuilder prefix = new StringBuilder(word("az09", "az09-", 1 + random.nextInt(20)));
        while (random.nextInt(3) > 0) {
            prefix.append('.').append(word("az09", "az09-", 1 + random.nextInt(70)));
        }
        int wanted = 250 + random.nextInt(6);
        if (random.nextInt(4) == 0 && prefix.length() < wanted) {
            prefix.append("a".repeat(wanted - prefix.length()));
        }
        return prefix.toString();
    }

    /** Short, at a limit or around it. */
    private int length(int limit) {
        return random.nextInt(4) == 0 ? limit - 2 + random.nextInt(5) : 1 + random.nextInt(20);
    }

    private String word(String ends, String middle, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            String letters = i == 0 || i == length - 1 ? ends : middle;
            word.append(letters.charAt(random.nextInt(letters.length())));
        }
        return word.toString();
    }

    private String mutated(String value) {
        int[] tempting = TEMPTING.codePoints().toArray();
        StringBuilder text = new StringBuilder(value);
        for (int i = random.nextInt(2); i >= 0; i--) {
            int at = switch (random.nextInt(3)) {
                case 0 -> 0;
                case 1 -> text.length();
                default -> random.nextInt(text.length() + 1);
            };
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, Character.toString(tempting[random.nextInt(tempting.length)]));
                case 1 -> text.insert(at, word("aZ-_./", "aZ-_./", 1));
                case 2 -> {
                    if (at < text.length()) {
                        text.deleteCharAt(at);
                    }
                }
                default -> {
                    if (at < text.length()) {
                        text.setCharAt(at, Character.toUpperCase(text.charAt(at)));
                    }
                }
            }
        }
        String changed = text.toString();
        // Half of a pair may be left of what was deleted; it cannot be sent.
        return changed.codePoints().anyMatch(point -> point >= 0xd800 && point <= 0xdfff) ? value : changed;
    }

    private static String quoted(String value) {
        String escaped = Json.write(Json.text(value.length() > 300 ? value.substring(0, 300) + "..." : value));
        StringBuilder ascii = new StringBuilder();
        escaped.chars().forEach(c -> ascii.append(c < 127 ? String.valueOf((char) c) : String.format("\\u%04x", c)));
        return ascii.toString();
    }
}

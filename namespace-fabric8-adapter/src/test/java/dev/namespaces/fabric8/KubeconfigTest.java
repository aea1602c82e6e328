package dev.namespaces.fabric8;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What kubeconfig files become, and that nothing of a credential is in a message. */
class KubeconfigTest {

    private static final ClusterId ID = new ClusterId("eu-1");
    private static final String TOKEN = "s3cret-t0ken";
    private static final String FILE = """
            apiVersion: v1
            kind: Config
            clusters:
            - name: c
              cluster:
                server: https://127.0.0.1:6443
            users:
            - name: u
              user:
                token: other
            contexts:
            - name: x
              context:
                cluster: c
                user: u
            current-context: x
            """;
    private static final String EXEC = """
            exec:
                  apiVersion: client.authentication.k8s.io/v1
                  interactiveMode: Never
                  command: %s
            """.strip();
    private static final String CREDENTIAL = """
            #!/bin/sh
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"s3cret-t0ken"}}'
            """;

    @TempDir
    private Path directory;

    private final List<String> warnings = new ArrayList<>();

    @ParameterizedTest
    @MethodSource("broken")
    void no_message_quotes_a_token_of_a_broken_file(String content) {
        Throwable thrown = catchThrowable(() -> get(content, true));

        if (thrown != null) {
            StringWriter text = new StringWriter();
            thrown.printStackTrace(new PrintWriter(text));
            assertThat(text.toString()).doesNotContain(TOKEN).contains("kubeconfig");
        }
        assertThat(warnings).noneMatch(warning -> warning.contains(TOKEN));
    }

    /** The token as each value, and in each line as YAML that is malformed or has another structure. */
    static Stream<String> broken() {
        List<String> lines = FILE.lines().toList();
        Stream<String> ofUser = Stream.of(
                        "client-key-data",
                        "client-certificate-data",
                        "client-key",
                        "client-certificate",
                        "tokenFile",
                        "exec",
                        "auth-provider")
                .map(field -> FILE.replace("    token:", "    " + field + ": " + TOKEN + "\n    token:"));
        Stream<String> ofCluster = Stream.of(
                        "certificate-authority", "certificate-authority-data", "proxy-url", "insecure-skip-tls-verify")
                .map(field -> FILE.replace("    server:", "    " + field + ": " + TOKEN + "\n    server:"));
        Stream<String> replaced = IntStream.range(0, lines.size())
                .boxed()
                .flatMap(number -> Stream.of(
                                "%s" + TOKEN,
                                "%s: " + TOKEN,
                                "%s {token: " + TOKEN + "}",
                                "%s\n\t" + TOKEN,
                                "%s \"" + TOKEN,
                                "%s &" + TOKEN + " *" + TOKEN,
                                "%s https://" + TOKEN + "@127.0.0.1",
                                "%s https:// " + TOKEN)
                        .map(pattern -> {
                            String line = lines.get(number);
                            String key = line.substring(0, line.indexOf(':') + 1);
                            List<String> copy = new ArrayList<>(lines);
                            // The name of a context is no credential, and a message may list it.
                            if (line.endsWith("- name: x")) {
                                key = "- context: y\n  other:";
                            }
                            copy.set(number, pattern.formatted(key));
                            return String.join("\n", copy);
                        }));
        return Stream.of(ofUser, ofCluster, replaced, Stream.of(TOKEN, "- " + TOKEN, "\"" + TOKEN, "", "{" + TOKEN))
                .flatMap(contents -> contents);
    }

    @Test
    void refused_is_a_context_whose_cluster_or_user_is_not_in_the_file() {
        for (String content : List.of(FILE.replace("cluster: c", "cluster: d"), FILE.replace("user: u", "user: v"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> get(content, true))
                    .withMessageContaining("does not have its cluster or its user");
        }
    }

    @Test
    void a_file_that_is_absent_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> supplier(directory.resolve("absent"), true).get())
                .withMessageContaining("absent cannot be read");
    }

    @Test
    void paths_are_relative_to_the_file() throws IOException {
        Files.writeString(directory.resolve("token"), TOKEN + "\n");
        script("plugin", CREDENTIAL);
        for (String user : List.of("tokenFile: token", EXEC.formatted("./plugin"))) {
            try (KubernetesClient client = get(FILE.replace("token: other", user), true)) {
                assertThat(client.getConfiguration().getAutoOAuthToken())
                        .as(user)
                        .isEqualTo(TOKEN);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 1", "echo nothing", "echo '{}'", "echo '{\"apiVersion\":\"other/v1\"}'"})
    void a_plugin_that_gives_no_credentials_has_failed(String script) throws IOException {
        script("plugin", "#!/bin/sh\n" + script + "\n");

        for (String other : List.of("", "token: other\n    ")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> get(FILE.replace("token: other", other + EXEC.formatted("./plugin")), true))
                    .withMessageContainingAll("'x'", "exec plugin failed");
        }
    }

    @Test
    void a_plugin_that_does_not_exist_has_failed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> get(FILE.replace("token: other", EXEC.formatted("no-such-plugin")), true))
                .withMessageContainingAll("'x'", "exec plugin failed");
    }

    @Test
    void no_plugin_runs_when_plugins_are_switched_off() throws IOException {
        script("plugin", CREDENTIAL + "touch " + directory.resolve("ran") + "\n");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> get(FILE.replace("token: other", EXEC.formatted("./plugin")), false))
                .withMessageContainingAll("'x'", "switched off");
        assertThat(directory.resolve("ran")).doesNotExist();
        get(FILE.replace("token: other", EXEC.formatted("./plugin")), true).close();
        assertThat(directory.resolve("ran")).exists();
    }

    @Test
    void a_token_over_plain_http_is_said_once() throws IOException {
        String withToken = FILE.replace("token: other", "token: " + TOKEN);
        Supplier<KubernetesClient> supplier = supplier(write(withToken.replace("https:", "http:")), true);
        for (int i = 0; i < 2; i++) {
            supplier.get().close();
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("eu-1", "plain http", "to https", "'x'", "kubeconfig")
                .doesNotContain(TOKEN);

        get(FILE.replace("https:", "http:").replace("token: other", "{}"), true).close();
        get(FILE, true).close();
        assertThat(warnings).hasSize(1);
    }

    @Test
    void a_certificate_that_is_not_checked_is_said_once() throws IOException {
        String line = "    server: https://127.0.0.1:6443\n";
        Supplier<KubernetesClient> supplier =
                supplier(write(FILE.replace(line, line + "    insecure-skip-tls-verify: true\n")), true);
        for (int i = 0; i < 2; i++) {
            supplier.get().close();
        }

        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("eu-1", "insecure-skip-tls-verify", "certificate-authority", "'x'", "kubeconfig");
    }

    private KubernetesClient get(String content, boolean withPlugins) throws IOException {
        return supplier(write(content), withPlugins).get();
    }

    private Path write(String content) throws IOException {
        return Files.writeString(directory.resolve("kubeconfig"), content);
    }

    private Supplier<KubernetesClient> supplier(Path file, boolean withPlugins) {
        return Objects.requireNonNull(Kubeconfig.clients(file, Map.of(ID, "x"), withPlugins, warnings::add)
                .get(ID));
    }

    private void script(String name, String content) throws IOException {
        Path script = Files.writeString(directory.resolve(name), content);
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }
}

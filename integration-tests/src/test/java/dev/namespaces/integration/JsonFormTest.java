package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.jackson.NamespacesModule;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The JSON of a sample of each value and each failure is in a file, so that every change of the form is seen in a
 * review.
 */
class JsonFormTest {

    private static final Path SNAPSHOT = Path.of("src/test/resources/json.txt");

    private static final List<String> PACKAGES = List.of(
            "dev.namespaces.model.",
            "dev.namespaces.error.",
            "dev.namespaces.core.adopt.",
            "dev.namespaces.core.delete.",
            "dev.namespaces.core.deploy.",
            "dev.namespaces.core.ensure.",
            "dev.namespaces.core.fleet.",
            "dev.namespaces.core.request.",
            "dev.namespaces.egress.");

    /** Settings and questions are code, not data. */
    private static final Pattern SETTINGS = Pattern.compile(
            ".*(DnsProfile|CiliumProfile|DialectChoice|EgressDestination|EgressSettings|FailureLimit|FleetFilter"
                    + "|Options|ProtectedNames|SpecialRange|CiliumPort).*");

    private static final Samples SAMPLES = new Samples("");

    static Stream<Class<?>> types() {
        return PublicApi.publishedTypes().stream()
                .filter(type -> PACKAGES.stream().anyMatch(type.getName()::startsWith))
                .filter(type -> !SETTINGS.matcher(type.getName()).matches())
                .filter(type -> type.isRecord() || NamespaceException.class.isAssignableFrom(type))
                .filter(type -> !Modifier.isAbstract(type.getModifiers()));
    }

    @Test
    void the_json_form_is_the_one_in_the_snapshot() throws Exception {
        List<String> actual = samples().entrySet().stream()
                .map(sample -> sample.getKey() + " " + NamespacesJson.write(sample.getValue()))
                .toList();
        assertThat(actual).hasSizeGreaterThan(100);
        if (Boolean.getBoolean("api.write")) {
            Files.write(SNAPSHOT, actual);
        }
        assertThat(actual)
                .as("the form; if the change is meant, run PublicApiTest and this test with -Dapi.write=true")
                .isEqualTo(Files.readAllLines(SNAPSHOT));
    }

    @Test
    void the_settings_of_a_mapper_do_not_change_the_form() throws Exception {
        ObjectMapper other = JsonMapper.builder()
                .addModule(new NamespacesModule())
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .build();
        for (Object sample : samples().values()) {
            assertThat(other.writeValueAsString(sample)).isEqualTo(NamespacesJson.write(sample));
        }
    }

    private static SortedMap<String, Object> samples() throws ReflectiveOperationException, IOException {
        SortedMap<String, Object> samples = new TreeMap<>();
        for (Class<?> type : types().toList()) {
            samples.put(type.getName(), SAMPLES.of(type));
        }
        return samples;
    }
}

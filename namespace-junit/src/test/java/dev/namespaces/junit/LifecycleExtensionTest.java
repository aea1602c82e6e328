package dev.namespaces.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs tests as a host writes them, with the oldest and with the newest JUnit, each in a class loader of its own. */
class LifecycleExtensionTest {

    private static final Path OLDEST_JUNIT = Path.of("target", "oldest-junit");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passing_are_the_tests_of_a_host_and_all_is_closed_afterwards(boolean oldest) throws Exception {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(classPath(oldest), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            Class<?> run = loader.loadClass("dev.namespaces.junit.HostTestsRun");

            assertThat((String) run.getMethod("version").invoke(null)).startsWith(oldest ? "5.12." : "6.");
            Map<?, ?> results = (Map<?, ?>) run.getMethod("run").invoke(null);
            assertThat(results.values()).as(results.toString()).allMatch("SUCCESSFUL"::equals);
            assertThat(results.keySet().stream().map(Object::toString))
                    .contains(
                            "OfClass.first(InMemoryStores, NamespaceLifecycle)",
                            "OfConstructor.first()",
                            "OfConstructor.second()",
                            "OfMethods.deploys(NamespaceLifecycle, FakeClusters, InMemoryStores, MovableClock)",
                            "WithSettings.receivesEvents(NamespaceLifecycle)")
                    .anyMatch(name -> name.startsWith("OfContract."));
            assertThat((List<?>) run.getMethod("closed").invoke(null))
                    .hasSize(6)
                    .allMatch(Boolean.TRUE::equals);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static URL[] classPath(boolean oldest) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!oldest || !Path.of(entry).getFileName().toString().matches("junit-(jupiter|platform).*")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        if (oldest) {
            try (Stream<Path> jars = Files.list(OLDEST_JUNIT)) {
                for (Path jar : jars.toList()) {
                    urls.add(jar.toUri().toURL());
                }
            }
        }
        return urls.toArray(URL[]::new);
    }
}

package dev.namespaces.junit;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.testkit.FakeClusters;
import dev.namespaces.testkit.InMemoryStores;
import dev.namespaces.testkit.MovableClock;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands a test a {@link NamespaceLifecycle} that is wired on fakes, as parameters of its methods or of its constructor:
 *
 * <ul>
 *   <li>{@link NamespaceLifecycle}. Its listeners are called before an operation returns;
 *   <li>{@link FakeClusters} of any id;
 *   <li>{@link InMemoryStores}, which are empty;
 *   <li>{@link MovableClock}, which all of them use. It shows the start of the year 2026.
 * </ul>
 *
 * <p>Each test has its own. A parameter of a {@code @BeforeAll} method, or of the constructor of a class with one
 * instance for all tests, is shared by all tests of the class instead. The extension ends all faults and closes the
 * lifecycle after the test, or after the class.
 *
 * <p>Works with JUnit Jupiter 5.12 and later, and with 6. Register it with {@code @ExtendWith}, or with
 * {@code @RegisterExtension} if the lifecycle needs settings.
 */
public final class LifecycleExtension implements ParameterResolver, AfterEachCallback, AfterAllCallback {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final ExtensionContext.Namespace KEPT = ExtensionContext.Namespace.create(LifecycleExtension.class);

    /** The types that a parameter can have. */
    private static final Map<Class<?>, Function<Wiring, Object>> PARTS = Map.of(
            NamespaceLifecycle.class, Wiring::lifecycle,
            FakeClusters.class, Wiring::clusters,
            InMemoryStores.class, Wiring::stores,
            MovableClock.class, Wiring::clock);

    private final Consumer<NamespaceLifecycle.Builder> settings;

    /** Creates an extension whose lifecycles have the default settings. */
    public LifecycleExtension() {
        this(builder -> {});
    }

    private LifecycleExtension(Consumer<NamespaceLifecycle.Builder> settings) {
        this.settings = Objects.requireNonNull(settings, "settings");
    }

    /** Returns an extension that calls the settings with the builder of each lifecycle. */
    public static LifecycleExtension with(Consumer<NamespaceLifecycle.Builder> settings) {
        return new LifecycleExtension(settings);
    }

    /** Returns the scope of a single test, so that a parameter of a constructor belongs to that test. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return PARTS.containsKey(parameter.getParameter().getType());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return Objects.requireNonNull(PARTS.get(parameter.getParameter().getType()))
                .apply(wiring(context));
    }

    private Wiring wiring(ExtensionContext context) {
        ExtensionContext.Store store = context.getStore(KEPT);
        Wiring shared = store.get(Wiring.class, Wiring.class);
        if (shared != null) {
            return shared;
        }
        Wiring own = Wiring.create(settings);
        store.put(Wiring.class, own);
        return own;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close(context);
    }

    /** Closes what belongs to this context. What belongs to the class stays open until its last test has ended. */
    private static void close(ExtensionContext context) {
        @Nullable Wiring own = context.getStore(KEPT).remove(Wiring.class, Wiring.class);
        if (own != null) {
            own.close();
        }
    }

    /** A lifecycle and its fakes. Newer versions of JUnit close it also if the constructor of the test fails. */
    private record Wiring(
            MovableClock clock, FakeClusters clusters, InMemoryStores stores, NamespaceLifecycle lifecycle)
            implements AutoCloseable {

        static Wiring create(Consumer<NamespaceLifecycle.Builder> settings) {
            MovableClock clock = MovableClock.at(START);
            FakeClusters clusters = FakeClusters.any(clock);
            InMemoryStores stores = new InMemoryStores(clock);
            NamespaceLifecycle.Builder builder = NamespaceLifecycle.builder(clusters, stores.stores())
                    .clock(clock)
                    .listenerExecutor(Runnable::run);
            settings.accept(builder);
            return new Wiring(clock, clusters, stores, builder.build());
        }

        @Override
        public void close() {
            clusters.faults().clear();
            lifecycle.close();
        }
    }
}

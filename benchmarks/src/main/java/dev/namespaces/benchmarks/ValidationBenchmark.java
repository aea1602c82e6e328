package dev.namespaces.benchmarks;

import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Checking a request of ten labels and three annotations; the limit is the bare grammar without jakarta.validation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ValidationBenchmark {

    private final RequestValidator validator = RequestValidator.defaults();
    private final NamespaceRequest valid = request("shop-web");
    private final NamespaceRequest invalid = request("Shop Web").withMetadata("k", "not valid");

    private static NamespaceRequest request(String name) {
        NamespaceRequest request = NamespaceRequest.of(new EnvironmentId("shop-dev"), name);
        for (int i = 0; i < 10; i++) {
            request = request.withMetadata("team.example.com/fact-" + i, "value-" + i);
        }
        for (int i = 0; i < 3; i++) {
            request = request.withAnnotation("example.com/note-" + i, "some words about it ".repeat(10));
        }
        return request;
    }

    /** Measures a request that breaks no rule. */
    @Benchmark
    public List<Violation> valid() {
        return validator.validate(valid);
    }

    /** Measures a request that breaks two rules. */
    @Benchmark
    public List<Violation> invalid() {
        return validator.validate(invalid);
    }

    /** Measures the limit: the same rules called by hand. */
    @Benchmark
    public boolean limitBareGrammar() {
        boolean fine = KubernetesSyntax.namespaceNameProblem("shop-web").isEmpty();
        for (Map.Entry<String, Object> label : valid.metadata().entrySet()) {
            fine &= KubernetesSyntax.labelKeyProblem(label.getKey()).isEmpty();
            fine &= KubernetesSyntax.labelValueProblem((String) label.getValue())
                    .isEmpty();
        }
        for (Map.Entry<String, Object> annotation : valid.annotations().entrySet()) {
            fine &= KubernetesSyntax.annotationKeyProblem(annotation.getKey()).isEmpty();
            fine &= KubernetesSyntax.annotationValueProblem((String) annotation.getValue())
                    .isEmpty();
        }
        return fine;
    }
}

package dev.namespaces.benchmarks.report;

import dev.namespaces.benchmarks.InitializerHitBenchmark;
import java.util.List;

/** P2: {@code beforeApply} for a namespace that is deployed. */
final class BeforeApplyMeasurement implements Measurement {

    @Override
    public String id() {
        return "P2";
    }

    @Override
    public String title() {
        return "`beforeApply` of a deployed namespace";
    }

    @Override
    public Section run(Effort effort) {
        Jmh.Methods measured = Jmh.run(InitializerHitBenchmark.class, effort);
        Jmh.Measured ours = measured.of("beforeApply");
        Jmh.Measured limit = measured.of("limitCaffeine");
        Jmh.Measured guarded = measured.of("guardedWrite");
        Jmh.Measured unguarded = measured.of("limitUnguardedWrite");
        String caffeine = "limit one Caffeine look-up";
        String request = "limit the request alone";
        return new Section(
                List.of(
                        ours.time().row("core, time", Row.OURS, "ns"),
                        limit.time().row("core, time", caffeine, "ns"),
                        new Row("core, allocation", Row.OURS, ours.bytes(), 0, "B"),
                        new Row("core, allocation", caffeine, limit.bytes(), 0, "B"),
                        guarded.time().row("guarded client, time", Row.OURS, "ns"),
                        unguarded.time().row("guarded client, time", request, "ns"),
                        new Row("guarded client, allocation", Row.OURS, guarded.bytes(), 0, "B"),
                        new Row("guarded client, allocation", request, unguarded.bytes(), 0, "B")),
                List.of(
                        Goal.atMost(
                                3,
                                " × a Caffeine look-up, core",
                                ours.time().median() / limit.time().median()),
                        Goal.atMost(64, " B for each call, core", ours.bytes())),
                List.of(),
                List.of(
                        "The limit creates a key of cluster and name, and looks it up in a Caffeine cache of the same settings.",
                        "*Guarded client*: the interceptor that `NamespaceInitialization` adds to fabric8's client, for the POST"
                                + " of an object, without the HTTP exchange. The request alone is created and discarded."));
    }
}

package dev.namespaces.benchmarks.report;

import dev.namespaces.benchmarks.RequestToWireBenchmark;
import java.util.List;

/** P4: the way of a request to the bytes that an API server receives. */
final class WireMeasurement implements Measurement {

    @Override
    public String id() {
        return "P4";
    }

    @Override
    public String title() {
        return "from a request to the bytes on the wire";
    }

    @Override
    public Section run(Effort effort) {
        Jmh.Methods measured = Jmh.run(RequestToWireBenchmark.class, effort);
        Values ours = measured.of("ours").time();
        Values peer = measured.of("peerFabric8").time();
        Values limit = measured.of("limitByHand").time();
        String whole = "request to bytes, a namespace";
        return new Section(
                List.of(
                        ours.row(whole, Row.OURS, "µs"),
                        peer.row(whole, "peer fabric8 builders", "µs"),
                        limit.row(whole, "limit generator by hand", "µs"),
                        measured.of("partValidate").time().row("of it: checked", Row.OURS, "µs"),
                        measured.of("partRender").time().row("of it: rendered", Row.OURS, "µs"),
                        measured.of("partWrite").time().row("of it: written as JSON", Row.OURS, "µs")),
                List.of(
                        Goal.atMost(1.1, " × fabric8's builders", ours.median() / peer.median()),
                        Goal.atMost(2.5, " × the generator by hand", ours.median() / limit.median())),
                List.of(),
                List.of(
                        "An environment of three namespaces, each with two labels and an annotation; values are for one of them:"
                                + " its request is checked, and its Namespace and its default NetworkPolicy (46 ranges) are built"
                                + " and written to UTF-8. All sides check the same rules and write the same JSON, which is compared"
                                + " before each run.",
                        "*Ours*: `validate`, then a `RENDER` dry run of the lifecycle with stores in memory, which also computes"
                                + " the fingerprints of the records, then the client's serialization, `KubernetesSerialization.asJson`.",
                        "*fabric8*: the rules called by hand, `NamespaceBuilder`, `NetworkPolicyBuilder` and"
                                + " `KubernetesSerialization.asJson`. *By hand*: the rules called by hand, and Jackson's"
                                + " `JsonGenerator`.",
                        "The generator by hand builds no objects. Ours runs jakarta.validation, builds fabric8's objects, which"
                                + " a host can read and change before they are sent, computes two fingerprints with SHA-256, and"
                                + " writes with the client's own mapper, as fabric8's side does."));
    }
}

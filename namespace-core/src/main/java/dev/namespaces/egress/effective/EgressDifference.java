package dev.namespaces.egress.effective;

import java.util.ArrayList;
import java.util.List;

/**
 * How one policy differs from another. Exact for address ranges and ports; a domain pattern, label selector or entity
 * counts as gained or lost where the other policy does not surely hold it.
 *
 * @param gained what only the newer one allows
 * @param lost what only the older one allows
 */
public record EgressDifference(EffectiveEgress gained, EffectiveEgress lost) {

    /** Whether both allow the same. */
    public boolean isEmpty() {
        return gained.isNothing() && lost.isNothing();
    }

    /** One sentence for each destination, as {@code gains 10.0.0.0/8:5432/TCP} or {@code loses *.example.com}. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        gained.describe().forEach(destination -> sentences.add("gains " + destination));
        lost.describe().forEach(destination -> sentences.add("loses " + destination));
        return sentences;
    }

    /** All sentences in one, as {@code gains 10.0.0.0/8:5432/TCP, loses *.example.com}. */
    @Override
    public String toString() {
        return isEmpty() ? "changes nothing" : String.join(", ", sentences());
    }
}

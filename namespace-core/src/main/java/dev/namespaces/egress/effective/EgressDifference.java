package dev.namespaces.egress.effective;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** How one policy differs from another. */
public sealed interface EgressDifference {

    /** Returns whether both surely allow the same. */
    boolean isEmpty();

    /**
     * Returns one sentence for each destination, as {@code gains 10.0.0.0/8:5432/TCP} or {@code loses *.example.com}.
     * The list has at most 100 of each kind and an entry that counts the others.
     */
    List<String> sentences();

    /**
     * A difference that is exact for address ranges and ports; a domain pattern, label selector or entity counts as
     * gained or lost where the other policy does not surely hold it.
     *
     * @param gained what only the newer one allows
     * @param lost what only the older one allows
     */
    record Known(EffectiveEgress gained, EffectiveEgress lost) implements EgressDifference {
        public Known {
            Objects.requireNonNull(gained, "gained");
            Objects.requireNonNull(lost, "lost");
        }

        @Override
        public boolean isEmpty() {
            return gained.isNothing() && lost.isNothing();
        }

        @Override
        public List<String> sentences() {
            List<String> sentences = new ArrayList<>();
            gained.describe().forEach(destination -> sentences.add("gains " + destination));
            lost.describe().forEach(destination -> sentences.add("loses " + destination));
            return sentences;
        }

        /** Returns all sentences in one, such as {@code gains 10.0.0.0/8:5432/TCP, loses *.example.com}. */
        @Override
        public String toString() {
            return isEmpty() ? "changes nothing" : String.join(", ", sentences());
        }
    }

    /**
     * The policies overlap in so many ways that a comparison would take long. The difference may be anything, also
     * nothing.
     */
    record TooLarge() implements EgressDifference {
        @Override
        public boolean isEmpty() {
            return false;
        }

        @Override
        public List<String> sentences() {
            return List.of(toString());
        }

        /** Returns {@code is too large to compare}. */
        @Override
        public String toString() {
            return "is too large to compare";
        }
    }
}

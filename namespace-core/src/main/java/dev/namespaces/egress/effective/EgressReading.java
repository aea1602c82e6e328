package dev.namespaces.egress.effective;

import dev.namespaces.model.Shown;
import java.util.List;
import java.util.Objects;

/** What became of reading a policy object. */
public sealed interface EgressReading {

    /**
     * The object says exactly this.
     *
     * @param egress what it allows
     */
    record Understood(EffectiveEgress egress) implements EgressReading {
        public Understood {
            Objects.requireNonNull(egress, "egress");
        }
    }

    /**
     * The object says things that are outside of this model, or is one that the network plugin would reject.
     *
     * @param reasons what and where, at least one
     */
    record NotUnderstood(List<String> reasons) implements EgressReading {
        public NotUnderstood {
            reasons = Shown.sentences(reasons);
        }
    }
}

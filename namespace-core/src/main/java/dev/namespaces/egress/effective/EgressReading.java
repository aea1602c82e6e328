package dev.namespaces.egress.effective;

import dev.namespaces.model.Shown;
import dev.namespaces.model.TransportProtocol;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The result of reading a policy object. */
public sealed interface EgressReading {

    /** Returns this reading, but not understood where the policy is for some pods only. */
    default EgressReading ofEveryPod() {
        return this instanceof Understood understood && !understood.subject.isEveryPod()
                ? new NotUnderstood(List.of("it is for " + understood.subject + " only"))
                : this;
    }

    /**
     * The object says exactly this.
     *
     * @param subject the pods that the policy is for
     * @param egress what it allows them
     */
    record Understood(PolicySubject subject, EffectiveEgress egress) implements EgressReading {
        public Understood {
            Objects.requireNonNull(subject, "subject");
            Objects.requireNonNull(egress, "egress");
        }

        /**
         * Returns whether a pod of the policy's namespace may open a connection there, where no other policy exists. A
         * pod that the policy is not for may.
         *
         * @param labels the labels of the pod
         * @param port 1 to 65535
         * @param protocol {@link TransportProtocol#ANY} asks for all of them
         * @throws dev.namespaces.error.InvalidTextException if the port is not between 1 and 65535
         */
        public boolean allows(
                Map<String, String> labels, EgressDestination destination, int port, TransportProtocol protocol) {
            boolean listed = egress.allows(destination, port, protocol);
            return listed || !subject.selects(labels);
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

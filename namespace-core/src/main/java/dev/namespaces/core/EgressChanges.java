package dev.namespaces.core;

import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.egress.effective.EgressDifference;
import dev.namespaces.egress.effective.EgressReading;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** What a new policy object allows that the one before it did not, and the other way round. */
final class EgressChanges {

    private EgressChanges() {}

    /**
     * Returns what the stored object allows in addition to the sent one, as sentences. An object that cannot be read
     * may allow anything, so its sentences say why it cannot.
     */
    static List<String> gained(HasMetadata sent, HasMetadata stored) {
        EgressReading wanted = EffectiveEgress.read(sent).ofEveryPod();
        EgressReading actual = EffectiveEgress.read(stored).ofEveryPod();
        if (actual instanceof EgressReading.NotUnderstood unknown) {
            return unknown.reasons();
        }
        if (!(wanted instanceof EgressReading.Understood understood)) {
            return List.of();
        }
        EgressDifference difference =
                EffectiveEgress.difference(understood.egress(), ((EgressReading.Understood) actual).egress());
        return difference instanceof EgressDifference.Known known
                ? known.gained().describe()
                : difference.sentences();
    }

    /** Returns the changes as sentences; none where nothing changes. */
    static List<String> between(HasMetadata before, HasMetadata after) {
        EgressReading was = EffectiveEgress.read(before).ofEveryPod();
        EgressReading willBe = EffectiveEgress.read(after).ofEveryPod();
        if (was instanceof EgressReading.NotUnderstood unknown) {
            return List.of("replaces a policy object that was changed by others and cannot be compared: "
                    + String.join("; ", unknown.reasons()));
        }
        if (willBe instanceof EgressReading.NotUnderstood unknown) {
            return List.of("cannot be compared: " + String.join("; ", unknown.reasons()));
        }
        return EffectiveEgress.difference(
                        ((EgressReading.Understood) was).egress(), ((EgressReading.Understood) willBe).egress())
                .sentences();
    }
}

package dev.namespaces.core;

import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.ApplyMode;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Origin;

/** What a deployment does about a namespace. A pure function of what the cluster has and of what the host asked for. */
sealed interface Decision {

    /** The namespace is created. */
    record Create() implements Decision {}

    /** The namespace, which is ours, is brought to the desired state. */
    record Update(Origin origin) implements Decision {}

    /** The namespace, which is not ours, becomes ours without having been created by us. */
    record Adopt() implements Decision {}

    /** The namespace of another environment becomes ours. */
    record TakeOver(String formerEnvironment) implements Decision {}

    /** Nothing is written. */
    record Refuse(Reason reason) implements Decision {}

    /** Why nothing is written. */
    enum Reason {
        /** The namespace has to exist and does not. */
        ABSENT,
        /** The namespace must not exist and does. */
        EXISTS,
        /** The namespace is being deleted. */
        TERMINATING,
        /** The namespace is labelled for another environment. */
        CLAIMED,
        /** We did not create the namespace, and adoption is not allowed. */
        NOT_OURS
    }

    /**
     * What the host asked for.
     *
     * @param takeOver whether a namespace of another environment may be taken over
     * @param environment the environment that is deployed
     */
    record Wish(ApplyMode mode, AdoptionPolicy adoption, boolean takeOver, EnvironmentId environment) {}

    /**
     * Decides.
     *
     * @param ensuredByUs whether our own ensure created this very object, by its recorded UID
     */
    static Decision on(Standing standing, Wish wish, boolean ensuredByUs) {
        if (standing instanceof Standing.Absent) {
            return wish.mode() == ApplyMode.REPLACE ? new Refuse(Reason.ABSENT) : new Create();
        }
        if (standing instanceof Standing.Terminating) {
            return new Refuse(Reason.TERMINATING);
        }
        if (standing instanceof Standing.Ours ours) {
            // A create whose answer was lost is still this deployment's create.
            return wish.mode() == ApplyMode.CREATE && !ours.provenByNonce()
                    ? new Refuse(Reason.EXISTS)
                    : new Update(ours.origin());
        }
        if (wish.mode() == ApplyMode.CREATE) {
            return new Refuse(Reason.EXISTS);
        }
        if (standing instanceof Standing.Claimed claimed) {
            return wish.takeOver() ? new TakeOver(claimed.environment()) : new Refuse(Reason.CLAIMED);
        }
        Standing.Foreign foreign = (Standing.Foreign) standing;
        boolean allowed = switch (wish.adoption()) {
            case NEVER -> ensuredByUs;
            case CLAIMED -> ensuredByUs || wish.environment().value().equals(foreign.adoptFor());
            case ALWAYS -> true;
        };
        return allowed ? new Adopt() : new Refuse(Reason.NOT_OURS);
    }
}

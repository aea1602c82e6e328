package dev.namespaces.core.guard;

import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Shown;
import java.util.Objects;

/**
 * One object of an {@link AdmissionGuard} that a cluster does not have as rendered.
 *
 * @param object the object
 * @param reason what is wrong
 * @param detail a sentence for people
 */
public record GuardGap(ResourceRef object, Reason reason, String detail) {

    public GuardGap {
        Objects.requireNonNull(object, "object");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(detail, "detail");
    }

    /** Returns text such as {@code ValidatingAdmissionPolicy pods.namespaces.dev: it does not exist}. */
    @Override
    public String toString() {
        return object + ": " + Shown.sentence(detail);
    }

    /** What is wrong with an object of the guard. */
    public enum Reason {
        /** It does not exist, or is being deleted. */
        ABSENT,
        /** It was rendered from other settings, or was changed by others. */
        DIFFERENT,
        /** The API server has not checked the types of its expressions yet. */
        UNCHECKED,
        /** The API server finds a wrong type in one of its expressions, so requests that it is about fail. */
        TYPE_WARNING
    }
}

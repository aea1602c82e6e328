package dev.namespaces.egress.check;

import dev.namespaces.model.Shown;
import java.util.Objects;

/**
 * What a check found.
 *
 * @param check the check, which says how bad it is
 * @param path where, as {@code spec.egress[0].toPorts[0].ports}
 * @param message what is wrong there and what to write instead
 */
public record PolicyFinding(PolicyCheck check, String path, String message) {
    public PolicyFinding {
        Objects.requireNonNull(check, "check");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(message, "message");
    }

    /** Returns text such as {@code spec.egress[0]: names no port, and so means none (EMPTY_PORTS)}. */
    @Override
    public String toString() {
        return Shown.sentence(path + ": " + message) + " (" + check + ")";
    }
}

package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.util.Objects;

final class Ids {

    private Ids() {}

    static void check(String what, String value) {
        Objects.requireNonNull(value, what);
        if (value.isEmpty()) {
            throw new InvalidTextException(what, value, "must not be empty");
        }
        KubernetesSyntax.labelValueProblem(value).ifPresent(problem -> {
            throw new InvalidTextException(what, value, problem);
        });
    }
}

package dev.namespaces.model;

import java.util.Objects;

final class Ids {

    private Ids() {}

    static void check(String what, String value) {
        Objects.requireNonNull(value, what);
        if (value.isEmpty()) {
            throw new IllegalArgumentException("The " + what + " is empty");
        }
        KubernetesSyntax.labelValueProblem(value).ifPresent(problem -> {
            throw new IllegalArgumentException("The " + what + " '" + value + "' cannot be a label value: " + problem);
        });
    }
}

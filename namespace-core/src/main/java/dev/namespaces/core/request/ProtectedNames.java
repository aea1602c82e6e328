package dev.namespaces.core.request;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Namespace names that this library never creates, deploys or deletes.
 *
 * @param patterns names, or beginnings of names where the last character is {@code *}
 */
public record ProtectedNames(List<String> patterns) {

    private static final Pattern PATTERN = Pattern.compile("[a-z0-9][-a-z0-9]*\\*?");
    private static final ProtectedNames DEFAULT = new ProtectedNames(List.of("default", "kube-*"));

    /** @throws IllegalArgumentException if a pattern could match no name, or every name */
    public ProtectedNames {
        patterns = List.copyOf(patterns);
        for (String pattern : patterns) {
            if (!PATTERN.matcher(pattern).matches()) {
                throw new IllegalArgumentException(
                        "'" + pattern + "' is neither a namespace name nor the beginning of one with a '*' at its end");
            }
        }
    }

    /** {@code default} and {@code kube-*}. */
    public static ProtectedNames defaults() {
        return DEFAULT;
    }

    /** These and some more. */
    public ProtectedNames and(String... more) {
        List<String> all = new ArrayList<>(patterns);
        all.addAll(List.of(more));
        return new ProtectedNames(all);
    }

    /** Whether the name is protected. */
    public boolean contains(String name) {
        return patterns.stream()
                .anyMatch(pattern -> pattern.endsWith("*")
                        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                        : name.equals(pattern));
    }
}

package dev.namespaces.core.request;

import dev.namespaces.model.KubernetesSyntax;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which keys labels and annotations may have. A policy refuses the keys by which other software on a cluster secures,
 * schedules, bills or reconciles a namespace; the guide for requests has the table. Patterns are keys, domains with
 * their subdomains as {@code example.com/*}, and beginnings of keys as {@code io.example.*}. Immutable.
 */
public final class KeyPolicy {

    private static final KeyPolicy DEFAULTS = new KeyPolicy(null, List.of(), List.of());

    /** Null for no limit. */
    private final @Nullable List<KeyPattern> only;

    private final List<KeyPattern> allowed;
    private final List<KeyPattern> overriding;

    private KeyPolicy(@Nullable List<KeyPattern> only, List<KeyPattern> allowed, List<KeyPattern> overriding) {
        this.only = only;
        this.allowed = allowed;
        this.overriding = overriding;
    }

    /** Returns the policy that refuses the keys of the table, and no others. */
    public static KeyPolicy defaults() {
        return DEFAULTS;
    }

    /**
     * Returns the strict policy, which is the recommended one: only keys under these domains and their subdomains. The
     * keys of the table stay refused.
     *
     * @throws IllegalArgumentException if a domain is not valid
     */
    public static KeyPolicy onlyUnder(String domain, String... more) {
        return new KeyPolicy(
                Stream.concat(Stream.of(domain), Stream.of(more))
                        .map(each -> new KeyPattern(each + "/*"))
                        .toList(),
                List.of(),
                List.of());
    }

    /**
     * Returns a policy that also allows these keys, even if the table or the domains refuse them. The keys that this
     * library sets itself are never allowed.
     *
     * @throws IllegalArgumentException if a pattern is not valid
     */
    public KeyPolicy allowing(String... patterns) {
        return new KeyPolicy(only, joined(allowed, patterns), overriding);
    }

    /**
     * Returns a policy with which metadata may replace these labels of its environment. Without it, metadata with the
     * key of a label of the environment is a violation, because labels decide which policies select a namespace.
     *
     * @throws IllegalArgumentException if a pattern is not valid
     */
    public KeyPolicy overriding(String... patterns) {
        return new KeyPolicy(only, allowed, joined(overriding, patterns));
    }

    /** Returns why the key is refused, as words that follow it, or empty if it is allowed. */
    public Optional<String> problem(String key) {
        if (key.length() > KubernetesSyntax.MAX_KEY_LENGTH) {
            // Such a key is not valid in any case.
            return Optional.empty();
        }
        String lower = KubernetesSyntax.lowerCase(key);
        if (matches(allowed, lower)) {
            return Optional.empty();
        }
        Optional<String> reserved = ReservedKeys.reason(lower)
                .map(reason -> "has a key that " + reason + "; only the platform can allow it");
        if (reserved.isPresent() || only == null || matches(only, lower)) {
            return reserved;
        }
        return Optional.of("has a key outside of "
                + String.join(", ", only.stream().map(KeyPattern::text).toList()));
    }

    boolean mayOverride(String key) {
        return matches(overriding, KubernetesSyntax.lowerCase(key));
    }

    private static boolean matches(List<KeyPattern> patterns, String lowerCaseKey) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(lowerCaseKey));
    }

    private static List<KeyPattern> joined(List<KeyPattern> patterns, String... more) {
        return Stream.concat(patterns.stream(), KeyPattern.of(more).stream()).toList();
    }
}

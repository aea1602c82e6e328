package dev.namespaces.egress.effective;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A DNS name or a pattern of one, as Cilium matches them: {@code *} means any characters within one label, a pattern of
 * nothing but {@code *} means every name, and a first label of two or more {@code *} means one or more whole labels.
 */
record DomainPattern(@JsonValue String text) {

    DomainPattern {
        text = normal(text);
    }

    /** Returns the domain in lower case and without a trailing dot. */
    static String normal(String domain) {
        String lower = domain.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    boolean isEveryName() {
        return text.chars().allMatch(c -> c == '*');
    }

    boolean isName() {
        return text.indexOf('*') < 0;
    }

    /** Returns whether the name matches; the name is {@link #normal}. */
    boolean matches(String name) {
        if (isEveryName()) {
            return true;
        }
        List<String> pattern = labels(text);
        List<String> labels = labels(name);
        if (pattern.get(0).length() > 1 && pattern.get(0).chars().allMatch(c -> c == '*')) {
            pattern = pattern.subList(1, pattern.size());
            int whole = labels.size() - pattern.size();
            if (whole < 1 || labels.subList(0, whole).contains("")) {
                return false;
            }
            labels = labels.subList(whole, labels.size());
        }
        if (pattern.size() != labels.size()) {
            return false;
        }
        for (int i = 0; i < labels.size(); i++) {
            if (!matches(pattern.get(i), labels.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> labels(String domain) {
        return Arrays.asList(domain.split("\\.", -1));
    }

    /** Goes back to the last {@code *} only, so that no pattern makes it slow. */
    private static boolean matches(String pattern, String label) {
        int at = 0;
        int next = 0;
        int star = -1;
        int resume = 0;
        while (at < label.length()) {
            if (next < pattern.length() && pattern.charAt(next) == '*') {
                star = next++;
                resume = at;
            } else if (next < pattern.length() && pattern.charAt(next) == label.charAt(at)) {
                next++;
                at++;
            } else if (star >= 0) {
                next = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (next < pattern.length() && pattern.charAt(next) == '*') {
            next++;
        }
        return next == pattern.length();
    }
}

package dev.namespaces.core.request;

import dev.namespaces.model.KubernetesSyntax;
import java.util.List;
import java.util.stream.Stream;

/**
 * Some keys of labels and annotations, in any case.
 *
 * @param text a key such as {@code example.com/a}; a domain with its subdomains, as {@code example.com/*}; or the
 *     beginning of a key, as {@code io.cilium.*}
 */
record KeyPattern(String text) {

    // An IllegalArgumentException says that no key, or each key, would match.
    KeyPattern {
        String sample = text.endsWith("*") ? text.substring(0, text.length() - 1) + "x" : text;
        String problem = KubernetesSyntax.annotationKeyProblem(sample).orElse(text.equals("*") ? "is each key" : null);
        if (problem != null) {
            throw new IllegalArgumentException("'" + text + "' must be a key, a domain as in example.com/*, "
                    + "or the beginning of a key as in io.example.*: it " + problem);
        }
        text = KubernetesSyntax.lowerCase(text);
    }

    static List<KeyPattern> of(String... texts) {
        return Stream.of(texts).map(KeyPattern::new).toList();
    }

    /** @param lowerCaseKey a key as {@link KubernetesSyntax#lowerCase} returns it */
    boolean matches(String lowerCaseKey) {
        if (!text.endsWith("*")) {
            return lowerCaseKey.equals(text);
        }
        int length = text.length() - 1;
        if (lowerCaseKey.regionMatches(0, text, 0, length)) {
            return true;
        }
        int start = lowerCaseKey.indexOf('/') + 1 - length;
        return text.charAt(length - 1) == '/'
                && start > 0
                && lowerCaseKey.charAt(start - 1) == '.'
                && lowerCaseKey.regionMatches(start, text, 0, length);
    }
}

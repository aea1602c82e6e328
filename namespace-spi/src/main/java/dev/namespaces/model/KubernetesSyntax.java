package dev.namespaces.model;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The API server's own grammar for names, labels and annotations, so that a bad value is found before a cluster is
 * asked. Every method answers the reason why the value is refused, or empty where it is valid.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/">Kubernetes: object names</a>
 * @see <a href="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/">Kubernetes: labels</a>
 * @see <a href="https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/">Kubernetes:
 *     annotations</a>
 */
public final class KubernetesSyntax {

    /** The longest namespace name, label value, and name part of a key. */
    public static final int MAX_LABEL_LENGTH = 63;

    /** The longest prefix of a label or annotation key. */
    public static final int MAX_KEY_PREFIX_LENGTH = 253;

    /** The longest label or annotation key: a prefix, a slash and a name. */
    public static final int MAX_KEY_LENGTH = MAX_KEY_PREFIX_LENGTH + 1 + MAX_LABEL_LENGTH;

    /** The most bytes that all annotation keys and values of one object may take together, in UTF-8. */
    public static final int MAX_ANNOTATIONS_BYTES = 256 * 1024;

    private static final int MAX_SUBDOMAIN_LENGTH = MAX_KEY_PREFIX_LENGTH;
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern DNS_SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final Pattern QUALIFIED_NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
    private static final Pattern LABEL_VALUE = Pattern.compile("(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?");

    private KubernetesSyntax() {}

    /**
     * Returns what is wrong with a namespace name, an RFC 1123 label: lower-case letters, digits and inner dashes, 1 to
     * 63 of them.
     */
    public static Optional<String> namespaceNameProblem(String name) {
        if (name.isEmpty()) {
            return Optional.of("must not be empty");
        }
        if (name.length() > MAX_LABEL_LENGTH) {
            return Optional.of("must have at most 63 characters, has " + name.length());
        }
        if (!DNS_LABEL.matcher(name).matches()) {
            return Optional.of("must consist of lower-case letters, digits and '-', "
                    + "and begin and end with a letter or digit (RFC 1123 label)");
        }
        return Optional.empty();
    }

    /**
     * Returns what is wrong with the name of an object such as a policy, an RFC 1123 subdomain: lower-case letters,
     * digits, inner dashes and dots, 1 to 253 of them.
     */
    public static Optional<String> objectNameProblem(String name) {
        if (name.isEmpty()) {
            return Optional.of("must not be empty");
        }
        if (name.length() > MAX_SUBDOMAIN_LENGTH) {
            return Optional.of("must have at most 253 characters, has " + name.length());
        }
        if (!DNS_SUBDOMAIN.matcher(name).matches()) {
            return Optional.of("must consist of lower-case letters, digits, '-' and '.', "
                    + "and each part must begin and end with a letter or digit (RFC 1123 subdomain)");
        }
        return Optional.empty();
    }

    /**
     * Returns what is wrong with a label key: an optional DNS subdomain and a slash, then a name of 1 to 63 characters.
     */
    public static Optional<String> labelKeyProblem(String key) {
        return qualifiedNameProblem(key);
    }

    /**
     * Returns what is wrong with a label value: empty, or 1 to 63 characters of {@code [A-Za-z0-9._-]} that begin and
     * end with a letter or digit.
     */
    public static Optional<String> labelValueProblem(String value) {
        if (value.length() > MAX_LABEL_LENGTH) {
            return Optional.of("must have at most 63 characters, has " + value.length());
        }
        if (!LABEL_VALUE.matcher(value).matches()) {
            return Optional.of(
                    "must consist of letters, digits, '-', '_' and '.', " + "and begin and end with a letter or digit");
        }
        return Optional.empty();
    }

    /**
     * Returns what is wrong with an annotation key, which is like a label key that the API server looks at in lower
     * case.
     *
     * @see #lowerCase
     */
    public static Optional<String> annotationKeyProblem(String key) {
        return qualifiedNameProblem(key.length() > MAX_KEY_LENGTH ? key : lowerCase(key));
    }

    /**
     * Returns the key in lower case as the API server maps it, with Go's {@code strings.ToLower}: one code point for
     * one, in no language. So U+0130 becomes {@code i} and U+212A becomes {@code k}, and both are valid in an
     * annotation key. {@link String#toLowerCase} makes two code points of the former.
     */
    public static String lowerCase(String key) {
        if (key.chars().allMatch(c -> c < 'A' || (c > 'Z' && c < 0x80))) {
            return key;
        }
        StringBuilder lower = new StringBuilder(key.length());
        for (int i = 0; i < key.length(); i = key.offsetByCodePoints(i, 1)) {
            lower.appendCodePoint(Character.toLowerCase(key.codePointAt(i)));
        }
        return lower.toString();
    }

    /**
     * Returns what is wrong with an annotation value, which may be any text. U+0000 and unpaired surrogates are
     * refused, because PostgreSQL cannot store them; the API server takes the former.
     */
    public static Optional<String> annotationValueProblem(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0) {
                return Optional.of("must not contain U+0000, found at index " + i);
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return Optional.of("must be valid Unicode, found an unpaired surrogate at index " + i);
            }
        }
        return Optional.empty();
    }

    /** Returns what is wrong with the size of all annotations of an object: at most 256 KiB of UTF-8, keys included. */
    public static Optional<String> annotationsSizeProblem(Map<String, String> annotations) {
        long bytes = bytes(annotations);
        return bytes > MAX_ANNOTATIONS_BYTES
                ? Optional.of("must have at most " + MAX_ANNOTATIONS_BYTES + " bytes in all, has " + bytes)
                : Optional.empty();
    }

    /** Returns how many bytes the keys and values take together, in UTF-8. */
    public static long bytes(Map<String, String> entries) {
        long bytes = 0;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length;
            bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }

    // Lengths first: a pattern never sees more text than a valid key has.
    private static Optional<String> qualifiedNameProblem(String key) {
        int slash = key.indexOf('/');
        if (slash != key.lastIndexOf('/')) {
            return Optional.of("must have at most one '/'");
        }
        if (slash == 0) {
            return Optional.of("must not have an empty prefix before '/'");
        }
        if (slash > MAX_KEY_PREFIX_LENGTH) {
            return Optional.of("must have a prefix of at most 253 characters, has " + slash);
        }
        String name = key.substring(slash + 1);
        if (name.isEmpty()) {
            return Optional.of("must not have an empty name");
        }
        if (name.length() > MAX_LABEL_LENGTH) {
            return Optional.of("must have a name of at most 63 characters, has " + name.length());
        }
        if (slash > 0 && !DNS_SUBDOMAIN.matcher(key.substring(0, slash)).matches()) {
            return Optional.of("must have a prefix that is a DNS name in lower case (RFC 1123 subdomain)");
        }
        if (!QUALIFIED_NAME.matcher(name).matches()) {
            return Optional.of("must have a name of letters, digits, '-', '_' and '.', "
                    + "that begins and ends with a letter or digit");
        }
        return Optional.empty();
    }
}

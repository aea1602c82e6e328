package dev.namespaces.core.request;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Makes namespace names that people can read and that don't collide. */
public final class NamespaceNames {

    private static final int MAX_LENGTH = 63;

    /** 80 bits: two lists of parts with one hash are not found by trying. */
    private static final int HASH_LENGTH = 16;

    private static final String HASH_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final Pattern MARKS = Pattern.compile("\\p{M}+");
    private static final Pattern NOT_ALLOWED = Pattern.compile("[^a-z0-9]+");

    private NamespaceNames() {}

    /**
     * Returns a valid namespace name from readable parts, such as organization, project and environment: lower case,
     * joined by dashes, cut to fit 63 characters, with a suffix of 16 characters, 80 bits of a hash over the parts as
     * they were given. Equal parts give equal names, on every machine and in every release; different parts give
     * different names, also where cutting or replacing characters leaves the same readable text, and where the same
     * text is divided differently.
     *
     * @param parts at least one, any text
     * @throws IllegalArgumentException if no part is given
     */
    public static String of(String... parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException("A name needs at least one part");
        }
        List<String> readable = new ArrayList<>();
        for (String part : parts) {
            String slug = slug(part);
            if (!slug.isEmpty()) {
                readable.add(slug);
            }
        }
        // Names that begin with kube- are Kubernetes' own.
        if (readable.isEmpty()
                || readable.get(0).equals("kube")
                || readable.get(0).startsWith("kube-")) {
            readable.add(0, "ns");
        }
        cutToFit(readable, MAX_LENGTH - HASH_LENGTH - 1);
        if (readable.get(0).equals("kube")) {
            readable.set(0, "kub");
        }
        return String.join("-", readable) + "-" + hash(parts);
    }

    private static String slug(String part) {
        String plain =
                MARKS.matcher(Normalizer.normalize(part, Normalizer.Form.NFKD)).replaceAll("");
        return trimDashes(NOT_ALLOWED.matcher(plain.toLowerCase(Locale.ROOT)).replaceAll("-"));
    }

    private static String trimDashes(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && text.charAt(start) == '-') {
            start++;
        }
        while (end > start && text.charAt(end - 1) == '-') {
            end--;
        }
        return text.substring(start, end);
    }

    /**
     * Takes a character from the longest part until all fit; whole parts go from the end where even that is too much.
     */
    private static void cutToFit(List<String> parts, int length) {
        while (parts.size() * 2 - 1 > length) {
            parts.remove(parts.size() - 1);
        }
        while (String.join("-", parts).length() > length) {
            int longest = 0;
            for (int i = 1; i < parts.size(); i++) {
                if (parts.get(i).length() >= parts.get(longest).length()) {
                    longest = i;
                }
            }
            String part = parts.get(longest);
            int excess = String.join("-", parts).length() - length;
            int next = parts.stream()
                    .mapToInt(String::length)
                    .filter(l -> l < part.length())
                    .max()
                    .orElse(0);
            int cut = Math.max(1, Math.min(excess, part.length() - Math.max(next, 1)));
            parts.set(longest, trimDashes(part.substring(0, part.length() - cut)));
        }
    }

    private static String hash(String... parts) {
        MessageDigest sha256 = sha256();
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            sha256.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            sha256.update(bytes);
        }
        BigInteger bits = new BigInteger(1, sha256.digest());
        StringBuilder hash = new StringBuilder(HASH_LENGTH);
        for (int i = 0; i < HASH_LENGTH; i++) {
            hash.append(HASH_ALPHABET.charAt(bits.shiftRight(i * 5).intValue() & 31));
        }
        return hash.toString();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}

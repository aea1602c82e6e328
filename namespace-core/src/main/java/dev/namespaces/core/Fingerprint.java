package dev.namespaces.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * A digest of named values. Each name and value is preceded by its length, so that no two lists of values give the same
 * bytes. Not safe to use from many threads.
 */
final class Fingerprint {

    private final MessageDigest digest = sha256();

    Fingerprint add(String name, String value) {
        update(name);
        update(value);
        return this;
    }

    Fingerprint add(String name, Map<String, String> values) {
        add(name, Integer.toString(values.size()));
        new TreeMap<>(values).forEach(this::add);
        return this;
    }

    /** Returns 64 hexadecimal digits. Nothing can be added afterwards. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private void update(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((byte) (bytes.length >>> 24));
        digest.update((byte) (bytes.length >>> 16));
        digest.update((byte) (bytes.length >>> 8));
        digest.update((byte) bytes.length);
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}

package dev.namespaces.jdbc;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Random values that nobody can guess and that are never drawn twice. */
final class RandomTokens {

    private static final int BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomTokens() {}

    /** Returns 128 random bits as 32 hexadecimal digits. */
    static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}

package dev.namespaces.egress.check;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An address with a prefix length as Cilium's agent reads it, which is stricter than the API server, and laxer than
 * {@link dev.namespaces.model.Cidr}: host bits are allowed, and IPv4 in IPv6 form stays IPv6.
 */
final class IpPrefix {

    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private final byte[] address;
    private final int length;

    private IpPrefix(byte[] address, int length) {
        this.address = address;
        this.length = length;
    }

    /** The prefix, or null where it is none. */
    static @Nullable IpPrefix parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            return null;
        }
        byte[] address = address(text.substring(0, slash));
        int length = decimal(text.substring(slash + 1), 128);
        return address == null || length < 0 || length > address.length * Byte.SIZE
                ? null
                : new IpPrefix(address, length);
    }

    /** How many leading bits count. */
    int length() {
        return length;
    }

    /** Whether every address of the other is one of this; never, where the families differ. */
    boolean contains(IpPrefix other) {
        return address.length == other.address.length
                && length <= other.length
                && Arrays.equals(masked(address), masked(other.address));
    }

    boolean hasHostBits() {
        return !Arrays.equals(address, masked(address));
    }

    /** Returns whether it is in {@code ::ffff:0:0/96}, which no packet ever comes from. */
    boolean isMappedIpv4() {
        if (address.length != IPV6_BYTES || length < 96) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[10] == (byte) 0xff && address[11] == (byte) 0xff;
    }

    private byte[] masked(byte[] bytes) {
        byte[] masked = bytes.clone();
        for (int bit = length; bit < masked.length * Byte.SIZE; bit++) {
            masked[bit / Byte.SIZE] &= (byte) ~(0x80 >>> bit % Byte.SIZE);
        }
        return masked;
    }

    private static byte @Nullable [] address(String text) {
        return text.indexOf(':') >= 0 ? ipv6(text) : ipv4(text);
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] fields = text.split("\\.", -1);
        if (fields.length != IPV4_BYTES) {
            return null;
        }
        byte[] bytes = new byte[IPV4_BYTES];
        for (int i = 0; i < IPV4_BYTES; i++) {
            int field = decimal(fields[i], 255);
            if (field < 0) {
                return null;
            }
            bytes[i] = (byte) field;
        }
        return bytes;
    }

    private static byte @Nullable [] ipv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text, true);
            return all != null && all.length == IPV6_BYTES ? all : null;
        }
        String after = text.substring(gap + 2);
        byte[] head = gap == 0 ? new byte[0] : groups(text.substring(0, gap), false);
        byte[] tail = after.isEmpty() ? new byte[0] : groups(after, true);
        if (head == null || tail == null || head.length + tail.length >= IPV6_BYTES) {
            return null;
        }
        byte[] bytes = Arrays.copyOf(head, IPV6_BYTES);
        System.arraycopy(tail, 0, bytes, IPV6_BYTES - tail.length, tail.length);
        return bytes;
    }

    private static byte @Nullable [] groups(String text, boolean mayEndInIpv4) {
        String[] groups = text.split(":", -1);
        byte[] bytes = new byte[0];
        for (int i = 0; i < groups.length; i++) {
            byte[] next;
            if (mayEndInIpv4 && i == groups.length - 1 && groups[i].indexOf('.') >= 0) {
                next = ipv4(groups[i]);
            } else {
                next = group(groups[i]);
            }
            if (next == null || bytes.length + next.length > IPV6_BYTES) {
                return null;
            }
            bytes = Arrays.copyOf(bytes, bytes.length + next.length);
            System.arraycopy(next, 0, bytes, bytes.length - next.length, next.length);
        }
        return bytes;
    }

    private static byte @Nullable [] group(String text) {
        if (text.isEmpty() || text.length() > 4) {
            return null;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return null;
            }
            value = value * 16 + digit;
        }
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    /** A number without sign or leading zeros, or -1. */
    private static int decimal(String text, int max) {
        if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= max ? value : -1;
    }
}

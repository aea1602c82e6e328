package dev.namespaces.model;

import dev.namespaces.error.InvalidTextException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A range of IP addresses in CIDR notation, without host bits.
 *
 * @param value the canonical text, such as {@code 10.0.0.0/8} or {@code fd00::/8}
 */
public record Cidr(String value) implements Serializable {

    /** The longest address, of IPv6 with an IPv4 address at its end, and the longest prefix length. */
    private static final int MAX_LENGTH = "0000:0000:0000:0000:0000:0000:255.255.255.255/128".length();

    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    // Octets only, since InetAddress takes 256.0.0.1 for a name and asks a name server, which may answer.
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(\\d+(\\.\\d+){3})?");
    private static final String NO_RANGE = "must be an address range, as in 10.0.0.0/8 or fd00::/8";
    private static final Pattern PREFIX_LENGTH = Pattern.compile("0|[1-9]\\d{0,2}");

    /**
     * Takes a range as people write it and keeps it in canonical form.
     *
     * @throws InvalidTextException if it has no prefix length, has host bits, or is no address range at all
     */
    public Cidr {
        Parsed parsed = parse(value);
        if (!Arrays.equals(parsed.address(), masked(parsed.address(), parsed.prefixLength))) {
            throw invalid(
                    value,
                    "has host bits; the range that holds it is "
                            + text(masked(parsed.address(), parsed.prefixLength), parsed.prefixLength));
        }
        value = text(parsed.address(), parsed.prefixLength);
    }

    /**
     * Returns the range that contains an address with host bits, such as {@code 10.0.0.0/8} for {@code 10.1.2.3/8}.
     *
     * @throws InvalidTextException if it has no prefix length or is no address range at all
     */
    public static Cidr masking(String addressAndPrefixLength) {
        Parsed parsed = parse(addressAndPrefixLength);
        return new Cidr(text(masked(parsed.address(), parsed.prefixLength), parsed.prefixLength));
    }

    /**
     * Returns the range of that lowest address.
     *
     * @throws InvalidTextException if the prefix length does not fit the address, or the address has host bits
     */
    public static Cidr of(InetAddress first, int prefixLength) {
        return new Cidr(canonical(first) + "/" + prefixLength);
    }

    /** Returns how many leading bits all addresses of the range share. */
    public int prefixLength() {
        return parse(value).prefixLength;
    }

    /** Returns the lowest address of the range. */
    public InetAddress firstAddress() {
        return parse(value).base;
    }

    /** Returns whether the range is of IPv6 addresses. */
    public boolean isIpv6() {
        return value.indexOf(':') >= 0;
    }

    /** Returns whether the address is in the range; never, where the families differ. */
    public boolean contains(InetAddress address) {
        Parsed mine = parse(value);
        byte[] theirs = address.getAddress();
        return theirs.length == mine.address().length
                && Arrays.equals(mine.address(), masked(theirs, mine.prefixLength));
    }

    /** Returns whether every address of the other range is in this one; never, where the families differ. */
    public boolean contains(Cidr other) {
        Parsed mine = parse(value);
        Parsed theirs = parse(other.value);
        return theirs.address().length == mine.address().length
                && theirs.prefixLength >= mine.prefixLength
                && Arrays.equals(mine.address(), masked(theirs.address(), mine.prefixLength));
    }

    /** Returns the canonical text. */
    @Override
    public String toString() {
        return value;
    }

    /** A range as it was written, host bits and all. */
    private record Parsed(InetAddress base, int prefixLength) {
        byte[] address() {
            return base.getAddress();
        }
    }

    private static Parsed parse(String text) {
        Objects.requireNonNull(text, "CIDR");
        // The patterns take far more time than the text has characters.
        if (text.length() > MAX_LENGTH) {
            throw invalid(text, NO_RANGE);
        }
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw invalid(text, "must have a prefix length, as in 10.0.0.0/8");
        }
        String address = text.substring(0, slash);
        String prefix = text.substring(slash + 1);
        boolean ipv4 = IPV4.matcher(address).matches();
        if (!PREFIX_LENGTH.matcher(prefix).matches()
                || !(ipv4 || IPV6.matcher(address).matches())) {
            throw invalid(text, NO_RANGE);
        }
        InetAddress base;
        try {
            base = InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw invalid(text, NO_RANGE);
        }
        byte[] bytes = base.getAddress();
        if (bytes.length != (ipv4 ? 4 : 16)) {
            throw invalid(text, "is an IPv4 address in IPv6 form; write it as IPv4");
        }
        int prefixLength = Integer.parseInt(prefix);
        if (prefixLength > bytes.length * Byte.SIZE) {
            throw invalid(text, "must have a prefix length of at most " + bytes.length * Byte.SIZE);
        }
        return new Parsed(base, prefixLength);
    }

    private static InvalidTextException invalid(String text, String problem) {
        return new InvalidTextException("address range", text, problem);
    }

    private static byte[] masked(byte[] address, int prefixLength) {
        byte[] masked = new byte[address.length];
        for (int bit = 0; bit < prefixLength; bit++) {
            int index = bit / Byte.SIZE;
            masked[index] |= (byte) (address[index] & 0x80 >>> bit % Byte.SIZE);
        }
        return masked;
    }

    private static String text(byte[] address, int prefixLength) {
        try {
            return canonical(InetAddress.getByAddress(address)) + "/" + prefixLength;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address of " + address.length + " bytes", e);
        }
    }

    /** RFC 5952: the longest run of two or more zero groups becomes {@code ::}. */
    private static String canonical(InetAddress address) {
        String full = address.getHostAddress();
        if (address.getAddress().length == 4) {
            return full;
        }
        String[] groups = full.split(":", -1);
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < groups.length; i++) {
            int length = 0;
            while (i + length < groups.length && groups[i + length].equals("0")) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
        }
        if (bestStart < 0) {
            return full;
        }
        return String.join(":", Arrays.asList(groups).subList(0, bestStart))
                + "::"
                + String.join(":", Arrays.asList(groups).subList(bestStart + bestLength, groups.length));
    }
}

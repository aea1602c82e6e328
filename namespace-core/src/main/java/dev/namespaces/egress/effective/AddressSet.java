package dev.namespaces.egress.effective;

import dev.namespaces.model.Cidr;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Addresses of one family, as ranges in order that neither overlap nor touch. */
record AddressSet(boolean ipv6, List<Range> ranges) {

    private record Range(BigInteger first, BigInteger last) {}

    AddressSet {
        ranges = List.copyOf(ranges);
    }

    static AddressSet of(Cidr cidr) {
        int hostBits = bits(cidr.isIpv6()) - cidr.prefixLength();
        BigInteger first = number(cidr.firstAddress());
        BigInteger last = first.add(BigInteger.ONE.shiftLeft(hostBits)).subtract(BigInteger.ONE);
        return new AddressSet(cidr.isIpv6(), List.of(new Range(first, last)));
    }

    static AddressSet of(Cidr cidr, List<Cidr> except) {
        AddressSet set = of(cidr);
        for (Cidr exception : except) {
            set = set.minus(of(exception));
        }
        return set;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    boolean contains(InetAddress address) {
        if (address.getAddress().length * Byte.SIZE != bits(ipv6)) {
            return false;
        }
        BigInteger number = number(address);
        return ranges.stream()
                .anyMatch(range -> range.first.compareTo(number) <= 0 && range.last.compareTo(number) >= 0);
    }

    AddressSet minus(AddressSet other) {
        if (other.ipv6 != ipv6) {
            return this;
        }
        List<Range> left = ranges;
        for (Range cut : other.ranges) {
            List<Range> next = new ArrayList<>();
            for (Range range : left) {
                if (range.last.compareTo(cut.first) < 0 || range.first.compareTo(cut.last) > 0) {
                    next.add(range);
                    continue;
                }
                if (range.first.compareTo(cut.first) < 0) {
                    next.add(new Range(range.first, cut.first.subtract(BigInteger.ONE)));
                }
                if (range.last.compareTo(cut.last) > 0) {
                    next.add(new Range(cut.last.add(BigInteger.ONE), range.last));
                }
            }
            left = next;
        }
        return new AddressSet(ipv6, left);
    }

    /** The fewest ranges in CIDR notation that hold exactly these addresses, in order. */
    List<Cidr> toCidrs() {
        List<Cidr> cidrs = new ArrayList<>();
        for (Range range : ranges) {
            BigInteger next = range.first;
            while (next.compareTo(range.last) <= 0) {
                int hostBits = next.signum() == 0 ? bits(ipv6) : Math.min(next.getLowestSetBit(), bits(ipv6));
                BigInteger left = range.last.subtract(next).add(BigInteger.ONE);
                hostBits = Math.min(hostBits, left.bitLength() - 1);
                cidrs.add(cidr(next, bits(ipv6) - hostBits));
                next = next.add(BigInteger.ONE.shiftLeft(hostBits));
            }
        }
        cidrs.sort(Comparator.comparing(cidr -> number(cidr.firstAddress())));
        return cidrs;
    }

    private Cidr cidr(BigInteger first, int prefixLength) {
        byte[] bytes = new byte[bits(ipv6) / Byte.SIZE];
        byte[] number = first.toByteArray();
        for (int i = 0; i < Math.min(number.length, bytes.length); i++) {
            bytes[bytes.length - 1 - i] = number[number.length - 1 - i];
        }
        return Cidr.of(address(bytes), prefixLength);
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address of " + bytes.length + " bytes", e);
        }
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    private static int bits(boolean ipv6) {
        return ipv6 ? 128 : 32;
    }
}

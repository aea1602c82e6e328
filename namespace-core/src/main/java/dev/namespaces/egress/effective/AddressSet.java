package dev.namespaces.egress.effective;

import dev.namespaces.model.Cidr;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Addresses of one family, as ranges in order that do not overlap or touch. */
record AddressSet(boolean ipv6, List<Range> ranges) {

    private record Range(BigInteger first, BigInteger last) {
        BigInteger afterLast() {
            return last.add(BigInteger.ONE);
        }
    }

    AddressSet {
        ranges = List.copyOf(ranges);
    }

    static AddressSet of(Cidr cidr) {
        return new AddressSet(cidr.isIpv6(), List.of(range(cidr)));
    }

    static AddressSet of(Cidr cidr, List<Cidr> except) {
        Union exceptions = new Union();
        except.forEach(exception -> exceptions.add(of(exception)));
        return exceptions.add(of(cidr));
    }

    /** Addresses of both families that grow. To add many sets takes little more time than to sort their ranges. */
    static final class Union {

        private final NavigableRanges ipv4 = new NavigableRanges();
        private final NavigableRanges ipv6 = new NavigableRanges();

        /** Adds the addresses, and returns those that were not in the union before. */
        AddressSet add(AddressSet more) {
            NavigableRanges known = more.ipv6 ? ipv6 : ipv4;
            List<Range> fresh = new ArrayList<>();
            more.ranges.forEach(range -> known.add(range, fresh));
            return new AddressSet(more.ipv6, fresh);
        }

        /** Returns whether the union has every address. */
        boolean isEverything() {
            return ipv4.isEverything(false) && ipv6.isEverything(true);
        }
    }

    /** Ranges of one family that do not overlap or touch. */
    private static final class NavigableRanges {

        private final TreeMap<BigInteger, BigInteger> lastByFirst = new TreeMap<>();

        /** Adds a range. Each range that it joins with others is looked at once and is gone afterwards. */
        void add(Range range, List<Range> fresh) {
            BigInteger first = range.first;
            BigInteger last = range.last;
            BigInteger next = range.first;
            Map.Entry<BigInteger, BigInteger> known = lastByFirst.floorEntry(range.first);
            if (known == null || known.getValue().add(BigInteger.ONE).compareTo(range.first) < 0) {
                known = lastByFirst.higherEntry(range.first);
            }
            while (known != null && known.getKey().compareTo(range.afterLast()) <= 0) {
                if (next.compareTo(known.getKey()) < 0) {
                    fresh.add(new Range(next, known.getKey().subtract(BigInteger.ONE)));
                }
                first = first.min(known.getKey());
                last = last.max(known.getValue());
                next = next.max(known.getValue().add(BigInteger.ONE));
                lastByFirst.remove(known.getKey());
                known = lastByFirst.higherEntry(known.getKey());
            }
            if (next.compareTo(range.last) <= 0) {
                fresh.add(new Range(next, range.last));
            }
            lastByFirst.put(first, last);
        }

        boolean isEverything(boolean ipv6) {
            return lastByFirst.size() == 1
                    && lastByFirst.firstEntry().getKey().signum() == 0
                    && lastByFirst.firstEntry().getValue().bitLength() == bits(ipv6)
                    && lastByFirst.firstEntry().getValue().bitCount() == bits(ipv6);
        }
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** Returns how many ranges it has, which is a measure of the work that it makes. */
    int size() {
        return ranges.size();
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
        Union union = new Union();
        union.add(other);
        return union.add(this);
    }

    /** Returns the fewest ranges in CIDR notation that hold exactly these addresses, in order. */
    List<Cidr> toCidrs(Work work) throws Work.ExceededException {
        List<Cidr> cidrs = new ArrayList<>();
        for (Range range : ranges) {
            BigInteger next = range.first;
            while (next.compareTo(range.last) <= 0) {
                work.spend(Work.CIDR);
                int hostBits = next.signum() == 0 ? bits(ipv6) : Math.min(next.getLowestSetBit(), bits(ipv6));
                BigInteger left = range.last.subtract(next).add(BigInteger.ONE);
                hostBits = Math.min(hostBits, left.bitLength() - 1);
                cidrs.add(cidr(next, bits(ipv6) - hostBits));
                next = next.add(BigInteger.ONE.shiftLeft(hostBits));
            }
        }
        return cidrs;
    }

    private static Range range(Cidr cidr) {
        int hostBits = bits(cidr.isIpv6()) - cidr.prefixLength();
        BigInteger first = number(cidr.firstAddress());
        return new Range(first, first.add(BigInteger.ONE.shiftLeft(hostBits)).subtract(BigInteger.ONE));
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

package dev.namespaces.egress.effective;

import dev.namespaces.egress.effective.Peer.Domain;
import dev.namespaces.egress.effective.Peer.Everywhere;
import dev.namespaces.egress.effective.Peer.Range;
import dev.namespaces.model.Cidr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares what two policies allow. All ports are divided into groups whose ports are in the same grants. Within a
 * group only peers differ, and one pass over them is enough.
 */
final class Comparison {

    private final List<Grant> before;
    private final List<Grant> after;
    private final Work work = new Work();
    private final Collection<Group> groups;

    /** Ports, and the grants that are for them, as positions in their lists and in order. */
    private record Group(List<PortSet.Span> ports, List<Integer> before, List<Integer> after) {}

    private Comparison(List<Grant> before, List<Grant> after) throws Work.ExceededException {
        this.before = before;
        this.after = after;
        this.groups = groups();
    }

    static EgressDifference of(List<Grant> before, List<Grant> after) {
        try {
            Comparison comparison = new Comparison(before, after);
            return new EgressDifference.Known(
                    comparison.left(after, before, true), comparison.left(before, after, false));
        } catch (Work.ExceededException e) {
            return new EgressDifference.TooLarge();
        }
    }

    private Collection<Group> groups() throws Work.ExceededException {
        Map<Integer, List<Integer>> switches = new TreeMap<>();
        for (int i = 0; i < before.size() + after.size(); i++) {
            Grant grant = i < before.size() ? before.get(i) : after.get(i - before.size());
            for (PortSet.Span span : grant.ports().spans()) {
                work.spend(1);
                switches.computeIfAbsent(span.first(), first -> new ArrayList<>())
                        .add(i);
                switches.computeIfAbsent(span.last() + 1, end -> new ArrayList<>())
                        .add(i);
            }
        }
        Map<List<Integer>, Group> groups = new LinkedHashMap<>();
        Set<Integer> open = new TreeSet<>();
        int first = 0;
        for (Map.Entry<Integer, List<Integer>> each : switches.entrySet()) {
            if (!open.isEmpty()) {
                work.spend(open.size());
                group(groups, List.copyOf(open)).ports.add(new PortSet.Span(first, each.getKey() - 1));
            }
            for (Integer grant : each.getValue()) {
                if (!open.remove(grant)) {
                    open.add(grant);
                }
            }
            first = each.getKey();
        }
        return groups.values();
    }

    private Group group(Map<List<Integer>, Group> groups, List<Integer> grants) {
        return groups.computeIfAbsent(grants, key -> {
            List<Integer> old = new ArrayList<>();
            List<Integer> young = new ArrayList<>();
            for (int i : key) {
                if (i < before.size()) {
                    old.add(i);
                } else {
                    young.add(i - before.size());
                }
            }
            return new Group(new ArrayList<>(), old, young);
        });
    }

    /** Returns the parts of the grants that the other ones do not cover. */
    private EffectiveEgress left(List<Grant> grants, List<Grant> others, boolean isAfter)
            throws Work.ExceededException {
        Map<Integer, Map<Peer, List<PortSet.Span>>> left = new TreeMap<>();
        for (Group group : groups) {
            Covered covered = new Covered();
            for (int i : isAfter ? group.before : group.after) {
                covered.add(others.get(i).peer());
            }
            for (int i : isAfter ? group.after : group.before) {
                for (Peer peer : covered.add(grants.get(i).peer())) {
                    work.spend(group.ports.size());
                    left.computeIfAbsent(i, grant -> new LinkedHashMap<>())
                            .computeIfAbsent(peer, ports -> new ArrayList<>())
                            .addAll(group.ports);
                }
            }
        }
        List<Grant> all = new ArrayList<>();
        left.values()
                .forEach(peers -> peers.forEach((peer, ports) -> all.add(new Grant(peer, PortSet.ofSpans(ports)))));
        return new EffectiveEgress(all);
    }

    /** The peers of one group of ports that were seen so far. */
    private final class Covered {

        private final AddressSet.Union addresses = new AddressSet.Union();
        private final Set<Peer> same = new HashSet<>();
        private final List<Peer> wide = new ArrayList<>();
        private boolean everything;

        /** Adds a peer and returns what of it was not covered before. */
        List<Peer> add(Peer peer) throws Work.ExceededException {
            work.spend(peer.weight());
            if (everything) {
                return List.of();
            }
            if (peer instanceof Everywhere) {
                everything = true;
                return List.of(peer);
            }
            if (peer instanceof Range range) {
                return fresh(range, addresses.add(range.addresses()));
            }
            // A name may be answered with any address, so only both families as a whole hold it.
            if (same.contains(peer) || (peer instanceof Domain && addresses.isEverything())) {
                return List.of();
            }
            for (Peer each : wide) {
                work.spend(peer.weight());
                if (each.covers(peer)) {
                    return List.of();
                }
            }
            same.add(peer);
            if (!(peer instanceof Domain domain && domain.pattern().isName())) {
                wide.add(peer);
            }
            return List.of(peer);
        }

        private List<Peer> fresh(Range range, AddressSet left) throws Work.ExceededException {
            if (left.isEmpty()) {
                return List.of();
            }
            if (left.equals(range.addresses())) {
                return List.of(range);
            }
            // The shorter list is returned: the parts that are left, or the whole with the others as exceptions.
            List<Cidr> parts = left.toCidrs(work);
            List<Cidr> others = AddressSet.of(range.cidr()).minus(left).toCidrs(work);
            if (parts.size() <= others.size()) {
                return parts.stream()
                        .<Peer>map(part -> Range.of(part, List.of()))
                        .toList();
            }
            return List.of(Range.of(range.cidr(), others));
        }
    }
}

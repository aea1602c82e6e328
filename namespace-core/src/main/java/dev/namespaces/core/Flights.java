package dev.namespaces.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets the calls of this process that want the same work share it. A call boards the flight that has not read the
 * stores yet; while one has, further calls share the next flight, which begins when the first one ends. So no call gets
 * a result that was read before the call began.
 *
 * <p>One passenger of a flight leads it and does the work. If the leader leaves for a reason that concerns only itself,
 * the next passenger leads. No passenger polls: it is woken when it leads or has its result. Safe to use from many
 * threads at once.
 *
 * @param <K> says which calls want the same work
 * @param <R> the result of a flight for its passengers
 */
final class Flights<K, R> {

    private final Map<K, Line> lines = new HashMap<>();
    private long boarded;

    /** The flights for one key. */
    private final class Line {

        private Flight running = new Flight();
        private @Nullable Flight next;
    }

    private final class Flight {

        private final Set<Passenger> aboard = new LinkedHashSet<>();
        private boolean departed;
    }

    /** A call in a flight. */
    final class Passenger {

        private final K key;
        private final long number;
        private final long deadline;
        private final boolean late;
        private final Runnable wake;
        private @Nullable Flight flight;
        private volatile boolean leads;
        private volatile @Nullable R result;

        private Passenger(K key, long number, long deadline, boolean late, Runnable wake) {
            this.key = key;
            this.number = number;
            this.deadline = deadline;
            this.late = late;
            this.wake = wake;
        }

        /** Returns whether this call does the work. */
        boolean leads() {
            return leads;
        }

        /** Returns the result of the flight, or null while it has not ended for this passenger. */
        @Nullable
        R result() {
            return result;
        }

        /** Returns the {@link System#nanoTime} until which the call waits for deployments of other processes. */
        long deadline() {
            return deadline;
        }

        /** Returns whether the flight may have read the stores before this call boarded. */
        boolean isLate() {
            return late;
        }

        /** Says that the leader is about to read the stores: later calls share the next flight. */
        void depart() {
            synchronized (Flights.this) {
                if (leads && flight != null) {
                    flight.departed = true;
                }
            }
        }

        /** Brings every passenger the result, and begins the next flight. Does nothing unless this call leads. */
        void land(R result) {
            settle(Long.MAX_VALUE, passenger -> result);
        }

        /**
         * Lets some passengers leave with a result. If the leader is among them, the next passenger leads. Does nothing
         * unless this call leads.
         *
         * @param before the {@link #mark} that passengers have boarded before
         * @param verdict returns the result of a passenger, or null for one that stays
         */
        void settle(long before, Function<Passenger, @Nullable R> verdict) {
            List<Passenger> woken = new ArrayList<>();
            synchronized (Flights.this) {
                Flight current = flight;
                if (!leads || current == null) {
                    return;
                }
                for (Iterator<Passenger> all = current.aboard.iterator(); all.hasNext(); ) {
                    Passenger passenger = all.next();
                    R brought = passenger.number <= before ? verdict.apply(passenger) : null;
                    if (brought != null) {
                        all.remove();
                        passenger.flight = null;
                        passenger.leads = false;
                        passenger.result = brought;
                        woken.add(passenger);
                    }
                }
                if (!leads) {
                    goOn(key, current, woken);
                }
            }
            woken.stream().filter(passenger -> passenger != this).forEach(passenger -> passenger.wake.run());
        }

        /** Leaves the flight, if it has not ended. The next passenger leads if this one did. */
        void leave() {
            List<Passenger> woken = new ArrayList<>();
            synchronized (Flights.this) {
                Flight left = flight;
                if (left == null) {
                    return;
                }
                flight = null;
                left.aboard.remove(this);
                if (leads) {
                    leads = false;
                    goOn(key, left, woken);
                } else {
                    dropIfEmpty(key, left);
                }
            }
            woken.forEach(passenger -> passenger.wake.run());
        }
    }

    /**
     * Boards a flight.
     *
     * @param evenIfDeparted whether a flight will do that has read the stores already
     * @param deadline the {@link System#nanoTime} until which the call waits for deployments of other processes
     * @param wake is called, on any thread, when the passenger leads or has its result
     */
    synchronized Passenger board(K key, boolean evenIfDeparted, long deadline, Runnable wake) {
        Line line = lines.get(key);
        boolean leads = line == null;
        if (line == null) {
            line = new Line();
            lines.put(key, line);
        }
        Flight flight = line.running;
        boolean late = flight.departed && evenIfDeparted;
        if (flight.departed && !evenIfDeparted) {
            flight = line.next == null ? new Flight() : line.next;
            line.next = flight;
        }
        Passenger passenger = new Passenger(key, ++boarded, deadline, late, wake);
        passenger.flight = flight;
        passenger.leads = leads;
        flight.aboard.add(passenger);
        return passenger;
    }

    /** Returns a mark: every passenger so far has boarded before it. */
    synchronized long mark() {
        return boarded;
    }

    /** Returns for how many keys there is a flight. */
    synchronized int size() {
        return lines.size();
    }

    /** Continues after the leader has left: the next passenger leads, or the next flight begins. */
    private void goOn(K key, Flight flight, List<Passenger> woken) {
        Line line = lines.get(key);
        if (line == null) {
            return;
        }
        flight.departed = false;
        if (line.next != null) {
            // The flight reads the stores again, so passengers of the next flight can board it.
            for (Passenger passenger : line.next.aboard) {
                passenger.flight = flight;
                flight.aboard.add(passenger);
            }
            line.next = null;
        }
        Iterator<Passenger> first = flight.aboard.iterator();
        if (!first.hasNext()) {
            lines.remove(key);
            return;
        }
        Passenger leader = first.next();
        leader.leads = true;
        woken.add(leader);
    }

    private void dropIfEmpty(K key, Flight flight) {
        Line line = lines.get(key);
        if (line != null && line.next == flight && flight.aboard.isEmpty()) {
            line.next = null;
        }
    }
}

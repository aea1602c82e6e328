package dev.namespaces.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleSupplier;

/**
 * Measures the sides of a comparison in turns in one JVM. A slow moment of the machine then slows down all sides, which
 * matters for work that takes milliseconds and depends on databases and disks. JMH runs one side after the other.
 */
final class Turns {

    private final List<Side> sides = new ArrayList<>();

    private record Side(String name, DoubleSupplier measure) {}

    /** The values of each side. */
    record Result(Map<String, Values> sides) {

        Values of(String side) {
            return Objects.requireNonNull(sides.get(side), side);
        }

        /** Returns our median divided by the median of the other side. */
        double ratioTo(String side) {
            return of(Row.OURS).median() / of(side).median();
        }

        List<Row> rows(String work, String unit) {
            return sides.entrySet().stream()
                    .map(side -> side.getValue().row(work, side.getKey(), unit))
                    .toList();
        }
    }

    /** Adds a side, which returns its own measured value, so that it can prepare without being measured. */
    Turns side(String name, DoubleSupplier measure) {
        sides.add(new Side(name, measure));
        return this;
    }

    /** Measures each side once in each round. Each round begins with another side. */
    Result run(int warmUpRounds, int rounds) {
        Map<String, List<Double>> values = new LinkedHashMap<>();
        sides.forEach(side -> values.put(side.name(), new ArrayList<>()));
        List<Side> order = new ArrayList<>(sides);
        for (int round = -warmUpRounds; round < rounds; round++) {
            for (Side side : order) {
                double value = side.measure().getAsDouble();
                if (round >= 0) {
                    values.computeIfAbsent(side.name(), name -> new ArrayList<>())
                            .add(value);
                }
            }
            Collections.rotate(order, 1);
        }
        Map<String, Values> result = new LinkedHashMap<>();
        values.forEach((side, all) -> result.put(side, new Values(all)));
        return new Result(result);
    }

    /** Returns the milliseconds that the work takes. */
    static double millis(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }
}

package dev.namespaces.benchmarks.report;

import java.util.List;

/**
 * The repetitions of one measured value.
 *
 * @param values at least one
 */
record Values(List<Double> values) {

    Values {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("Nothing was measured");
        }
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Returns the standard deviation; 0 for one value. */
    double deviation() {
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double squares = values.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .sum();
        return values.size() == 1 ? 0 : Math.sqrt(squares / (values.size() - 1));
    }

    Row row(String work, String side, String unit) {
        return new Row(work, side, median(), deviation(), unit);
    }
}

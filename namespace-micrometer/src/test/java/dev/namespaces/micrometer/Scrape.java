package dev.namespaces.micrometer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What Prometheus reads from a registry, and what is wrong with an expression about it. */
final class Scrape {

    private static final String NAME = "[a-zA-Z_][a-zA-Z0-9_]*";
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(?:\\{(.*)})? (\\S+)");
    private static final Pattern MATCHER = Pattern.compile("(" + NAME + ")(=~|!=|=)\"([^\"]*)\"");
    private static final Pattern SELECTOR = Pattern.compile("(namespaces_[a-z_]+)(?:\\{([^}]*)})?");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

    private final Map<String, List<Map<String, String>>> series = new HashMap<>();
    private final Map<Map.Entry<String, Map<String, String>>, Double> values = new HashMap<>();

    Scrape(String text) {
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                throw new AssertionError("No sample: " + line);
            }
            Map<String, String> labels = new HashMap<>();
            MATCHER.matcher(sample.group(2) == null ? "" : sample.group(2))
                    .results()
                    .forEach(label -> labels.put(label.group(1), label.group(3)));
            series.computeIfAbsent(sample.group(1), name -> new ArrayList<>()).add(labels);
            values.put(Map.entry(sample.group(1), labels), Double.valueOf(sample.group(3)));
        });
    }

    /** Returns the names of all of our metrics. */
    Set<String> names() {
        return series.keySet().stream()
                .filter(name -> name.startsWith("namespaces_"))
                .collect(Collectors.toSet());
    }

    /** Returns the sum of the series that have these labels, in pairs of name and value. */
    double sum(String name, String... labels) {
        return series.getOrDefault(name, List.of()).stream()
                .filter(each -> {
                    for (int i = 0; i < labels.length; i += 2) {
                        if (!labels[i + 1].equals(each.get(labels[i]))) {
                            return false;
                        }
                    }
                    return true;
                })
                .mapToDouble(each -> values.getOrDefault(Map.entry(name, each), 0.0))
                .sum();
    }

    /** Returns the names of our metrics in the expression. */
    static Set<String> namesIn(String expression) {
        return SELECTOR.matcher(expression)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Returns why the expression would find nothing, or nothing that it groups by; empty if it is right. */
    List<String> problems(String expression) {
        List<String> problems = new ArrayList<>();
        Matcher selectors = SELECTOR.matcher(expression);
        while (selectors.find()) {
            String name = selectors.group(1);
            List<Map<String, String>> found = series.getOrDefault(name, List.of());
            for (Matcher label = MATCHER.matcher(selectors.group(2) == null ? "" : selectors.group(2));
                    label.find(); ) {
                String key = label.group(1);
                String operator = label.group(2);
                Pattern value = Pattern.compile(
                        label.group(3).equals("$cluster")
                                ? ".*"
                                : operator.equals("=~") ? label.group(3) : Pattern.quote(label.group(3)));
                found = found.stream()
                        .filter(each -> each.containsKey(key)
                                && value.matcher(each.get(key)).matches() != operator.equals("!="))
                        .toList();
            }
            if (found.isEmpty()) {
                problems.add("no series for " + selectors.group());
            }
            for (Matcher grouping = GROUPING.matcher(expression); grouping.find(); ) {
                for (String key : grouping.group(1).split(", ", -1)) {
                    if (found.stream().anyMatch(each -> !each.containsKey(key))) {
                        problems.add(name + " has no label " + key);
                    }
                }
            }
        }
        if (namesIn(expression).isEmpty()) {
            problems.add("none of our metrics");
        }
        return problems;
    }
}

package dev.namespaces.benchmarks.report;

import dev.namespaces.testservers.HttpProxy.RecordedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The requests that the deployment of a fleet sends to the API server.
 *
 * @param environments the requests for each environment
 */
record FleetRequests(List<ForEnvironment> environments) {

    private static final Pattern NAME = Pattern.compile("r\\d{4}-(e\\d{4})(-n\\d)?");

    FleetRequests {
        environments = List.copyOf(environments);
    }

    /**
     * The requests for one environment.
     *
     * @param look the requests that read, one after the other, before all others
     * @param namespaces for each namespace, the requests that create it and its policy, one after the other. Requests
     *     for different namespaces do not wait for each other
     */
    record ForEnvironment(List<RecordedRequest> look, List<List<RecordedRequest>> namespaces) {

        ForEnvironment {
            look = List.copyOf(look);
            namespaces = List.copyOf(namespaces);
        }

        private ForEnvironment renamed(int run) {
            return new ForEnvironment(
                    rename(look, run),
                    namespaces.stream().map(requests -> rename(requests, run)).toList());
        }
    }

    /** Returns the name of an environment, which no other run has. */
    static String environment(int run, int number) {
        return String.format(Locale.ROOT, "r%04d-e%04d", run, number);
    }

    /** Returns the name of a namespace of that environment. */
    static String namespace(String environment, int number) {
        return environment + "-n" + number;
    }

    /** Sorts the requests of a run. Those that name no environment are shared out among the environments. */
    static FleetRequests of(List<RecordedRequest> recorded) {
        Map<String, List<RecordedRequest>> looks = new TreeMap<>();
        Map<String, Map<String, List<RecordedRequest>>> writes = new TreeMap<>();
        List<RecordedRequest> nameless = new ArrayList<>();
        for (RecordedRequest request : recorded) {
            List<MatchResult> names =
                    NAME.matcher(request.uri() + " " + request.body()).results().toList();
            @Nullable
            String namespace = names.stream()
                    .filter(name -> name.group(2) != null)
                    .map(MatchResult::group)
                    .findFirst()
                    .orElse(null);
            if (names.isEmpty()) {
                nameless.add(request);
            } else if (namespace == null) {
                looks.computeIfAbsent(names.get(0).group(1), id -> new ArrayList<>())
                        .add(request);
            } else {
                writes.computeIfAbsent(names.get(0).group(1), id -> new TreeMap<>())
                        .computeIfAbsent(namespace, id -> new ArrayList<>())
                        .add(request);
            }
        }
        List<List<RecordedRequest>> all = List.copyOf(looks.values());
        for (int i = 0; i < nameless.size(); i++) {
            all.get(i % all.size()).add(0, nameless.get(i));
        }
        return new FleetRequests(looks.entrySet().stream()
                .map(look -> new ForEnvironment(
                        look.getValue(),
                        List.copyOf(writes.getOrDefault(look.getKey(), Map.of()).values())))
                .toList());
    }

    /** Returns the same requests with the names of another run. */
    FleetRequests renamed(int run) {
        return new FleetRequests(
                environments.stream().map(requests -> requests.renamed(run)).toList());
    }

    private static List<RecordedRequest> rename(List<RecordedRequest> requests, int run) {
        return requests.stream()
                .map(request -> new RecordedRequest(
                        request.method(),
                        rename(request.uri(), run),
                        request.contentType(),
                        rename(request.body(), run)))
                .toList();
    }

    private static String rename(String text, int run) {
        return NAME.matcher(text)
                .replaceAll(name ->
                        String.format(Locale.ROOT, "r%04d", run) + name.group().substring(5));
    }

    /** Returns the requests for the first environments. */
    FleetRequests first(int count) {
        return new FleetRequests(environments.subList(0, count));
    }

    /** Returns the requests that create namespaces and policies, each namespace before its policy. */
    List<RecordedRequest> creates() {
        return environments.stream()
                .flatMap(each -> each.namespaces().stream())
                .flatMap(List::stream)
                .filter(request -> request.method().equals("POST"))
                .toList();
    }

    /** Returns the number of requests. */
    int size() {
        return environments.stream()
                .mapToInt(each -> each.look().size()
                        + each.namespaces().stream().mapToInt(List::size).sum())
                .sum();
    }
}

package dev.namespaces.quickstart;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The platform file cannot be used. Its message has a line for each problem; nothing was stored or applied. */
final class BadPlatformFileException extends Exception {

    private static final long serialVersionUID = 1L;

    BadPlatformFileException(Path file, List<Problem> problems) {
        super(problems.stream()
                .sorted(Comparator.comparingInt(Problem::line))
                .map(problem -> problem.in(file.toString()))
                .collect(Collectors.joining(System.lineSeparator())));
    }

    BadPlatformFileException(Path file, int line, String message) {
        this(file, List.of(new Problem(line, "", message)));
    }
}

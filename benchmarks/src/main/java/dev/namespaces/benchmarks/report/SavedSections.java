package dev.namespaces.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The last result of each measurement, one JSON file each. */
final class SavedSections {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    SavedSections(Path directory) {
        this.directory = directory;
    }

    void save(SavedSection section) {
        try {
            Files.createDirectories(directory);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(directory.resolve(section.id() + ".json").toFile(), section);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns all sections, ordered by the names of their files. */
    List<SavedSection> all() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(SavedSections::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SavedSection read(Path file) {
        try {
            return JSON.readValue(file.toFile(), SavedSection.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " is not a saved section", e);
        }
    }
}

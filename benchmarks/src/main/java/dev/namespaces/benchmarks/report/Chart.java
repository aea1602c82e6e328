package dev.namespaces.benchmarks.report;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.knowm.xchart.ChartEncoder;

/** A chart in a file of its own. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = LineChart.class, name = "lines"),
    @JsonSubTypes.Type(value = ShareChart.class, name = "shares")
})
sealed interface Chart permits LineChart, ShareChart {

    int WIDTH = 720;
    int HEIGHT = 420;

    /** Returns the name of its file, without an ending. */
    String name();

    /** Returns the title, which is the text for readers without images, too. */
    String title();

    /** Draws the chart to an SVG file in that directory. */
    void draw(Path directory);

    /** Writes the drawn chart to its file. */
    static void write(org.knowm.xchart.internal.chartpart.Chart<?, ?> drawn, Path directory, String name) {
        try {
            Files.createDirectories(directory);
            Files.write(directory.resolve(name + ".svg"), ChartEncoder.getBytes(drawn, "svg"));
        } catch (IOException e) {
            throw new UncheckedIOException("The chart " + name + " cannot be drawn", e);
        }
    }
}

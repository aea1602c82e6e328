package dev.namespaces.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * A chart of bars that are divided into parts.
 *
 * @param name the name of its file, without an ending
 * @param title the title
 * @param yAxis the name and unit of the y axis
 * @param bars the names of the bars
 * @param parts the parts from the bottom to the top
 */
record ShareChart(String name, String title, String yAxis, List<String> bars, List<Part> parts) implements Chart {

    ShareChart {
        bars = List.copyOf(bars);
        parts = List.copyOf(parts);
    }

    /**
     * One part of each bar.
     *
     * @param name the name in the legend
     * @param values a value for each bar
     */
    record Part(String name, List<Double> values) {

        Part {
            values = List.copyOf(values);
        }
    }

    @Override
    public void draw(Path directory) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(yAxis)
                .build();
        chart.getStyler().setPlotGridLinesStroke(new BasicStroke(1));
        chart.getStyler().setStacked(true).setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        for (Part part : parts) {
            chart.addSeries(part.name(), bars, part.values());
        }
        Chart.write(chart, directory, name);
    }
}

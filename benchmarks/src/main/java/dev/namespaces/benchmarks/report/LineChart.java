package dev.namespaces.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * A chart of lines through points.
 *
 * @param name the name of its file, without an ending
 * @param title the title
 * @param xAxis the name and unit of the x axis
 * @param yAxis the name and unit of the y axis
 * @param logarithmic whether both axes are logarithmic
 * @param series the lines
 */
record LineChart(String name, String title, String xAxis, String yAxis, boolean logarithmic, List<Series> series)
        implements Chart {

    LineChart {
        series = List.copyOf(series);
    }

    /**
     * One line.
     *
     * @param name the name in the legend
     * @param x the x values, in ascending order
     * @param y as many y values
     */
    record Series(String name, List<Double> x, List<Double> y) {

        Series {
            x = List.copyOf(x);
            y = List.copyOf(y);
        }
    }

    @Override
    public void draw(Path directory) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xAxis)
                .yAxisTitle(yAxis)
                .build();
        // SVG has each dash of the default stroke as a path of its own.
        chart.getStyler().setPlotGridLinesStroke(new BasicStroke(1));
        chart.getStyler().setXAxisLogarithmic(logarithmic).setYAxisLogarithmic(logarithmic);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        for (Series line : series) {
            chart.addSeries(line.name(), line.x(), line.y());
        }
        Chart.write(chart, directory, name);
    }
}

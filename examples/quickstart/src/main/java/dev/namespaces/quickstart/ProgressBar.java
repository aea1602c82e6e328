package dev.namespaces.quickstart;

import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetProgress;
import dev.namespaces.core.fleet.TargetReport;
import java.io.PrintWriter;

/** Draws how far the deployment of a fleet is, on one line that is drawn again and again. */
final class ProgressBar implements FleetObserver {

    private static final int WIDTH = 30;

    private final PrintWriter to;

    ProgressBar(PrintWriter to) {
        this.to = to;
    }

    @Override
    public void ended(TargetReport report) {}

    @Override
    public void progressed(FleetProgress progress) {
        long total = Math.max(1, progress.total());
        int filled = (int) (WIDTH * progress.done() / total);
        to.printf(
                "\r[%s%s] %d of %d environments, %d failed",
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                progress.done(),
                progress.total(),
                progress.targets().failed());
        if (progress.done() == progress.total()) {
            to.println();
        }
        to.flush();
    }
}

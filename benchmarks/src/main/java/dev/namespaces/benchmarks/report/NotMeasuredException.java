package dev.namespaces.benchmarks.report;

/** Says that a measurement needs a part that this machine does not have. The report shows the reason. */
final class NotMeasuredException extends RuntimeException {

    private static final long serialVersionUID = 1;

    NotMeasuredException(String reason) {
        super(reason);
    }
}

package dev.namespaces.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The time of all processors of this machine since its start, and the part of it that the host of a virtual machine
 * gave to other machines. If much time is stolen, the measured work looks slower than it is.
 *
 * @param all the whole time, in ticks of the system's clock
 * @param stolen the part that the host gave to other machines, in the same ticks
 */
record MachineTime(long all, long stolen) {

    private static final Path TIMES = Path.of("/proc/stat");

    /**
     * User, nice, system, idle, iowait, irq, softirq, steal; the guests' times after them are part of user and nice.
     */
    private static final int COLUMNS = 8;

    private static final int STOLEN = 7;

    /** Returns the time until now, or null if the system does not show it. */
    static @Nullable MachineTime now() {
        try {
            return Files.isReadable(TIMES) ? parse(Files.readString(TIMES)) : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Returns the times in the first line of {@code /proc/stat}, or null if the line has another form. */
    static @Nullable MachineTime parse(String file) {
        String[] words = file.lines().findFirst().orElse("").strip().split("\\s+", -1);
        if (!words[0].equals("cpu") || words.length <= COLUMNS) {
            return null;
        }
        long[] ticks =
                Arrays.stream(words, 1, 1 + COLUMNS).mapToLong(Long::parseLong).toArray();
        return new MachineTime(Arrays.stream(ticks).sum(), ticks[STOLEN]);
    }

    /** Returns the share of the time since an earlier reading that was stolen, from 0 to 1. */
    double stolenShareSince(MachineTime earlier) {
        return all == earlier.all ? 0 : (double) (stolen - earlier.stolen) / (all - earlier.all);
    }
}

package dev.namespaces.core;

import static dev.namespaces.core.Platform.EU;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TaskGroupsTest {

    @Test
    void work_that_cannot_be_started_whole_does_not_hold_the_caller_up_for_ever() throws Exception {
        // As where the machine has no thread left after the first.
        List<Runnable> work = new AbstractList<>() {
            @Override
            public Runnable get(int index) {
                if (index > 0) {
                    throw new IllegalStateException("no more");
                }
                return () -> {};
            }

            @Override
            public int size() {
                return 2;
            }
        };
        CompletableFuture<Throwable> caller = CompletableFuture.supplyAsync(() -> catchThrowable(() -> {
            try (ClusterWorkers workers = new ClusterWorkers(1);
                    TaskGroups groups = new TaskGroups(workers)) {
                groups.start(EU, work);
            }
        }));

        assertThat(caller.get(10, TimeUnit.SECONDS)).hasMessage("no more");
    }
}

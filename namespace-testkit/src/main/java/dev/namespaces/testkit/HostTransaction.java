package dev.namespaces.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The transaction that a thread of the host is in. Writes take effect at once and are taken back if the transaction
 * fails. Safe to use from many threads at once.
 */
final class HostTransaction {

    private final Map<Thread, Deque<Runnable>> undo = new ConcurrentHashMap<>();

    /** Returns whether the calling thread is in a transaction. */
    boolean isActive() {
        return undo.containsKey(Thread.currentThread());
    }

    /** Adds a step that takes back a write of the calling thread. Without a transaction the write stays. */
    void onRollback(Runnable takeBack) {
        Deque<Runnable> steps = undo.get(Thread.currentThread());
        if (steps != null) {
            steps.push(takeBack);
        }
    }

    /** Runs the work in a transaction, or in the one that the thread is in. Work that throws is rolled back. */
    void run(Runnable work) {
        if (isActive()) {
            work.run();
            return;
        }
        Deque<Runnable> steps = new ArrayDeque<>();
        undo.put(Thread.currentThread(), steps);
        boolean committed = false;
        try {
            work.run();
            committed = true;
        } finally {
            undo.remove(Thread.currentThread());
            if (!committed) {
                steps.forEach(Runnable::run);
            }
        }
    }
}

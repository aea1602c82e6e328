package dev.namespaces.testkit;

import dev.namespaces.error.OperationInterruptedException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Makes calls to a fake fail, lose their answer, or wait. Safe to use from many threads at once.
 *
 * <p>Of several faults that match a call the one that was added first applies.
 */
public final class Faults {

    private static final long LONGEST_WAIT_SECONDS = 30;

    private final List<Fault> faults = new CopyOnWriteArrayList<>();

    Faults() {}

    /** The next call fails without any effect; later ones do not. */
    public Fault failNext(Failure failure) {
        return on(call -> true).once().fail(failure);
    }

    /** The next call that writes takes effect and then fails, as if its answer were lost; later ones do not. */
    public Fault loseNextAnswer(Failure failure) {
        return on(GatewayCall::writes).once().loseAnswer(failure);
    }

    /** Says what becomes of the calls that match. */
    public Rule on(Predicate<GatewayCall> calls) {
        return new Rule(calls, 0, Integer.MAX_VALUE);
    }

    /** Ends every fault; calls that wait go on. */
    public void clear() {
        faults.forEach(Fault::remove);
    }

    <T> T around(GatewayCall call, Supplier<T> effect) {
        for (Fault fault : faults) {
            if (fault.takes(call)) {
                fault.before(call);
                T answer = effect.get();
                fault.after(call);
                return answer;
            }
        }
        return effect.get();
    }

    /** What becomes of calls that match; nothing, until one of its last three methods is called. */
    public final class Rule {

        private final Predicate<GatewayCall> calls;
        private final int skipped;
        private final int times;

        private Rule(Predicate<GatewayCall> calls, int skipped, int times) {
            this.calls = calls;
            this.skipped = skipped;
            this.times = times;
        }

        /** Lets that many matching calls pass first. */
        public Rule skipping(int calls) {
            return new Rule(this.calls, calls, times);
        }

        /** For one matching call only. */
        public Rule once() {
            return times(1);
        }

        /** For that many matching calls only. */
        public Rule times(int times) {
            return new Rule(calls, skipped, times);
        }

        /** The calls fail without any effect. */
        public Fault fail(Failure failure) {
            return add(new Fault(this, call -> sneak(failure.of(call)), call -> {}, new CountDownLatch(0)));
        }

        /** The calls take effect and then fail, as if the answer were lost. */
        public Fault loseAnswer(Failure failure) {
            return add(new Fault(this, call -> {}, call -> sneak(failure.of(call)), new CountDownLatch(0)));
        }

        /** The calls wait before they take effect, until {@link Fault#remove} or an interrupt. */
        public Fault block() {
            CountDownLatch gate = new CountDownLatch(1);
            return add(new Fault(
                    this,
                    call -> {
                        try {
                            gate.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new OperationInterruptedException(call.context(), e);
                        }
                    },
                    call -> {},
                    gate));
        }

        private Fault add(Fault fault) {
            faults.add(fault);
            return fault;
        }
    }

    /** A fault that is in force. */
    public final class Fault {

        private final Rule rule;
        private final Effect before;
        private final Effect after;
        private final CountDownLatch gate;
        private final AtomicInteger matched = new AtomicInteger();
        private final AtomicInteger hits = new AtomicInteger();
        private final Semaphore arrivals = new Semaphore(0);

        private Fault(Rule rule, Effect before, Effect after, CountDownLatch gate) {
            this.rule = rule;
            this.before = before;
            this.after = after;
            this.gate = gate;
        }

        /** How many calls it has hit so far. */
        public int hits() {
            return hits.get();
        }

        /**
         * Waits until that many further calls have been hit.
         *
         * @throws AssertionError if that does not happen within half a minute
         */
        public void awaitHits(int calls) {
            try {
                if (!arrivals.tryAcquire(calls, LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("Expected " + calls + " calls within " + LONGEST_WAIT_SECONDS + " s, but "
                            + arrivals.availablePermits() + " came");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted while waiting for " + calls + " calls", e);
            }
        }

        /** Ends the fault; calls that wait go on. */
        public void remove() {
            faults.remove(this);
            gate.countDown();
        }

        private boolean takes(GatewayCall call) {
            if (!rule.calls.test(call)) {
                return false;
            }
            int index = matched.getAndIncrement();
            return index >= rule.skipped && index - rule.skipped < rule.times;
        }

        private void before(GatewayCall call) {
            hits.incrementAndGet();
            arrivals.release();
            before.on(call);
        }

        private void after(GatewayCall call) {
            after.on(call);
        }
    }

    private interface Effect {
        void on(GatewayCall call);
    }

    @SuppressWarnings("unchecked") // the compiler is told that it throws T, which it does not
    private static <T extends Throwable> void sneak(Throwable throwable) throws T {
        throw (T) throwable;
    }
}

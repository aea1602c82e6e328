package dev.namespaces.testkit;

import dev.namespaces.error.Arrival;
import dev.namespaces.error.LeaseLostException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.spi.ApplyResult;
import dev.namespaces.spi.CreateResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Makes calls to a fake fail, lose their answers, wait, or arrive late. Safe to use from many threads at once.
 *
 * <p>If several faults match a call, the one that was added first applies.
 */
public final class Faults {

    private static final long LONGEST_WAIT_SECONDS = 30;

    private final List<Fault> faults = new CopyOnWriteArrayList<>();

    Faults() {}

    /** Makes the next call fail without any effect. Later calls do not fail. */
    public Fault failNext(Failure failure) {
        return on(call -> true).once().fail(failure);
    }

    /**
     * Makes the next call that writes take effect and then fail, as if its answer were lost. Later calls do not fail.
     */
    public Fault loseNextAnswer(Failure failure) {
        return on(GatewayCall::writes).once().loseAnswer(failure);
    }

    /** Returns a rule for the calls that match. */
    public Rule on(Predicate<GatewayCall> calls) {
        return new Rule(calls, 0, Integer.MAX_VALUE);
    }

    /** Ends every fault. Calls that wait go on. */
    public void clear() {
        faults.forEach(Fault::remove);
    }

    <T> T around(Request<T> request) {
        for (Fault fault : faults) {
            if (fault.takes(request.call)) {
                return fault.treat(request);
            }
        }
        request.send();
        return request.arrive();
    }

    /** The request of a call: first it is sent, then it arrives at the cluster and takes effect. */
    static final class Request<T> {

        private final GatewayCall call;
        private final BooleanSupplier maySend;
        private final Supplier<T> effect;

        Request(GatewayCall call, BooleanSupplier maySend, Supplier<T> effect) {
            this.call = call;
            this.maySend = maySend;
            this.effect = effect;
        }

        private void send() {
            if (Thread.currentThread().isInterrupted()) {
                throw new OperationInterruptedException(call.context(), null);
            }
            sendInSpiteOfInterrupts();
        }

        private void sendInSpiteOfInterrupts() {
            if (call.writes() && !maySend.getAsBoolean()) {
                throw new LeaseLostException(call.context()).settled();
            }
        }

        private T arrive() {
            return effect.get();
        }
    }

    /** Lets a test that waits for a hit go on, once the call has come to the point that the test waits for, or ends. */
    private static final class Hit {

        private final Semaphore arrivals;
        private boolean announced;

        Hit(Semaphore arrivals) {
            this.arrivals = arrivals;
        }

        void announce() {
            if (!announced) {
                announced = true;
                arrivals.release();
            }
        }
    }

    /**
     * Says which calls a fault is for. It does nothing until one of the methods is called that return a {@link Fault}.
     */
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

        /** Limits the fault to one matching call. */
        public Rule once() {
            return times(1);
        }

        /** Limits the fault to that many matching calls. */
        public Rule times(int times) {
            return new Rule(calls, skipped, times);
        }

        /** Makes the calls fail without any effect. */
        public Fault fail(Failure failure) {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    throw sneak(failure.of(request.call));
                }
            });
        }

        /** Makes the calls take effect and then fail, as if their answers were lost. */
        public Fault loseAnswer(Failure failure) {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    request.send();
                    request.arrive();
                    throw sneak(failure.of(request.call));
                }
            });
        }

        /** Makes the calls wait before they send anything, until {@link Fault#remove} or an interrupt. */
        public Fault block() {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    hit.announce();
                    awaitRemoval(request.call);
                    request.send();
                    return request.arrive();
                }
            });
        }

        /**
         * Makes the calls wait before they send anything, until {@link Fault#remove}. They ignore interrupts and time
         * limits, as a gateway does that breaks its contract.
         */
        public Fault hang() {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    hit.announce();
                    awaitRemovalInSpiteOfInterrupts();
                    request.sendInSpiteOfInterrupts();
                    return request.arrive();
                }
            });
        }

        /**
         * Makes the calls send their requests and fail at once. Each request takes effect later, when the test calls
         * {@link Fault#deliver}.
         */
        public Fault arriveLater(Failure failure) {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    request.send();
                    hold(request);
                    throw sneak(failure.of(request.call));
                }
            });
        }

        /**
         * Makes the calls send their requests and wait. {@link Fault#remove} lets the requests arrive, and the calls
         * end as usual. An interrupted call fails at once, and its request takes effect later, when the test calls
         * {@link Fault#deliver}.
         */
        public Fault arriveLaterIfInterrupted() {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    request.send();
                    hit.announce();
                    try {
                        awaitRemoval(request.call);
                    } catch (OperationInterruptedException e) {
                        hold(request);
                        throw e;
                    }
                    return request.arrive();
                }
            });
        }

        /**
         * Makes the calls send their requests twice, as if there were no answer to the first. A call that succeeds with
         * the second request says that the first may still arrive. The first takes effect when the test calls
         * {@link Fault#deliver}.
         */
        public Fault repeat() {
            return add(new Fault(this) {
                @Override
                <T> T act(Request<T> request, Hit hit) {
                    request.send();
                    T answer = request.arrive();
                    hold(request);
                    return mayStillArrive(answer);
                }
            });
        }

        private Fault add(Fault fault) {
            faults.add(fault);
            return fault;
        }
    }

    /** A fault that is in force. */
    public abstract class Fault {

        private final Rule rule;
        private final CountDownLatch removed = new CountDownLatch(1);
        private final Queue<Request<?>> held = new ConcurrentLinkedQueue<>();
        private final AtomicInteger matched = new AtomicInteger();
        private final AtomicInteger hits = new AtomicInteger();
        private final Semaphore arrivals = new Semaphore(0);

        private Fault(Rule rule) {
            this.rule = rule;
        }

        /** Returns how many calls it has hit so far. */
        public int hits() {
            return hits.get();
        }

        /**
         * Waits until that many further calls wait because of the fault, or have ended.
         *
         * @throws AssertionError if that does not happen within half a minute
         */
        public void awaitHits(int calls) {
            try {
                if (!arrivals.tryAcquire(calls, LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("Expected " + calls + " calls within " + LONGEST_WAIT_SECONDS + " s, but "
                            + arrivals.availablePermits() + " were hit");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted while waiting for " + calls + " calls", e);
            }
        }

        /**
         * Lets the requests that were held arrive at the cluster, in the order in which they were sent, each once. They
         * take effect on the cluster as it is now, so that one whose precondition no longer holds is refused. Nobody
         * but the test sees what the cluster answers. May be called after {@link #remove}.
         *
         * @return each call, with the answer of the cluster now; empty if no request was held
         */
        public List<RecordedCall> deliver() {
            List<RecordedCall> delivered = new ArrayList<>();
            for (Request<?> request = held.poll(); request != null; request = held.poll()) {
                delivered.add(new RecordedCall(request.call, outcome(request)));
            }
            return delivered;
        }

        /** Ends the fault. Calls that wait go on; requests that are held stay so. */
        public void remove() {
            faults.remove(this);
            removed.countDown();
        }

        abstract <T> T act(Request<T> request, Hit hit);

        final void hold(Request<?> request) {
            held.add(request);
        }

        final void awaitRemoval(GatewayCall call) {
            try {
                removed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException(call.context(), e);
            }
        }

        final void awaitRemovalInSpiteOfInterrupts() {
            boolean interrupted = false;
            while (true) {
                try {
                    removed.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean takes(GatewayCall call) {
            if (!rule.calls.test(call)) {
                return false;
            }
            int index = matched.getAndIncrement();
            return index >= rule.skipped && index - rule.skipped < rule.times;
        }

        private <T> T treat(Request<T> request) {
            hits.incrementAndGet();
            Hit hit = new Hit(arrivals);
            try {
                return act(request, hit);
            } finally {
                hit.announce();
            }
        }
    }

    private static RecordedCall.Outcome outcome(Request<?> request) {
        try {
            return new RecordedCall.Outcome.Answered(request.arrive());
        } catch (RuntimeException e) {
            return new RecordedCall.Outcome.Failed(e);
        }
    }

    @SuppressWarnings("unchecked") // each branch returns the type that it was given
    private static <T> T mayStillArrive(T answer) {
        if (answer instanceof ApplyResult result) {
            return (T) new ApplyResult(result.live(), result.effect(), result.warnings(), Arrival.MAY_STILL_ARRIVE);
        }
        if (answer instanceof CreateResult.Created created) {
            return (T) new CreateResult.Created(created.live(), created.warnings(), Arrival.MAY_STILL_ARRIVE);
        }
        return answer instanceof CreateResult.AlreadyExists
                ? (T) new CreateResult.AlreadyExists(Arrival.MAY_STILL_ARRIVE)
                : answer;
    }

    @SuppressWarnings("unchecked") // the compiler is told that it throws T, which it does not
    private static <T extends Throwable> RuntimeException sneak(Throwable throwable) throws T {
        throw (T) throwable;
    }
}

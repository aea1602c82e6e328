package dev.namespaces.fabric8;

import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ClusterTimeoutException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.OperationInterruptedException;
import dev.namespaces.error.UnknownClusterException;
import dev.namespaces.model.ClusterId;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One client for each cluster, from its first use on; a replaced one is closed once nobody uses it any more. */
final class ClientPool implements AutoCloseable {

    /** One that does not work is replaced, but not more often than this: it may not be the client's fault. */
    private static final Duration YOUNGEST_REPLACED = Duration.ofSeconds(10);

    private final Map<ClusterId, KubernetesClient> hosts;
    private final ClientFactory factory;
    private final LongSupplier nanoTime;
    private final Map<ClusterId, Slot> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param nanoTime as {@link System#nanoTime()} */
    ClientPool(Map<ClusterId, KubernetesClient> hosts, ClientFactory factory, LongSupplier nanoTime) {
        this.hosts = Map.copyOf(hosts);
        this.factory = factory;
        this.nanoTime = nanoTime;
    }

    /** The client of the cluster; to be closed when it is no longer used. */
    Lease lease(Call call) {
        if (closed) {
            throw new ClusterFailureException(call.context(), 0, "the gateway is closed", null);
        }
        Lease lease =
                slots.computeIfAbsent(call.cluster(), cluster -> new Slot()).lease(call);
        if (closed) {
            // Made while it was being closed; this call still ends with an open client.
            close();
        }
        return lease;
    }

    /** Has the next call make a new client, unless the client is the host's own. */
    void replace(ClusterId cluster) {
        Slot slot = slots.get(cluster);
        if (slot != null) {
            slot.retire();
        }
    }

    /** Drops a client that does not work, and says whether there will be another one. */
    boolean replaceBroken(Lease lease) {
        return lease.slot.retireIfOld(lease.connection);
    }

    @Override
    public void close() {
        closed = true;
        slots.values().forEach(Slot::retire);
    }

    private Collection<ClusterId> known() {
        List<ClusterId> known = new ArrayList<>(hosts.keySet());
        known.addAll(factory.known());
        return known;
    }

    /** The place of one cluster's client. */
    private final class Slot {

        /** Held while a client is made, so that two first calls make one; what makes it may take its time. */
        private final ReentrantLock making = new ReentrantLock();

        private @Nullable Connection current;
        private int replacements;

        Lease lease(Call call) {
            Optional<Lease> lease = leaseCurrent();
            if (lease.isPresent()) {
                return lease.get();
            }
            awaitTurn(call);
            try {
                return leaseCurrent().orElseGet(() -> leaseNew(call));
            } finally {
                making.unlock();
            }
        }

        private synchronized Optional<Lease> leaseCurrent() {
            return Optional.ofNullable(current).map(connection -> new Lease(this, connection.used()));
        }

        private void awaitTurn(Call call) {
            try {
                if (!making.tryLock(call.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new ClusterTimeoutException(
                            call.context(), call.deadline().limit(), null);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new OperationInterruptedException(call.context(), e);
            }
        }

        private Lease leaseNew(Call call) {
            int before = replacements();
            Connection connection = connect(call);
            synchronized (this) {
                if (replacements == before) {
                    current = connection;
                } else {
                    // What it was made from may be out of date, so it is good for the call that is waiting only.
                    connection.retired = true;
                }
                return new Lease(this, connection.used());
            }
        }

        private synchronized int replacements() {
            return replacements;
        }

        private Connection connect(Call call) {
            KubernetesClient hosts = ClientPool.this.hosts.get(call.cluster());
            if (hosts != null) {
                return new Connection(hosts, false, nanoTime.getAsLong());
            }
            Optional<KubernetesClient> created;
            try {
                created = factory.create(call.cluster());
            } catch (NamespaceException e) {
                throw e;
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new OperationInterruptedException(call.context(), e);
                }
                throw new ClusterFailureException(
                        call.context(), 0, "its client could not be made: " + e.getMessage(), e);
            }
            return created.map(client -> new Connection(client, true, nanoTime.getAsLong()))
                    .orElseThrow(() -> new UnknownClusterException(call.context(), known()));
        }

        void release(Connection connection) {
            boolean unused;
            synchronized (this) {
                connection.users--;
                unused = connection.isUnused();
            }
            if (unused) {
                connection.client.close();
            }
        }

        void retire() {
            Connection connection;
            boolean unused = false;
            synchronized (this) {
                replacements++;
                connection = current;
                current = null;
                if (connection != null) {
                    connection.retired = true;
                    unused = connection.isUnused();
                }
            }
            if (connection != null && unused) {
                connection.client.close();
            }
        }

        /** @param broken one that the caller has leased, so that it is not closed here */
        synchronized boolean retireIfOld(Connection broken) {
            if (!broken.ours) {
                return false;
            }
            if (broken == current) {
                if (nanoTime.getAsLong() - broken.since < YOUNGEST_REPLACED.toNanos()) {
                    return false;
                }
                retire();
            }
            return true;
        }
    }

    private static final class Connection {

        final KubernetesClient client;
        final boolean ours;
        final long since;
        final ApiServer server;
        final Discovery discovery;
        int users;
        boolean retired;

        Connection(KubernetesClient client, boolean ours, long since) {
            this.client = client;
            this.ours = ours;
            this.since = since;
            this.server = new ApiServer(client);
            this.discovery = new Discovery(server);
        }

        /** Guarded by its slot, as are the fields that change. */
        Connection used() {
            users++;
            return this;
        }

        /** Whether it is ours to close; true once, as nobody gets one that is retired. */
        boolean isUnused() {
            return ours && retired && users == 0;
        }
    }

    /** The right to use a client, which stays open meanwhile. */
    static final class Lease implements AutoCloseable {

        private final Slot slot;
        private final Connection connection;

        private Lease(Slot slot, Connection connection) {
            this.slot = slot;
            this.connection = connection;
        }

        KubernetesClient client() {
            return connection.client;
        }

        ApiServer server() {
            return connection.server;
        }

        Discovery discovery() {
            return connection.discovery;
        }

        @Override
        public void close() {
            slot.release(connection);
        }
    }
}

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
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One client for each cluster, from its first use on. A replaced client is closed after the last call that uses it. */
final class ClientPool implements AutoCloseable {

    /** A client that fails is replaced if it is at least this old, because the client may not be the cause. */
    private static final Duration YOUNGEST_REPLACED = Duration.ofSeconds(10);

    private final Map<ClusterId, KubernetesClient> hosts;
    private final ClientFactory factory;
    private final Consumer<ClusterId> retryListener;
    private final LongSupplier nanoTime;
    private final Map<ClusterId, Slot> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param nanoTime as {@link System#nanoTime()} */
    ClientPool(
            Map<ClusterId, KubernetesClient> hosts,
            ClientFactory factory,
            Consumer<ClusterId> retryListener,
            LongSupplier nanoTime) {
        this.hosts = Map.copyOf(hosts);
        this.factory = factory;
        this.retryListener = retryListener;
        this.nanoTime = nanoTime;
    }

    /** Returns the client of the cluster. The caller closes the lease when it does not use the client any more. */
    Lease lease(Call call) {
        if (closed) {
            throw new ClusterFailureException(call.context(), 0, "the gateway is closed", null);
        }
        Lease lease =
                slots.computeIfAbsent(call.cluster(), cluster -> new Slot()).lease(call);
        if (closed) {
            // The client was created while the pool was being closed; this call still ends with an open client.
            close();
        }
        return lease;
    }

    /** Has the next call create a new client, unless the client is the host's own. */
    void replace(ClusterId cluster) {
        Slot slot = slots.get(cluster);
        if (slot != null) {
            slot.retire();
        }
    }

    /** Drops a client that fails, and returns whether the next lease is of another client. */
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

        /** Held while a client is created, so that two first calls create one. The factory may take long. */
        private final ReentrantLock creating = new ReentrantLock();

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
                creating.unlock();
            }
        }

        private synchronized Optional<Lease> leaseCurrent() {
            return Optional.ofNullable(current).map(connection -> new Lease(this, connection.used()));
        }

        private void awaitTurn(Call call) {
            try {
                if (!creating.tryLock(call.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS)) {
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
                    // Its credentials may be out of date, so only the call that is waiting uses it.
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
            try {
                if (hosts != null) {
                    return new Connection(hosts, false, nanoTime.getAsLong(), retryListener);
                }
                return factory.create(call.cluster())
                        .map(client -> new Connection(client, true, nanoTime.getAsLong(), retryListener))
                        .orElseThrow(() -> new UnknownClusterException(call.context(), known()));
            } catch (NamespaceException e) {
                throw e;
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new OperationInterruptedException(call.context(), e);
                }
                throw new ClusterFailureException(
                        call.context(), 0, "the client could not be created: " + e.getMessage(), e);
            }
        }

        void release(Connection connection) {
            boolean unused;
            synchronized (this) {
                connection.users--;
                unused = connection.isUnused();
            }
            if (unused) {
                connection.close();
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
                connection.close();
            }
        }

        /** @param broken a connection that the caller has leased, so that it is not closed here */
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
        final CreatedNamespaces createdNamespaces;
        int users;
        boolean retired;

        Connection(KubernetesClient client, boolean ours, long since, Consumer<ClusterId> retryListener) {
            this.client = client;
            this.ours = ours;
            this.since = since;
            this.server = new ApiServer(client, retryListener);
            this.discovery = new Discovery(server);
            this.createdNamespaces = new CreatedNamespaces();
        }

        /** Counts one more user. The slot guards this, and the fields that change. */
        Connection used() {
            users++;
            return this;
        }

        /** Returns whether the gateway has to close it now; true once, because nobody gets a retired connection. */
        boolean isUnused() {
            return retired && users == 0;
        }

        void close() {
            server.close();
            if (ours) {
                client.close();
            }
        }
    }

    /** The right to use a client, which stays open until the lease is closed. */
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

        CreatedNamespaces createdNamespaces() {
            return connection.createdNamespaces;
        }

        @Override
        public void close() {
            slot.release(connection);
        }
    }
}

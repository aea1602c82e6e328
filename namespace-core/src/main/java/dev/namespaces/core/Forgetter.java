package dev.namespaces.core;

import dev.namespaces.error.DeploymentOvertakenException;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.Operation;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.ObjectIntent;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Forgets what was deployed for an environment. It begins a deployment of every recorded object, and settles it without
 * a request. Afterwards no record and no row of an object says that anything is deployed. The rows keep the proof of
 * who owns the objects.
 */
final class Forgetter {

    /** How often a target is begun again because somebody else has begun in between. */
    private static final int MAX_ROUNDS = 5;

    private final Engine engine;

    Forgetter(Engine engine) {
        this.engine = engine;
    }

    void forget(EnvironmentId id) {
        Collection<DeploymentRecord> records = engine.stores().records(id).values();
        if (records.isEmpty()) {
            engine.stores().environment(id, Operation.FORGET_RECORD);
        }
        try {
            records.forEach(this::forget);
        } finally {
            engine.memory().forget(id);
        }
    }

    private void forget(DeploymentRecord read) {
        Target target = read.target();
        DeploymentRecord record = read;
        for (int round = 1; round <= MAX_ROUNDS; round++) {
            if (tryForget(record)) {
                return;
            }
            record = engine.stores().records(target.environmentId()).getOrDefault(target.clusterId(), record);
        }
        throw new DeploymentOvertakenException(
                ErrorContext.of(Operation.FORGET_RECORD, target.clusterId()).withEnvironment(target.environmentId()));
    }

    private boolean tryForget(DeploymentRecord record) {
        DeploymentStore store = engine.stores().stores().deployments();
        List<ObjectIntent> intents = engine.stores().objects(record.target()).stream()
                .map(row -> new ObjectIntent(row.resource(), row.namespaceId(), WrittenKeys.none(), false))
                .toList();
        Optional<BegunDeployment> begun = store.begin(record.target(), record.revision(), intents);
        begun.ifPresent(nothingSent -> store.settle(
                nothingSent,
                nothingSent.objects().stream()
                        .map(entry -> new ObjectTrail(entry).result(""))
                        .toList()));
        return begun.isPresent();
    }
}

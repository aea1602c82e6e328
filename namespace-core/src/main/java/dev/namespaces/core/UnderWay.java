package dev.namespaces.core;

import dev.namespaces.model.ClusterId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.Target;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Knows which namespaces this process is deploying. A call that comes back from inside of such a deployment, from a
 * listener or from a gateway, would otherwise wait for itself. Safe to use from many threads at once.
 */
final class UnderWay {

    private final Map<Target, Work> works = new ConcurrentHashMap<>();

    /** How far a namespace is. */
    enum Progress {
        /** This process is not deploying it. */
        NONE,
        /** It is being deployed. */
        RUNNING,
        /** It is deployed, though its neighbours may not be. */
        DONE
    }

    /** The deployment of one target, by the holder of its lock. */
    final class Work {

        private final Target target;
        private final Set<String> names;
        private final Set<String> done = ConcurrentHashMap.newKeySet();

        private Work(Target target, DesiredState state) {
            this.target = target;
            this.names = state.namespaces().stream().map(Namespace::name).collect(Collectors.toUnmodifiableSet());
        }

        void done(String name) {
            done.add(name);
        }

        void end() {
            works.remove(target, this);
        }
    }

    Work begin(Target target, DesiredState state) {
        Work work = new Work(target, state);
        works.put(target, work);
        return work;
    }

    boolean isUnderWay(Target target) {
        return works.containsKey(target);
    }

    Progress of(ClusterId cluster, String name) {
        Progress progress = Progress.NONE;
        for (Work work : works.values()) {
            if (work.target.clusterId().equals(cluster) && work.names.contains(name)) {
                if (!work.done.contains(name)) {
                    return Progress.RUNNING;
                }
                progress = Progress.DONE;
            }
        }
        return progress;
    }
}

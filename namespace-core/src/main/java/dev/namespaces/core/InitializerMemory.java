package dev.namespaces.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the initializer has found out recently, for so many namespaces: that one is deployed, or that it failed on the
 * cluster. It also keeps doubts about what the records say. Safe to use from many threads at once.
 *
 * <p>Times are those of the injected clock. A clock that is set back makes entries count as expired, so no entry can
 * outlive its time by more than that once.
 */
final class InitializerMemory {

    static final int MAX_NAMESPACES = 10_000;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Clock clock;
    private final long period;
    private final Cache<ClusterNamespace, Entry> entries;
    private final Cache<ClusterNamespace, Doubt> doubts =
            Caffeine.newBuilder().maximumSize(MAX_NAMESPACES).build();
    private final Cache<ClusterNamespace, Instant> looks =
            Caffeine.newBuilder().maximumSize(MAX_NAMESPACES).build();
    private final Cache<ClusterNamespace, Doubt> disputes =
            Caffeine.newBuilder().maximumSize(MAX_NAMESPACES).build();
    private final Set<Question> open = ConcurrentHashMap.newKeySet();

    InitializerMemory(Clock clock, Duration period) {
        this.clock = clock;
        this.period = period.toMillis();
        this.entries = Caffeine.newBuilder()
                .maximumSize(MAX_NAMESPACES)
                .expireAfterWrite(period.plus(LONGEST_PAUSE.multipliedBy(2)))
                .build();
    }

    record ClusterNamespace(ClusterId cluster, String namespace) {}

    /**
     * What is remembered.
     *
     * @param failure the failure of the namespace on the cluster, or null if it is deployed
     * @param lasts for how many milliseconds it counts
     */
    private record Entry(
            EnvironmentId environmentId, @Nullable EnvironmentReport failure, long writtenAt, long lasts) {}

    /** A doubt about what the records of a namespace say, until the namespace was deployed. */
    static final class Doubt {

        private final long since;
        private volatile boolean settled;

        private Doubt(long since) {
            this.since = since;
        }

        void settle() {
            settled = true;
        }
    }

    /**
     * What is being found out about a namespace. Its answer is not remembered if what it concerns was forgotten since
     * the question began.
     */
    final class Question implements AutoCloseable {

        private final ClusterNamespace key;
        private volatile @Nullable EnvironmentId environmentId;
        private volatile boolean outdated;

        private Question(ClusterNamespace key) {
            this.key = key;
        }

        /** Says which environment the namespace was found to belong to. */
        void concerns(EnvironmentId environmentId) {
            this.environmentId = environmentId;
        }

        void deployed() {
            remember(null, period);
        }

        /** Remembers a failure on the cluster, twice as long as the one before it. */
        void failed(EnvironmentReport report) {
            Entry before = entries.getIfPresent(key);
            long pause = before == null || before.failure == null
                    ? FIRST_PAUSE.toMillis()
                    : Math.min(before.lasts * 2, LONGEST_PAUSE.toMillis());
            remember(report, pause);
        }

        private void remember(@Nullable EnvironmentReport failure, long lasts) {
            EnvironmentId owner = environmentId;
            if (owner == null || outdated) {
                return;
            }
            entries.put(key, new Entry(owner, failure, clock.millis(), lasts));
            if (outdated) {
                entries.invalidate(key);
            }
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }

    Question ask(ClusterNamespace key) {
        Question question = new Question(key);
        open.add(question);
        return question;
    }

    /** Returns whether the namespace was found deployed a short time ago. */
    boolean isDeployed(ClusterNamespace key) {
        Entry entry = entries.getIfPresent(key);
        return entry != null && entry.failure == null && counts(entry.writtenAt, entry.lasts);
    }

    /** Returns how the namespace failed on the cluster a short time ago, or null. */
    @Nullable
    EnvironmentReport failure(ClusterNamespace key) {
        Entry entry = entries.getIfPresent(key);
        return entry != null && counts(entry.writtenAt, entry.lasts) ? entry.failure : null;
    }

    /** Forgets what is remembered about the namespaces of an environment. */
    void forget(EnvironmentId environmentId) {
        open.forEach(question -> {
            EnvironmentId owner = question.environmentId;
            if (owner == null || owner.equals(environmentId)) {
                question.outdated = true;
            }
        });
        entries.asMap().values().removeIf(entry -> entry.environmentId.equals(environmentId));
    }

    /** Forgets what is remembered about the namespaces. */
    void forget(Collection<ClusterNamespace> keys) {
        Set<ClusterNamespace> forgotten = Set.copyOf(keys);
        open.forEach(question -> {
            if (forgotten.contains(question.key)) {
                question.outdated = true;
            }
        });
        entries.invalidateAll(forgotten);
    }

    /**
     * Doubts what the records say about the namespace, and forgets it. Does nothing if that happened a short time ago:
     * somebody who forges answers of the API server must not have us deploy at every write.
     */
    void doubt(ClusterNamespace key) {
        if (isNew(doubts, key)) {
            forget(Set.of(key));
        }
    }

    /** Returns the doubt about the namespace, or null if there is none. */
    @Nullable
    Doubt doubtAbout(ClusterNamespace key) {
        Doubt doubt = doubts.getIfPresent(key);
        return doubt == null || doubt.settled ? null : doubt;
    }

    /** Keeps that the cluster has just been looked at for the namespace. */
    void looked(ClusterNamespace key) {
        looks.put(key, clock.instant());
    }

    /** Returns when this process last looked at the cluster because the records of the namespace were in doubt. */
    Instant lookedAt(ClusterNamespace key) {
        Instant at = looks.getIfPresent(key);
        return at == null ? Instant.MIN : at;
    }

    /** Returns whether there may be a doubt about any namespace. */
    boolean hasDoubts() {
        return doubts.estimatedSize() > 0;
    }

    /** Returns whether it is a period ago that somebody was told of the dispute about the namespace. */
    boolean isNewDispute(ClusterNamespace key) {
        return isNew(disputes, key);
    }

    /** Returns whether nothing was kept under the key in the last period, and keeps that it is so now. */
    private boolean isNew(Cache<ClusterNamespace, Doubt> cache, ClusterNamespace key) {
        long now = clock.millis();
        Doubt latest = new Doubt(now);
        return cache.asMap()
                        .compute(key, (any, before) -> before != null && isWithin(now, before.since) ? before : latest)
                == latest;
    }

    /** Returns how much is kept, after what is too much was dropped. */
    long size() {
        return List.of(entries, doubts, looks, disputes).stream()
                .peek(Cache::cleanUp)
                .mapToLong(Cache::estimatedSize)
                .sum();
    }

    private boolean counts(long writtenAt, long lasts) {
        long age = clock.millis() - writtenAt;
        return age >= 0 && age < lasts;
    }

    private boolean isWithin(long now, long before) {
        return now >= before && now - before < period;
    }
}

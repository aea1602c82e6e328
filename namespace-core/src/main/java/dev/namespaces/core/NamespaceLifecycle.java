package dev.namespaces.core;

import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.EnvironmentReport;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.DeploymentLock;
import dev.namespaces.spi.DeploymentStore;
import dev.namespaces.spi.EgressPolicyStore;
import dev.namespaces.spi.EnvironmentStore;
import dev.namespaces.spi.LifecycleEvent;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.NamespaceStore;
import jakarta.validation.Validator;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The lifecycle of Kubernetes namespaces: create them from requests, deploy them with their egress policies, ensure
 * that they exist. One instance serves a whole application; it is safe to use from many threads at once.
 *
 * <p>Stores are called on the calling thread only, so they may take part in its transaction. Every operation that
 * writes to a cluster can be interrupted, or fail, at any point and be called again: it ends in the same state.
 *
 * <p>Failures are {@link NamespaceException}s, as long as the ports keep to theirs; anything else that a store throws
 * is passed on as it is. After {@link #close} every operation throws a {@link LifecycleClosedException}.
 */
public final class NamespaceLifecycle implements AutoCloseable {

    private static final Duration DEFAULT_RETRY_AFTER = Duration.ofMinutes(1);

    private final Settings settings;
    private final RequestValidator validator;
    private final Supplier<NamespaceId> ids;
    private final Deployer deployer;
    private final Ensurer ensurer;
    private final Deleter deleter;
    private final NamespaceInitializer initializer;
    private volatile boolean closed;

    private NamespaceLifecycle(Settings settings, RequestValidator validator, Supplier<NamespaceId> ids) {
        this.settings = settings;
        this.validator = validator;
        this.ids = ids;
        this.deployer = new Deployer(settings);
        this.ensurer = new Ensurer(settings);
        this.deleter = new Deleter(settings);
        this.initializer = new EnvironmentInitializer(settings, deployer, () -> requireOpen(Operation.INITIALIZE));
    }

    /** Starts with the ports that have no default. */
    public static Builder builder(
            ClusterGateway gateway,
            NamespaceStore namespaces,
            EnvironmentStore environments,
            EgressPolicyStore egressPolicies,
            DeploymentStore deployments) {
        return new Builder(gateway, namespaces, environments, egressPolicies, deployments);
    }

    /** Everything that is wrong with the request, ordered by path; empty where {@link #create} would take it. */
    public List<Violation> validate(NamespaceRequest request) {
        return validator.validate(Objects.requireNonNull(request, "request"));
    }

    /**
     * Stores a new namespace. No cluster is touched.
     *
     * @throws InvalidNamespaceRequestException if the request breaks any rule; nothing is stored
     * @throws UnknownEnvironmentException if there is no such environment; nothing is stored
     * @throws dev.namespaces.error.NamespaceNameTakenException if the environment has a live namespace of that name;
     *     nothing is stored
     */
    public Namespace create(NamespaceRequest request) {
        return create(List.of(Objects.requireNonNull(request, "request"))).get(0);
    }

    /**
     * Stores new namespaces, all or none of them. No cluster is touched.
     *
     * @return the stored namespaces, in the order of the requests
     * @throws InvalidNamespaceRequestException if any request breaks a rule; paths begin with its position where there
     *     is more than one
     * @throws UnknownEnvironmentException naming every environment that there is not
     * @throws dev.namespaces.error.NamespaceNameTakenException if an environment has a live namespace of that name
     */
    public List<Namespace> create(List<NamespaceRequest> requests) {
        requireOpen(Operation.CREATE_NAMESPACES);
        requireNoNull(requests, "requests");
        requireValid(requests);
        Instant now = settings.now();
        List<Namespace> namespaces = requests.stream()
                .map(request -> validator.toNamespace(request, ids, now))
                .toList();
        requireKnown(
                namespaces.stream().map(Namespace::environmentId).collect(Collectors.toCollection(LinkedHashSet::new)),
                Operation.CREATE_NAMESPACES);
        settings.namespaces().insert(namespaces);
        namespaces.forEach(namespace -> settings.events().publish(new LifecycleEvent.NamespaceStored(namespace)));
        return namespaces;
    }

    /**
     * Replaces metadata and annotations of a stored namespace. No cluster is touched until it is deployed.
     *
     * @param version the version that the caller has read
     * @param request the whole new content; environment and name must be those of the stored namespace
     * @return the namespace as stored
     * @throws InvalidNamespaceRequestException if the request breaks any rule
     * @throws UnknownNamespaceException if there is no such live namespace
     * @throws dev.namespaces.error.StaleVersionException if somebody else changed it since
     */
    public Namespace update(NamespaceId id, long version, NamespaceRequest request) {
        requireOpen(Operation.UPDATE);
        Objects.requireNonNull(request, "request");
        Namespace stored = liveNamespace(id, Operation.UPDATE);
        Instant now = settings.now();
        List<Violation> violations = new ArrayList<>(validator.validate(request));
        if (!stored.environmentId().value().equals(request.environmentId())) {
            violations.add(new Violation("environmentId", "must be that of the stored namespace, which never changes"));
        }
        if (!stored.name().equals(request.name())) {
            violations.add(new Violation("name", "must be that of the stored namespace, which never changes"));
        }
        if (!violations.isEmpty()) {
            violations.sort(Comparator.comparing(Violation::path));
            throw new InvalidNamespaceRequestException(
                    ErrorContext.of(Operation.UPDATE, stored.environmentId()).withNamespace(stored.name()), violations);
        }
        Namespace wanted = validator.toNamespace(request, () -> id, now);
        Namespace updated = settings.namespaces()
                .update(new Namespace(
                        id,
                        stored.environmentId(),
                        stored.name(),
                        wanted.metadata(),
                        wanted.annotations(),
                        version,
                        stored.createdAt(),
                        now,
                        null));
        settings.events().publish(new LifecycleEvent.NamespaceUpdated(updated));
        return updated;
    }

    /**
     * Applies one stored namespace and its egress policy to every cluster of its environment. That is not recorded as a
     * deployment of the environment; the next {@link #ensureDeployed} deploys it again.
     *
     * @return the report; after a dry run it has the manifests
     * @throws UnknownNamespaceException if there is no such live namespace
     * @throws DeploymentFailedException if it failed on any cluster
     */
    public DeploymentReport apply(NamespaceId id, DeployOptions options) {
        requireOpen(Operation.APPLY);
        Objects.requireNonNull(options, "options");
        Namespace namespace = liveNamespace(id, Operation.APPLY);
        Environment environment = deployer.environment(namespace.environmentId(), Operation.APPLY);
        return succeeded(
                ErrorContext.of(Operation.APPLY, environment.id()).withNamespace(namespace.name()),
                deployer.deploy(environment, environment.clusters(), namespace, options));
    }

    /** As {@link #deploy(EnvironmentId, DeployOptions)} with {@link DeployOptions#defaults()}. */
    public DeploymentReport deploy(EnvironmentId id) {
        return deploy(id, DeployOptions.defaults());
    }

    /**
     * Brings every namespace of the environment, and its egress policy, to the desired state on each of its clusters,
     * whether or not anything changed. A namespace that fails does not stop the others; the cluster is then not
     * recorded as deployed.
     *
     * @return the report, where everything succeeded
     * @throws UnknownEnvironmentException if there is no such environment
     * @throws dev.namespaces.error.StoreException if a store fails before anything is applied
     * @throws DeploymentFailedException if anything failed; its report says what succeeded all the same
     */
    public DeploymentReport deploy(EnvironmentId id, DeployOptions options) {
        return deploy(List.of(Objects.requireNonNull(id, "id")), options);
    }

    /**
     * Deploys several environments in promotion order, and stops at the first that fails.
     *
     * @param ids at least one; each is deployed once
     * @throws IllegalArgumentException if no id is given
     * @throws UnknownEnvironmentException naming every id that is not known; nothing is deployed then
     * @throws dev.namespaces.error.StoreException if a store fails before anything is applied
     * @throws DeploymentFailedException if one fails; its report also names those that were not attempted
     */
    public DeploymentReport deploy(Collection<EnvironmentId> ids, DeployOptions options) {
        Objects.requireNonNull(options, "options");
        return inPromotionOrder(
                ids, environment -> deployer.deploy(environment, environment.clusters(), null, options));
    }

    /**
     * Deploys the environment to those of its clusters where the record does not say that it was done from the same
     * state. Where it does, no cluster is called. What others changed on a cluster meanwhile is not noticed;
     * {@link #deploy} it.
     *
     * @throws UnknownEnvironmentException if there is no such environment
     * @throws DeploymentFailedException if anything failed
     */
    public DeploymentReport ensureDeployed(EnvironmentId id) {
        return ensureDeployed(List.of(Objects.requireNonNull(id, "id")));
    }

    /** As {@link #ensureDeployed(EnvironmentId)}, in promotion order, stopping at the first that fails. */
    public DeploymentReport ensureDeployed(Collection<EnvironmentId> ids) {
        return inPromotionOrder(ids, environment -> deployer.ensureDeployed(environment, environment.clusters()));
    }

    /** Which egress policy applies to the environment, and why. */
    public PolicyResolution resolvePolicy(EnvironmentId id) {
        requireOpen(Operation.RESOLVE_POLICY);
        Objects.requireNonNull(id, "id");
        return settings.resolvePolicy(deployer.environment(id, Operation.RESOLVE_POLICY));
    }

    /** As {@link #ensureNamespaceExists(ClusterId, String, EnsureOptions)} with {@link EnsureOptions#defaults()}. */
    public EnsureOutcome ensureNamespaceExists(ClusterId cluster, String name) {
        return ensureNamespaceExists(cluster, name, EnsureOptions.defaults());
    }

    /**
     * Makes a namespace exist that no environment needs to know of. One that exists is left exactly as it is, and
     * nothing is written; it takes no more than the right to read namespaces. An absent one is created with the
     * managed-by label. Somebody else who creates it at the same time does no harm.
     *
     * @throws InvalidNamespaceRequestException if the name is not a namespace name, or a label's key is one that the
     *     library owns: a namespace must not pass for one that was deployed for an environment
     * @throws dev.namespaces.error.ProtectedNamespaceException if it is absent and its name is protected
     * @throws dev.namespaces.error.NamespaceAbsentException if it is absent and must exist
     * @throws dev.namespaces.error.NamespaceTerminatingException if it is being deleted, and still is after the wait
     * @throws dev.namespaces.error.ClusterException if the cluster does not do it, of the leaf that fits
     */
    public EnsureOutcome ensureNamespaceExists(ClusterId cluster, String name, EnsureOptions options) {
        requireOpen(Operation.ENSURE);
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(options, "options");
        List<Violation> violations = new ArrayList<>();
        options.labels().keySet().stream()
                .filter(settings.scheme()::owns)
                .sorted()
                .forEach(key -> violations.add(
                        new Violation("labels[" + key + "]", "has a key that this library sets itself")));
        KubernetesSyntax.namespaceNameProblem(name)
                .ifPresent(problem -> violations.add(new Violation("name", problem)));
        if (!violations.isEmpty()) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.ENSURE, cluster), violations);
        }
        return ensurer.ensure(cluster, name, options);
    }

    /**
     * The same for several, one after the other, for reconcilers: a failure is a result that says when to look again,
     * and does not stop the others.
     *
     * @return a result for each name, once, in the order given
     * @throws dev.namespaces.error.OperationInterruptedException if the thread is interrupted
     */
    public Map<String, EnsureResult> ensureNamespacesExist(
            ClusterId cluster, Collection<String> names, EnsureOptions options) {
        requireOpen(Operation.ENSURE);
        requireNoNull(names, "names");
        Map<String, EnsureResult> results = new LinkedHashMap<>();
        for (String name : new LinkedHashSet<>(names)) {
            try {
                results.put(name, new EnsureResult.Ensured(ensureNamespaceExists(cluster, name, options)));
            } catch (dev.namespaces.error.OperationInterruptedException e) {
                throw e;
            } catch (NamespaceException e) {
                results.put(name, new EnsureResult.Failed(e, e.retryAfter().orElse(DEFAULT_RETRY_AFTER)));
            }
        }
        return results;
    }

    /**
     * Says what {@link #delete} would delete of these namespaces, on every cluster of their environments. Nothing is
     * changed. Only a namespace that we created for just that environment will be; one that was adopted, is shared, is
     * labelled for another environment or is protected never.
     *
     * @param ids of live or soft-deleted namespaces; of live ones those of a whole environment are found by
     *     {@link NamespaceStore#findByEnvironment}
     * @return a plan, good for one deletion within 15 minutes
     * @throws UnknownNamespaceException if there is no namespace of one of the ids
     * @throws UnknownEnvironmentException if the environment of one of them is not known
     * @throws dev.namespaces.error.ClusterException if a cluster cannot be asked
     */
    public DeletionPlan planDeletion(Collection<NamespaceId> ids) {
        requireOpen(Operation.PLAN_DELETION);
        requireNoNull(ids, "ids");
        return deleter.plan(ids);
    }

    /**
     * Soft-deletes the plan's live namespaces in the store, then deletes what the plan says from the clusters, by UID,
     * and waits. What is gone already is success. Finalizers are left alone: a deletion that they hold up goes on when
     * they are removed, also after this call.
     *
     * @param wait how long to wait until all is gone; zero for not at all
     * @return the report, where all is gone
     * @throws dev.namespaces.core.delete.DeletionPlanUnusableException if the plan has expired, was used before, or
     *     does not know of a namespace that we made since; nothing is deleted
     * @throws dev.namespaces.error.DeploymentInProgressException if a deployment of an environment does not end in
     *     time; nothing is deleted, and the plan can be tried again until it expires
     * @throws dev.namespaces.error.StaleVersionException if a namespace was changed since it was planned; nothing is
     *     deleted from any cluster
     * @throws dev.namespaces.core.delete.DeletionIncompleteException if something is not gone; its report says why
     */
    public DeletionReport delete(DeletionPlan plan, Duration wait) {
        requireOpen(Operation.DELETE_NAMESPACES);
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(wait, "wait");
        return deleter.delete(plan, wait);
    }

    /** The hook to call before a manifest is applied; see there. */
    public NamespaceInitializer initializer() {
        return initializer;
    }

    /**
     * Takes no more work and ends the worker threads, interrupting what is under way. Ports are the host's to close.
     * Closing it again does nothing.
     */
    @Override
    public void close() {
        closed = true;
        deployer.close();
    }

    private DeploymentReport inPromotionOrder(
            Collection<EnvironmentId> ids, Function<Environment, EnvironmentReport> deployment) {
        requireOpen(Operation.DEPLOY);
        requireNoNull(ids, "ids");
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("No environment id is given");
        }
        List<Environment> environments =
                Environment.inPromotionOrder(requireKnown(new LinkedHashSet<>(ids), Operation.DEPLOY));
        List<EnvironmentReport> reports = new ArrayList<>();
        for (Environment environment : environments) {
            EnvironmentReport report;
            try {
                report = deployment.apply(environment);
            } catch (NamespaceException e) {
                if (reports.isEmpty()) {
                    throw e;
                }
                report = EnvironmentReport.failed(environment, e);
            }
            reports.add(report);
            if (!report.succeeded()) {
                List<EnvironmentId> notAttempted = environments.stream()
                        .skip(reports.size())
                        .map(Environment::id)
                        .toList();
                throw new DeploymentFailedException(
                        ErrorContext.of(Operation.DEPLOY, environment.id()),
                        new DeploymentReport(reports, notAttempted));
            }
        }
        return new DeploymentReport(reports, List.of());
    }

    private void requireOpen(Operation operation) {
        if (closed) {
            throw new LifecycleClosedException(ErrorContext.of(operation));
        }
    }

    private static void requireNoNull(Collection<?> elements, String name) {
        int index = 0;
        for (Object element : Objects.requireNonNull(elements, name)) {
            Objects.requireNonNull(element, name + "[" + index + "]");
            index++;
        }
    }

    private static DeploymentReport succeeded(ErrorContext context, EnvironmentReport report) {
        DeploymentReport whole = new DeploymentReport(List.of(report), List.of());
        if (!whole.succeeded()) {
            throw new DeploymentFailedException(context, whole);
        }
        return whole;
    }

    private Namespace liveNamespace(NamespaceId id, Operation operation) {
        return settings.namespaces()
                .findById(id)
                .filter(Namespace::isLive)
                .orElseThrow(() -> new UnknownNamespaceException(ErrorContext.of(operation), id));
    }

    private List<Environment> requireKnown(Set<EnvironmentId> ids, Operation operation) {
        List<Environment> found = settings.environments().findByIds(ids);
        Set<EnvironmentId> unknown = new HashSet<>(ids);
        found.forEach(environment -> unknown.remove(environment.id()));
        if (!unknown.isEmpty()) {
            throw new UnknownEnvironmentException(ErrorContext.of(operation), unknown);
        }
        return found;
    }

    private void requireValid(List<NamespaceRequest> requests) {
        List<Violation> violations = new ArrayList<>();
        Set<List<@Nullable String>> names = new HashSet<>();
        for (int i = 0; i < requests.size(); i++) {
            NamespaceRequest request = requests.get(i);
            String position = requests.size() == 1 ? "" : "[" + i + "].";
            validator
                    .validate(request)
                    .forEach(violation ->
                            violations.add(new Violation(position + violation.path(), violation.message())));
            List<@Nullable String> name = new ArrayList<>();
            name.add(request.environmentId());
            name.add(request.name());
            if (request.name() != null && !names.add(name)) {
                violations.add(new Violation(position + "name", "is asked for twice in the same environment"));
            }
        }
        if (!violations.isEmpty()) {
            throw new InvalidNamespaceRequestException(ErrorContext.of(Operation.CREATE_NAMESPACES), violations);
        }
    }

    /** Builds a {@link NamespaceLifecycle}. Not safe to share between threads. */
    public static final class Builder {

        private static final int DEFAULT_PARALLELISM = 8;

        private final ClusterGateway gateway;
        private final NamespaceStore namespaces;
        private final EnvironmentStore environments;
        private final EgressPolicyStore policies;
        private final DeploymentStore deployments;
        private final List<LifecycleListener> listeners = new ArrayList<>();
        private DeploymentLock lock = new InProcessDeploymentLock();
        private Duration lockWait = Duration.ofMinutes(2);
        private LabelScheme scheme = LabelScheme.defaults();
        private ProtectedNames protectedNames = ProtectedNames.defaults();
        private Set<String> allowedKeys = Set.of();
        private EgressMode defaultEgress = DefaultEgress.mode();
        private Function<ClusterId, EgressSettings> egress = cluster -> EgressSettings.defaults();
        private int parallelismPerCluster = DEFAULT_PARALLELISM;
        private Clock clock = Clock.systemUTC();
        private @Nullable Supplier<NamespaceId> ids;
        private @Nullable Validator constraints;

        private Builder(
                ClusterGateway gateway,
                NamespaceStore namespaces,
                EnvironmentStore environments,
                EgressPolicyStore policies,
                DeploymentStore deployments) {
            this.gateway = Objects.requireNonNull(gateway, "gateway");
            this.namespaces = Objects.requireNonNull(namespaces, "namespaces");
            this.environments = Objects.requireNonNull(environments, "environments");
            this.policies = Objects.requireNonNull(policies, "egressPolicies");
            this.deployments = Objects.requireNonNull(deployments, "deployments");
        }

        /**
         * Lets one replica at a time deploy to an environment's cluster. By default only callers of this one lifecycle
         * see each other: with several replicas, or several lifecycles on the same stores, set one that all of them
         * share.
         */
        public Builder deploymentLock(DeploymentLock lock) {
            this.lock = Objects.requireNonNull(lock, "lock");
            return this;
        }

        /**
         * How long to wait for another deployment of the same environment and cluster; 2 minutes by default.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Builder lockWait(Duration wait) {
            if (wait.isNegative()) {
                throw new IllegalArgumentException("The wait for a lock must not be negative, is " + wait);
            }
            this.lockWait = wait;
            return this;
        }

        /** Is told of what happens. May be called more than once. */
        public Builder listener(LifecycleListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /** The labels that we write and own; {@link LabelScheme#defaults()} by default. */
        public Builder labels(LabelScheme scheme) {
            this.scheme = Objects.requireNonNull(scheme, "scheme");
            return this;
        }

        /** Names that are never created, deployed or deleted; {@link ProtectedNames#defaults()} by default. */
        public Builder protectedNames(ProtectedNames names) {
            this.protectedNames = Objects.requireNonNull(names, "names");
            return this;
        }

        /** Keys under {@code kubernetes.io} and {@code k8s.io} that a request may set; none by default. */
        public Builder allowedKeys(Set<String> keys) {
            this.allowedKeys = Set.copyOf(keys);
            return this;
        }

        /**
         * What applies where neither project nor organization has a policy; {@link DefaultEgress#mode()} by default.
         */
        public Builder defaultEgress(EgressMode mode) {
            this.defaultEgress = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /** How egress is written on each cluster; {@link EgressSettings#defaults()} on all by default. */
        public Builder egressSettings(Function<ClusterId, EgressSettings> settings) {
            this.egress = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * How many namespaces are worked on at once on a cluster, by all callers together; 8 by default.
         *
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder parallelismPerCluster(int namespaces) {
            if (namespaces < 1) {
                throw new IllegalArgumentException("The parallelism must be at least 1, is " + namespaces);
            }
            this.parallelismPerCluster = namespaces;
            return this;
        }

        /** Where the time comes from; the system's clock by default. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Where ids come from; UUIDs of version 7 by default, which sort by time. */
        public Builder namespaceIds(Supplier<NamespaceId> ids) {
            this.ids = Objects.requireNonNull(ids, "ids");
            return this;
        }

        /** The host's own validator; by default Hibernate Validator without an expression language. */
        public Builder validator(Validator validator) {
            this.constraints = Objects.requireNonNull(validator, "validator");
            return this;
        }

        /** The lifecycle; close it at the end. */
        public NamespaceLifecycle build() {
            Settings settings = new Settings(
                    gateway,
                    namespaces,
                    environments,
                    policies,
                    deployments,
                    lock,
                    scheme,
                    protectedNames,
                    egress,
                    defaultEgress,
                    parallelismPerCluster,
                    lockWait,
                    clock,
                    new Events(listeners));
            RequestValidator requests = new RequestValidator(
                    constraints == null ? RequestValidator.defaultConstraints() : constraints,
                    scheme,
                    protectedNames,
                    allowedKeys);
            return new NamespaceLifecycle(settings, requests, ids == null ? new TimeOrderedIds(clock) : ids);
        }
    }
}

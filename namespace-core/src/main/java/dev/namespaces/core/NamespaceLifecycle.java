package dev.namespaces.core;

import dev.namespaces.core.adopt.AdoptionPlan;
import dev.namespaces.core.adopt.ReleaseReport;
import dev.namespaces.core.delete.DeletionOptions;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.ClusterReport;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DeploymentFailedException;
import dev.namespaces.core.deploy.DeploymentReport;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.core.ensure.EnsureOptions;
import dev.namespaces.core.ensure.EnsureOutcome;
import dev.namespaces.core.ensure.EnsureResult;
import dev.namespaces.core.fleet.FleetObserver;
import dev.namespaces.core.fleet.FleetOptions;
import dev.namespaces.core.fleet.FleetReport;
import dev.namespaces.core.guard.AdmissionGuard;
import dev.namespaces.core.render.LabelScheme;
import dev.namespaces.core.request.InvalidNamespaceRequestException;
import dev.namespaces.core.request.KeyPolicy;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.core.request.ProtectedNames;
import dev.namespaces.core.request.RequestValidator;
import dev.namespaces.core.request.Violation;
import dev.namespaces.egress.DefaultEgress;
import dev.namespaces.egress.DialectChoice;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.GatewayContractException;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.UnknownEnvironmentException;
import dev.namespaces.error.UnknownNamespaceException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.KubernetesSyntax;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.Target;
import dev.namespaces.spi.ClusterGateway;
import dev.namespaces.spi.LifecycleListener;
import dev.namespaces.spi.NamespaceInitializer;
import dev.namespaces.spi.Stores;
import dev.namespaces.spi.TaskDecorator;
import jakarta.validation.Validator;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lifecycle of Kubernetes namespaces: creates them from requests, deploys them with their egress policies, ensures
 * that they exist. One instance serves a whole application; it is safe to use from many threads at once.
 *
 * <p>Stores are called on the calling thread only, so they may take part in its transaction. Every operation that
 * writes to a cluster is idempotent: after an interrupt or a failure at any point, a second call ends in the same
 * state.
 *
 * <p>Failures are {@link NamespaceException}s, if the ports keep their contracts; any other exception of a store is
 * passed on as it is. After {@link #close} every operation throws a {@link LifecycleClosedException}.
 */
public final class NamespaceLifecycle implements AutoCloseable {

    private static final Duration DEFAULT_RETRY_AFTER = Duration.ofMinutes(1);
    private static final Duration DEFAULT_CLOSE_WAIT = Duration.ofSeconds(30);

    private final Engine engine;
    private final NamespaceRequests requests;
    private final Deployments deployments;
    private final Ensurer ensurer;
    private final DeletionPlanner deletions;
    private final NamespaceInitializer initializer;

    private NamespaceLifecycle(Engine engine, Supplier<NamespaceId> ids) {
        this.engine = engine;
        this.requests = new NamespaceRequests(engine, ids);
        this.deployments = new Deployments(engine);
        this.ensurer = new Ensurer(engine);
        this.deletions = new DeletionPlanner(engine);
        this.initializer = new EnvironmentInitializer(engine, deployments);
    }

    /** Returns a builder with these ports. */
    public static Builder builder(ClusterGateway gateway, Stores stores) {
        return new Builder(gateway, stores);
    }

    /**
     * Returns the violations of the request by itself, ordered by path; see {@link RequestValidator#validate}. No store
     * is read: {@link #create} also compares the request with its environment and with other namespaces.
     */
    public List<Violation> validate(NamespaceRequest request) {
        return requests.validate(Objects.requireNonNull(request, "request"));
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
     * @throws InvalidNamespaceRequestException if any request breaks a rule; paths begin with its position if there is
     *     more than one
     * @throws UnknownEnvironmentException if an environment does not exist; names all of them
     * @throws dev.namespaces.error.NamespaceNameTakenException if an environment has a live namespace of that name
     */
    public List<Namespace> create(List<NamespaceRequest> requests) {
        engine.requireOpen(Operation.CREATE_NAMESPACES);
        requireNoNull(requests, "requests");
        return this.requests.create(requests);
    }

    /**
     * Replaces metadata and annotations of a stored namespace. No cluster is touched until it is deployed.
     *
     * @param version the version that the caller has read
     * @param request the whole new content; environment and name must be those of the stored namespace
     * @return the namespace as stored
     * @throws InvalidNamespaceRequestException if the request breaks any rule
     * @throws UnknownNamespaceException if there is no such live namespace
     * @throws dev.namespaces.error.StaleVersionException if another caller changed it since then
     */
    public Namespace update(NamespaceId id, long version, NamespaceRequest request) {
        engine.requireOpen(Operation.UPDATE);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(request, "request");
        return requests.update(id, version, request);
    }

    /**
     * Applies one stored namespace and its egress policy to every cluster of its environment. The call is not recorded
     * as a deployment of the environment; the next {@link #ensureDeployed} deploys it again.
     *
     * @return the report; after a dry run it has the manifests
     * @throws UnknownNamespaceException if there is no such live namespace
     * @throws DeploymentFailedException if it failed on any cluster
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and asks for
     *     no dry run; nothing has happened then
     */
    public DeploymentReport apply(NamespaceId id, DeployOptions options) {
        engine.requireOpen(Operation.APPLY);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(options, "options");
        return deployments.apply(id, options);
    }

    /** Deploys as {@link #deploy(EnvironmentId, DeployOptions)} does, with {@link DeployOptions#defaults()}. */
    public DeploymentReport deploy(EnvironmentId id) {
        return deploy(id, DeployOptions.defaults());
    }

    /**
     * Brings every namespace of the environment, and its egress policy, to the desired state on each of its clusters,
     * whether or not anything changed. A namespace that fails does not stop the others; the cluster is then not
     * recorded as deployed.
     *
     * @return the report, if everything succeeded
     * @throws UnknownEnvironmentException if there is no such environment
     * @throws dev.namespaces.error.StoreException if a store fails before anything is applied
     * @throws DeploymentFailedException if anything failed; its report also lists the namespaces that succeeded
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and asks for
     *     no dry run; nothing has happened then
     */
    public DeploymentReport deploy(EnvironmentId id, DeployOptions options) {
        return deploy(List.of(Objects.requireNonNull(id, "id")), options);
    }

    /**
     * Deploys several environments in promotion order, and stops at the first that fails.
     *
     * @param ids at least one; each is deployed once
     * @throws IllegalArgumentException if no id is given
     * @throws UnknownEnvironmentException if an id is not known; names all of them, and nothing is deployed
     * @throws dev.namespaces.error.StoreException if a store fails before anything is applied
     * @throws DeploymentFailedException if one fails; its report also names those that were not attempted
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and asks for
     *     no dry run; nothing has happened then
     */
    public DeploymentReport deploy(Collection<EnvironmentId> ids, DeployOptions options) {
        engine.requireOpen(Operation.DEPLOY);
        requireNoNull(ids, "ids");
        Objects.requireNonNull(options, "options");
        return deployments.deploy(ids, options);
    }

    /**
     * Deploys the environment to each of its clusters, unless the record says that the same state was deployed there.
     * In that case the cluster is not called, so changes by others on it are not noticed; use {@link #deploy} to repair
     * them.
     *
     * @throws UnknownEnvironmentException if there is no such environment
     * @throws DeploymentFailedException if anything failed
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and something
     *     would be written to a cluster; nothing has happened then
     */
    public DeploymentReport ensureDeployed(EnvironmentId id) {
        return ensureDeployed(List.of(Objects.requireNonNull(id, "id")));
    }

    /**
     * Deploys several environments as {@link #ensureDeployed(EnvironmentId)} does, in promotion order, and stops at the
     * first that fails.
     */
    public DeploymentReport ensureDeployed(Collection<EnvironmentId> ids) {
        engine.requireOpen(Operation.DEPLOY);
        requireNoNull(ids, "ids");
        return deployments.ensureDeployed(ids);
    }

    /**
     * Deploys one environment to one of its clusters as {@link #ensureDeployed(EnvironmentId)} does to all of them. It
     * is meant for job engines with a job for each target. The job ends well if this returns, and the exception says
     * whether and when to try again.
     *
     * @return the result, or empty if there is nothing to deploy, because the environment does not exist or is not on
     *     that cluster
     * @throws dev.namespaces.error.ClusterSetAsideException if the cluster is left alone now; nothing has happened then
     * @throws DeploymentFailedException if anything failed
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and something
     *     would be written to a cluster; nothing has happened then
     */
    public Optional<ClusterReport> ensureDeployed(Target target) {
        engine.requireOpen(Operation.DEPLOY);
        return deployments.ensureDeployed(Objects.requireNonNull(target, "target"));
    }

    /**
     * Deploys all environments that the options mean to their clusters, many at once, as {@link #deploy(EnvironmentId,
     * DeployOptions)} does. A target that fails stops no other one. The calling thread reads and writes the stores, and
     * what is kept in memory does not grow with the number of environments. Another call with the same options can go
     * on where this one has ended.
     *
     * @param options how to deploy each environment, without a dry run and without names to take over
     * @param observer receives each result as soon as the target has ended
     * @return the summary, also if targets failed or the call ended early; after an interrupt the thread's interrupt
     *     flag is set
     * @throws IllegalArgumentException if the options ask for a dry run or for a take-over by name
     * @throws dev.namespaces.error.StoreException if a store fails before anything is applied
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host; nothing has
     *     happened then
     */
    public FleetReport deployAll(FleetOptions fleet, DeployOptions options, FleetObserver observer) {
        engine.requireOpen(Operation.DEPLOY_ALL);
        Objects.requireNonNull(fleet, "fleet");
        Objects.requireNonNull(observer, "observer");
        if (options.dryRun() != DryRun.NONE || !options.takeOverNamespaces().isEmpty()) {
            throw new IllegalArgumentException("A fleet is deployed without a dry run and without a take-over by name");
        }
        return deployments.deployAll(fleet, options, observer);
    }

    /**
     * Deploys all environments that the options mean as {@link #ensureDeployed(EnvironmentId)} does, many at once: a
     * target whose record says that the same state was deployed there costs no call of its cluster, and no store call
     * of its own. In all else the call is like {@link #deployAll}.
     */
    public FleetReport ensureAll(FleetOptions fleet, FleetObserver observer) {
        engine.requireOpen(Operation.ENSURE_ALL);
        Objects.requireNonNull(fleet, "fleet");
        Objects.requireNonNull(observer, "observer");
        return deployments.ensureAll(fleet, observer);
    }

    /** Returns which egress policy applies to the environment, and why. */
    public PolicyResolution resolvePolicy(EnvironmentId id) {
        engine.requireOpen(Operation.RESOLVE_POLICY);
        Objects.requireNonNull(id, "id");
        return engine.stores().policy(engine.stores().environment(id, Operation.RESOLVE_POLICY));
    }

    /**
     * Ensures as {@link #ensureNamespaceExists(ClusterId, String, EnsureOptions)} does, with
     * {@link EnsureOptions#defaults()}.
     */
    public EnsureOutcome ensureNamespaceExists(ClusterId cluster, String name) {
        return ensureNamespaceExists(cluster, name, EnsureOptions.defaults());
    }

    /**
     * Makes a namespace exist that need not belong to an environment. If the namespace exists, the call writes nothing
     * and needs only the right to read namespaces. If it is absent, the call creates it with the managed-by label.
     * Another client may create it at the same time.
     *
     * @throws InvalidNamespaceRequestException if the name is not a namespace name, or a label's key is one that the
     *     library owns: a namespace must not look like one that was deployed for an environment
     * @throws dev.namespaces.error.ProtectedNamespaceException if it is absent and its name is protected
     * @throws dev.namespaces.error.NamespaceAbsentException if it is absent and must exist
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction of the host and something
     *     would be written to a cluster; nothing has happened then
     * @throws dev.namespaces.error.NamespaceTerminatingException if it is being deleted, and still is after the wait
     * @throws dev.namespaces.error.ClusterException if the cluster fails or refuses; a subclass says how
     */
    public EnsureOutcome ensureNamespaceExists(ClusterId cluster, String name, EnsureOptions options) {
        engine.requireOpen(Operation.ENSURE);
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(options, "options");
        List<Violation> violations = new ArrayList<>();
        options.labels().keySet().stream()
                .filter(engine.settings().scheme()::owns)
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
     * Makes several namespaces exist, one after the other, for reconcilers. A failure is a result that says when to
     * retry, and does not stop the other names. Once a gateway call has exceeded its limit, the cluster is not called
     * for the remaining names, which get the same failure.
     *
     * @return a result for each name, once, in the order given
     * @throws dev.namespaces.error.OperationInterruptedException if the thread is interrupted
     */
    public Map<String, EnsureResult> ensureNamespacesExist(
            ClusterId cluster, Collection<String> names, EnsureOptions options) {
        engine.requireOpen(Operation.ENSURE);
        requireNoNull(names, "names");
        Map<String, EnsureResult> results = new LinkedHashMap<>();
        Duration exceeded = null;
        for (String name : new LinkedHashSet<>(names)) {
            try {
                if (exceeded != null) {
                    throw GatewayContractException.didNotReturn(
                            ErrorContext.of(Operation.ENSURE, cluster).withNamespace(name), exceeded);
                }
                results.put(name, new EnsureResult.Ensured(ensureNamespaceExists(cluster, name, options)));
            } catch (dev.namespaces.error.OperationInterruptedException e) {
                throw e;
            } catch (NamespaceException e) {
                results.put(name, new EnsureResult.Failed(e, e.retryAfter().orElse(DEFAULT_RETRY_AFTER)));
                exceeded = e instanceof GatewayContractException broken ? broken.limit() : exceeded;
            }
        }
        return results;
    }

    /** Plans as {@link #planDeletion(Collection, PlanOptions)} does, with {@link PlanOptions#defaults()}. */
    public DeletionPlan planDeletion(Collection<NamespaceId> ids) {
        return planDeletion(ids, PlanOptions.defaults());
    }

    /**
     * Plans what {@link #delete} would delete of these namespaces, on every cluster that their environments are on or
     * were ever deployed to. Nothing is changed. A namespace will be deleted only if the record proves that we created
     * it for that environment alone. The plan keeps a namespace that was adopted or ensured, is shared, is labelled for
     * another environment or is protected. A cluster that does not answer is listed, and does not stop the plan.
     *
     * @param ids of live or soft-deleted namespaces; their environments may be archived or removed
     * @throws UnknownNamespaceException if there is no namespace of one of the ids
     */
    public DeletionPlan planDeletion(Collection<NamespaceId> ids, PlanOptions options) {
        engine.requireOpen(Operation.PLAN_DELETION);
        requireNoNull(ids, "ids");
        Objects.requireNonNull(options, "options");
        return during(Operation.PLAN_DELETION, () -> deletions.plan(ids, options));
    }

    /** Plans as {@link #planDeletion(EnvironmentId, PlanOptions)} does, with {@link PlanOptions#defaults()}. */
    public DeletionPlan planDeletion(EnvironmentId id) {
        return planDeletion(id, PlanOptions.defaults());
    }

    /**
     * Plans what {@link #delete} would delete of the environment: its live namespaces, and the soft-deleted ones that
     * may exist on a cluster. So it also continues a deletion that did not end. The environment itself may be archived
     * or removed; the stored namespaces and the records suffice.
     *
     * @throws UnknownEnvironmentException if no store has the environment or data about it
     */
    public DeletionPlan planDeletion(EnvironmentId id, PlanOptions options) {
        engine.requireOpen(Operation.PLAN_DELETION);
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(options, "options");
        return during(Operation.PLAN_DELETION, () -> deletions.plan(id, options));
    }

    /** Deletes as {@link #delete(DeletionPlan, DeletionOptions)} does, and waits this long. */
    public DeletionReport delete(DeletionPlan plan, Duration wait) {
        return delete(plan, DeletionOptions.waiting(wait));
    }

    /**
     * Soft-deletes the plan's live namespaces in the store, then deletes the namespaces that the plan names from the
     * clusters, by UID, and waits. A namespace that does not exist any more is a success. Finalizers stay: a deletion
     * that they delay continues when they are removed, also after this call. The locks of the environments are held
     * until the clusters have accepted the deletions, not until their end.
     *
     * <p>The plan is used up as soon as the stores have accepted it. From then on every failure comes with a report.
     *
     * @return the report, if all namespaces of the plan are deleted
     * @throws dev.namespaces.core.delete.DeletionPlanUnusableException if the plan has expired or was used before;
     *     nothing is deleted
     * @throws dev.namespaces.core.delete.DeletionNotConfirmedException if the plan has more deletions than the cap, and
     *     the options do not confirm them; nothing is deleted
     * @throws dev.namespaces.error.DeploymentInProgressException if a deployment of an environment does not end in
     *     time; nothing is deleted, and the plan can be tried again until it expires
     * @throws dev.namespaces.error.StaleVersionException if a namespace was changed in the store since it was planned;
     *     nothing is deleted, and the other namespaces are not soft-deleted
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction; nothing is deleted
     * @throws dev.namespaces.core.delete.DeletionIncompleteException if a namespace still exists; its report says why.
     *     An interrupt, and a store failure that is not a {@link NamespaceException}, have it as a suppressed exception
     */
    public DeletionReport delete(DeletionPlan plan, DeletionOptions options) {
        engine.requireOpen(Operation.DELETE_NAMESPACES);
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(options, "options");
        return new DeletionRun(engine, plan, options).run();
    }

    /**
     * Lists the namespaces of a cluster that have our managed-by label, and that no live stored namespace of an
     * environment on that cluster wants: what a deletion, a lost response, or an environment that left the cluster has
     * left behind. Nothing is changed. The namespaces of an environment that the store does not find any more are
     * listed, and cannot be planned as orphans; those that an ensure created are always listed.
     *
     * @return the orphans, ordered by name
     * @throws dev.namespaces.error.ClusterException if the cluster does not answer or does not let us list
     */
    public List<Orphan> findOrphans(ClusterId cluster) {
        engine.requireOpen(Operation.LIST);
        Objects.requireNonNull(cluster, "cluster");
        return during(Operation.LIST, () -> new OrphanSearch(engine, cluster).find());
    }

    /**
     * Plans the deletion of orphans. Only their own clusters are in the plan, and no live stored namespace is
     * soft-deleted. An orphan that a stored namespace wants again when the plan is carried out stays.
     *
     * @throws IllegalArgumentException if one of them cannot be planned, see {@link Orphan#canBePlanned}
     */
    public DeletionPlan planOrphanDeletion(Collection<Orphan> orphans, PlanOptions options) {
        engine.requireOpen(Operation.PLAN_DELETION);
        requireNoNull(orphans, "orphans");
        Objects.requireNonNull(options, "options");
        return during(Operation.PLAN_DELETION, () -> deletions.planOrphans(orphans, options));
    }

    /**
     * Gives namespaces back, on every cluster that their environments are on or were ever deployed to. The record that
     * they are ours is cleared first, so no plan deletes them any more. Then our policy objects, labels and annotations
     * are removed, whether we had created or adopted the namespace, and the values that adoption has overwritten are
     * written back. Fields that others own, or have changed since then, stay, and the report lists them. The stored
     * namespaces are soft-deleted. The namespaces themselves stay, without our policy: their pods may send to every
     * destination that no other policy forbids.
     *
     * @param ids of live or soft-deleted namespaces
     * @return the report, if nothing failed
     * @throws UnknownNamespaceException if there is no namespace of one of the ids
     * @throws dev.namespaces.error.DeploymentInProgressException if a deployment does not end in time; nothing is
     *     released
     * @throws dev.namespaces.error.HostTransactionException if the caller is in a transaction; nothing is released
     * @throws LabelDomainChangedException if the namespaces were deployed under another label domain
     * @throws dev.namespaces.core.adopt.ReleaseIncompleteException if something failed; a cluster that did not answer
     *     keeps its record, and the namespaces can be released again
     */
    public ReleaseReport release(Collection<NamespaceId> ids) {
        engine.requireOpen(Operation.RELEASE);
        requireNoNull(ids, "ids");
        return new ReleaseRun(engine).run(ids);
    }

    /**
     * Says which namespaces of the environment exist on its clusters without being ours, and what an adoption would
     * mean for each. Nothing is written.
     *
     * @throws UnknownEnvironmentException if there is no such environment
     */
    public AdoptionPlan planAdoption(EnvironmentId id) {
        engine.requireOpen(Operation.ADOPT);
        Objects.requireNonNull(id, "id");
        return during(Operation.ADOPT, () -> new AdoptionPlanner(engine).plan(id));
    }

    /**
     * Returns the admission guard of a cluster, with the settings of this lifecycle. If the cluster's policy dialect is
     * detected, the cluster is asked. The caller adds the keys that requests and environments may set, and the
     * operations that are asked for by the options of single calls.
     *
     * @param user the user name under which the gateway reaches the cluster, as the API server knows it
     * @throws NamespaceException if the cluster has to be asked and does not answer
     */
    public AdmissionGuard.Builder admissionGuard(ClusterId cluster, String user) {
        engine.requireOpen(Operation.CHOOSE_DIALECT);
        Objects.requireNonNull(cluster, "cluster");
        Settings settings = engine.settings();
        EgressSettings egress = settings.egressOn(cluster);
        return AdmissionGuard.builder(user)
                .labels(settings.scheme())
                .protectedNames(settings.protectedNames())
                .adoption(settings.adoption())
                .dialect(during(Operation.CHOOSE_DIALECT, () -> dialect(cluster, egress.dialect())))
                .ingress(egress.ingress());
    }

    private PolicyDialect dialect(ClusterId cluster, DialectChoice choice) {
        ClusterAnswers<PolicyDialect> answers = ClusterAnswers.of(
                engine,
                Operation.CHOOSE_DIALECT,
                Map.of(cluster, side -> Dialects.choose(choice, side.gateway(), cluster)));
        NamespaceException failure = answers.failures().get(cluster);
        if (failure != null) {
            throw failure;
        }
        return Objects.requireNonNull(answers.answers().get(cluster));
    }

    private <T> T during(Operation operation, Supplier<T> work) {
        engine.enter(operation);
        try {
            return work.get();
        } finally {
            engine.leave();
        }
    }

    /**
     * Forgets what was deployed for the environment, on every cluster that it was ever deployed to: the next
     * deployment, and the next write through the initializer of any replica, looks at each of its objects and applies
     * what differs. Use it after a cluster was rebuilt under its id. No cluster is touched.
     *
     * @throws UnknownEnvironmentException if there is no such environment, and no record of one
     */
    public void forget(EnvironmentId id) {
        engine.requireOpen(Operation.FORGET_RECORD);
        Objects.requireNonNull(id, "id");
        new Forgetter(engine).forget(id);
    }

    /** Returns the hook to call before a manifest is applied, see {@link NamespaceInitializer}. */
    public NamespaceInitializer initializer() {
        return initializer;
    }

    /** Closes as {@link #close(Duration)} does, and waits for 30 seconds at most. */
    @Override
    public void close() {
        close(DEFAULT_CLOSE_WAIT);
    }

    /**
     * Refuses new work, interrupts running calls, and waits until every call has ended and has released its locks. Once
     * this returns, no request is sent to a cluster any more. If a gateway does not return, the call waits for its
     * thread no longer than the wait. The host has to close the ports. Closing again only waits.
     *
     * @return whether every call had ended within the wait
     */
    public boolean close(Duration wait) {
        try {
            return engine.close(Objects.requireNonNull(wait, "wait"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void requireNoNull(Collection<?> elements, String name) {
        int index = 0;
        for (Object element : Objects.requireNonNull(elements, name)) {
            Objects.requireNonNull(element, name + "[" + index + "]");
            index++;
        }
    }

    /** Builds a {@link NamespaceLifecycle}. Not safe to share between threads. */
    public static final class Builder {

        private static final int DEFAULT_PARALLELISM = 8;

        private final ClusterGateway gateway;
        private final Stores stores;
        private final List<LifecycleListener> listeners = new ArrayList<>();
        private Duration lockWait = Duration.ofMinutes(2);
        private Duration gatewayCallLimit = Duration.ofMinutes(2);
        private Duration conflictLimit = Duration.ofSeconds(30);
        private Duration lateWriteLimit = Duration.ofMinutes(10);
        private @Nullable Duration greatestRecordAge;
        private Duration planValidity = Duration.ofHours(24);
        private @Nullable Integer deletionCap;
        private Duration initializerMemory = Duration.ofSeconds(30);
        private boolean writesInHostTransaction;
        private boolean sharedNames;
        private LabelScheme scheme = LabelScheme.defaults();
        private ProtectedNames protectedNames = ProtectedNames.defaults();
        private KeyPolicy keys = KeyPolicy.defaults();
        private KeyPolicy environmentKeys = KeyPolicy.defaults();
        private EgressMode defaultEgress = DefaultEgress.mode();
        private Function<ClusterId, EgressSettings> egress = cluster -> EgressSettings.defaults();
        private AdoptionPolicy adoption = AdoptionPolicy.NEVER;
        private int parallelismPerCluster = DEFAULT_PARALLELISM;
        private @Nullable Executor executor;
        private @Nullable Executor listenerExecutor;
        private TaskDecorator taskDecorator = (work, target) -> work;
        private Clock clock = Clock.systemUTC();
        private @Nullable Supplier<NamespaceId> ids;
        private @Nullable Validator constraints;

        private Builder(ClusterGateway gateway, Stores stores) {
            this.gateway = Objects.requireNonNull(gateway, "gateway");
            this.stores = Objects.requireNonNull(stores, "stores");
        }

        /**
         * Sets how long to wait for another deployment of the same environment and cluster; 2 minutes by default.
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

        /**
         * Sets how long one gateway call may take before the gateway has broken its contract; 2 minutes by default. The
         * call is then interrupted, and given up 5 seconds later. It must be longer than the gateway's own limit.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder gatewayCallLimit(Duration limit) {
            this.gatewayCallLimit = positive("The limit of a gateway call", limit);
            return this;
        }

        /**
         * Sets how long an object that others keep changing is read and written again; 30 seconds by default.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder conflictLimit(Duration limit) {
            this.conflictLimit = positive("The limit for conflicts", limit);
            return this;
        }

        /**
         * Sets the time after which a create that was given up counts as one that cannot arrive any more; 10 minutes by
         * default. It must be longer than the gateway's own limit and the lease of the deployment lock together.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder lateWriteLimit(Duration limit) {
            this.lateWriteLimit = positive("The limit of a late write", limit);
            return this;
        }

        /**
         * Sets the age from which the record of a deployment no longer counts, so that the next call repairs changes by
         * others on a cluster; by default records have no maximum age.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder greatestRecordAge(Duration age) {
            this.greatestRecordAge = positive("The greatest age of a record", age);
            return this;
        }

        /**
         * Sets how long the plan of a deletion can be used, unless its options say otherwise; 24 hours by default.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder planValidity(Duration validity) {
            this.planValidity = positive("The validity of a plan", validity);
            return this;
        }

        /**
         * Sets how long the initializer remembers that it found a namespace deployed; 30 seconds by default. A write in
         * a namespace that it remembers calls no store and no cluster. A change that another replica stores, and does
         * not deploy, may wait as long before the initializer deploys it.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder initializerMemory(Duration memory) {
            this.initializerMemory = positive("The memory of the initializer", memory);
            return this;
        }

        /**
         * Sets how many deletions a plan may have without a confirmation of their number; no cap by default.
         *
         * @throws IllegalArgumentException if it is negative
         */
        public Builder deletionCap(int deletions) {
            if (deletions < 0) {
                throw new IllegalArgumentException("The cap must not be negative, is " + deletions);
            }
            this.deletionCap = deletions;
            return this;
        }

        /**
         * Allows writes to clusters while the caller is in a transaction of the host; by default they are refused with
         * a {@link dev.namespaces.error.HostTransactionException}. A rollback does not undo what was written to a
         * cluster, and the transaction may see older rows than other replicas have deployed. It is meant for tests that
         * run in a transaction of their own. Such a call waits for no other deployment. With stores that read on the
         * connection of the transaction, the isolation should be READ COMMITTED: with a stricter one, the transaction
         * does not see its own first deployment, and a second one of the same target fails.
         */
        public Builder allowClusterWritesInHostTransactions() {
            this.writesInHostTransaction = true;
            return this;
        }

        /**
         * Allows a request to have the name of a live namespace of another environment on the same cluster; by default
         * that is a violation, because only one of them can be deployed.
         */
        public Builder allowSharedNames() {
            this.sharedNames = true;
            return this;
        }

        /** Adds a listener of lifecycle events. May be called more than once. */
        public Builder listener(LifecycleListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Sets where listeners are called, one event after the other; by default on a thread of the lifecycle's own. A
         * test may set {@code Runnable::run}, which calls them on the thread that does the work.
         */
        public Builder listenerExecutor(Executor executor) {
            this.listenerExecutor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Sets where the calls to clusters run, such as an executor of virtual threads; by default on threads of the
         * lifecycle's own, which end when they are idle. The executor must not run work on the thread that submits it,
         * and the host has to close it.
         */
        public Builder workers(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Sets a decorator of each piece of work. It runs on the thread of the caller, and can carry a logging or
         * tracing context to the thread of the work; no decorator by default.
         */
        public Builder taskDecorator(TaskDecorator decorator) {
            this.taskDecorator = Objects.requireNonNull(decorator, "decorator");
            return this;
        }

        /**
         * Sets what happens to namespaces that exist and that we did not create; {@link AdoptionPolicy#NEVER} by
         * default.
         */
        public Builder adoption(AdoptionPolicy adoption) {
            this.adoption = Objects.requireNonNull(adoption, "adoption");
            return this;
        }

        /** Sets the labels that we write and own; {@link LabelScheme#defaults()} by default. */
        public Builder labels(LabelScheme scheme) {
            this.scheme = Objects.requireNonNull(scheme, "scheme");
            return this;
        }

        /** Sets the names that are never created, deployed or deleted; {@link ProtectedNames#defaults()} by default. */
        public Builder protectedNames(ProtectedNames names) {
            this.protectedNames = Objects.requireNonNull(names, "names");
            return this;
        }

        /**
         * Sets which keys metadata and annotations may have, in requests and in what is deployed;
         * {@link KeyPolicy#defaults()} by default, {@link KeyPolicy#onlyUnder} is recommended.
         */
        public Builder keys(KeyPolicy keys) {
            this.keys = Objects.requireNonNull(keys, "keys");
            return this;
        }

        /** Sets which keys an environment's labels may have; {@link KeyPolicy#defaults()} by default. */
        public Builder environmentKeys(KeyPolicy keys) {
            this.environmentKeys = Objects.requireNonNull(keys, "keys");
            return this;
        }

        /**
         * Sets the mode that applies if the project has no policy and the organization has none;
         * {@link DefaultEgress#mode()} by default.
         */
        public Builder defaultEgress(EgressMode mode) {
            this.defaultEgress = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /** Sets how egress is written on each cluster; {@link EgressSettings#defaults()} on all by default. */
        public Builder egressSettings(Function<ClusterId, EgressSettings> settings) {
            this.egress = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /**
         * Sets how many namespaces all callers together work on at once on a cluster; 8 by default.
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

        /** Sets the clock; the system's clock by default. */
        public Builder clock(Clock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /** Sets the source of ids; UUIDs of version 7 by default, which sort by time. */
        public Builder namespaceIds(Supplier<NamespaceId> ids) {
            this.ids = Objects.requireNonNull(ids, "ids");
            return this;
        }

        /** Sets the host's own validator; Hibernate Validator without an expression language by default. */
        public Builder validator(Validator validator) {
            this.constraints = Objects.requireNonNull(validator, "validator");
            return this;
        }

        /** Returns the lifecycle; close it at the end. */
        public NamespaceLifecycle build() {
            RequestValidator requests = RequestValidator.defaults()
                    .withLabels(scheme)
                    .withProtectedNames(protectedNames)
                    .withKeys(keys)
                    .withEnvironmentKeys(environmentKeys);
            Settings settings = new Settings(
                    scheme,
                    protectedNames,
                    constraints == null ? requests : requests.withConstraints(constraints),
                    egress,
                    new EgressTemplates(),
                    defaultEgress,
                    adoption,
                    parallelismPerCluster,
                    lockWait,
                    gatewayCallLimit,
                    conflictLimit,
                    lateWriteLimit,
                    greatestRecordAge,
                    planValidity,
                    deletionCap,
                    initializerMemory,
                    writesInHostTransaction,
                    sharedNames,
                    clock);
            Engine engine = new Engine(
                    new StoreSide(stores, defaultEgress),
                    new ClusterSide(gateway, settings, new ListRights(clock), new PolicyRights(clock)),
                    new ClusterWorkers(parallelismPerCluster, executor, taskDecorator),
                    new Events(listeners, listenerExecutor));
            return new NamespaceLifecycle(engine, ids == null ? new TimeOrderedIds(clock) : ids);
        }

        private static Duration positive(String what, Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException(what + " must be positive, is " + duration);
            }
            return duration;
        }
    }
}

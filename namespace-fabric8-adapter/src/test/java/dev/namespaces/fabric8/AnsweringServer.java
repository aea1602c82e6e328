package dev.namespaces.fabric8;

import static dev.namespaces.fabric8.RealCluster.ID;
import static dev.namespaces.fabric8.RealCluster.MANAGER;
import static dev.namespaces.fabric8.RealCluster.NO_UID;
import static dev.namespaces.fabric8.RealCluster.bound;
import static dev.namespaces.fabric8.RealCluster.denyAll;
import static dev.namespaces.fabric8.RealCluster.namespace;

import dev.namespaces.fabric8.RawServer.Answer;
import dev.namespaces.fabric8.RawServer.End;
import dev.namespaces.fabric8.RawServer.Request;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.spi.ApplyOptions;
import dev.namespaces.spi.CreateOptions;
import dev.namespaces.spi.DeleteOptions;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.testservers.HttpModule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A server that serves NetworkPolicies and grants every right, and answers each other request as a test tells it. A
 * gateway asks it through one of the HTTP clients.
 */
final class AnsweringServer implements AutoCloseable {

    static final String NAMESPACE = "shop-web";
    static final String POLICY = "egress";
    static final String TOKEN = "secret-token";

    /** Has the gateway report an answer that it would wait for: the call has less time. */
    static final Map<String, String> NOT_AGAIN = Map.of("Retry-After", "3600");

    private static final String KINDS = """
            {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"networking.k8s.io/v1","resources":[
             {"name":"networkpolicies","kind":"NetworkPolicy","namespaced":true}]}""";
    private static final String ALLOWED = """
            {"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},
             "status":{"allowed":true}}""";

    /** The cluster of each request that was sent again. */
    final List<ClusterId> retries = new CopyOnWriteArrayList<>();

    private final RawServer http = new RawServer(this::answer);
    private final KubernetesClient client;
    private final Fabric8ClusterGateway gateway;
    private volatile Function<Request, Answer> answers = request -> Answer.of(500, "", Map.of());

    AnsweringServer(HttpModule module) {
        client = module.client(new ConfigBuilder(Config.empty())
                .withMasterUrl(http.url())
                .withOauthToken(TOKEN)
                .build());
        gateway = Fabric8ClusterGateway.builder()
                .client(ID, client)
                .retryListener(retries::add)
                .build();
    }

    private Answer answer(Request request) {
        if (request.path().equals("/apis/networking.k8s.io/v1")) {
            return Answer.of(200, KINDS, Map.of());
        }
        return request.path().endsWith("/selfsubjectaccessreviews")
                ? Answer.of(201, ALLOWED, Map.of())
                : answers.apply(request);
    }

    /** Returns the requests so far. */
    List<Request> requests() {
        return http.requests();
    }

    /** Answers so, each time on a new connection: after some answers, such as a 408, a client drops the one it has. */
    void answers(int status, String body, Map<String, String> headers) {
        Map<String, String> closing = new TreeMap<>(headers);
        closing.put("Connection", "close");
        Answer answer = new Answer(Answer.of(status, body, closing).text(), End.CLOSE);
        answers(request -> answer);
    }

    /** Answers the following requests so. */
    void answers(Function<Request, Answer> answers) {
        this.answers = answers;
        http.forget();
    }

    /** Makes the call of that name, such as {@code apply policy}, and returns its result. */
    Object call(String name) {
        HasMetadata manifest = name.endsWith("namespace") ? namespace(NAMESPACE, Map.of()) : denyAll(NAMESPACE, POLICY);
        ResourceRef resource = ResourceRef.of(manifest);
        return switch (name.substring(0, name.indexOf(' '))) {
            case "create" -> gateway.create(ID, manifest, CreateOptions.as(MANAGER));
            case "apply" -> gateway.apply(ID, bound(manifest, NO_UID, "1"), ApplyOptions.as(MANAGER));
            case "delete" -> gateway.delete(ID, resource, DeleteOptions.of(NO_UID, "1"));
            case "find" -> gateway.find(ID, resource);
            case "list" -> gateway.list(ID, ListQuery.of("networking.k8s.io/v1", "NetworkPolicy", Map.of()));
            default -> throw new IllegalArgumentException(name);
        };
    }

    static List<String> writes() {
        return List.of(
                "create namespace",
                "apply namespace",
                "delete namespace",
                "create policy",
                "apply policy",
                "delete policy");
    }

    static List<String> finds() {
        return List.of("find namespace", "find policy");
    }

    @Override
    public void close() {
        gateway.close();
        client.close();
        http.close();
    }
}

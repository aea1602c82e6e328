package dev.namespaces.fabric8;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiPathsTest {

    private static final String SERVER = "https://kubernetes.example";

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/k8s/clusters/c-1", "/k8s/clusters/c-1/", "/api/v1/namespaces/hub/pods/p/proxy/"})
    void writes_in_namespaces_are_recognized_behind_any_prefix(String prefix) {
        ApiPaths paths = new ApiPaths(URI.create(SERVER + prefix));
        String base = SERVER + prefix.replaceFirst("/$", "");

        assertThat(paths.writtenNamespace("POST", URI.create(base + "/api/v1/namespaces/team-a/configmaps")))
                .contains("team-a");
        assertThat(paths.writtenNamespace("PATCH", URI.create(base + "/apis/apps/v1/namespaces/team-a/deployments/x")))
                .contains("team-a");
        assertThat(paths.writtenNamespace("PATCH", URI.create(base + "/api/v1/namespaces/team-a")))
                .isEmpty();
        assertThat(paths.writtenNamespace("PUT", URI.create(base + "/api/v1/namespaces/team-a/finalize")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/v1/namespaces/a/pods",
        "PUT, /api/v1/namespaces/a/pods/x",
        "PATCH, /api/v1/namespaces/a/pods/x",
        "PATCH, /api/v1/namespaces/a/pods/status",
        "PATCH, /api/v1/namespaces/a/pods/x/status",
        "PUT, /apis/apps/v1/namespaces/a/deployments/x/scale",
        "PATCH, /apis/cilium.io/v2/namespaces/a/ciliumnetworkpolicies/x?fieldManager=m&force=true",
        "PATCH, /apis/example.com/v1/namespaces/a/status/x",
        "POST, /apis/example.com/v1/namespaces/a/reviews",
        "POST, /apis/example.com/v1/namespaces/a/codereviews?dryRun=",
        "POST, /apis/authorization.openshift.io/v1/namespaces/a/rolebindings",
        "POST, /api/v1/name%73paces/%61/pods",
        "POST, /api/v1/namespaces/a/pods/x/binding",
        "PATCH, /api/v1/namespaces/a/pods/x/ephemeralcontainers",
    })
    void what_creates_or_changes_something_in_a_namespace_is_a_write(String method, String path) {
        assertThat(new ApiPaths(URI.create(SERVER)).writtenNamespace(method, URI.create(SERVER + path)))
                .contains("a");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/namespaces/a/pods",
        "DELETE, /api/v1/namespaces/a/pods/x",
        "DELETE, /api/v1/namespaces/a/pods",
        "POST, /api/v1/namespaces",
        "PATCH, /api/v1/namespaces/a",
        "PUT, /api/v1/namespaces/a/finalize",
        "PUT, /api/v1/namespaces/a/status",
        "PATCH, /api/v1/namespaces/a/status",
        "POST, /api/v1/nodes",
        "PATCH, /apis/rbac.authorization.k8s.io/v1/clusterroles/namespaces",
        "POST, /apis/authentication.k8s.io/v1/tokenreviews",
        "POST, /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "POST, /apis/authorization.k8s.io/v1/namespaces/a/localsubjectaccessreviews",
        "POST, /apis/authorization.openshift.io/v1/namespaces/a/localresourceaccessreviews",
        "POST, /api/v1/namespaces/a/pods/x/exec",
        "POST, /api/v1/namespaces/a/pods/x/eviction",
        "POST, /api/v1/namespaces/a/serviceaccounts/x/token",
        "POST, /api/v1/namespaces/a/services/x/proxy/apis/apps/v1/namespaces/b/deployments",
        "POST, /api/v1/namespaces/a/pods?dryRun=All&fieldManager=m",
        "POST, /version",
        "POST, /",
    })
    void reads_deletions_questions_and_cluster_scoped_writes_are_none(String method, String path) {
        assertThat(new ApiPaths(URI.create(SERVER)).writtenNamespace(method, URI.create(SERVER + path)))
                .isEmpty();
    }

    @Test
    void a_request_to_somewhere_else_is_none() {
        assertThat(new ApiPaths(URI.create(SERVER + "/prefix"))
                        .writtenNamespace("POST", URI.create(SERVER + "/api/v1/namespaces/a/pods")))
                .isEmpty();
    }
}

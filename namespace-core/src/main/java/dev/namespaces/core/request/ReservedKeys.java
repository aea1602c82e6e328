package dev.namespaces.core.request;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The keys that a request may not set unless the platform allows it. Other software reads them on a Namespace, or takes
 * them as its own. The table in the guide for requests is the same, and a test compares both.
 */
final class ReservedKeys {

    /**
     * Some keys of one product.
     *
     * @param reason what the keys do, as words that follow "a key that"
     * @param source the document that says so
     */
    record Row(List<KeyPattern> patterns, String reason, String source) {}

    static final List<Row> TABLE = List.of(
            // Kubernetes
            row(
                    "belongs to Kubernetes, as for pod security, scheduling or ownership",
                    "Kubernetes: well-known labels, annotations and taints",
                    "kubernetes.io/*",
                    "k8s.io/*",
                    "io.kubernetes.*"),
            row(
                    "belongs to a Kubernetes project, as for quotas (Kueue), a hierarchy of namespaces or a cluster's machines",
                    "Kueue: labels and annotations; hierarchical namespaces: concepts",
                    "x-k8s.io/*"),
            // Service meshes
            row(
                    "decides if and how Istio takes part in the traffic",
                    "Istio: resource labels; resource annotations",
                    "istio-injection",
                    "istio.io/*"),
            row("decides if and how Linkerd takes part in the traffic", "Linkerd: proxy injection", "linkerd.io/*"),
            row(
                    "decides if and how Kuma takes part in the traffic",
                    "Kuma: Kubernetes annotations and labels",
                    "kuma.io/*"),
            row(
                    "decides if and how Consul takes part in the traffic",
                    "Consul on Kubernetes: annotations and labels",
                    "consul.hashicorp.com/*"),
            row(
                    "decides if and how Open Service Mesh takes part in the traffic",
                    "Open Service Mesh: sidecar injection",
                    "openservicemesh.io/*"),
            row(
                    "decides if and how Network Service Mesh connects pods",
                    "Network Service Mesh: admission webhook",
                    "networkservicemesh.io/*"),
            row(
                    "decides if and how NGINX Service Mesh takes part in the traffic",
                    "NGINX Service Mesh: automatic proxy injection",
                    "nsm.nginx.com/*"),
            // Admission control
            row(
                    "takes a namespace out of admission control, on AKS and with manifests made by Kubebuilder",
                    "AKS: issue 4002; Gatekeeper: issue 231",
                    "control-plane"),
            row(
                    "takes a namespace out of Gatekeeper's admission control",
                    "Gatekeeper: exempting namespaces",
                    "gatekeeper.sh/*"),
            row(
                    "takes a namespace out of Open Policy Agent's admission control",
                    "Open Policy Agent: Kubernetes tutorial",
                    "openpolicyagent.org/*"),
            row("belongs to Kyverno's policies", "Kyverno: policy settings", "kyverno.io/*"),
            row("belongs to Kubewarden's policies", "Kubewarden: policy settings", "kubewarden.io/*"),
            row("decides if Sigstore checks the signatures of images", "Sigstore: policy controller", "sigstore.dev/*"),
            row(
                    "decides if Connaisseur checks the signatures of images",
                    "Connaisseur: namespaced validation",
                    "securesystemsengineering.connaisseur/*"),
            row("sets what KubeArmor does by default", "KubeArmor: default posture", "kubearmor-*", "kubearmor.io/*"),
            row("takes a namespace out of cert-manager's validation", "cert-manager: webhook", "cert-manager.io/*"),
            row(
                    "takes workloads out of Polaris' checks or changes their resources",
                    "Polaris: exemptions; Goldilocks: installation",
                    "fairwinds.com/*"),
            // OpenShift
            row(
                    "decides on OpenShift about user ranges, node selectors, security contexts and CPU pinning",
                    "OpenShift: security context constraints; pod security admission; workload partitioning",
                    "openshift.io/*"),
            row(
                    "belongs to the Operator Lifecycle Manager",
                    "Operator Lifecycle Manager: operator groups",
                    "operatorframework.io/*"),
            // Cloud identity and clouds
            row(
                    "decides about identities, accounts and networks of AWS",
                    "kube2iam and kiam: README; EKS: security groups for pods",
                    "amazonaws.com/*"),
            row(
                    "decides in which account and region AWS resources are created",
                    "AWS Controllers for Kubernetes: cross-account resources; AWS App Mesh: sidecar injection",
                    "k8s.aws/*"),
            row(
                    "decides about identities and projects of Google Cloud",
                    "Config Connector: namespaces and projects; GKE: workload identity",
                    "cloud.google.com/*",
                    "gke.io/*"),
            row(
                    "decides about identities and credentials of Azure",
                    "Azure Service Operator: credential scope; Azure Workload Identity: labels and annotations",
                    "azure.com/*",
                    "azure.workload.identity/*"),
            row(
                    "decides if Alibaba Cloud runs the pods outside of the cluster's nodes",
                    "ACK: schedule pods to elastic container instances",
                    "alibabacloud.com/*"),
            // Tenancy
            row("decides to which Capsule tenant a namespace belongs", "Capsule: tenants", "clastix.io/*"),
            row(
                    "decides to which Rancher project a namespace belongs, with its quota and members",
                    "Rancher: projects and namespaces",
                    "cattle.io/*"),
            row(
                    "decides to which KubeSphere workspace a namespace belongs",
                    "KubeSphere: workspaces",
                    "kubesphere.io/*"),
            row(
                    "decides about a vCluster or Loft space and its sleep mode",
                    "vCluster Platform: sleep mode",
                    "loft.sh/*"),
            row("belongs to Gardener", "Gardener: labels, annotations and finalizers", "gardener.cloud/*"),
            row(
                    "decides about Kubeflow's profiles and injections",
                    "Kubeflow: profiles and namespaces",
                    "kubeflow.org/*"),
            // Ownership and delivery
            row(
                    "makes Argo CD the manager of a namespace, with rights in it, or has it delete objects",
                    "Argo CD operator: deploy to other namespaces; Argo CD: sync options",
                    "argoproj.io/*"),
            row(
                    "makes Flux the owner of a namespace, which then changes or prunes it",
                    "Flux: Kustomization",
                    "fluxcd.io/*"),
            row("makes a namespace part of a Helm release", "Helm: labels and annotations", "helm.sh/*"),
            row("makes a namespace part of a kapp app, and deletes it with the app", "kapp: labels", "k14s.io/*"),
            row(
                    "decides to which clusters Karmada copies a namespace",
                    "Karmada: namespace management",
                    "karmada.io/*"),
            row(
                    "decides about placement by Open Cluster Management",
                    "Open Cluster Management: ManifestWork",
                    "open-cluster-management.io/*"),
            row("decides if Liqo runs the pods on other clusters", "Liqo: namespace offloading", "liqo.io/*"),
            row(
                    "decides if Admiralty runs the pods on other clusters",
                    "Admiralty: multi-cluster scheduling",
                    "multicluster-scheduler",
                    "admiralty.io/*"),
            row("has kube-janitor delete a namespace after some time", "kube-janitor: README", "janitor/*"),
            row("has kube-downscaler stop the workloads", "kube-downscaler: namespace scope", "downscaler/*"),
            row("decides what Velero backs up and restores", "Velero: resource filtering", "velero.io/*"),
            // Scheduling and quotas
            row(
                    "decides about the queue and the quota in YuniKorn",
                    "YuniKorn: resource quota management",
                    "yunikorn.apache.org/*"),
            row("decides about the queue in Volcano", "Volcano: queues", "volcano.sh/*"),
            // Networks
            row(
                    "decides about addresses, gateways, identities and policies in Cilium",
                    "Cilium: multi-pool IPAM; identity-relevant labels",
                    "cilium.io/*",
                    "io.cilium.*"),
            row(
                    "decides about addresses and gateways in Calico",
                    "Calico: restrict a pod to an address range",
                    "projectcalico.org/*",
                    "tigera.io/*"),
            row(
                    "decides about networks and gateways in OVN-Kubernetes",
                    "OVN-Kubernetes: user-defined networks; external gateways",
                    "ovn.org/*"),
            row("decides about addresses in Antrea", "Antrea: IPAM", "antrea.io/*"),
            row(
                    "decides about further networks of pods in Multus",
                    "Multus: configuration reference",
                    "cni.cncf.io/*",
                    "multus-cni.io/*"),
            // Injection and experiments
            row(
                    "decides if OpenTelemetry changes the pods",
                    "OpenTelemetry operator: auto-instrumentation",
                    "opentelemetry.io/*"),
            row("decides if Datadog changes the pods", "Datadog: admission controller", "datadoghq.com/*"),
            row("decides if Dynatrace changes the pods", "Dynatrace operator: injection", "dynatrace.com/*"),
            row(
                    "decides about injections and domains in Knative",
                    "Knative: broker creation; sink binding",
                    "knative.dev/*"),
            row("decides what Tekton prunes", "Tekton operator: pruner", "tekton.dev/*"),
            row(
                    "opens a namespace to experiments that break its pods",
                    "Chaos Mesh: configure namespaces; LitmusChaos: namespaces",
                    "chaos-mesh.org/*",
                    "litmuschaos.io/*"));

    private static final Map<String, Row> ROWS_BY_PATTERN = TABLE.stream()
            .flatMap(row -> row.patterns().stream().map(pattern -> Map.entry(pattern.text(), row)))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    private static final List<KeyPattern> BEGINNINGS = TABLE.stream()
            .flatMap(row -> row.patterns().stream())
            .filter(pattern -> pattern.text().endsWith("*") && !pattern.text().endsWith("/*"))
            .toList();

    private ReservedKeys() {}

    /**
     * Returns why the key is reserved, or empty if it is not. Maps make it fast, because each key of a request is
     * checked.
     */
    static Optional<String> reason(String lowerCaseKey) {
        Row row = ROWS_BY_PATTERN.get(lowerCaseKey);
        int slash = lowerCaseKey.indexOf('/');
        int domain = 0;
        while (row == null && domain <= slash) {
            row = ROWS_BY_PATTERN.get(lowerCaseKey.substring(domain, slash + 1) + "*");
            int dot = lowerCaseKey.indexOf('.', domain);
            domain = dot < 0 ? slash + 1 : dot + 1;
        }
        for (int i = 0; row == null && i < BEGINNINGS.size(); i++) {
            KeyPattern beginning = BEGINNINGS.get(i);
            row = beginning.matches(lowerCaseKey) ? ROWS_BY_PATTERN.get(beginning.text()) : null;
        }
        return Optional.ofNullable(row).map(Row::reason);
    }

    private static Row row(String reason, String source, String... patterns) {
        return new Row(KeyPattern.of(patterns), reason, source);
    }
}

package dev.namespaces.hostplatform;

import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.deploy.DryRun;
import dev.namespaces.jackson.NamespacesJson;
import dev.namespaces.jdbc.JdbcStores;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.Environment;
import dev.namespaces.model.ProjectId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Controller;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The egress policy of a project: what a change means for each environment, before it is saved. */
@Controller
record PolicyPages(Catalog catalog, JdbcStores stores, Deployments deployments, TransactionTemplate transactions) {

    @GetMapping("/projects/{project}/policy")
    String edit(@PathVariable String project, Model model) {
        Optional<EgressPolicy> policy = find(new ProjectId(project));
        String mode = policy.map(each -> NamespacesJson.write(each.mode())).orElse("");
        return show(model, project, mode, policy.map(EgressPolicy::version).orElse(0L));
    }

    @PostMapping(path = "/projects/{project}/policy", params = "preview")
    String preview(@PathVariable String project, @RequestParam String mode, @RequestParam long version, Model model) {
        model.addAttribute("changes", changes(new ProjectId(project), mode, version));
        return show(model, project, mode, version);
    }

    @PostMapping(path = "/projects/{project}/policy", params = "save")
    String save(@PathVariable String project, @RequestParam String mode, @RequestParam long version) {
        store(new ProjectId(project), mode, version);
        return "redirect:/projects/" + project + "/policy";
    }

    private String show(Model model, String project, String mode, long version) {
        model.addAttribute("project", project);
        model.addAttribute("environments", catalog.ofProject(new ProjectId(project)));
        model.addAttribute("mode", mode);
        model.addAttribute("version", version);
        return "policy";
    }

    /** Saves the policy, asks each API server what a deployment would change, and takes the policy back. */
    private Map<Environment, Deployments.End> changes(ProjectId project, String mode, long version) {
        Map<Environment, Deployments.End> changes = new LinkedHashMap<>();
        transactions.executeWithoutResult(transaction -> {
            transaction.setRollbackOnly();
            store(project, mode, version);
            DeployOptions dryRun = DeployOptions.defaults().withDryRun(DryRun.SERVER);
            catalog.ofProject(project).forEach(each -> changes.put(each, deployments.run(each.id(), dryRun)));
        });
        return changes;
    }

    private void store(ProjectId project, String mode, long version) {
        catalog.requireProject(project);
        EgressPolicyId id = find(project)
                .map(EgressPolicy::id)
                .orElseGet(() -> new EgressPolicyId(UUID.randomUUID().toString()));
        stores.egressPolicies()
                .save(new EgressPolicy(id, project, NamespacesJson.read(mode, EgressMode.class), version + 1, null));
    }

    private Optional<EgressPolicy> find(ProjectId project) {
        return stores.egressPolicies().findByOwners(List.of(project)).stream()
                .filter(EgressPolicy::isLive)
                .findFirst();
    }
}

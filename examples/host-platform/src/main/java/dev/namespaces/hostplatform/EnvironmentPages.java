package dev.namespaces.hostplatform;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.AdoptionPolicy;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.core.request.NamespaceRequest;
import dev.namespaces.egress.EgressSettings;
import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.egress.effective.EffectiveEgress;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.Environment;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Target;
import dev.namespaces.spi.Stores;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Environments, what is deployed of them, and their deployment. */
@Controller
record EnvironmentPages(Catalog catalog, Stores stores, NamespaceLifecycle lifecycle, Deployments deployments) {

    @GetMapping("/")
    String all(Model model) {
        List<Environment> environments = catalog.all();
        model.addAttribute(
                "projects",
                environments.stream().collect(groupingBy(Environment::projectId, LinkedHashMap::new, toList())));
        model.addAttribute("records", records(environments));
        return "environments";
    }

    private Map<Target, DeploymentRecord> records(List<Environment> environments) {
        List<EnvironmentId> ids = environments.stream().map(Environment::id).toList();
        return stores.deployments().findByEnvironments(ids).stream()
                .collect(toMap(DeploymentRecord::target, Function.identity()));
    }

    @GetMapping("/environments/{id}")
    String one(@PathVariable String id, Model model) {
        Environment environment = catalog.get(id);
        PolicyResolution policy = lifecycle.resolvePolicy(environment.id());
        EffectiveEgress reachable = EffectiveEgress.of("this namespace", policy.mode(), EgressSettings.defaults());
        model.addAttribute("environment", environment);
        model.addAttribute("records", records(List.of(environment)));
        model.addAttribute("namespaces", stores.namespaces().findByEnvironments(List.of(environment.id())));
        model.addAttribute("policy", policy);
        model.addAttribute("reachable", reachable.describe());
        return "environment";
    }

    @PostMapping("/environments/{id}/namespaces")
    String create(@PathVariable String id, @RequestParam String name, @RequestParam String owner) {
        lifecycle.create(NamespaceRequest.of(catalog.get(id).id(), name).withMetadata("team.example.com/owner", owner));
        return "redirect:/environments/" + id;
    }

    @PostMapping("/environments/{id}/deployment")
    String deploy(@PathVariable String id) {
        deployments.start(catalog.get(id).id(), DeployOptions.defaults());
        return "redirect:/environments/" + id + "/deployment";
    }

    @GetMapping("/environments/{id}/deployment")
    String deployment(@PathVariable String id, Model model) {
        model.addAttribute("environment", catalog.get(id));
        model.addAttribute("progress", deployments.latest(new EnvironmentId(id)));
        return "deployment";
    }

    @GetMapping("/environments/{id}/adoption")
    String adoption(@PathVariable String id, Model model) {
        model.addAttribute("environment", catalog.get(id));
        model.addAttribute("plan", lifecycle.planAdoption(new EnvironmentId(id)));
        return "adoption";
    }

    @PostMapping("/environments/{id}/adoption")
    String adopt(@PathVariable String id) {
        deployments.start(catalog.get(id).id(), DeployOptions.defaults().withAdoption(AdoptionPolicy.ALWAYS));
        return "redirect:/environments/" + id + "/deployment";
    }

    @GetMapping("/clusters/{cluster}/orphans")
    String orphans(@PathVariable String cluster, Model model) {
        model.addAttribute("cluster", cluster);
        model.addAttribute("orphans", lifecycle.findOrphans(new ClusterId(cluster)));
        return "orphans";
    }
}
